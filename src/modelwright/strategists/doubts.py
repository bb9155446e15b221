"""Comparisons that a doubtful column asks for: the incumbent with it and without it.

A column of a finding with `compare` stays in, and the incumbent is run without it; where that is better by more than
noise, it becomes the incumbent like any other change. A column of a finding with `left_out` is kept from all models by
a first step `without`, and the incumbent is run with it, for comparison only: that run never enters the answer.
"""

from collections.abc import Iterator, Sequence

from ..records.experiment import COMPARE, Experiment, Proposal, Step
from ..records.finding import Finding
from ..records.profile import Profile

WITHOUT = "without"


def doubtful(profile: Profile) -> list[Finding]:
    """The findings that ask for a comparison, about columns that recipes see."""
    seen = set(profile.features)
    return [f for f in profile.findings if f.compare and f.columns and set(f.columns) <= seen]


def left_out(profile: Profile) -> tuple[Step, ...]:
    """The step that keeps columns from the models of the answer; () where there are none."""
    names = sorted({name for finding in doubtful(profile) if finding.left_out for name in finding.columns})
    return (Step(name=WITHOUT, params={"columns": list(names)}),) if names else ()


def missing_from(proposal: Proposal) -> set[str]:
    """The columns that a proposal leaves out."""
    found: set[str] = set()
    for step in proposal.features:
        columns = step.params.get("columns")
        if step.name == WITHOUT and isinstance(columns, list):
            found |= set(map(str, columns))
    return found


def comparisons(
    profile: Profile, incumbent: Experiment, history: Sequence[Experiment], folds: tuple[int, ...]
) -> Iterator[Proposal]:
    """One proposal for each finding that was not compared yet, as a change of the incumbent."""
    mine = incumbent.proposal
    absent = missing_from(mine)
    for finding in doubtful(profile):
        columns, named = set(finding.columns), ", ".join(finding.columns)
        if any(made_for(e, finding) for e in history):
            continue
        if finding.left_out:
            rest, move = absent - columns, COMPARE
            reason = f"for comparison only: what would {named} make of the score? It is left out of the answer"
        elif columns <= absent:
            continue
        else:
            rest, move = absent | columns, "drop"
            reason = f"{named} casts doubt on itself ({finding.sort}): is the score as good without?"
        steps = tuple(s for s in mine.features if s.name != WITHOUT)
        if rest:
            steps = (Step(name=WITHOUT, params={"columns": sorted(rest)}), *steps)
        change = {"features": steps, "folds": folds, "parent": incumbent.number, "move": move, "reason": reason}
        yield mine.model_copy(update=change)


def made_for(experiment: Experiment, finding: Finding) -> bool:
    """Whether the experiment was run, or runs, to compare the finding's columns."""
    absent, columns = missing_from(experiment.proposal), set(finding.columns)
    if finding.left_out:
        return experiment.proposal.move == COMPARE and not columns & absent
    return experiment.proposal.move == "drop" and columns <= absent
