"""Parameters worth trying, as a recipe lists them."""

from .base import JsonValue, Record


class Choice(Record):
    """One of a few values."""

    values: tuple[JsonValue, ...]


class Real(Record):
    """A real number from low to high (both included), on a logarithmic scale if `log`."""

    low: float
    high: float
    log: bool = False


class Whole(Record):
    """A whole number from low to high (both included), on a logarithmic scale if `log`."""

    low: int
    high: int
    log: bool = False


Space = dict[str, Choice | Real | Whole]
