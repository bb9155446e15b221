"""What is handed over: the members of the blend, their weights, and what its scores promise."""

from typing import Literal

from .base import Record
from .experiment import Rule, Score

Space = Literal["plain", "logit", "rank"]


class Mixing(Record):
    """How the predictions of the members are put together, besides their weights."""

    space: Space = "plain"  # where averages are taken: as predictions are, of their logits, or of their ranks
    scale: float = 1.0  # what the logits of the average (or its values) are multiplied by
    shift: tuple[float, ...] = ()  # and what is added to each of them; (): nothing
    ranks: dict[int, tuple[float, ...]] = {}  # by experiment: quantiles of its out-of-fold chances, evenly spaced
    shares: dict[int, tuple[float, ...]] = {}  # by experiment: its weight in each column, where these have their own


class Member(Record):
    """One model of the answer."""

    experiment: int
    weight: float
    recipe: str
    refitted: bool = False  # fitted once more on all rows; otherwise the models of its folds answer


class Outlook(Record):
    """What the answer should score, which is fitted on more rows than the models of its estimate were.

    From a learning curve of two points: a member on a part of its fit rows against the same on all of them, carried
    on to all rows by the logarithm of their number. What is left open is how far such a curve goes on, so the error
    counts the step as sure to a third only.
    """

    value: float
    error: float  # its standard error: that of the estimate, of the step, and of how far the curve goes on
    step: float  # what that member gained by the fit rows that were kept back; positive for better
    step_error: float
    rows: tuple[int, int, int]  # fitted on: in part, by the estimate's models, by the answer's
    experiment: int  # the one on a part of the rows
    leader: int  # the one that it is held against
    told: float = 0.0  # what was added to the estimate; positive for better


class Answer(Record):
    """The blend: recorded as fact `blend` before the seal is opened, and as `final` after it."""

    members: tuple[Member, ...]  # the largest weight first; weights sum to one
    mixing: Mixing = Mixing()
    rule: Rule  # how its prediction becomes an answer, learned out of fold
    folds: tuple[int, ...]  # the folds its score is about
    cv: Score
    outlook: Outlook | None = None  # what it should score with all rows; None where no curve was measured
    sealed: Score | None = None
    sealed_rows: int = 0
    how: str  # how it was chosen, in words
