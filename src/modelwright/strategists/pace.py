"""Proposals cut to the time left: one fold before all, one repeat before the others, fewer rows for first models."""

import math
from collections.abc import Callable, Sequence

from ..checkpoints import device
from ..metrics.replay import State
from ..records.experiment import Experiment, Proposal
from ..records.plan import ValidationPlan

Cost = Callable[[Proposal, Sequence[Experiment]], float]

LOOK = 0.06  # an experiment on all folds that would take more than this share of the time left starts with one fold
UNSEEN = 0.35  # times that share for a recipe that has not run yet: its cost is a guess
ONE = 0.3  # of the time left that one fold may take; what takes more would never be extended
DRAFT = 0.5  # the same for the first model of a run, which is drafted on fewer rows instead
LATER = 0.15  # the same for the first models of further families
PATIENT = 0.75  # the same for the first model of a recipe that says of itself that it is worth the wait
COSTLY = 0.1  # of the time left, from which a fold of such a recipe is tried out on few rows first
PILOT = 0.04  # of the time left that one pilot may take
FEW_FOR_PILOT = 1000  # rows; of fewer a pilot says nothing
ELASTIC = 0.4  # of the time left that one fold may take of a model that is made to fit the time
ALL_FOLDS = 0.88  # of the time left that all folds of such a model may take
BESIDE = 0.85  # the same for another fold of such a recipe, beside the first
REFIT = 1.5  # folds' time that a fit of it on all rows takes, of which some are planned for
ENOUGH_ROWS = 0.25  # the smallest share of rows worth a draft where there is a model already
ENOUGH = 20_000  # rows that are worth a draft, whatever their share
SECONDS = 120.0  # stands in for the time left when the budget is a number of experiments
TOGETHER = 0.3  # seconds for putting together folds that have been run
REPEATS = 0.2  # of the time left that further repeats of a good model may take
EXTENSION = 0.75  # of the time left that running the other folds of a good model may take
CHEAP = 0.15  # of the time left that completing a first look may take that is no better than the leader
GROWN = 2.0  # times the rows of its parent that make growing worth a look
DEAR = 0.4  # of the time left that the folds of a model may take before it is tried on fewer rows first
SMALLER = 0.15  # of the time left that its folds take then
FEW_ROWS = 0.1  # the smallest share of rows worth a draft


class Pace:
    """What a proposal may cost. `left()` gives seconds, infinity for a budget by count; `cost` predicts them."""

    def __init__(
        self,
        plan: ValidationPlan,
        cost: Cost,
        left: Callable[[], float],
        rows: int = 0,
        patient: Callable[[str], bool] = lambda _recipe: False,
        slots: int = 1,
    ) -> None:
        """`rows` are those of the table; 0 where they are not known. `patient` tells recipes that are worth a wait.

        `slots` are the experiments that run at the same time.
        """
        self.plan, self.cost, self.left, self.patient, self.slots = plan, cost, left, patient, slots
        self.rows = rows
        self.enough = min(1.0, ENOUGH / rows) if rows else 1.0  # a share of the rows that are worth a draft

    @property
    def folds(self) -> tuple[int, ...]:
        """The folds that a new model is run on: where time counts, others than the first repeat's must be earned."""
        return self.plan.all_folds if math.isinf(self.left()) else self.plan.first_folds

    @property
    def timed(self) -> bool:
        """Whether the clock decides, and not a number of experiments."""
        return not math.isinf(self.left())

    @property
    def fit_rows(self) -> int:
        """Rows that a fold is fitted on, about."""
        return max(1, int(self.rows * (1 - 1 / max(2, self.plan.folds))))

    def _rounds_share(self, at_once: int) -> float:
        """The share of the time left that one fold may take when the others are run after it, so many at once."""
        return ALL_FOLDS / (1 + math.ceil((self.plan.folds - 1) / at_once))

    @property
    def _patient_at_once(self) -> int:
        """How many folds of a model that takes long run at the same time: a device other than the CPU takes one."""
        return 1 if device() != "cpu" else max(1, self.slots)

    @property
    def fold_share(self) -> float:
        """The share of the time left that one fold of an elastic model may take, so that all of them can be run."""
        return min(ELASTIC, ALL_FOLDS / math.ceil(self.plan.folds / self._patient_at_once))

    def draft_share(self, refits: int) -> float:
        """The same for a first model, which is fitted so many times on all rows after its folds."""
        folds, rounds = (math.ceil(n / self._patient_at_once) for n in (self.plan.folds, refits))
        return min(ELASTIC, ALL_FOLDS / (folds + rounds * REFIT))

    def fit(self, proposal: Proposal, state: State) -> Proposal | None:
        """The proposal as it is or with fewer folds or rows; None when it would take too much."""
        left, time = self.left(), self._time()
        if time <= 0:
            return None
        cost = self._rest(proposal, state)
        if proposal.recipe == "dummy" or cost <= LOOK * self._sure(proposal, state) * time:
            return proposal
        if proposal.move == "seed":  # it is there for the blend, which takes whole ones only
            return proposal if cost <= EXTENSION * time else None
        if proposal.move == "extend":
            share = BESIDE if self.patient(proposal.recipe) else EXTENSION
            return proposal if math.isinf(left) else self._extension(proposal, cost, time, share)
        once = proposal.model_copy(update={"folds": self.plan.first_folds})
        if len(proposal.folds) > len(once.folds) and self._rest(once, state) <= LOOK * time:
            return once
        return self._look(proposal, time, state)

    def _sure(self, proposal: Proposal, state: State) -> float:
        """How far its predicted cost is trusted: what a recipe takes on these rows is a guess until it has run."""
        seen = math.isinf(self.left()) or any(e.proposal.recipe == proposal.recipe for e in state.scored)
        return 1.0 if seen else UNSEEN

    def pilot(self, proposal: Proposal, state: State) -> Proposal | None:
        """The model on one fold and few rows; None where all rows cost little, or so few rows would say nothing."""
        one = proposal.model_copy(update={"folds": self.plan.first_folds[-1:]})
        time, cost = self._time(), self.cost(one, state.history)
        if math.isinf(self.left()) or cost <= COSTLY * time:
            return None
        share = round(PILOT * time / cost, 3)
        return one.model_copy(update={"rows": share}) if share * self.rows >= FEW_FOR_PILOT else None

    def is_costly(self, proposal: Proposal, state: State) -> bool:
        """Whether one fold of a model would take more than a small share of the time left."""
        one = proposal.model_copy(update={"folds": self.plan.first_folds[-1:]})
        return self.timed and self.cost(one, state.history) > LOOK * self._time()

    def is_cheap(self, proposal: Proposal, state: State) -> bool:
        """Whether these folds of a model take a small share of the time left."""
        return self.cost(proposal, state.history) <= CHEAP * self._time()

    def folds_in_time(self, proposal: Proposal, state: State) -> int:
        """How many more folds of a model that takes long there is time for, run as many at once as can be."""
        one = max(1e-6, self.cost(proposal.model_copy(update={"folds": proposal.folds[:1]}), state.history))
        rounds = 1 + math.floor((self._time() - one / BESIDE) / one)  # the last may take that share of what is left
        return max(0, rounds) * self._patient_at_once

    def beside(self, proposal: Proposal, state: State) -> bool:
        """Whether there is time for one more fold of a model whose first one is under way."""
        return not math.isinf(self.left()) and self.cost(proposal, state.history) <= BESIDE * self._time()

    def _time(self) -> float:
        """Seconds that shares are taken of."""
        left = self.left()
        return SECONDS if math.isinf(left) else left

    def in_pieces(self, proposal: Proposal, state: State) -> bool:
        """Whether the first repeat's folds of a model are run one by one, since all together would take long."""
        if math.isinf(self.left()) or len(proposal.folds) > self.plan.folds:
            return False
        return self.cost(proposal, state.history) > LOOK * self._time()

    def _rest(self, proposal: Proposal, state: State) -> float:
        """Seconds for those of its folds that have not been run yet; next to none where there are none."""
        begun = state.begun(proposal)
        rest = tuple(k for k in proposal.folds if k not in begun)
        return self.cost(proposal.model_copy(update={"folds": rest}), state.history) if rest else TOGETHER

    def _look(self, proposal: Proposal, time: float, state: State) -> Proposal | None:
        """One fold of it, on a share of the rows for a first model that has no time for all."""
        look = proposal.model_copy(update={"folds": self.plan.first_folds[-1:]})
        one, first = self.cost(look, state.history), proposal.move in ("draft", "repair")
        waits = self.patient(proposal.recipe)
        # a change of a model that takes long is of no use but with all folds
        alone = self._rounds_share(self._patient_at_once) if waits else max(ONE, self._rounds_share(max(1, self.slots)))
        if proposal.move == "grow" and one > alone * time and not math.isinf(self.left()):
            return self._grown(look, one, alone * time, state)
        later = PATIENT if waits else LATER
        most = (later if any(e.proposal.recipe != "dummy" for e in state.scored) else DRAFT) if first else alone
        if not math.isinf(self.left()) and one > most * time:
            return self._fewer_rows(look, one, most * time, state) if first else None
        return look if len(proposal.folds) > 1 else proposal

    def _grown(self, look: Proposal, cost: float, most: float, state: State) -> Proposal | None:
        """As many rows as there is time for, if that is more than its parent had by far."""
        parent = next(e for e in state.history if e.number == look.parent)
        share = round(look.rows * 0.8 * most / cost, 3)
        reason = f"{look.reason}; on {share:.0%} of them, to fit the time left"
        return (
            look.model_copy(update={"rows": share, "reason": reason}) if share >= GROWN * parent.proposal.rows else None
        )

    def shrunk(self, proposal: Proposal, state: State) -> Proposal | None:
        """The model on a share of the rows, where all of its folds would take much of the time left; else None.

        Of small tables there is no such share: what can be said of a few rows need not hold for all.
        """
        time, whole = self._time(), proposal.model_copy(update={"folds": self.plan.first_folds})
        cost = self.cost(whole, state.history)
        if math.isinf(self.left()) or cost <= DEAR * time:
            return None
        share = round(proposal.rows * SMALLER * time / cost, 3)
        return whole.model_copy(update={"rows": share}) if share >= 2 * self.enough else None

    def _extension(self, extend: Proposal, cost: float, time: float, first: float) -> Proposal | None:
        """An extension, where there is time for it: further repeats may take less than the first."""
        share = REPEATS if len(extend.folds) > self.plan.folds else first
        return extend if cost <= share * time else None

    def _fewer_rows(self, look: Proposal, cost: float, most: float, state: State) -> Proposal | None:
        """A draft on a share of the rows that fits."""
        share = round(max(min(FEW_ROWS, self.enough), look.rows * 0.8 * most / cost), 3)
        if share < min(ENOUGH_ROWS, self.enough) and any(e.proposal.recipe != "dummy" for e in state.scored):
            return None
        smaller = look.model_copy(
            update={"rows": share, "reason": f"{look.reason}; on {share:.0%} of the rows, to fit the time left"}
        )
        return smaller if self.cost(smaller, state.history) <= 1.2 * most else None
