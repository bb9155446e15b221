"""How metrics are entered in the catalogue: one short function for each form of input."""

from collections.abc import Callable
from typing import Any

from ..interfaces import Metric, Sets
from ..kinds.confusion import ConfusionScore, LabelScore, MaskScore, SampleScore


def labels(
    name: str,
    formula: Callable[..., Any],
    summary: str,
    *aliases: str,
    up: bool = True,
    additive: bool = False,
    sets: LabelScore | None = None,
) -> Metric:
    """A metric of class codes that depends on confusion counts; `sets` says what it means for sets of labels."""
    call = ConfusionScore(formula, sets)
    can: Sets = "too" if sets else "no"
    return Metric(name, call, up, "labels", summary, additive=additive, aliases=aliases, sets=can)


def sets(name: str, formula: Callable[..., Any], summary: str, *aliases: str) -> Metric:
    """A metric of sets of labels that is a mean over rows; higher is better."""
    return Metric(name, SampleScore(formula), True, "labels", summary, additive=True, aliases=aliases, sets="only")


def masks(name: str, formula: Callable[..., Any], summary: str, *aliases: str, each: bool) -> Metric:
    """A metric of masks that depends on pixel counts."""
    return Metric(name, MaskScore(formula, each), True, "masks", summary, additive=each, aliases=aliases)


def probabilities(name: str, call: Callable[..., float], summary: str, *aliases: str, **fields: Any) -> Metric:
    """A metric of probabilities; lower is better unless told otherwise."""
    return Metric(name, call, fields.pop("up", False), "probabilities", summary, aliases=aliases, **fields)


def scores(name: str, call: Callable[..., float], summary: str, *aliases: str, sets: Sets = "too") -> Metric:
    """A metric of the order of rows, or of the rows under each label; higher is better."""
    return Metric(name, call, True, "scores", summary, aliases=aliases, sets=sets)


def values(name: str, call: Callable[..., float], summary: str, *aliases: str, **fields: Any) -> Metric:
    """A metric of numbers; lower is better unless told otherwise."""
    return Metric(name, call, fields.pop("up", False), "values", summary, aliases=aliases, **fields)
