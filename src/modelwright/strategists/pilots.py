"""Models that take long: their settings are tried out at small cost, and some are made to fit the time there is."""

from collections.abc import Iterator, Mapping, Sequence

from ..interfaces import Elastic
from ..metrics.replay import State, value
from ..recipes.base import in_words
from ..records.experiment import PILOT, REFITS, Experiment, Params, Proposal, Status
from ..records.problem import Problem
from ..records.profile import Profile
from .menu import Menu
from .moves import USEFUL
from .pace import PILOT as PILOT_SHARE
from .pace import Pace

PILOTS = 3  # settings that are tried out before a model that takes long is drafted
FITTED = 4  # times that a size is corrected until it takes the time it should
LEAST_AGAIN = 0.45  # of the leader's training, with which another seed of it is worth its time
DEAR = 2.5  # times the share of a pilot, from which there is none
LEARNT = 20  # epochs, of fewer of which a network gains more by being trained longer than by another fit
MOST_FOLDS = 0.6  # of all folds, which are enough for the answer to be chosen by
CLOSE = (0.75, 1.05)  # of the time it should take, which is near enough


class Pilots:
    """What comes before the draft of a patient recipe, and how large the draft is."""

    def __init__(self, menu: Menu, pace: Pace, problem: Problem, profile: Profile) -> None:
        self.menu, self.pace, self.problem, self.profile = menu, pace, problem, profile

    def drafts(self, draft: Proposal, state: State) -> Iterator[Proposal]:
        """Pilots, one after the other, and at last the draft with the best of their settings."""
        pilots = [e for e in state.searched if e.proposal.move == PILOT and e.proposal.recipe == draft.recipe]
        if not pilots:
            small = self._small(draft, state)
            yield small or self._whole(draft, state)
            return
        base = pilots[0]
        variants: tuple[Params, ...] = ({}, *self._variants(draft.recipe))
        size = self._size_of(base)
        tried = [_without(e.proposal.params, size) for e in pilots]
        for params in variants if base.score is not None else ():
            if params not in tried:
                words = in_words(self.menu.recipes[draft.recipe], params)
                reason = f"is it better so, at as small a cost: {words}?"
                change = {"params": {**size, **params}, "parent": base.number, "reason": reason}
                yield base.proposal.model_copy(update=change)
        if any(e.status is Status.RUNNING for e in pilots) or (base.score is not None and len(tried) < len(variants)):
            return
        winners = [e for e in pilots[1:] if e.score is not None and state.beats(e, base)]
        together = self._together(winners, size, state)
        if together and together not in tried:
            words = in_words(self.menu.recipes[draft.recipe], together)
            change = {"params": {**size, **together}, "parent": base.number}
            yield base.proposal.model_copy(update={**change, "reason": f"each is better alone; and together: {words}?"})
            return
        best = base
        for e in winners:
            if best is base or state.beats(e, best):
                best = e
        told = "as its pilots left it" if best is base else f"set up as in its pilot, experiment {best.number}"
        settings = _without(best.proposal.params, size)
        yield self._whole(draft.model_copy(update={"params": settings, "reason": f"{draft.reason}, {told}"}), state)

    @staticmethod
    def _together(winners: Sequence[Experiment], size: Params, state: State) -> Params:
        """The settings of all pilots that won, the best first where two say something else of one parameter.

        Empty where there is nothing to be put together.
        """
        order = sorted(winners, key=value, reverse=state.higher_is_better)
        found: Params = {}
        for e in order:
            found = {**_without(e.proposal.params, size), **found}
        return found if all(found != _without(e.proposal.params, size) for e in winners) else {}

    def _whole(self, draft: Proposal, state: State) -> Proposal:
        """The draft; an elastic one so large that all its folds can be run, and fits on all rows after them.

        In half of that time, where what it makes of it is good enough: then others can be tried after it. Fewer fits
        on all rows are planned where it could be trained for a few epochs only: to train longer gains more then.
        """
        if not self.menu.elastic(draft.recipe) or not self.pace.timed:
            return draft
        enough = getattr(self.menu.recipes[draft.recipe], "enough", lambda _params: False)
        half = self._sized(draft, self.pace.draft_share(REFITS) / 2, state)
        if enough(half.params):
            return half
        for refits in range(REFITS, -1, -1):
            sized = self._sized(draft, self.pace.draft_share(refits), state)
            epochs = sized.params.get("epochs")
            if enough(sized.params) or not isinstance(epochs, int) or epochs >= LEARNT:
                break
        return sized

    def shorter(self, state: State) -> Iterator[Proposal]:
        """A first model of an elastic recipe whose folds take longer than foretold: trained less, on all of them.

        However good a model looks on one fold or two, they say little of what it is worth in the answer.
        """
        latest = {
            e.proposal.recipe: e
            for e in state.searched
            if e.proposal.move == "draft" and self.menu.elastic(e.proposal.recipe) and not e.status.failed
        }
        for draft in latest.values():
            if self.pace.timed and state.family(draft.proposal) not in state.families:
                yield from self._shorter(draft, state)

    def _shorter(self, draft: Experiment, state: State) -> Iterator[Proposal]:
        model, folds, begun = draft.proposal, self.pace.plan.first_folds, state.begun(draft.proposal)
        missing = [k for k in reversed(folds) if k not in begun]
        if not begun or not missing:
            return
        running = any(e.status is Status.RUNNING for e in state.of_model(model))
        if len(begun) + self.pace.folds_in_time(model, state) < MOST_FOLDS * len(folds):
            leader = state.best(state.scored)
            useless = leader is None or state.advantage(draft, leader) <= USEFUL
            if running or useless or draft.score is None:
                return
            sizes = self._within(model.recipe, self.pace.left())
            reason = f"experiment {draft.number} takes too long for its other folds: trained less, on all of them"
            change = {"params": _without(model.params, sizes), "parent": draft.number, "reason": reason}
            smaller = self._sized(model.model_copy(update=change), self.pace.fold_share, state)
            if self.pace.folds_in_time(smaller, state) >= len(folds):
                yield from (smaller.model_copy(update={"folds": (k,)}) for k in reversed(folds))
        elif model.parent is not None:
            yield from (model.model_copy(update={"folds": (k,)}) for k in missing)

    def again(self, state: State, seed: int, *, shorter: bool = False) -> Iterator[Proposal]:
        """When nothing else fits the time: an elastic leader with another seed, trained as long as there is time for.

        It is for the blend, so it runs all folds, side by side; half of the leader's training at least. Where labels
        seem wrong, it doubts them as the recipe would first.

        `shorter`: only where it could no longer be trained as long as the leader, so that none of its changes can.
        """
        leader = state.best(state.whole)
        if leader is None or not self.menu.elastic(leader.proposal.recipe) or not self.pace.timed:
            return
        parent, epochs = leader.proposal, leader.proposal.params.get("epochs")
        again = [e for e in state.searched if e.proposal.move == "seed" and e.proposal.recipe == parent.recipe]
        if parent.move == "seed" or not isinstance(epochs, int):
            return
        model = again[-1].proposal if again else self._another(leader, epochs, state, seed)
        if model is not None and not (shorter and model.params["epochs"] == epochs):
            yield from (model.model_copy(update={"folds": (k,)}) for k in reversed(self.pace.plan.first_folds))

    def _another(self, leader: Experiment, epochs: int, state: State, seed: int) -> Proposal | None:
        """The leader with another seed and as many epochs as there is time for; None where these are too few."""
        doubts, parent = self._doubts(leader.proposal, state), leader.proposal
        params = {**parent.params, **doubts}
        one = parent.model_copy(update={"params": params, "folds": self.pace.plan.first_folds[-1:]})
        share = min(1.0, self.pace.fold_share * self.pace.left() / max(self.pace.cost(one, state.history), 1e-6))
        if share < LEAST_AGAIN:
            return None
        reason = "another seed of the best, trained as long as there is time for: for the blend"
        if doubts:
            reason += f"; as labels seem wrong, with {', '.join(f'{k} {v}' for k, v in doubts.items())}"
        change = {"seed": seed + 1, "parent": leader.number, "move": "seed", "reason": reason}
        return one.model_copy(update={"params": {**params, "epochs": max(1, int(share * epochs))}, **change})

    def _doubts(self, parent: Proposal, state: State) -> Params:
        """What the recipe would change first where labels seem wrong; nothing where they do not."""
        if state.noise is None or not state.noise.likely:
            return {}
        doubting = list(self.menu.presets(parent.recipe, state.noise))
        return dict(doubting[0]) if doubting != list(self.menu.presets(parent.recipe)) else {}

    def _small(self, draft: Proposal, state: State) -> Proposal | None:
        """The first pilot; None where there is no need of one."""
        if not self.menu.elastic(draft.recipe):
            fewer = self.pace.pilot(draft, state)
            if fewer is None:
                return None
            reason = f"on {fewer.rows:.0%} of the rows, to try out settings before the whole takes its time"
            return fewer.model_copy(update={"move": PILOT, "reason": reason})
        if not self.pace.timed:
            return None
        small = self._sized(draft.model_copy(update={"folds": draft.folds[-1:]}), PILOT_SHARE, state)
        if self.pace.cost(small, state.history) > DEAR * PILOT_SHARE * self.pace.left():
            return None  # not even the smallest is a small part of the time there is
        reason = "small and short, to see what it costs and to try out settings before the whole takes its time"
        return small.model_copy(update={"move": PILOT, "reason": reason})

    def _variants(self, recipe: str) -> tuple[Params, ...]:
        """Settings worth a pilot: those that the recipe names, else the first of its presets."""
        named = getattr(self.menu.recipes.get(recipe), "trials", None)
        return tuple(named(self.problem, self.profile) if named else self.menu.presets(recipe)[:PILOTS])

    def _size_of(self, pilot: Experiment) -> Params:
        """The parameters of the first pilot that only say how large it is."""
        return dict(pilot.proposal.params) if self.menu.elastic(pilot.proposal.recipe) else {}

    def _sized(self, proposal: Proposal, share: float, state: State) -> Proposal:
        """The proposal so large that one fold of it takes about that share of the time left."""
        aim = share * self.pace.left()
        asked, found = aim, None
        for _ in range(FITTED):
            params = self._within(proposal.recipe, asked)
            sized = proposal.model_copy(update={"params": {**proposal.params, **params}})
            cost = self.pace.cost(sized.model_copy(update={"folds": sized.folds[-1:]}), state.history)
            if found is None or cost <= CLOSE[1] * aim:
                found = sized
            if CLOSE[0] * aim <= cost <= CLOSE[1] * aim:
                break
            asked *= aim / max(cost, 1e-6)
        return found or proposal

    def _within(self, name: str, seconds: float) -> Params:
        """The size of an elastic recipe with which a fit of one fold takes about so long."""
        recipe = self.menu.recipes[name]
        assert isinstance(recipe, Elastic), f"{name} cannot be made to fit a time"
        return recipe.within(self.problem, self.profile, self.pace.fit_rows, seconds)


def _without(params: Params, names: Mapping[str, object]) -> Params:
    return {name: value for name, value in params.items() if name not in names}
