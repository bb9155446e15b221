"""Time as a resource: what an experiment will cost, what is left, and what finishing needs."""

import math
import time
from collections.abc import Callable, Sequence
from statistics import median

from ..interfaces import Elastic, Recipe
from ..records.experiment import Experiment, Proposal, Status, Step
from ..records.problem import Problem
from ..records.profile import Profile
from .steps import StepCosts, widened

FINISH = 4.0  # seconds for blend, seal, submission, bundle and report on a slow core; measured in docs/log.md
FINISH_OF_READING = 0.04  # of the seconds before the search are kept for finishing, where that is more
CHOOSING = 0.03  # of the budget is kept for choosing the blend, and for refits that the search did not foresee
LONGEST_CHOICE = 40.0  # seconds that this is at most
SHARE = 0.1  # of the budget is kept for refitting likely members of the answer, unless they need less
MOST = 0.2  # the same for the leader alone, and what it is stacked on
MADE = 0.45  # the same where it was made to fit the time: two folds and two fits on all rows at a time take so much
CAUTION = 1.3  # what refits are predicted to take is multiplied by this, before it is kept back
SAFE = 1.15  # the same of an experiment, before it is held against the time left
LENIENT = 0.08  # of the time left that an experiment may take whatever was predicted: to kill a good model costs more
UNSEEN = (
    0.15  # the same for a recipe that has not run with these feature steps: how many columns they make is not known
)
UNKNOWN = 1.5  # and by this more for a recipe that has not been seen to run here
COLD = 2.5  # seconds kept back for a worker that starts anew: what still runs at the end is killed with its worker
COLDER = 0.04  # of the budget, where that is less
IMPORTS = 6.0  # seconds that the first fit takes longer of a recipe with libraries of its own
KEPT = 0.5  # seconds; what it costs to take models of folds that are there
SURE = 1.15  # instead of that, for a recipe that counts its operations
OWN = 1.0  # recipes that a recipe's own guess counts as, against what others took
TELLING = 0.2  # seconds that a recipe must have guessed for its time to say something of other recipes


class CostModel:
    """Predicts seconds: the recipe's own rough guess times the factor seen in this run's journal, and feature steps."""

    def __init__(self, problem: Problem, profile: Profile, recipe: Callable[[str], Recipe], rows: int, folds: int):
        self.problem, self.profile, self.recipe = problem, profile, recipe
        self.rows, self.folds = rows, folds
        self._ratios: dict[int, float] = {}  # of finished experiments, which do not change
        self._ran: dict[int, str] = {}  # their recipes
        self._efforts: dict[int, float] = {}
        self._tables: dict[object, Profile] = {}  # as steps make them
        self._steps = (0, StepCosts())  # what is known of feature steps from so many finished experiments

    def effort(self, proposal: Proposal) -> float:
        """The recipe's guess for the fit of one fold, in seconds of an unknown core."""
        fit_rows = self.rows * (1 - 1 / max(2, self.folds))
        recipe = self.recipe(proposal.recipe)
        rows = max(1, int(fit_rows * proposal.rows))
        guess = recipe.effort(self.problem, self._table(proposal.features), dict(proposal.params), rows)
        return max(guess, 0.02)

    def _table(self, features: Sequence[Step]) -> Profile:
        """The profile of what these steps make."""
        key = tuple((step.name, repr(step.params)) for step in features)
        if key not in self._tables:
            self._tables[key] = widened(self.profile, features)
        return self._tables[key]

    def factor(self, proposal: Proposal, history: Sequence[Experiment]) -> tuple[float, bool]:
        """Seconds of fit and predict per guessed one, from the latest runs of the recipe; and whether it ran at all."""
        ratios: list[float] = []
        others: dict[str, list[float]] = {}
        for e in history:
            if e.outcome is None or e.status is not Status.DONE or not e.outcome.fresh:
                continue
            if e.number not in self._ratios:
                fitted = sum(c.fit + c.predict for c in e.outcome.fresh) / len(e.outcome.fresh)
                self._efforts[e.number] = self.effort(e.proposal)
                self._ratios[e.number] = fitted / self._efforts[e.number]
                self._ran[e.number] = e.proposal.recipe
            if e.proposal.recipe == proposal.recipe:
                ratios.append(self._ratios[e.number])
            elif self._remembers(e.proposal) and e.proposal.recipe in others:
                continue  # its first fit tells how slow the machine is
            elif self._efforts[e.number] >= TELLING:  # of less, reading and writing are the larger part
                others.setdefault(e.proposal.recipe, []).append(self._ratios[e.number])
        if ratios:
            return self._slowest(proposal) or max(median(ratios[-7:]), ratios[-1]), True
        if getattr(self.recipe(proposal.recipe), "sure", False):
            return SURE / UNKNOWN, False
        # a slow machine is slow for all recipes, but a fast first model must not make the others look free, nor one
        # whose own guess was far off keep them from being tried
        slower = sum(math.log(max(1e-3, median(each))) for each in others.values()) / (len(others) + OWN)
        return max(1.0, math.exp(slower)), False

    def _slowest(self, proposal: Proposal) -> float:
        """The most seconds of a guessed one so far, of a recipe that remembers; 0 of others, and before any has run.

        What such a recipe saw is kept, so one experiment says little of what another one takes, or a refit.
        """
        if not self._remembers(proposal):
            return 0.0
        return max((self._ratios[n] for n, recipe in self._ran.items() if recipe == proposal.recipe), default=0.0)

    def _remembers(self, proposal: Proposal) -> bool:
        return bool(getattr(self.recipe(proposal.recipe), "remembers", False))

    def predict(self, proposal: Proposal, history: Sequence[Experiment], folds: Sequence[int] | None = None) -> float:
        """Seconds of wall time for the folds of the proposal (or for those)."""
        factor, known = self.factor(proposal, history)
        which = proposal.folds if folds is None else folds
        steps = self._known_steps(history).predict(proposal, which, self.rows, self.profile)
        fits = len(which) * self.effort(proposal) * factor * (1.0 if known else UNKNOWN)
        return 0.1 + steps + fits + (0.0 if known else self._imports(proposal, history))

    def _imports(self, proposal: Proposal, history: Sequence[Experiment]) -> float:
        """Seconds for libraries that no worker has imported yet, as torch, before a recipe that has not run."""
        needed = set(getattr(self.recipe(proposal.recipe), "imports", ()))
        ran = {e.proposal.recipe for e in history if e.status is Status.DONE} if needed else set()
        return IMPORTS if needed and not any(needed & set(getattr(self.recipe(n), "imports", ())) for n in ran) else 0.0

    def _known_steps(self, history: Sequence[Experiment]) -> StepCosts:
        finished = [e for e in history if e.status is Status.DONE]
        if self._steps[0] != len(finished):
            self._steps = (len(finished), StepCosts.of(finished))
        return self._steps[1]

    def refit(self, experiment: Experiment) -> float:
        """Seconds that a refit of the experiment's model must be given: none where the folds' models are kept."""
        return KEPT if self.keeps_folds(experiment.proposal) else self.refitting(experiment)

    def keeps_folds(self, proposal: Proposal) -> bool:
        """Whether workers keep the models of the folds, so that these can serve where there is no time for a refit."""
        return bool(getattr(self.recipe(proposal.recipe), "patient", False)) and not proposal.stack

    def made_to_fit(self, proposal: Proposal) -> bool:
        """Whether the model is as large as there was time for; then a fit on all rows is worth keeping time for.

        Networks of pictures that learnt from all rows are better than the mean of those of the folds (docs/log.md).
        """
        return isinstance(self.recipe(proposal.recipe), Elastic)

    def refitting(self, experiment: Experiment) -> float:
        """Seconds to fit the experiment's model once more on all rows, from what its folds cost."""
        outcome = experiment.outcome
        if outcome is None or not outcome.costs:
            return math.inf
        grow = self.folds / max(1, self.folds - 1) * 1.1  # all rows, and the holdout with them
        # of the folds the one in the middle: a machine that was busy for a moment makes no model slow
        fitted = median(c.fit + max(c.features, sum(c.steps.values())) for c in outcome.costs)  # no step is kept for it
        fitted = max(fitted, self._slowest(experiment.proposal) * self.effort(experiment.proposal))
        return 0.3 + grow * fitted + median(c.predict for c in outcome.costs)


class Budget:
    """Wall time or a number of experiments, whichever was given; and the user's wish to stop."""

    def __init__(self, seconds: float | None, experiments: int | None, began: float, spent: float = 0.0) -> None:
        """`began` is a time.monotonic() value; `spent` are seconds used before it, by a run that was interrupted."""
        self.seconds, self.experiments = seconds, experiments
        self.began, self.before = began, spent
        self.finish = FINISH if seconds is None else min(FINISH, max(1.5, seconds / 5))
        self.interrupted = False
        self._choosing = 0.0 if seconds is None else min(LONGEST_CHOICE, CHOOSING * seconds)
        self._cold = 0.0 if seconds is None else min(COLD, COLDER * seconds)
        self._refit = 0.0

    @property
    def used(self) -> float:
        """Seconds used so far."""
        return time.monotonic() - self.began + self.before

    @property
    def timed(self) -> bool:
        """Whether the clock decides. A budget by count alone never looks at it, so that a run can be repeated."""
        return self.seconds is not None

    def until_end(self) -> float:
        """Seconds until the run must be over."""
        return self.seconds - self.used if self.seconds is not None else math.inf

    def progress(self, history: Sequence[Experiment]) -> float:
        """The share of the budget that was used, of time or of experiments."""
        if self.seconds is not None:
            return min(1.0, self.used / max(self.seconds, 1e-9))
        return min(1.0, self._done(history) / max(1, self.experiments or 1))

    @staticmethod
    def _done(history: Sequence[Experiment]) -> int:
        return sum(e.proposal.move != "refit" and e.status is not Status.LOST for e in history)

    def left(self) -> float:
        """Seconds that the search may still use: choosing, refitting and finishing have their parts kept back."""
        return self.until_end() - self.finish - self._refit - self._choosing - self._cold

    def learn_pace(self) -> None:
        """What reading took tells how slow machine and table are: keep more back for finishing where it was long."""
        if self.seconds is not None:
            slow = FINISH_OF_READING * (self.used - self.before)
            self.finish = max(self.finish, min(slow, 0.1 * self.seconds))

    def has_time_for_refits(self, seconds: float, rounds: int = 1) -> bool:
        """Whether rounds of refits, of so many seconds each, fit into the time left with what is kept for them.

        They are those of a model that was made to fit the time, so that they were planned for.
        """
        if not self.timed or seconds > CAUTION * MADE * (self.seconds or 0.0):
            return False
        return rounds * seconds <= self.left() + self._refit

    def keep_for_refits(self, leader: Sequence[float], members: Sequence[float], jobs: int, rounds: int = 0) -> None:
        """Keep back time to refit the leader at least, and all likely members where they take little.

        Both are seconds of single fits: of the leader and what it is stacked on, and of all. What does not fit in the
        end is fitted on a share of the rows (see `chapters.refits`). `rounds`: how often a leader is fitted that was
        made to fit the time; 0 for others.
        """
        if not leader or self.seconds is None:
            return

        def together(costs: Sequence[float]) -> float:
            return max(max(costs, default=0.0), sum(costs) / max(1, jobs))

        least = max(1, rounds) * min(together(leader), (MADE if rounds else MOST) * self.seconds)
        self._refit = CAUTION * max(least, min(together(members), SHARE * self.seconds))

    def spent(self, history: Sequence[Experiment]) -> bool:
        """Nothing more may be started."""
        if self.interrupted or self.left() <= 0:
            return True
        return self.experiments is not None and self._done(history) >= self.experiments

    def limit(self, predicted: float, *, seen: bool = True) -> float | None:
        """Seconds an experiment may take, or None when it could not finish in time.

        `seen`: that its recipe has run with its feature steps before.
        """
        if not self.timed:
            return min(max(60.0, 20 * predicted), self.left())
        left = self.left()
        if SAFE * predicted > left:
            return None
        return min(left, max(10.0, 6 * predicted, min(60.0, 0.3 * left), (LENIENT if seen else UNSEEN) * left))
