"""How the work is judged: which rows are sealed, how the others are folded, and why."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from .base import Record


class Scheme(StrEnum):
    """How a fold relates to its training rows."""

    PLAIN = "plain"
    STRATIFIED = "stratified"
    GROUP = "group"
    STRATIFIED_GROUP = "stratified-group"
    BLOCKS = "time-blocks"  # whole stretches of time, scored on those before and after them
    ROLLING = "rolling-origin"  # each fold lies later than the rows it is fitted on


class ValidationPlan(Record):
    """Rows are folded so that a fold relates to its training rows as the test rows relate to the training data."""

    scheme: Scheme
    folds: int
    holdout: float  # share of the training rows that is sealed; 0 where there are too few
    repeats: int = 1  # times the rows are folded anew; fold k of repeat r has the number r * folds + k
    seed: int = 0
    group: str | None = None  # column that holds the groups, or what they are made of, see `group_rule`
    group_rule: str = ""  # how groups are read from the column: "value", "prefix:_", "block:3D", "near:0.4" ...
    columns: tuple[str, ...] = ()  # under the rule "copies": the columns in which copies of a row are alike
    time: str | None = None
    why: str  # the reason, in one paragraph
    evidence: tuple[str, ...] = ()  # what was measured, a line each: key overlap, time ranges, adversarial score

    @property
    def all_folds(self) -> tuple[int, ...]:
        """Numbers of the folds of all repeats."""
        return tuple(range(self.folds * self.repeats))

    @property
    def first_folds(self) -> tuple[int, ...]:
        """Numbers of the folds of the first repeat."""
        return tuple(range(self.folds))

    def others(self, fold: int, among: Iterable[int]) -> list[int]:
        """Those of the folds that hold no row of this one for certain: the others of its repeat."""
        return [k for k in among if k != fold and k // self.folds == fold // self.folds]

    @model_validator(mode="after")
    def _repeats_differ(self) -> Self:
        if self.repeats > 1 and self.scheme is Scheme.ROLLING:
            raise ValueError("folds that follow time are the same each time, so they are not repeated")
        return self
