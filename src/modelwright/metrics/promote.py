"""Is a gain more than noise? Paired comparison of two scores on the same folds and the same blocks of rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..records.experiment import COMPARE, CURVE, Experiment, Score

# A gain counts when it is larger than this many of its standard errors. One is lenient for a single comparison
# (one in six by chance); the sealed rows are there to tell how much of the sum of such gains was luck.
ERRORS = 1.0
CLEARLY = 4.0  # so many errors make a few folds outrank all of them; a lucky first look has fewer


@dataclass(frozen=True)
class Comparison:
    """How a candidate does against an incumbent; gain is positive when the candidate is better."""

    gain: float
    error: float
    paired: bool

    @property
    def verdict(self) -> Literal["better", "worse", "tie"]:
        """Better or worse by more than noise, else a tie."""
        if abs(self.gain) <= ERRORS * self.error or self.gain == 0:
            return "tie"
        return "better" if self.gain > 0 else "worse"


def jackknife(replicates: Sequence[float]) -> float:
    """Standard error of a statistic from its values with one block left out each (Quenouille 1956, Tukey 1958)."""
    count = len(replicates)
    if count < 2:
        return 0.0
    mean = sum(replicates) / count
    return math.sqrt((count - 1) / count * sum((r - mean) ** 2 for r in replicates))


def compare(candidate: Score, incumbent: Score, higher_is_better: bool) -> Comparison:
    """Compare on the folds both have.

    With the same folds, the error is that of the difference, block by block; so too where one has run more repeats
    than the other, on the first repeat alone. With different folds (a first look at one fold), pairs of blocks do not
    match; half the larger standard error of the two, as it would be on the common folds alone, stands in, since scores
    of two models on the same rows go up and down together. The candidate's own would not do: on a lucky fold, where
    all losses are small, it is small too.

    Where the metric counts labels, it is the guides that are compared (see `Score.guide`).
    """
    if candidate.guide is not None and incumbent.guide is not None:
        candidate, incumbent = candidate.guide, incumbent.guide
    sign = 1.0 if higher_is_better else -1.0
    if set(candidate.folds) != set(incumbent.folds):
        candidate, incumbent = candidate.first or candidate, incumbent.first or incumbent
    if set(candidate.folds) == set(incumbent.folds) and len(candidate.replicates) == len(incumbent.replicates) > 1:
        differences = [sign * (c - i) for c, i in zip(candidate.replicates, incumbent.replicates, strict=True)]
        return Comparison(sign * (candidate.value - incumbent.value), jackknife(differences), paired=True)
    common = sorted(set(candidate.folds) & set(incumbent.folds))
    if not common:
        error = math.hypot(candidate.error, incumbent.error)
        return Comparison(sign * (candidate.value - incumbent.value), error, paired=False)
    gain = sum(candidate.folds[k] - incumbent.folds[k] for k in common) / len(common)
    error = max(s.error * math.sqrt(len(s.folds) / len(common)) for s in (candidate, incumbent)) / 2
    return Comparison(sign * gain, error, paired=False)


def guiding(score: Score) -> Score:
    """What the search goes by: the guide, or the score itself."""
    return score.guide or score


def better(first: Score, second: Score, higher_is_better: bool) -> bool:
    """Whether the first value is better, noise or not."""
    return first.value > second.value if higher_is_better else first.value < second.value


def best(experiments: Sequence[Experiment], higher_is_better: bool) -> Experiment | None:
    """The experiment with the best score among those with the most folds; None when nothing was scored.

    More folds are no merit of a model, only of its score: one with fewer folds stands before all whole ones when it is
    clearly better on what both have run, and any model that is ahead of it stands before the dummy. Where that is a
    whole repeat of several, and no first look, better by more than noise is clear enough.
    """
    scored = [e for e in experiments if e.score is not None and e.proposal.for_answer]
    dummies = [e for e in scored if e.proposal.recipe == "dummy"]
    models = [e for e in scored if e not in dummies and all(_ahead(e, d, higher_is_better) for d in dummies)]
    sign = 1.0 if higher_is_better else -1.0

    def rank(e: Experiment) -> tuple[float, float, float]:
        assert e.score is not None
        return len(e.score.folds), sign * guiding(e.score).value, -e.number

    leader = max(models or scored, key=rank, default=None)
    while leader is not None:
        ahead = [e for e in models if _ahead(e, leader, higher_is_better, _enough(e, leader))]
        if not ahead:
            break
        leader, models = max(ahead, key=rank), ahead
    return leader


def _enough(model: Experiment, leader: Experiment) -> float:
    """Errors by which a model must be better than a leader that has run more folds."""
    assert model.score is not None
    assert leader.score is not None
    first = leader.score.first
    return ERRORS if first is not None and set(first.folds) <= set(model.score.folds) else CLEARLY


def _ahead(model: Experiment, other: Experiment, higher_is_better: bool, errors: float = 0.0) -> bool:
    assert model.score is not None
    assert other.score is not None
    found = compare(model.score, other.score, higher_is_better)
    return found.gain > errors * found.error


def number(value: float) -> str:
    """A score as people read it: four significant digits, and never in scientific form unless tiny."""
    return f"{value:.4g}" if abs(value) < 1e-4 or abs(value) >= 1e5 else f"{value:.{max(0, 4 - digits(value))}f}"


def digits(value: float) -> int:
    """Digits before the decimal point; 0 or less for numbers below one."""
    return math.floor(math.log10(abs(value))) + 1 if value else 0


def sentence(experiment: Experiment, rivals: Sequence[Experiment], higher_is_better: bool) -> str:
    """The verdict: better, worse or within noise of its parent (else of the best before it)."""
    score = experiment.score
    if score is None:
        return ""
    before = [e for e in rivals if e.number != experiment.number]
    parent = next((e for e in before if e.number == experiment.proposal.parent), None)
    against = parent if parent is not None and parent.score is not None else best(before, higher_is_better)
    if against is None or against.score is None:
        return "the first score of this run"
    if experiment.proposal.move == "extend" and parent is not None:
        if not set(against.score.folds) <= set(score.folds):
            return f"{_on(score)}; {_on(against.score)}"
        looked = "its first look" if score.first is None else f"the first {len(score.first.folds)}"
        return f"{number(score.value)} over all {len(score.folds)} folds, where {looked} gave " + number(
            against.score.value
        )
    found = compare(score, against.score, higher_is_better)
    purpose = {
        COMPARE: "for comparison only, with a column that is left out of the answer: ",
        CURVE: f"for the learning curve only, on {experiment.proposal.rows:.0%} of the rows of its folds: ",
    }
    return purpose.get(experiment.proposal.move, "") + _verdict(found, score, against)


def _on(score: Score) -> str:
    """A score with the folds that it is of."""
    plural = "s" if len(score.folds) != 1 else ""
    return f"fold{plural} {', '.join(map(str, sorted(score.folds)))} gave {number(score.value)}"


def _verdict(found: Comparison, score: Score, against: Experiment) -> str:
    """A comparison in words."""
    assert against.score is not None
    looked = "" if set(score.folds) == set(against.score.folds) else " on the folds both have run"
    of = guiding(score).of if against.score.guide else ""
    size = f"{number(abs(found.gain))} ± {number(found.error)}{f' of {of}' if of else ''}"
    if found.verdict == "tie":
        return f"within noise of experiment {against.number} ({'+' if found.gain >= 0 else '-'}{size}){looked}"
    return f"{found.verdict} than experiment {against.number} by {size}{looked}"
