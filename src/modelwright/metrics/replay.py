"""The history replayed: families, their incumbents, what changes brought, who is at a ceiling.

A strategist reads it to decide what comes next, the report to tell how it went: both see the same.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..records.experiment import PILOT, Experiment, Proposal, Score, Status
from ..records.plan import ValidationPlan
from ..records.profile import LabelNoise
from .promote import better, compare, guiding

CEILING = 8  # experiments of a family within noise or worse, one after the other, after which it is at its ceiling
DEAR = 3  # so many are enough where they took long:
LONG = 120.0  # seconds together,
SHARE = 0.1  # and this share of all that had been spent on experiments by then
STACK = "stack"  # the family of all models that see the predictions of others


@dataclass
class Family:
    """The experiments of one family on whole repeats, replayed in order."""

    name: str
    incumbent: Experiment
    stale: int = 0  # finished experiments since the incumbent came in
    idle: float = 0.0  # seconds that these took
    share: float = 0.0  # of all that was spent on experiments by the latest of them
    ties: set[str] = field(default_factory=set)  # models since then that led on their first folds, within noise

    @property
    def within(self) -> int:
        """Changes since the incumbent came in that brought nothing beyond noise, as far as they were run."""
        return self.stale + len(self.ties)

    def at_ceiling(self, patience: float = 1.0) -> bool:
        """Whether the latest experiments of the family brought nothing; `patience` times as many as make a ceiling."""
        dear = still(self.stale / patience, self.idle / patience, self.share / patience)
        return dear or self.within / patience >= CEILING


def still(stale: float, idle: float, share: float) -> bool:
    """Whether so many changes in a row without a gain make a ceiling: many, or a few that took long."""
    return stale >= CEILING or (stale >= DEAR and idle >= LONG and share >= SHARE)


@dataclass(frozen=True)
class Trial:
    """A change of a family's incumbent that was tried to its end, and what it brought."""

    number: int  # of the experiment that decided
    family: str
    move: str
    gain: float  # over the incumbent of that time, on the folds both had run; negative when it was worse
    won: bool  # it became the incumbent
    error: float = 0.0  # standard error of the gain
    against: int = 0  # number of the incumbent of that time
    stale: int = 0  # changes in a row that had brought nothing to the family, this one included
    still: bool = False  # these were enough to say that the family is at its ceiling


@dataclass(frozen=True)
class Ceiling:
    """A family whose changes had stopped bringing anything."""

    family: str
    number: int  # of the experiment that made it plain
    incumbent: int  # number of the experiment that none of the changes was better than
    within: int  # changes in a row within noise of it or worse, those after the ceiling was plain included
    begun: int  # of these, those that made it plain
    broken: int | None = None  # number of the experiment that was better after all


@dataclass(frozen=True)
class State:
    """What the rules look at. Built anew from the history each time, so that there is nothing to go stale.

    An experiment is whole once it has run the folds of the first repeat: what further repeats add is certainty.
    """

    history: Sequence[Experiment]
    plan: ValidationPlan
    higher_is_better: bool
    family_of: Callable[[str], str]

    @cached_property
    def searched(self) -> list[Experiment]:
        """All experiments but refits and those that were lost."""
        return [e for e in self.history if e.proposal.move != "refit" and e.status is not Status.LOST]

    @cached_property
    def scored(self) -> list[Experiment]:
        """Those with a score that may enter the answer."""
        return [e for e in self.searched if e.score is not None and e.proposal.for_answer]

    @cached_property
    def whole(self) -> list[Experiment]:
        """Those with a score over all folds of the first repeat at least, the dummy left out."""
        return [e for e in self.scored if self.is_whole(scored(e)) and e.proposal.recipe != "dummy"]

    @cached_property
    def models(self) -> dict[str, list[Experiment]]:
        """The experiments of each model (see `Proposal.model`), in order."""
        found: dict[str, list[Experiment]] = {}
        for e in self.searched:
            found.setdefault(e.proposal.model, []).append(e)
        return found

    def of_model(self, proposal: Proposal) -> list[Experiment]:
        """The experiments with the proposal's model."""
        return self.models.get(proposal.model, [])

    def begun(self, proposal: Proposal) -> set[int]:
        """The folds on which the model has a score."""
        return {k for e in self.of_model(proposal) if e.score is not None for k in e.proposal.folds}

    def family(self, proposal: Proposal) -> str:
        """The family of a proposal's model."""
        return STACK if proposal.stack else self.family_of(proposal.recipe)

    def is_whole(self, score: Score) -> bool:
        """Whether it is over the first repeat at least."""
        return len(score.folds) >= self.plan.folds

    @cached_property
    def families(self) -> dict[str, Family]:
        """Families with at least one whole experiment, the best incumbent first."""
        sign = 1.0 if self.higher_is_better else -1.0
        return dict(sorted(self._replayed[0].items(), key=lambda item: -sign * value(item[1].incumbent)))

    @cached_property
    def bests(self) -> list[Experiment]:
        """Of each family the incumbent, or the best of its first looks where it has none yet; the best first."""
        looks: dict[str, list[Experiment]] = {}
        for e in self.scored:
            family = self.family(e.proposal)
            if e.proposal.recipe != "dummy" and family != STACK and family not in self.families:
                looks.setdefault(family, []).append(e)
        found = [f.incumbent for name, f in self.families.items() if name != STACK]
        found += [best for best in map(self.best, looks.values()) if best is not None]
        return sorted(found, key=lambda e: -value(e) if self.higher_is_better else value(e))

    @cached_property
    def noise(self) -> LabelNoise | None:
        """How many labels seem wrong by what the best model predicts out of fold; None where that is not known."""
        leader = self.best(self.whole)
        return None if leader is None else scored(leader).noise

    @cached_property
    def trials(self) -> list[Trial]:
        """What was tried within families that had an incumbent, in order."""
        return self._replayed[1]

    @cached_property
    def ceilings(self) -> list[Ceiling]:
        """The ceilings that families have hit, in order; one that was broken can be hit again."""
        found: list[Ceiling] = []
        place: dict[str, int] = {}  # of the ceiling that a family is at now
        for t in self.trials:
            at = place.get(t.family)
            if at is None and t.still:
                place[t.family] = len(found)
                found.append(Ceiling(t.family, t.number, t.against, t.stale, t.stale))
            elif at is not None and t.stale:
                found[at] = replace(found[at], within=t.stale)
            elif at is not None:
                found[at] = replace(found[at], broken=t.number)
                del place[t.family]
        return found

    @cached_property
    def _replayed(self) -> tuple[dict[str, Family], list[Trial]]:
        found: dict[str, Family] = {}
        trials: list[Trial] = []
        spent = 0.0
        for e in self.searched:
            seconds = e.outcome.seconds if e.outcome else 0.0
            spent += seconds
            if not e.proposal.for_answer or e.proposal.recipe == "dummy":
                continue
            family = found.get(self.family(e.proposal))
            if family is None:
                if e.score is not None and self.is_whole(e.score):
                    name = self.family(e.proposal)
                    found[name] = Family(name, e)
                continue
            trial = self._tried(e, family)
            family.idle = family.idle + seconds if family.stale else 0.0
            family.share = family.idle / max(spent, 1e-9)
            if trial is not None:
                trials.append(replace(trial, still=family.at_ceiling()))
        return found, trials

    def _tried(self, e: Experiment, family: Family) -> Trial | None:
        """What a finished experiment decided, if it did; the family is brought up to date."""
        if e.status.failed:
            family.stale += e.proposal.move != "repair"
            return self._trial(e, family, 0.0, 0.0, won=False)
        if e.score is None:
            return None
        if not self.is_whole(e.score):
            return self._looked(e, family)
        if self.confirms(e, family.incumbent):
            family.incumbent = e
            return None
        if e.proposal.move == "extend" and e.score.first is not None and not self.beats(e, family.incumbent):
            return None  # it has counted before
        return self._decided(e, family)

    def _looked(self, e: Experiment, family: Family) -> Trial | None:
        """A model that was left behind after some folds."""
        ends = self.of_model(e.proposal)[-1] is e and e.proposal.parent is not None
        lead = self.lead(e.proposal, family.incumbent)
        if not ends:
            return None
        found = compare(scored(e), scored(family.incumbent), self.higher_is_better)
        if lead > 0:  # more folds may tell; within noise it is no gain so far
            if found.verdict != "better":
                family.ties.add(e.proposal.model)
            return None
        family.ties.discard(e.proposal.model)
        family.stale += 1
        return self._trial(e, family, lead, found.error, won=False)

    def _decided(self, e: Experiment, family: Family) -> Trial:
        """A model that has run what the incumbent has: one of them is the incumbent from now on."""
        found = compare(scored(e), scored(family.incumbent), self.higher_is_better)
        better = found.verdict == "better"
        simpler = e.proposal.move == "drop" and found.gain >= 0  # as good with less: at a tie the simpler one wins
        family.stale = 0 if better else family.stale + 1
        family.ties = set() if better else family.ties - {e.proposal.model}
        trial = self._trial(e, family, found.gain, found.error, won=better or simpler)
        if better or simpler:
            family.incumbent = e
        return trial

    def _trial(self, e: Experiment, family: Family, gain: float, error: float, *, won: bool) -> Trial:
        first = self.of_model(e.proposal)[0]  # an extension carries out what its first look began
        move, against = first.proposal.move, family.incumbent.number
        return Trial(e.number, family.name, move, gain, won, error, against, family.within)

    def beats(self, candidate: Experiment, incumbent: Experiment) -> bool:
        """Better by more than noise; at a tie the simpler one stays."""
        if candidate.score is None or incumbent.score is None:
            return False
        return compare(candidate.score, incumbent.score, self.higher_is_better).verdict == "better"

    def confirms(self, candidate: Experiment, incumbent: Experiment) -> bool:
        """Whether it is the same model on more folds."""
        more = len(scored(candidate).folds) > len(scored(incumbent).folds)
        return more and candidate.proposal.same_model(incumbent.proposal)

    def gain(self, candidate: Experiment, incumbent: Experiment) -> float:
        """How much better the candidate is on the folds both have run; negative when it is worse."""
        return compare(scored(candidate), scored(incumbent), self.higher_is_better).gain

    def lead(self, proposal: Proposal, incumbent: Experiment) -> float:
        """How much better a model is than an incumbent, over all folds that its experiments have run so far."""
        sign = 1.0 if self.higher_is_better else -1.0
        theirs = scored(incumbent).folds
        mine = {k: v for e in self.of_model(proposal) if e.score is not None for k, v in scored(e).folds.items()}
        common = sorted(set(mine) & set(theirs))
        return sign * sum(mine[k] - theirs[k] for k in common) / max(1, len(common))

    def promising(self, look: Experiment, incumbent: Experiment, *, tie: bool = False) -> bool:
        """Whether a look is worth more folds: ahead of the incumbent on the folds both have run, or tied."""
        if look.score is None or incumbent.score is None:
            return False
        found = compare(look.score, incumbent.score, self.higher_is_better)
        return found.gain > 0 or (tie and found.verdict == "tie")

    def distance(self, candidate: Experiment, leader: Experiment) -> float:
        """How far a candidate is behind the leader (on what both have run), in standard errors; 0 when it is not."""
        found = compare(scored(candidate), scored(leader), self.higher_is_better)
        return max(0.0, -found.gain / max(found.error, scored(leader).error, 1e-12))

    def lift(self, leader: Experiment) -> float:
        """How much better the leader is than no model at all; 0 where that is not known."""
        dummy = next((e for e in self.scored if e.proposal.recipe == "dummy"), None)
        return 0.0 if dummy is None else max(0.0, self.gain(leader, dummy))

    def advantage(self, candidate: Experiment, leader: Experiment) -> float:
        """The candidate's share of the leader's advantage over no model at all, on the folds that all have run.

        By the guide or by the metric itself, whichever is larger: a model that is too sure of itself may lose more by
        its chances than no model, and tell labels apart as well as any; the blend can scale it.
        """
        dummy = next((e for e in self.scored if e.proposal.recipe == "dummy"), None)
        if dummy is None:
            return 1.0
        three = (candidate, leader, dummy)
        guided = self._share(*(scored(e).folds for e in three))
        counted = self._share(*(e.score.folds for e in three if e.score is not None))
        return max(1.0 if guided is None else guided, -math.inf if counted is None else counted)

    def _share(self, mine: Mapping[int, float], top: Mapping[int, float], none: Mapping[int, float]) -> float | None:
        """The same for values by fold; None where the leader has no advantage on the folds they share."""
        common = sorted(set(mine) & set(top) & set(none))
        sign = 1.0 if self.higher_is_better else -1.0
        found, best, least = (sign * sum(f[k] for k in common) for f in (mine, top, none))
        return (found - least) / (best - least) if best > least else None

    def best(self, experiments: Sequence[Experiment]) -> Experiment | None:
        """The best by value on their own folds, of the first repeat where they have run more."""
        leader: Experiment | None = None
        for e in experiments:
            if e.score is not None and (leader is None or better(once(e), once(leader), self.higher_is_better)):
                leader = e
        return leader

    def known(self, proposal: Proposal) -> bool:
        """Whether the same model was tried on these folds (or is running), by more than a pilot of another move."""
        tried = [e.proposal for e in self.of_model(proposal)]
        return any(set(proposal.folds) <= set(p.folds) for p in tried if p.move != PILOT or proposal.move == PILOT)

    def extended(self, look: Experiment, folds: Sequence[int]) -> bool:
        """Whether a look was already taken to so many folds (or is being taken there)."""
        return any(len(e.proposal.folds) >= len(folds) for e in self.of_model(look.proposal))


def scored(experiment: Experiment) -> Score:
    """What the search goes by of an experiment that has a score."""
    assert experiment.score is not None
    return guiding(experiment.score)


def once(experiment: Experiment) -> Score:
    """The score over the first repeat, which all can be compared by."""
    score = scored(experiment)
    return score.first or score


def value(experiment: Experiment) -> float:
    """What the search goes by, over the first repeat."""
    return once(experiment).value


def reached(experiment: Experiment) -> float:
    """The metric's value over the first repeat, for people."""
    assert experiment.score is not None
    return (experiment.score.first or experiment.score).value
