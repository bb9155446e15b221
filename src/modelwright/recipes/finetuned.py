"""The estimators behind `transformer`: a pretrained encoder of text, fine-tuned.

What `fit` saw of some rows held out is kept (`seen_`), so that a check can hold `predict` to it: what is computed after
training must be what was computed in training.
"""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import grams
from ..parameters import Parameters
from . import frames
from .heads import ClassHead, Head, LabelHead, ValueHead
from .transformer import TOKENS, cycle

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .training import Loss

PILES = 10
FEWEST = 40  # rows; with fewer none are split off, and the number of epochs is what the cycle says
LARGE = 60  # million weights, from which the learning rate is lower
CONTEXTS = 3  # columns of categories that are read beside a pair
STEPS = 15  # values of a target, at most, that may be told apart as classes
TOLERANCE, HALF_TOLERANCE = 1e-3, 3e-2  # of a prediction, computed once more
SEEN = 16  # rows held out whose predictions are kept
NUMBER_OF_CHARACTERS = 20  # for each token that may be read: what lies beyond is not even looked at


class FineTuned(Head, Parameters):
    """One encoder with a head; the base of the three below.

    Args:
        checkpoint: folder of the pretrained model.
        columns: the texts to read, in this order; None: all columns of text. Of two or more, the first stands before
            the separator of the tokenizer and the others behind it, with categories beside them.
        epochs: None: the best on rows split off; `learned_` tells it.
        cycle: epochs of the whole cycle of the learning rate; None: by the number of rows.
        batch, learning_rate, weight_decay, dropout, warm: of training; None: by size.
        decay: of the learning rate from one layer to the next one down.
        pooling: "mean", "cls" or "attention" (learned weights).
        longest: tokens of a row that are read.
        steps: for values of few distinct steps: learn them as classes, answer with the mean.
        precision: "auto" (half where the device gains by it) or "full".
        loss: for values, "squared" or "absolute".
        seed: of the head, the order and the rows split off.
    """

    def __init__(
        self,
        checkpoint: str = "",
        columns: list[str] | None = None,
        epochs: int | None = None,
        cycle: int | None = None,
        batch: int | None = None,
        learning_rate: float | None = None,
        decay: float = 0.9,
        warm: float = 0.1,
        weight_decay: float = 0.01,
        dropout: float = 0.1,
        pooling: str = "mean",
        longest: int = TOKENS,
        steps: bool = False,
        precision: str = "auto",
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.checkpoint = checkpoint
        self.columns = columns
        self.epochs = epochs
        self.cycle = cycle
        self.batch = batch
        self.learning_rate = learning_rate
        self.decay = decay
        self.warm = warm
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.pooling = pooling
        self.longest = longest
        self.steps = steps
        self.precision = precision
        self.loss = loss
        self.seed = seed

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_module"}

    def _fit_rows(self, X: "pd.DataFrame", y: "Array", target: "Array", loss: "Loss", outputs: int) -> None:
        from .. import encoders
        from . import finetuning, training

        self.loss_ = loss
        encoder = encoders.load(self.checkpoint)
        self.tokenizer_, self.longest_ = encoder.tokenizer, min(self.longest, encoder.longest)
        self.columns_ = self._columns(X)
        tokens = self._tokens(X)
        where, count = encoders.where(), len(target)
        schedule = self._schedule(count, sum(p.numel() for p in encoder.model.parameters()) / 1e6)
        classes = loss in ("classes", "binary") and y.ndim == 1
        apart = np.flatnonzero(frames.deal(y, PILES, self.seed, classes) == 0) if schedule.stop is None else np.empty(0)
        if schedule.stop is None and (count < FEWEST or not len(apart)):
            schedule, apart = finetuning.shortened(schedule, schedule.epochs), np.empty(0)
        apart = apart.astype(np.int64)
        with training.quiet(self.seed * 101):
            self._module: Any = finetuning.Head(encoder.model, self.pooling, self.dropout, outputs).to(where)
            done = finetuning.train(self._module, tokens, target, apart, loss, schedule, self.seed * 101, where)
            self.learned_ = {"epochs": done}
            encoders.rounded(self._module)
            self.half_ = str(finetuning.precision(where, full=self.precision == "full") or "").removeprefix("torch.")
            self.tolerance_ = HALF_TOLERANCE if self.half_ else TOLERANCE
            rows = (apart if len(apart) else np.arange(count))[:SEEN]
            self.seen_ = (rows, finetuning.predict(self._module, tokens, rows, loss, where, self._dtype(where)))
        self.config_, _ = encoders.stored(self._module.encoder)
        weights = {name: value.detach().cpu().half().numpy() for name, value in self._module.state_dict().items()}
        self.weights_, self.outputs_ = weights, outputs

    def _dtype(self, where: str) -> Any:
        """The precision of training, on a device that has it."""
        import torch

        return getattr(torch, self.half_) if self.half_ and where == "cuda" else None

    def _schedule(self, rows: int, millions: float) -> Any:
        from . import finetuning

        epochs = self.cycle or cycle(rows)
        return finetuning.Schedule(
            epochs=max(epochs, self.epochs or 0),
            stop=self.epochs,
            batch=self.batch or (16 if rows < 5000 else 32),
            learning_rate=self.learning_rate or (2e-5 if millions > LARGE else 6e-5),
            decay=self.decay,
            warm=self.warm,
            weight_decay=self.weight_decay,
            full=self.precision == "full",
        )

    def _columns(self, X: "pd.DataFrame") -> list[str]:
        """The columns that are read: those given, or of text; with a pair, short categories beside it."""
        if self.columns is not None:
            chosen = [name for name in self.columns if name in X]
            beside = [name for name in frames.category_names(X) if name not in chosen]
            return [*chosen, *(beside[:CONTEXTS] if len(chosen) > 1 else [])]
        short = set(frames.repeating_names(X))
        return [name for name in frames.string_names(X) if name not in short]

    def _tokens(self, X: "pd.DataFrame") -> Any:
        """The rows as tokens: the first column, then behind a separator the others."""
        from . import finetuning

        most = NUMBER_OF_CHARACTERS * self.longest_
        read = [[text[:most].encode("utf-8", "replace").decode() for text in _as_texts(X[n])] for n in self.columns_]
        firsts = read[0] if read else [""] * len(X)
        mark = f" {self.tokenizer_.sep_token or '|'} "
        others = [mark.join(parts) for parts in zip(*read[1:], strict=True)] if len(read) > 1 else None
        shared: dict[str, Any] = {"truncation": True, "max_length": self.longest_, "return_attention_mask": False}
        made = self.tokenizer_(firsts, others, **shared) if len(X) else {"input_ids": []}
        ids, kinds = made["input_ids"], made.get("token_type_ids")
        return finetuning.Tokens(
            ids=np.array([token for row in ids for token in row] or [0], dtype=np.int64),
            kinds=None if kinds is None else np.array([kind for row in kinds for kind in row] or [0], dtype=np.int64),
            starts=np.cumsum([0, *map(len, ids)], dtype=np.int64),
            pad=int(self.tokenizer_.pad_token_id or 0),
        )

    def _predict_rows(self, X: "pd.DataFrame") -> "Array":
        from .. import encoders
        from . import finetuning, training

        where = encoders.where()
        with training.quiet(0):
            if getattr(self, "_module", None) is None:
                self._module = self._rebuilt().to(where)
            tokens = self._tokens(X)
            return finetuning.predict(self._module, tokens, np.arange(len(X)), self.loss_, where, self._dtype(where))

    def _rebuilt(self) -> Any:
        import torch

        from .. import encoders
        from . import finetuning

        inner = {n.removeprefix("encoder."): w for n, w in self.weights_.items() if n.startswith("encoder.")}
        module = finetuning.Head(encoders.rebuilt(self.config_, inner), self.pooling, self.dropout, self.outputs_)
        whole = {name: torch.from_numpy(value.astype(np.float32)) for name, value in self.weights_.items()}
        module.load_state_dict(whole)
        return module.eval()


def _as_texts(column: "pd.Series[Any]") -> list[str]:
    """Texts, or the names of categories; empty where they are missing."""
    if frames.is_category(column):
        return ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
    return grams.texts_of(column)


class FineTunedClassifier(ClassHead, FineTuned):
    """Probabilities of classes."""


class FineTunedLabels(LabelHead, FineTuned):
    """Probabilities of labels that do not exclude each other, from one encoder."""


class FineTunedRegressor(ValueHead, FineTuned):
    """Values, of one target or several; as the mean of classes where `steps` is set and there are few of them."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        self.values_ = np.unique(y) if self.steps and y.ndim == 1 else np.empty(0)
        if not 2 < len(self.values_) <= STEPS:
            self.values_ = np.empty(0)
            return super().fit(X, y)
        codes = np.searchsorted(self.values_, y)
        self._fit_rows(X, codes, codes.astype(np.int64), "classes", len(self.values_))
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        return np.asarray(self._predict_rows(X) @ self.values_) if len(self.values_) else super().predict(X)
