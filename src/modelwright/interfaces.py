"""The seams of the house on one page: what a strategist, recipe, feature step, executor, metric and kind promise.

Tables are pandas DataFrames whose dtypes say what a column is (see `records.profile.Role`): numbers are int64 or
float64, categories are `category`, dates are `datetime64[ns]`, text is `object` holding str or None, true or false
is `bool`. Arrays are numpy arrays whose first axis is rows. A *prediction* is what a kind makes of an estimator's
answer, in the space where averaging makes sense (probabilities; values after the metric's link function; one
probability map per row in an object array).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .records.experiment import Experiment, Job, Outcome, Params, Proposal, Rule
    from .records.problem import Problem, Relation
    from .records.profile import Profile
    from .records.space import Space

    Array = np.ndarray[Any, np.dtype[Any]]

Eats = Literal["labels", "probabilities", "scores", "values", "masks", "boxes"]
Link = Literal["identity", "log1p", "log"]
Sets = Literal["no", "too", "only"]
Form = Literal["shares", "chances", "values"]


@dataclass(frozen=True)
class Metric:
    """A scoring function with its direction and the input it eats.

    `call(truth, output, **params) -> float`. By `eats`:
    labels: truth and output are class codes (n,), or label sets as 0/1 matrices (n, labels) for multilabel;
    probabilities: truth codes (n,), output (n, classes) rows that sum to one; scores: truth 0/1 (n,) or codes (n,) or
    a 0/1 matrix, output (n,) or (n, classes); values: both (n,) or (n, targets), natural units; masks: both object
    arrays of n 2-D arrays, truth 0/1 and output 0/1 (several classes: codes, -1 in truth where a pixel does not
    count); boxes: object arrays, truth of arrays (m, 5), class code and corners, output of arrays (k, 6), class code,
    confidence and corners.
    """

    name: str
    call: Callable[..., float]
    higher_is_better: bool
    eats: Eats
    summary: str  # one sentence for people
    link: Link = "identity"  # the scale on which errors count, so on which numbers are learnt
    loss: Literal["squared", "absolute"] = "squared"  # the loss on that scale that the metric is closest to
    additive: bool = False  # the score of all rows is the mean of the scores of single rows
    aliases: tuple[str, ...] = ()  # other names, lower case, as people write them
    sets: Sets = "no"  # whether it judges sets of labels, as 0/1 matrices (n, labels)


@runtime_checkable
class Parted(Protocol):
    """The `call` of a metric that depends on what each row says by itself: leaving rows out is cheap then."""

    def parts(self, truth: "Array", output: "Array", **params: Any) -> "Array":
        """What each row says (n, ...)."""

    def whole(self, parts: "Array", **params: Any) -> float:
        """The metric of rows with these parts."""


@dataclass(frozen=True, eq=False)
class Related:
    """The other tables of a problem, and what of its rows leads there."""

    relations: "tuple[Relation, ...]"
    rows: "pd.DataFrame"  # keys and times of the rows; its index is that of the tables a step gets
    read: "Callable[[str], pd.DataFrame]"  # name of a relation -> its table, as in data/tables/


class Kind(Protocol):
    """What differs between kinds of answer. Stateless; the problem says the rest.

    A class attribute `form` may say what numbers a prediction is made of: shares of the classes, which sum to one;
    chances, each for itself; or values. Such predictions can be columns for other models, and be mixed as logits.
    """

    def default_metric(self, problem: "Problem") -> str:
        """Name of the metric used when nobody names one."""

    def target(self, labels: "pd.DataFrame", problem: "Problem", metric: Metric) -> "Array":
        """What estimators fit: codes (n,), values after the link (n,) or (n, targets), masks as an object array.

        Raises TaskError for values that cannot be a target, naming column and value.
        """

    def truth(self, labels: "pd.DataFrame", problem: "Problem") -> "Array":
        """What the judge compares with, in natural units."""

    def strata(self, target: "Array") -> "Array | None":
        """A class per row by which folds are stratified, or None for none."""

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: "Problem") -> "Array":
        """The estimator's prediction for each row of the table."""

    def check(self, prediction: "Array", rows: int, problem: "Problem") -> str | None:
        """Why this is not a well-formed prediction of that many rows; None when it is."""

    def save(self, path: Path, prediction: "Array") -> None:
        """Write a prediction or a target compactly, whole and then renamed."""

    def load(self, path: Path) -> "Array":
        """Read what `save` wrote, without unpickling."""

    def mix(self, predictions: "Sequence[Array]", weights: "Sequence[float]", problem: "Problem") -> "Array":
        """Weighted average; weights sum to one."""

    def rule(self, truth: "Array", prediction: "Array", problem: "Problem", metric: Metric) -> "Rule":
        """Learn how predictions become what the metric eats (a threshold, cut points); a plain Rule where none pays."""

    def present(self, prediction: "Array", problem: "Problem", metric: Metric, rule: "Rule") -> "Array":
        """The output that the metric eats."""

    def submission(
        self, prediction: "Array", ids: "pd.DataFrame", problem: "Problem", metric: Metric, rule: "Rule"
    ) -> "pd.DataFrame":
        """The table to hand in: `ids` (the id column, possibly none) followed by the answer's columns."""


class Recipe(Protocol):
    """One family of models. A user adds one in ten lines; it holds no state.

    It may have an attribute `imports`: names of modules that take seconds and much memory to import and that few
    other recipes need. A worker imports them before the first fit of the recipe, so that they do not count as its time.
    It may have an attribute `steady`: True where another seed gives nearly the same model, so that one refit is enough.
    `patient`: True where few, long fits are its nature, so that the models of its folds are kept. `sure`: True where
    what it guesses of its time is counted, not felt. `remembers`: True where its estimators keep what they made of rows
    (`vectors.once`), so that its first fit takes longest, and a refit as long. `teachable`: True where its estimators
    for classes take a third argument in fit, `believed`: what other models, which have not seen the label, think of
    each row, as probabilities (rows, classes of the problem), NaN where they say nothing; they learn from that beside
    y.
    """

    name: str
    family: str  # recipes of one family are one idea: linear, trees, boosting, neighbours, text, pixels ...

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """None when the recipe can be used, else the reason why not."""

    def build(self, problem: "Problem", params: "Params") -> Any:
        """An unfitted scikit-learn estimator: fit(X, y), then predict or predict_proba.

        `params` are the recipe's own and always hold `seed` (int). An estimator may have an attribute `learned_`
        after fit (a dict of params a refit may take over, e.g. {"n_estimators": 312}). It uses all threads that
        OMP_NUM_THREADS and LOKY_MAX_CPU_COUNT allow (n_jobs=-1), no more.

        A recipe may have a method `presets(problem, profile)` too: settings (a sequence of params) that are known to
        do well on other tables, the best first, which are tried before others are searched for. One that is patient
        may be `Elastic`, and then have `enough(params)`, whether a fit of that size leaves more to be gained by other
        settings than by more time; and `trials(problem, profile)`, settings of which a short fit can tell whether they
        are better. What settings mean to a reader it may say in an attribute `meanings`, as {"pooling cls": "the first
        token alone, not the mean"}.
        """

    def space(self, problem: "Problem", profile: "Profile") -> "Space":
        """Parameters worth trying, by name; empty when there are none."""

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """A rough guess of the seconds one fit on that many rows takes on one core; the budget learns the factor."""


@runtime_checkable
class Elastic(Protocol):
    """A recipe that can be made to take a given time, so that some of its parameters say how large it is."""

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Params with which a fit on that many rows takes about so long."""


class Feature(Protocol):
    """One step that makes or changes columns: a scikit-learn transformer from DataFrame to DataFrame.

    `needs` says what fitting may see. "row": nothing but the row itself, and "rows": all rows without labels (train,
    holdout and test): both are computed once for all rows and cached. "labels": fitted inside each fold on its fit
    rows, with y. `fit` may decline columns; it then leaves a sentence for each in `declined_` (a tuple of str).
    What it found that a person should know, it leaves in `notes_` in the same way. Both begin with "NAME: ".
    A class attribute `same_rows` says of a step with labels whether `fit_transform` gives what `fit` and then
    `transform` give. A class attribute `variants` may list other parameters (a tuple of dicts) worth a try once the
    step has helped. A class attribute `effort` may guess the seconds that it takes for 10,000 rows, before it has run;
    a class method `effort_for(profile, params, rows)` takes the table into account. A class method
    `width_for(profile, params)` tells how many columns of numbers it adds, where these are many enough to slow models
    down.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]]

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when the step could be of use, else the reason why not."""

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> "Feature":
        """Learn from the rows given."""

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table with columns added, changed or dropped; same rows, same order, same index."""


class Executor(Protocol):
    """Runs jobs, each in its own folder and process. Any executor works on the same folder."""

    free: int  # jobs that could be started now

    @property
    def idle(self) -> bool:
        """Nothing is running."""

    def start(self, job: "Job", folder: Path) -> None:
        """Start the job whose `job.json` lies in the folder; returns at once."""

    def wait(self, seconds: float | None = None) -> "list[Outcome]":
        """Outcomes of jobs that ended, waiting for at least one, at most so many seconds; [] when time ran out."""

    def stop(self) -> None:
        """End everything that runs, with its whole process group; `wait` then reports those jobs as stopped."""

    def close(self) -> None:
        """Stop, and give back processes and files. Safe to call twice."""


class Strategist(Protocol):
    """Reads the history and proposes. Stateless: the same history gives the same proposals.

    One that asks language models says so (`asks_models = True`): it is built with `advice` too (see
    `strategists.hybrid.Advice`), keeps what they answered until there is room to run it, and its `finish()` is called
    when the search is over.
    """

    def propose(self, history: "Sequence[Experiment]", free: int) -> "list[Proposal]":
        """At most `free` proposals, best first; [] when there is nothing left to try.

        History holds running experiments too, so that nothing is proposed twice.
        """

    def remarks(self, history: "Sequence[Experiment]") -> "Mapping[str, str]":
        """What a reader of the journal should know by now: a name each, and a sentence, noted when the name is new."""
