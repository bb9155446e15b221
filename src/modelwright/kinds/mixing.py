"""How predictions are mixed, and how they become columns: as they are, as logits, or as ranks.

What numbers a prediction is made of, its kind says (`form`, see `interfaces.Kind`). A weighted mean of logits is the
geometric mean of chances, made to sum to one. A mean of ranks only keeps each model's order, which is all that a metric
such as the AUC looks at; ranks are places among the model's own out-of-fold predictions, so that a single row has one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..records.answer import Mixing, Space

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Form, Kind
    from ..records.problem import Problem

SMALL = 1e-6  # chances nearer to 0 or 1 are taken as this; float32 files hold no finer ones near 1
QUANTILES = 257  # of the out-of-fold predictions that ranks are read from


def form_of(kind: "Kind") -> "Form | None":
    """What numbers the kind's predictions are made of; None for masks, boxes and kinds that do not say."""
    return getattr(kind, "form", None)


def numbers(kind: "Kind", prediction: "Array") -> "Array":
    """A prediction as columns of numbers (n, columns) on a scale without ends: logits, or values as they are.

    Of two classes the log odds of the second; of more, the logarithm of each share less their mean.

    Raises:
        ValueError: for a kind whose predictions are no such numbers.
    """
    form = form_of(kind)
    if form is None or prediction.dtype == object:
        raise ValueError(f"predictions of {type(kind).__name__} are no numbers that could be columns")
    if form == "values":
        return prediction.reshape(len(prediction), -1).astype(np.float64)
    if form == "chances":
        return logit(prediction)
    if prediction.shape[1] == 2:
        return logit(prediction[:, 1:])
    logs = np.log(np.clip(prediction, SMALL, 1.0))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def from_numbers(kind: "Kind", found: "Array", like: "Array") -> "Array":
    """The prediction that such numbers stand for, in the shape of another one."""
    form = form_of(kind)
    if form == "values":
        return found.reshape(len(found), *like.shape[1:])
    if form == "shares" and like.shape[1] > 2:
        raised = np.exp(found - found.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))
    chances = 1.0 / (1.0 + np.exp(-found))
    return chances if form == "chances" else np.hstack([1.0 - chances, chances])


def logit(chances: "Array") -> "Array":
    """Log odds."""
    clipped = np.clip(chances, SMALL, 1.0 - SMALL)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def mix(
    kind: "Kind",
    predictions: "Sequence[Array]",
    weights: Sequence[float],
    problem: "Problem",
    mixing: Mixing = Mixing(),  # noqa: B008  # it is frozen
    experiments: Sequence[int] = (),
) -> "Array":
    """The blend of predictions; weights sum to one.

    `experiments` say whose they are, where ranks are mixed or columns have weights of their own; of those, what is left
    when not all experiments are there sums to one again.
    """
    if mixing.shares:
        return by_column(predictions, weights, [mixing.shares[n] for n in experiments])
    maps = [mixing.ranks[n] for n in experiments] if mixing.space == "rank" else [()] * len(predictions)
    entered = [enter(kind, p, mixing.space, each) for p, each in zip(predictions, maps, strict=True)]
    blend = leave(kind, average(kind, entered, weights, problem, mixing.space), predictions[0], mixing.space)
    if mixing.space == "rank":
        return _with_chances(blend, weights, maps)
    if mixing.scale == 1.0 and not mixing.shift:
        return blend
    return adjust(kind, blend, mixing)


def by_column(predictions: "Sequence[Array]", weights: Sequence[float], shares: Sequence[Sequence[float]]) -> "Array":
    """The average of each column (n, columns) by weights of its own, or by the weights of all where it has none."""
    own = np.asarray(shares, dtype=np.float64)  # (members, columns)
    total = own.sum(axis=0)
    own = np.where(total > 0, own, np.asarray(weights, dtype=np.float64)[:, None])
    own = own / own.sum(axis=0)
    return np.asarray(sum(each * prediction for each, prediction in zip(own, predictions, strict=True)))


def adjust(kind: "Kind", prediction: "Array", mixing: Mixing) -> "Array":
    """A prediction with its logits (or values) scaled and shifted."""
    found = numbers(kind, prediction) * mixing.scale
    return from_numbers(kind, found + np.asarray(mixing.shift) if mixing.shift else found, prediction)


def enter(kind: "Kind", prediction: "Array", space: Space, quantiles: Sequence[float] = ()) -> "Array":
    """A prediction in the space where it is averaged."""
    if space == "plain":
        return prediction
    if space == "logit":
        return numbers(kind, prediction)
    return rank(prediction[:, 1], quantiles)


def average(
    kind: "Kind", entered: "Sequence[Array]", weights: Sequence[float], problem: "Problem", space: Space
) -> "Array":
    """The weighted average in that space."""
    if space == "plain":
        return kind.mix(entered, weights, problem)
    total = weights[0] * entered[0]
    for each, weight in zip(entered[1:], weights[1:], strict=True):
        total = total + weight * each
    return total


def leave(kind: "Kind", averaged: "Array", like: "Array", space: Space) -> "Array":
    """Back to a prediction; mean ranks stand for chances that have the same order."""
    if space == "plain":
        return averaged
    if space == "logit":
        return from_numbers(kind, averaged, like)
    return np.column_stack([1.0 - averaged, averaged])


def quantiles(chances: "Array") -> tuple[float, ...]:
    """Evenly spaced quantiles of out-of-fold chances, from which ranks of other rows are read."""
    known = chances[np.isfinite(chances)]
    return tuple(np.quantile(known, np.linspace(0.0, 1.0, min(QUANTILES, max(2, len(known))))).tolist())


def rank(chances: "Array", quantiles: Sequence[float]) -> "Array":
    """The share of the out-of-fold chances that lie below each of these, between 0 and 1; NaN stays NaN.

    Beyond the largest and the smallest of them there is still some room, so that order is kept there too.
    """
    levels = np.linspace(0.0, 1.0, len(quantiles))
    edge = 0.5 / len(quantiles)
    xs, first = np.unique(np.asarray(quantiles, dtype=np.float64), return_index=True)
    last = len(levels) - 1 - np.unique(np.asarray(quantiles)[::-1], return_index=True)[1]
    ys = edge + (1 - 2 * edge) * (levels[first] + levels[last]) / 2  # the middle of equal ones
    xs = np.concatenate([[min(0.0, xs[0]) - 1e-9], xs, [max(1.0, xs[-1]) + 1e-9]])
    return np.asarray(np.interp(chances, xs, np.concatenate([[0.0], ys, [1.0]])))


def _with_chances(blend: "Array", weights: Sequence[float], maps: Sequence[Sequence[float]]) -> "Array":
    """Mean ranks as chances in the same order: the mean of what the members say at that rank (Vincent 1912)."""
    ranks, chances = blend[:, 1], np.zeros(len(blend))
    for weight, each in zip(weights, maps, strict=True):
        chances += weight * np.interp(ranks, np.linspace(0.0, 1.0, len(each)), np.asarray(each))
    chances = chances * (1 - 1e-3) + 1e-3 * ranks  # where all say the same, the order of the ranks is kept
    return np.column_stack([1.0 - chances, chances])


def columns(kind: "Kind", prediction: "Array", number: int) -> "pd.DataFrame":
    """What experiment `number` predicts, as the columns that a model stacked on it sees. ValueError as `numbers`."""
    import pandas as pd

    found = numbers(kind, prediction)
    return pd.DataFrame(found, columns=[f"stack.{number}.{k}" for k in range(found.shape[1])])


def beside(table: "pd.DataFrame", stacked: "pd.DataFrame") -> "pd.DataFrame":
    """The table with these columns behind its own."""
    import pandas as pd

    return pd.concat([table, stacked.set_index(table.index)], axis=1)
