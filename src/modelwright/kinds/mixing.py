"""How predictions are mixed, and how they become columns: as they are, as logits, or as ranks.

What numbers a prediction is made of, its kind says (`form`, see `interfaces.Kind`).
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Form, Kind

SMALL = 1e-6  # chances nearer to 0 or 1 are taken as this; float32 files hold no finer ones near 1


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
    logs = np.log(np.clip(prediction, SMALL, 1.0))
    if form == "chances":
        return np.asarray(logs - np.log(np.clip(1.0 - prediction, SMALL, 1.0)))
    if prediction.shape[1] == 2:
        return np.asarray(logs[:, 1:] - logs[:, :1])
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def columns(kind: "Kind", prediction: "Array", number: int) -> "pd.DataFrame":
    """What experiment `number` predicts, as the columns that a model stacked on it sees. ValueError as `numbers`."""
    import pandas as pd

    found = numbers(kind, prediction)
    return pd.DataFrame(found, columns=[f"stack.{number}.{k}" for k in range(found.shape[1])])


def beside(table: "pd.DataFrame", stacked: "pd.DataFrame") -> "pd.DataFrame":
    """The table with these columns behind its own."""
    import pandas as pd

    return pd.concat([table, stacked.set_index(table.index)], axis=1)
