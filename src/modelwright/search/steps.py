"""What feature steps cost: seconds as seen in this run, else a guess, and nothing where they are kept already.

Steps before the first that needs labels are made once for all rows. The others are fitted inside each fold, and kept
there for the next experiment with the same steps, fold and rows (see `worker.kept`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from .. import plugins
from ..records.experiment import Experiment, Proposal, Step
from ..records.profile import Column, Profile, Role

EFFORT = 0.3  # seconds for 10,000 rows that are guessed of a step that does not say
FIXED = 0.1  # share of it that does not depend on the rows
SAMPLED = 100_000  # rows above which a step does not take longer, about

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

    def predict(self, proposal: Proposal, folds: Sequence[int], rows: int, profile: Profile | None = None) -> float:
        """Seconds for those folds of a table of so many rows."""
        guesses = {step.title: guess(step, rows, profile) for step in proposal.features}
        needed: dict[Place, float] = {}
        for fold in folds if proposal.features else ():
            for title, place, share in places(proposal, fold):
                if place not in self.kept:
                    needed[place] = share * (median(self.seen[title]) if title in self.seen else guesses[title])
        return sum(needed.values())


def guess(step: Step, rows: int, profile: Profile | None = None) -> float:
    """Seconds that a step may take that was never seen: as it says of itself; most that take long take a sample."""
    kind = plugins.load("features", step.name)
    if profile is not None and hasattr(kind, "effort_for"):
        return float(kind.effort_for(profile, step.params, rows))
    effort = float(getattr(kind, "effort", EFFORT))
    return effort * (FIXED + (1 - FIXED) * min(rows, SAMPLED) / 10_000)


def widened(profile: Profile, steps: Sequence[Step]) -> Profile:
    """The profile of the table that the steps make, as far as models take longer for it: with the columns they add."""
    added: list[Column] = []
    for step in steps:
        kind = plugins.load("features", step.name)
        width = int(kind.width_for(profile, step.params)) if hasattr(kind, "width_for") else 0
        added += [Column(name=f"{step.title} {k}", role=Role.NUMBER, distinct=profile.rows) for k in range(width)]
    return profile.model_copy(update={"columns": (*profile.columns, *added)}) if added else profile


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
