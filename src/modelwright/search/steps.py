"""What feature steps cost: seconds as seen in this run, and nothing where they are kept already.

Steps before the first that needs labels are made once for all rows. The others are fitted inside each fold, and kept
there for the next experiment with the same steps, fold and rows (see `worker.kept`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from .. import plugins
from ..records.experiment import Experiment, Proposal

Place = tuple[object, ...]  # what is kept: the steps up to one, and the fold and rows it was fitted on


@dataclass
class StepCosts:
    """What is known from the finished experiments of a history."""

    seen: dict[str, list[float]] = field(default_factory=dict)  # seconds of a step on all fit rows, by its title
    kept: set[Place] = field(default_factory=set)

    @classmethod
    def of(cls, finished: Sequence[Experiment]) -> "StepCosts":
        """From experiments that have an outcome."""
        known = cls()
        for e in finished:
            for cost in e.outcome.fresh if e.outcome else ():
                for title, place, share in places(e.proposal, cost.fold):
                    if title in cost.steps:
                        known.kept.add(place)
                        known.seen.setdefault(title, []).append(cost.steps[title] / share)
        return known

    def predict(self, proposal: Proposal, folds: Sequence[int]) -> float:
        """Seconds for those folds; a step that was never seen counts as nothing."""
        needed: dict[Place, float] = {}
        for fold in folds if proposal.features else ():
            for title, place, share in places(proposal, fold):
                if place not in self.kept and title in self.seen:
                    needed[place] = share * median(self.seen[title])
        return sum(needed.values())


def places(proposal: Proposal, fold: int) -> Iterator[tuple[str, Place, float]]:
    """For each step: its title, the place where it is kept, and the share of the rows that it is fitted on."""
    within, before = False, ""
    for step in proposal.features:
        before += step.model_dump_json()
        within = within or plugins.load("features", step.name).needs == "labels"
        if within:
            drawn = proposal.seed if proposal.rows < 1 else None  # the seed draws the rows
            yield step.title, (before, fold, proposal.rows, drawn), proposal.rows
        else:
            yield step.title, (before,), 1.0
