"""The estimators behind `text_network`: networks on texts, stopped early on rows split off the fit rows."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import grams
from . import frames
from .coder import Coder
from .heads import ClassHead, LabelHead, ValueHead
from .networked import Networked
from .neural import Sizes
from .ngrams import Grams
from .text_network import sizes

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .training import Rows

WORD = re.compile(r"\w+|[^\w\s]")
PAST, UNKNOWN, BORDER, KNOWN = (
    0,
    1,
    2,
    3,
)  # codes of what lies behind a text, a rare word, the end of a column; the first
LONGEST = 512  # words of a row that are read
GRAMS = 200_000  # of one sort
WORDS = 50_000


class TextNetworked(Networked):
    """One network on texts and the columns beside them; the base of the three below.

    Args:
        style: "bag" (grams in any order), "convolutions" or "recurrent" (words in their order).
        epochs: None: stopped on rows split off; see `networked.Networked`.
        cycle: epochs of the whole cycle of the learning rate.
        bags: networks that are averaged.
        width: numbers in the vector of a gram or word.
        hidden: numbers in the layer above, 0 for none.
        linear: of a bag, whether its sum goes on as it is.
        forget: share of the grams or words left out in training.
        words, longest, keep_case, across: of a bag, see `ngrams.Grams`.
        batch, learning_rate, weight_decay, dropout: of training.
        loss: for values, "squared" or "absolute".
        seed: of weights, order and the rows split off.
    """

    _patience = 2

    def __init__(
        self,
        style: str = "bag",
        epochs: int | None = None,
        cycle: int | None = None,
        bags: int | None = None,
        width: int | None = None,
        hidden: int = 0,
        linear: bool = False,
        forget: float = 0.0,
        words: int = 2,
        longest: int = 5,
        keep_case: bool = True,
        across: bool = False,
        batch: int | None = None,
        learning_rate: float | None = None,
        weight_decay: float = 0.01,
        dropout: float | None = None,
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.style = style
        self.epochs = epochs
        self.cycle = cycle
        self.bags = bags
        self.width = width
        self.hidden = hidden
        self.linear = linear
        self.forget = forget
        self.words = words
        self.longest = longest
        self.keep_case = keep_case
        self.across = across
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.loss = loss
        self.seed = seed

    def _sizes(self, count: int) -> Sizes:
        return sizes(self.style, count, vars(self))

    def _learn(self, X: "pd.DataFrame") -> Any:
        self.coder_ = Coder(X)
        if self.style == "bag":
            self.grams_ = Grams(self.longest, self.keep_case, self.words, self.across, most=GRAMS)
            return self.grams_.fit_transform(X), *self.coder_.encode(X)
        short = set(frames.repeating_names(X))
        self.texts_ = [c for c in frames.string_names(X) if c not in short]
        split = self._split(X)
        counts = Counter(word for row in split for word in row)
        least = 1 if len(X) < 500 else 2
        known = [word for word, times in counts.most_common(WORDS) if times >= least and word]
        self.known_ = {word: code for code, word in enumerate(known, start=KNOWN)}
        return self._coded(split), *self.coder_.encode(X)

    def _read(self, X: "pd.DataFrame") -> Any:
        text = self.grams_.transform(X) if self.style == "bag" else self._coded(self._split(X))
        return text, *self.coder_.encode(X)

    def _split(self, X: "pd.DataFrame") -> list[list[str]]:
        """The words of each row, of one column after the other; an empty word stands between columns."""
        rows: list[list[str]] = [[] for _ in range(len(X))]
        for place, name in enumerate(self.texts_):
            for row, text in zip(rows, grams.texts_of(X[name]), strict=True):
                if place:
                    row.append("")
                row.extend(WORD.findall(text[: 12 * LONGEST].lower())[: LONGEST // len(self.texts_)])
        return rows

    def _coded(self, rows: list[list[str]]) -> tuple["Array", "Array"]:
        """Codes of all words one after the other, and where rows begin and the last one ends."""
        known = {**self.known_, "": BORDER}
        codes = np.array([known.get(word, UNKNOWN) for row in rows for word in row], dtype=np.int64)
        return codes, np.cumsum([0, *map(len, rows)], dtype=np.int64)

    def _rows(self, read: Any, where: str) -> "Rows":
        from . import textnets, training

        text, numbers, codes = read
        if self.style == "bag":
            return textnets.BagRows.of(text, numbers, codes, where)
        words, bounds = text
        parts = (words, bounds[:-1], bounds[1:], numbers, codes)
        return textnets.SequenceRows(*(training.tensor(part, where) for part in parts))

    def _device(self) -> str:
        where = super()._device()
        return "cpu" if where == "mps" and self.style == "bag" else where  # it has no weighed bags

    def _make(self, plan: dict[str, Any]) -> Any:
        from . import textnets

        return textnets.make(plan)

    def _plan(self, read: Any, size: Sizes, outputs: int) -> dict[str, Any]:
        inputs = {"width": read[1].shape[1], "sizes": self.coder_.sizes, "embed": [], "edges": None}
        plan = {
            "style": self.style,
            "width": size.width,
            "forget": self.forget,
            "hidden": self.hidden,
            "dropout": size.dropout,
            "outputs": outputs,
            "inputs": {**inputs, "size": 1, "scale": 1.0},
        }
        if self.style == "bag":
            return {**plan, "grams": read[0].shape[1], "linear": self.linear}
        return {**plan, "words": KNOWN + len(self.known_), "filters": size.width}


class TextNetworkClassifier(ClassHead, TextNetworked):
    """Probabilities of classes."""


class TextNetworkLabels(LabelHead, TextNetworked):
    """Probabilities of labels that do not exclude each other, from one network."""


class TextNetworkRegressor(ValueHead, TextNetworked):
    """Values, of one target or several, from one network."""
