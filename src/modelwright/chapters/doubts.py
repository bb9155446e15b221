"""After the search: what each doubtful column made of the score, in the journal and beside its finding."""

from collections.abc import Sequence

from ..journal.journal import Journal
from ..metrics.promote import compare, number
from ..records.experiment import Experiment
from ..records.finding import Finding
from ..records.profile import Profile
from ..strategists.doubts import doubtful, made_for


def tell_doubts(journal: Journal, profile: Profile, higher_is_better: bool) -> None:
    """Note what was compared, and write the findings down again with it."""
    history, told = journal.history(), []
    for finding in profile.findings:
        said = verdict(finding, history, higher_is_better) if finding in doubtful(profile) else ""
        told.append(" ".join(filter(None, [str(finding), said])))
        if said:
            journal.note(said)
    journal.fact("findings", list(told))


def verdict(finding: Finding, history: Sequence[Experiment], higher_is_better: bool) -> str:
    """With and without the finding's columns, on the folds that both have run, and which is in the answer."""
    named = ", ".join(f"`{name}`" for name in finding.columns)
    by_number = {e.number: e for e in history}
    for e in history:
        parent = by_number.get(e.proposal.parent or 0)
        if not made_for(e, finding) or e.score is None or parent is None or parent.score is None:
            continue
        found = compare(e.score, parent.score, higher_is_better)
        mine, before = _values(e, parent)
        have, lack = (mine, before) if finding.left_out else (before, mine)
        better = found.verdict if found.verdict != "tie" else "within noise of it"
        which = f"experiment {e.number}, {'with' if finding.left_out else 'without'}, is {better}"
        by = "" if found.verdict == "tie" else f" than experiment {parent.number}"
        answer = "the answer is made without" if finding.left_out else _kept(found.verdict)
        return (
            f"With {named} the score was {number(have)}, without {number(lack)}: {which}{by} "
            f"({number(abs(found.gain))} ± {number(found.error)}); {answer}."
        )
    return f"There was no comparison with and without {named}: no time was left for it, or it failed."


def _values(one: Experiment, other: Experiment) -> tuple[float, float]:
    """Both scores on the folds that both have run."""
    assert one.score is not None
    assert other.score is not None
    common = sorted(set(one.score.folds) & set(other.score.folds))
    if not common or set(one.score.folds) == set(other.score.folds):
        return one.score.value, other.score.value
    first, second = (sum(s.folds[k] for k in common) / len(common) for s in (one.score, other.score))
    return first, second


def _kept(verdict: str) -> str:
    if verdict == "better":
        return "from then on models without it went before"
    return "it stayed in, since nothing in the rows asked for speaks against it"
