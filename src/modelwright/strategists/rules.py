"""The rules strategist: what a good engineer does, without a language model.

    draft    the dummy, then one model of each family, simplest first, on as many rows and folds as time allows
    pilot    before the draft of a model that takes long: its settings on few rows
    repair   a draft that failed: name what went wrong, change one thing, try again, twice at most
    extend   what looks promising on one fold to the others; what is not behind in its family to further repeats
    compare  the incumbent with a column that is left out of the answer, only to say what that makes of the score
    add      a feature step that could be of use; first of all one that brought another family much
    refine   other parameters of a step that carries weight
    drop     a feature step, to see whether it carries weight; a doubtful column, to see what it makes of the score
    swap     the recipe within a family
    preset   parameters of a family's incumbent that are known to do well on other tables
    tune     its parameters, as the trials so far suggest
    grow     a model that was drafted on a share of the rows to all of them
    stack    a second level: a model that sees what the best ones predict out of fold
    seed     the incumbent once more with another seed, for the blend

Which of the moves from `add` on comes next is a question of worth: the gain to expect of it for each second, learned
from what its kind has brought in this run (see `ledger`). A family whose last experiments brought nothing is at its
ceiling: that is noted, what it could still do counts for less, and the search turns to others (a pivot). When all are
left alone, a last round of seeds is run, and the search ends.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import ClassVar

from ..checkpoints import device
from ..metrics.promote import number
from ..metrics.replay import Family, State, reached, scored, value
from ..recipes.script import SCRIPT
from ..records.experiment import DISAGREES, PILOT, Experiment, Proposal, Status
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile
from .doubts import comparisons
from .ledger import Ledger
from .menu import ALONE, RAW, READERS, Menu
from .moves import USEFUL, Moves, Option
from .pace import FEW_ROWS, Cost, Pace
from .pilots import Pilots

SHRUNK = 0.5  # a lead on some folds is partly luck: so much of it is expected of all
TUNED, EMBEDDINGS = "transformer", "text-embeddings"  # the family of fine-tuned encoders; the step of frozen ones
EARLY = 0.25  # of the budget, in which other families may see what a frozen encoder makes of texts before it is tuned
FIRST_FAMILIES = 3  # that are drafted before the best of them is taken further, where drafts cost much


class Rules:
    """Proposes by rules; see the module. A subclass may have another menu.

    `left()` gives seconds, `cost` predicts a proposal's, `progress()` is the share of the budget that was used, `slots`
    are the experiments that run at the same time.
    """

    menu_type: ClassVar[type[Menu]] = Menu

    def __init__(
        self,
        problem: Problem,
        profile: Profile,
        plan: ValidationPlan,
        cost: Cost,
        left: Callable[[], float],
        seed: int = 0,
        progress: Callable[[], float] = lambda: 0.5,
        slots: int = 1,
    ) -> None:
        self.problem, self.profile, self.plan = problem, profile, plan
        self.cost, self.seed, self.progress = cost, seed, progress
        self.pace = Pace(plan, cost, left, profile.rows, self._patient, slots)

    @cached_property
    def menu(self) -> Menu:
        """Recipes and steps that apply; none that looks at later rows where the future is asked for."""
        return self.menu_type(self.problem, self.profile, future=self.plan.scheme is Scheme.ROLLING)

    @cached_property
    def _pilots(self) -> Pilots:
        return Pilots(self.menu, self.pace, self.problem, self.profile)

    def _patient(self, recipe: str) -> bool:
        """Whether a recipe says that one fold of it may take long."""
        return bool(getattr(self.menu.recipes.get(recipe), "patient", False))

    def _state(self, history: Sequence[Experiment]) -> State:
        return State(history, self.plan, self.problem.higher_is_better, self.menu.family_of)

    # --- proposing ------------------------------------------------------------------------------

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        """At most `free` proposals, best first; [] when there is nothing left to try (or nothing that fits)."""
        chosen: list[Proposal] = []
        state = self._state(history)
        running = [e.proposal for e in state.searched if e.status is Status.RUNNING]
        for proposal in self._ideas(state):
            if len(chosen) == free:
                break
            if state.known(proposal) or any(_overlap(p, proposal) for p in chosen):
                continue
            if self._device_is_taken(proposal, [*chosen, *running]):
                continue
            fitted = self.pace.fit(proposal, state)
            if fitted is not None and not state.known(fitted):
                chosen.append(fitted)
        return chosen

    def remarks(self, history: Sequence[Experiment]) -> Mapping[str, str]:
        """What a reader of the journal should know by now: each family that has hit its ceiling, and where to next."""
        state = self._state(history)
        open_ones = [f.name for f in state.families.values() if not f.at_ceiling()]
        onward = f"the search turns to the {open_ones[0]} family" if open_ones else "so have all the others"
        by_number = {e.number: e for e in state.searched}
        running = min((e.number for e in state.searched if e.status is Status.RUNNING), default=math.inf)
        return self._doubts_of_labels(state) | {
            f"ceiling of {c.family} at experiment {c.incumbent}": (
                f"The {c.family} family has hit its ceiling at {number(reached(by_number[c.incumbent]))} "
                f"(experiment {c.incumbent}): {c.begun} experiments in a row brought nothing beyond noise; {onward}."
            )
            for c in state.ceilings
            if c.broken is None and c.number < running  # what still runs may say otherwise
        }

    def _doubts_of_labels(self, state: State) -> dict[str, str]:
        """That labels seem wrong, where a recipe that is in use tries other settings first for it."""
        if state.noise is None or not state.noise.likely:
            return {}
        tried = {e.proposal.recipe for e in state.whole}
        if all(list(self.menu.presets(name)) == list(self.menu.presets(name, state.noise)) for name in tried):
            return {}
        return {
            "wrong labels": (
                f"About {state.noise.share:.0%} ± {state.noise.error:.0%} of the labels seem wrong, by how often "
                "they contradict out-of-fold predictions that are sure. To doubt labels comes first."
            )
        }

    def _ideas(self, state: State) -> Iterator[Proposal]:
        """Everything worth trying, best first; lazily, since tuning costs time to think about."""
        ledger = Ledger(state, self.progress())
        moves = Moves(self.menu, state, ledger, self.pace.folds, partial(self._cost, state), self.seed)
        yield from self._drafts(state, moves)
        yield from self._repairs(state)
        yield from self._beside(state)
        yield from self._pilots.shorter(state)
        yield from self._extensions(state)
        yield from self._partial(state, complete=False)
        yield from self._comparisons(state)
        yield from self._first_step(state, moves)
        yield from moves.transfers()
        yield from self._pilots.again(state, self.seed, shorter=True)  # before small ideas use up its time
        yield from moves.ranked(self._weighed_extensions(state, ledger))
        yield from self._meanwhile(state)
        yield from self._pilots.again(state, self.seed)
        yield from self._partial(state)
        yield from self._last_seeds(state, moves)

    def _cost(self, state: State, proposal: Proposal) -> float:
        return self.cost(proposal, state.history)

    def _drafts(self, state: State, moves: Moves) -> Iterator[Proposal]:
        """The dummy first, then the default recipe of each family."""
        drafted = {e.proposal.recipe for e in state.searched if e.proposal.move != PILOT}
        families = {self.menu.family_of(r) for r in drafted if r != "dummy"}
        for name in self.menu.recipes:
            family = self.menu.family_of(name)
            if name in drafted or (name != "dummy" and family in families):
                continue
            families.add(family)
            reason = (
                "the score that no model at all gets; everything else is held against it"
                if name == "dummy"
                else f"a first model of the {family} family"
            )
            draft = Proposal(
                recipe=name,
                features=self.menu.first_steps(name),
                folds=self.plan.all_folds if name == "dummy" else self.pace.folds,
                seed=self.seed,
                move="draft",
                reason=reason,
            )
            if self._patient(name):
                if family == TUNED:
                    yield from self._before_tuning(state, moves)
                yield from self._pilots.drafts(draft, state)
            elif not self._can_wait(draft, state):
                yield draft

    def _before_tuning(self, state: State, moves: Moves) -> Iterator[Proposal]:
        """What the encoder says as it comes, beside the columns of the best model that reads columns.

        It is cheap and often good, and fine-tuning may take all the time there is, so this goes first; and on to other
        families, where it helped. But wide tables of its columns are slow to learn from as well: once much of the
        budget is used, other families see them after the pilots of fine-tuning.
        """
        readers = [e for e in state.bests if state.family(e.proposal) not in (*READERS, *ALONE)]
        if not readers:
            return
        if not _embeds(readers[0].proposal):
            yield from (p for p in moves.adds(readers[0]) if _embeds(p))
        if state.family(readers[0].proposal) not in state.families:
            yield from self._extend(readers[0], state)
        if self.progress() > EARLY:
            leader = state.best(state.scored)
            if leader is not None and _embeds(leader.proposal) and not state.extended(leader, self._next_folds(leader)):
                yield from self._extend(leader, state)
            return
        for look in self._looks(state):
            family = state.families.get(state.family(look.proposal))
            if family is not None and _embeds(look.proposal) and state.lead(look.proposal, family.incumbent) > 0:
                yield from self._extend(look, state)
        yield from moves.transfers()

    def _can_wait(self, draft: Proposal, state: State) -> bool:
        """Whether a costly draft is left until the best of those before it has been run on all folds."""
        ahead = [e for e in state.scored if e.proposal.recipe != "dummy"]
        few = len({state.family(e.proposal) for e in ahead}) < FIRST_FAMILIES
        return not few and not state.whole and self.pace.is_costly(draft, state)

    def _first_step(self, state: State, moves: Moves) -> Iterator[Proposal]:
        """The first feature step for the leader, as soon as it has run all folds: structure comes before polish."""
        leader = state.best(state.whole)
        if leader is not None and not leader.proposal.stack and all(e.proposal.move != "add" for e in state.searched):
            yield from islice(moves.adds(leader), 1)

    def _repairs(self, state: State) -> Iterator[Proposal]:
        """One changed thing for drafts, extensions and earlier repairs that failed."""
        repaired = {e.proposal.parent for e in state.searched if e.proposal.move == "repair"}
        for e in state.searched:
            if not e.status.failed or e.number in repaired or e.proposal.move not in ("draft", "extend", "repair"):
                continue
            if e.proposal.recipe == "dummy" or self._repairs_so_far(e, state) >= 2:
                continue
            if e.proposal.recipe == SCRIPT and e.status not in (Status.TIMEOUT, Status.MEMORY):
                continue  # code is mended by whoever can write it
            change, reason = self._remedy(e)
            if change:
                yield e.proposal.model_copy(update={**change, "parent": e.number, "move": "repair", "reason": reason})

    @staticmethod
    def _repairs_so_far(experiment: Experiment, state: State) -> int:
        by_number = {e.number: e for e in state.history}
        count, current = 0, experiment
        while current.proposal.move == "repair" and current.proposal.parent in by_number:
            count, current = count + 1, by_number[current.proposal.parent]
        return count

    def _remedy(self, e: Experiment) -> tuple[dict[str, object], str]:
        """What to change after a failure, and why; ({}, "") when there is nothing left to change."""
        p, error = e.proposal, (e.outcome.error if e.outcome else "")
        epochs = p.params.get("epochs")
        if e.status is Status.TIMEOUT and isinstance(epochs, int) and epochs > 2:
            return {"params": {**p.params, "epochs": epochs // 3 + 1}}, "it took too long: a third of the epochs"
        if e.status in (Status.TIMEOUT, Status.MEMORY) and p.rows > FEW_ROWS / 2:
            what = "took too long" if e.status is Status.TIMEOUT else "needed too much memory"
            return {"rows": round(p.rows / 3, 4), "folds": self.pace.folds}, f"it {what}: a third of the rows"
        if error.startswith(DISAGREES) and p.params.get("precision") != "full":
            return {"params": {**p.params, "precision": "full"}}, f"{error}: in full precision throughout"
        return ({}, "") if p.recipe == SCRIPT else self._simpler(p, error)

    def _simpler(self, p: Proposal, error: str) -> tuple[dict[str, object], str]:
        """Without its parameters, then its steps, then on fewer rows."""
        if p.params:
            return {"params": {}}, f"it failed ({error}): the recipe's own parameters instead"
        basic = self.menu.first_steps(p.recipe)
        if p.features and p.features not in (basic, self.menu.kept_out):
            return {"features": basic}, f"it failed ({error}): without the optional feature steps"
        if p.features != self.menu.kept_out:
            return {"features": self.menu.kept_out}, f"it failed ({error}): without any feature step"
        if p.rows > FEW_ROWS:
            return {"rows": round(p.rows / 3, 4)}, f"it failed ({error}): fewer rows, in case a few of them do it"
        return {}, ""

    # --- more folds -----------------------------------------------------------------------------

    def _extensions(self, state: State) -> Iterator[Proposal]:
        """Looks that go before everything else: the best of all and its like, further repeats, and folds all there.

        What has run the first repeat is a look at the others, and for these a tie is enough: it is ties that more
        folds can decide, and the blend takes its members from what has run them all. Before a leader that takes long
        come quick models that are level with it: once its folds have run, there may be no time for theirs.
        """
        leader = state.best(state.scored)
        looks = self._looks(state)
        if leader is not None and self._patient(leader.proposal.recipe):
            looks.sort(key=lambda look: state.is_whole(scored(look)) or self._patient(look.proposal.recipe))
        for look in looks:
            family = state.families.get(state.family(look.proposal))
            if state.is_whole(scored(look)):
                if self._well(look, family, leader, state):
                    yield from self._extend(look, state)
            elif not self._missing(look, state) or (family is None and self._level(look, leader, state)):
                yield from self._extend(look, state)

    def _level(self, look: Experiment, leader: Experiment | None, state: State) -> bool:
        """Whether the first look of a family is the best of all, or as good within noise and cheap to complete.

        Large gains of steps in families far behind would let it wait for ever, and the blend has use for it.
        """
        if look is leader:
            return True
        if leader is None:
            return False
        missing = look.proposal.model_copy(update={"folds": tuple(self._missing(look, state))})
        return state.distance(look, leader) <= 1.0 and self.pace.is_cheap(missing, state)

    def _well(self, look: Experiment, family: Family | None, leader: Experiment | None, state: State) -> bool:
        """Whether a model has done well enough on the first repeat to be run on others."""
        if family is None or family.incumbent is look:
            return self._useful(look, leader, state)
        return state.promising(look, family.incumbent, tie=True)

    def _weighed_extensions(self, state: State, ledger: Ledger) -> Iterator[Option]:
        """Looks at one fold or some: what is ahead of its family, or the first of one, for what it may be worth."""
        leader = state.best(state.scored)
        for look in self._looks(state):
            if state.is_whole(scored(look)):
                continue
            family = state.families.get(state.family(look.proposal))
            if family is None:
                if leader is None or not self._useful(look, leader, state):
                    continue
                ranked = Family(state.family(look.proposal), look)
                gain = ledger.expected("extend", ranked.name)
                small = self.pace.shrunk(look.proposal, state)
                if small is not None:
                    if not any(
                        e.proposal.move == "shrink" and e.proposal.parent == look.number for e in state.searched
                    ):
                        yield Option(
                            ledger.worth(gain, ranked, self.cost(small, state.history)), partial(_shrink, look, small)
                        )
                    continue
            else:
                ranked, gain = family, SHRUNK * state.lead(look.proposal, family.incumbent)
            if gain > 0:
                missing = tuple(self._missing(look, state))
                seconds = (
                    self.cost(look.proposal.model_copy(update={"folds": missing}), state.history) if missing else 0.0
                )
                # more folds of a model that is far behind do not make it any better
                rate = ledger.worth(gain, ranked, seconds, hope=family is not None)
                yield Option(rate, partial(self._extend, look, state))

    def _partial(self, state: State, *, complete: bool = True) -> Iterator[Proposal]:
        """Folds of models that there is no time to complete, put together: the blend may take what has run enough.

        `complete`: those too of which one more fold would fit the time, as nothing else is left to do.
        """
        for look in self._looks(state):
            mine = state.of_model(look.proposal)
            together = tuple(sorted(state.begun(look.proposal)))
            if any(e.status is Status.RUNNING or len(e.proposal.folds) == len(together) for e in mine):
                continue
            if 1 < len(together) < self.plan.folds:
                more = {"folds": (next(k for k in self.plan.first_folds if k not in together),), "move": "extend"}
                if not complete and self.pace.fit(look.proposal.model_copy(update=more), state) is not None:
                    continue
                what = f"what its {len(together)} folds say together"
                what += "" if complete else "; there is no time for more of them"
                change = {"parent": look.number, "move": "extend", "folds": together, "reason": what}
                yield look.proposal.model_copy(update=change)

    def _looks(self, state: State) -> list[Experiment]:
        """One experiment of each model that was not taken to all folds it could run next, the best first."""
        looks = [e for e in state.scored if e.proposal.recipe != "dummy" and not state.extended(e, self._next_folds(e))]
        found: dict[str, Experiment] = {}
        for e in sorted(looks, key=lambda e: -value(e) if self.problem.higher_is_better else value(e)):
            found.setdefault(e.proposal.model, e)
        return list(found.values())

    def _missing(self, look: Experiment, state: State) -> list[int]:
        """The folds of the next step that neither have been run nor are running, the last first."""
        running = {k for e in state.of_model(look.proposal) if e.status is Status.RUNNING for k in e.proposal.folds}
        begun = state.begun(look.proposal) | running
        return [k for k in reversed(self._next_folds(look)) if k not in begun]

    def _extend(self, look: Experiment, state: State) -> Iterator[Proposal]:
        """The look's model on more folds: all at once, or one by one, side by side, where each costs much."""
        reason = f"its first look on fold {look.proposal.folds[0]} was promising"
        if len(look.proposal.folds) >= self.plan.folds:
            reason = f"it did well on {len(look.proposal.folds)} folds, which may be luck of how the rows fell"
        change = {"parent": look.number, "move": "extend", "reason": f"{reason}: run the other folds"}
        whole = look.proposal.model_copy(update={**change, "folds": self._next_folds(look)})
        mine = state.of_model(look.proposal)
        missing = self._missing(look, state)
        if missing and self.pace.in_pieces(whole, state):
            if not any(e.status.failed for e in mine):
                one = {"reason": f"{reason}: one more fold"}
                yield from (whole.model_copy(update={"folds": (k,), **one}) for k in missing)
        elif not any(e.status is Status.RUNNING for e in mine):
            yield whole

    def _next_folds(self, look: Experiment) -> tuple[int, ...]:
        """What a look is extended to: the first repeat, and from there to all."""
        whole = len(look.proposal.folds) >= self.plan.folds
        return self.plan.all_folds if whole else self.plan.first_folds

    def _device_is_taken(self, proposal: Proposal, others: Sequence[Proposal]) -> bool:
        """Whether the model would share a GPU with another one: two at once take longer than one after the other."""
        shared = device() != "cpu" and self._patient(proposal.recipe)
        return shared and any(self._patient(other.recipe) for other in others)

    def _beside(self, state: State) -> Iterator[Proposal]:
        """One more fold of a model worth a wait whose first one is under way: later there will be no time for it."""
        for e in state.searched:
            if e.status is Status.RUNNING and self._patient(e.proposal.recipe) and e.proposal.move == "draft":
                begun = {k for o in state.of_model(e.proposal) for k in o.proposal.folds}
                fold = next((k for k in reversed(self.plan.first_folds) if k not in begun), None)
                if fold is not None and len(begun) == 1:
                    reason = "a fold takes long, and a core is free while the first look is under way: one more fold"
                    change = {"folds": (fold,), "move": "extend", "parent": e.number, "reason": reason}
                    more = e.proposal.model_copy(update=change)
                    if self.pace.beside(more, state):
                        yield more

    def _meanwhile(self, state: State) -> Iterator[Proposal]:
        """A slot is free and nothing is known yet: another fold of a model whose first look is under way."""
        if state.families:
            return
        for e in state.searched:
            if e.status is Status.RUNNING and e.proposal.recipe != "dummy" and e.proposal.for_answer:
                begun = {k for o in state.of_model(e.proposal) for k in o.proposal.folds}
                for fold in reversed(self.plan.first_folds):
                    if fold not in begun:
                        reason = "a slot is free while the first look is under way: one more fold at the same time"
                        change = {"folds": (fold,), "move": "extend", "parent": e.number, "reason": reason}
                        yield e.proposal.model_copy(update=change)
                        break

    @staticmethod
    def _useful(look: Experiment, leader: Experiment | None, state: State) -> bool:
        """Whether a look has enough of the leader's advantage over no model at all."""
        return leader is None or state.advantage(look, leader) > USEFUL

    def _comparisons(self, state: State) -> Iterator[Proposal]:
        """The best model on all folds with and without each doubtful column."""
        leader = state.best(state.whole)
        if leader is not None and state.family(leader.proposal) not in RAW:
            yield from comparisons(self.profile, leader, state.searched, self.pace.folds)

    @staticmethod
    def _last_seeds(state: State, moves: Moves) -> Iterator[Proposal]:
        """When nothing else is left: more seeds of the best families' incumbents, for the blend."""
        for family in [f for f in state.families.values() if not f.incumbent.proposal.stack][:2]:
            yield from moves.seeds(family.incumbent)


def _shrink(look: Experiment, small: Proposal) -> Iterator[Proposal]:
    """A costly model on fewer rows, where changes can be tried; it may grow again."""
    reason = (
        f"all folds of it would take much of the time left: on {small.rows:.0%} of the rows, where changes can be tried"
    )
    yield small.model_copy(update={"parent": look.number, "move": "shrink", "reason": reason})


def _embeds(proposal: Proposal) -> bool:
    """Whether the model sees texts as a pretrained encoder does."""
    return any(step.name == EMBEDDINGS for step in proposal.features)


def _overlap(first: Proposal, second: Proposal) -> bool:
    """Whether both would run the same folds of the same model."""
    return first.same_model(second) and bool(set(first.folds) & set(second.folds))
