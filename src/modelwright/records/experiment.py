"""One experiment from proposal to verdict: plain data, so that any process on any machine can run and read it."""

import json
from collections.abc import Generator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from .base import JsonValue, Record
from .profile import LabelNoise

Params = dict[str, JsonValue]
REFITS = 2  # fits on all rows that are planned for where a model is made to fit the time: their mean is better
LEAST_TRAINING = 0.55  # of its epochs, with which a network is worth a fit on all rows
DISAGREES = "predictions after training are not those of training"  # how the error of such an experiment begins
COMPARE = "compare"  # the move of an experiment that is run to be held against another, and never enters the answer
CURVE = "curve"  # the same, of one on a part of its rows: what more rows bring; see `chapters.outlook`
PILOT = "pilot"  # the same, of one on few rows: how a costly model is best set up


class Step(Record):
    """A feature step by name, with its parameters."""

    name: str
    params: Params = {}

    @property
    def title(self) -> str:
        """The name, with the parameters where there are some: "aggregates(orders)"."""
        told = [str(value).rstrip("/").rsplit("/", 1)[-1] for value in self.params.values()]  # of a path its last part
        return f"{self.name}({', '.join(told)})" if told else self.name


class Proposal(Record):
    """One experiment to run: a whole recipe, and the one change by which it differs from its parent."""

    recipe: str
    params: Params = {}
    features: tuple[Step, ...] = ()
    stack: tuple[int, ...] = ()  # experiments whose out-of-fold predictions the model sees as columns
    teachers: tuple[int, ...] = ()  # of a refit: the blend from whose out-of-fold predictions it learns, beside labels
    rows: float = 1.0  # share of the fit rows that is used
    folds: tuple[int, ...] = (0,)  # the folds to run; () together with move "refit": fit on everything
    seed: int = 0
    parent: int | None = None
    move: str = "draft"  # draft, extend, preset, tune, swap, add, drop, compare, curve, repair, refit ...
    reason: str = ""
    by: str = ""  # who proposed it, where that was not the rules: the name of a language model, or of a program
    expected: float | None = None  # the gain that its author predicted, in the metric's units, positive for better
    disproof: str = ""  # what its author said would show the hypothesis to be wrong

    @property
    def for_answer(self) -> bool:
        """Whether the model may enter the answer: not a refit, and not run for comparison only."""
        return self.move not in ("refit", COMPARE, CURVE, PILOT)

    @cached_property  # asked for often where a long history is searched
    def model(self) -> str:
        """What is fitted, and on which share of the rows, as text: alike for the same estimator, whatever its folds."""
        steps = [(step.name, step.params) for step in self.features]
        fitted = [self.recipe, self.params, steps, self.stack, self.teachers, self.rows, self.seed]
        return json.dumps(fitted, sort_keys=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A changed copy, whose model is its own."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("model", None)
        return copy

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        """The fields, without what is kept beside them."""
        yield from ((name, getattr(self, name)) for name in type(self).model_fields)

    def same_model(self, other: "Proposal") -> bool:
        """Whether both fit the same estimator on the same rows, whatever folds they run."""
        return self.model == other.model


class Status(StrEnum):
    """Where an experiment stands. Everything but RUNNING is final."""

    RUNNING = "running"
    DONE = "done"  # predictions are there and well formed
    FAILED = "failed"  # the recipe raised an exception
    TIMEOUT = "timeout"  # it ran past its limit and was killed
    MEMORY = "memory"  # it used more memory than it may, or the system killed it for memory
    CRASHED = "crashed"  # its process died: a signal, a segmentation fault, an exit
    INVALID = "invalid"  # predictions missing, of the wrong shape, or not finite
    STOPPED = "stopped"  # ended by the budget or by the user before it finished
    LOST = "lost"  # its process was gone when the run was resumed

    @property
    def failed(self) -> bool:
        """A failure of the candidate, worth a repair or a note (unlike STOPPED and LOST)."""
        return self in (Status.FAILED, Status.TIMEOUT, Status.MEMORY, Status.CRASHED, Status.INVALID)


class Job(Record):
    """What `job.json` holds: all a worker needs besides the data folder. Paths are relative to the job's folder."""

    number: int
    proposal: Proposal
    problem: str = "../../data/problem.json"
    data: str = "../../data"
    cache: str = "../../cache"
    reuse: tuple[str, ...] = ()  # folders of experiments with the same model, whose folds need not be run again
    below: tuple[str, ...] = ()  # folders of the experiments in `proposal.stack`, whose predictions are columns
    # folders of the refits of those below, which answer for the test rows when this one is refitted
    answers: tuple[str, ...] = ()
    seconds: float | None = None  # limit of wall time; None: no limit (the executor enforces it)
    hard: bool = False  # the limit counts what a fresh worker takes for its imports, since the budget ends there
    memory_mb: int | None = None  # limit of resident memory of the process group (the executor enforces it)
    threads: int = 1
    by_group: bool = False  # a share of the rows is one of whole groups, where the folds are made of groups
    refit: bool = False  # fit on all rows (the opened holdout included), predict the test rows, keep the model


class FoldCost(Record):
    """What one fold cost, in seconds of wall time. `features` is what was spent: little, where steps were kept."""

    fold: int
    fit: float
    predict: float
    features: float = 0.0
    rows: int = 0  # rows fitted on
    steps: dict[str, float] = {}  # what each feature step takes when it is made anew, by its title
    row_ms: float = 0.0  # of a refit: milliseconds until one row is answered, its steps included
    reused: bool = False  # paid by an earlier experiment with the same model, from which the fold was taken over


class Outcome(Record):
    """What became of a job: `result.json`, completed by the executor where the worker could not write one."""

    number: int
    status: Status
    error: str = ""  # one line
    traceback: str = ""
    seconds: float = 0.0  # wall time from start to end
    peak_mb: float = 0.0
    costs: tuple[FoldCost, ...] = ()
    learned: Params = {}  # what fitting found out and a refit may take over, e.g. the best number of rounds
    notes: tuple[str, ...] = ()  # e.g. columns a feature step declined, with the reason

    @property
    def work(self) -> float:
        """Seconds spent in features, fit and predict."""
        return sum(c.fit + c.predict + c.features for c in self.fresh)

    @property
    def fresh(self) -> tuple[FoldCost, ...]:
        """Costs of the folds that were run by this experiment itself."""
        return tuple(c for c in self.costs if not c.reused)


class Rule(Record):
    """How predictions become what the metric eats: learned on rows other than those it is used on."""

    name: str = "plain"  # plain, threshold, cuts, weights ... the kind knows its own
    params: Params = {}


class Score(Record):
    """What the judge found. Higher or lower is better as the problem says."""

    value: float  # mean over folds
    error: float  # its standard error (jackknife over blocks of rows)
    folds: dict[int, float] = {}
    replicates: tuple[float, ...] = ()  # value with one block left out each; for paired comparison
    rule: Rule = Rule()
    extra: dict[str, float] = {}  # other metrics, for people
    first: "Score | None" = None  # the same over the first repeat alone, where more than that was run
    guide: "Score | None" = None  # what the search goes by where the metric counts labels; better as the metric is
    of: str = ""  # of a guide: what it measures
    noise: LabelNoise | None = None  # how many labels seem wrong by these predictions, where they are of all rows


class Experiment(Record):
    """One row of the history."""

    number: int
    proposal: Proposal
    status: Status
    outcome: Outcome | None = None
    score: Score | None = None
    verdict: str = ""  # one sentence: better, worse or within noise of what, and why it matters
    started: float = 0.0  # seconds since the epoch
    ended: float | None = None
