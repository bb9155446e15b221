"""What is handed over: the members of the blend, their weights, and what its scores promise."""

from .base import Record
from .experiment import Rule, Score


class Member(Record):
    """One model of the answer."""

    experiment: int
    weight: float
    recipe: str
    refitted: bool = False  # fitted once more on all rows; otherwise the models of its folds answer


class Answer(Record):
    """The blend: recorded as fact `blend` before the seal is opened, and as `final` after it."""

    members: tuple[Member, ...]  # the largest weight first; weights sum to one
    rule: Rule  # how its prediction becomes an answer, learned out of fold
    folds: tuple[int, ...]  # the folds its score is about
    cv: Score
    sealed: Score | None = None
    sealed_rows: int = 0
    how: str  # how it was chosen, in words
