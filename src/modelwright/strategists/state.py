"""The history as a strategist reads it: families, their incumbents, and who has hit a ceiling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..metrics.promote import better, compare
from ..records.experiment import Experiment, Proposal, Score, Status
from ..records.plan import ValidationPlan

CEILING = 12  # experiments of a family within noise or worse, one after the other, before it is left alone


@dataclass
class Family:
    """The experiments of one family on whole repeats, replayed in order."""

    name: str
    incumbent: Experiment
    stale: int = 0  # finished experiments since the incumbent came in

    def at_ceiling(self, patience: int = CEILING) -> bool:
        """Whether the latest experiments of the family brought nothing."""
        return self.stale >= patience


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

    def is_whole(self, score: Score) -> bool:
        """Whether it is over the first repeat at least."""
        return len(score.folds) >= self.plan.folds

    @cached_property
    def families(self) -> dict[str, Family]:
        """Families with at least one whole experiment, the best incumbent first."""
        found: dict[str, Family] = {}
        for e in self.searched:
            if not e.proposal.for_answer:
                continue
            name = self.family_of(e.proposal.recipe)
            family = found.get(name)
            if e.status.failed and family:
                family.stale += e.proposal.move != "repair"
            elif e.score is not None and e.proposal.recipe != "dummy":
                if not self.is_whole(e.score):
                    if family and e.proposal.parent is not None and not self.promising(e, family.incumbent):
                        family.stale += 1  # a look that ends there
                elif family is None:
                    found[name] = Family(name, e)
                elif self.confirms(e, family.incumbent):
                    family.incumbent = e
                elif self.beats(e, family.incumbent):
                    family.incumbent, family.stale = e, 0
                elif e.score.first is None or e.proposal.move != "extend":  # else it has counted before
                    family.stale += 1
        sign = 1.0 if self.higher_is_better else -1.0
        return dict(sorted(found.items(), key=lambda item: -sign * value(item[1].incumbent)))

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

    def promising(self, look: Experiment, incumbent: Experiment, *, tie: bool = False) -> bool:
        """Whether a look is worth more folds: ahead of the incumbent on the folds both have run, or tied."""
        if look.score is None or incumbent.score is None:
            return False
        found = compare(look.score, incumbent.score, self.higher_is_better)
        return found.gain > 0 or (tie and found.verdict == "tie")

    def near(self, candidate: Experiment, leader: Experiment, errors: float) -> bool:
        """Whether a candidate is within so many standard errors of the leader (on what both have run)."""
        if candidate.score is None or leader.score is None:
            return False
        found = compare(candidate.score, leader.score, self.higher_is_better)
        return found.gain >= -errors * max(found.error, leader.score.error)

    def best(self, experiments: Sequence[Experiment]) -> Experiment | None:
        """The best by value on their own folds, of the first repeat where they have run more."""
        leader: Experiment | None = None
        for e in experiments:
            if e.score is not None and (leader is None or better(once(e), once(leader), self.higher_is_better)):
                leader = e
        return leader

    def known(self, proposal: Proposal) -> bool:
        """Whether the same model was tried on these folds (or is running)."""
        return any(
            e.proposal.same_model(proposal) and set(proposal.folds) <= set(e.proposal.folds) for e in self.searched
        )

    def extended(self, look: Experiment, folds: Sequence[int]) -> bool:
        """Whether a look was already taken to so many folds (or is being taken there)."""
        return any(e.proposal.same_model(look.proposal) and len(e.proposal.folds) >= len(folds) for e in self.searched)


def scored(experiment: Experiment) -> Score:
    """The score of an experiment that has one."""
    assert experiment.score is not None
    return experiment.score


def once(experiment: Experiment) -> Score:
    """The score over the first repeat, which all can be compared by."""
    score = scored(experiment)
    return score.first or score


def value(experiment: Experiment) -> float:
    """The score's value over the first repeat."""
    return once(experiment).value
