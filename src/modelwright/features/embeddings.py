"""Texts as a pretrained encoder understands them, and how near two texts of a row are to each other."""

from importlib.util import find_spec
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from .. import checkpoints
from ..records.profile import Role
from .base import Step, put_together, text_names
from .components import axes_of, columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

NEEDS = ("torch", "transformers")
COMPARED = 3  # text columns that are compared pair by pair, at most
COMPONENTS = 64  # of each text
EMPTY = " "  # stands for a missing text


class TextEmbeddings(Step):
    """The main components of each text's embedding, named `title.e1` and so on; `a~b.likeness` of two texts.

    The encoder is frozen and has seen no label. Of two texts there are the cosine of their embeddings, and the
    components of the distance between them, `a~b.d1` and so on. The texts stay.

    Args:
        checkpoint: folder of the pretrained model.
        components: columns per text, and per pair of texts.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    def __init__(self, checkpoint: str = "", components: int = COMPONENTS) -> None:
        self.checkpoint = checkpoint
        self.components = components

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None where there is text, and a pretrained model to read it with."""
        if not profile.names(Role.TEXT):
            return "no column holds text"
        if not checkpoints.named(problem):
            return "no pretrained model is at hand: give --checkpoint FOLDER, or --hub"
        return None if all(find_spec(name) for name in NEEDS) else "it needs transformers: install modelwright[text]"

    @classmethod
    def given(cls, problem: "Problem", profile: "Profile") -> "Mapping[str, Any]":  # noqa: ARG003
        """Parameters that depend on the problem."""
        return {"checkpoint": checkpoints.named(problem)[0]}

    @classmethod
    def effort_for(cls, profile: "Profile", params: "Params", rows: int) -> float:
        """Seconds for so many rows: a third of what a training would take to read each distinct text once."""
        weights = checkpoints.weights(str(params.get("checkpoint", "")))
        texts = [c for c in profile.columns if c.role is Role.TEXT]
        more = 1 + profile.test_rows / max(1, profile.rows)
        tokens = sum(min(rows, c.distinct) * more * (c.length / checkpoints.CHARACTERS + 3) for c in texts)
        return 3.0 + tokens * weights * checkpoints.PER_TOKEN / 3 / checkpoints.speed(1)

    @classmethod
    def width_for(cls, profile: "Profile", params: "Params") -> int:
        """Columns that it adds: of each text, and of each pair of texts."""
        texts = len(profile.names(Role.TEXT))
        pairs = len(list(combinations(range(min(texts, COMPARED)), 2)))
        return int(params.get("components", COMPONENTS)) * (texts + pairs) + pairs  # type: ignore[arg-type]

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn the components of each text and of each pair of texts."""
        from .. import encoders

        encoder = encoders.load(self.checkpoint)
        self.tokenizer_, self.pooling_, self.longest_ = encoder.tokenizer, encoder.pooling, encoder.longest
        self.config_, self.weights_ = encoders.stored(encoder.model)
        self._encoder: Any = encoder
        self._known: dict[str, Array] = {}
        self.names_ = text_names(table)
        self.pairs_ = list(combinations(self.names_[:COMPARED], 2))
        vectors = {name: self._read(table[name], keep=True) for name in self.names_}
        self.axes_ = {name: axes_of(found, self.components) for name, found in vectors.items()}
        self.far_ = {pair: axes_of(_apart(vectors, pair), self.components) for pair in self.pairs_}
        return self

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table with the components beside it."""
        vectors = {name: self._read(table[name]) for name in self.names_}
        added: dict[str, Array] = {}
        for first, second in self.pairs_:
            added[f"{first}~{second}.likeness"] = (vectors[first] * vectors[second]).sum(axis=1)
        for name in self.names_:
            added |= columns_of(f"{name}.e", vectors[name], self.axes_[name])
        for pair in self.pairs_:
            added |= columns_of(f"{'~'.join(pair)}.d", _apart(vectors, pair), self.far_[pair])
        return put_together(table, added)

    def _read(self, column: "pd.Series[Any]", *, keep: bool = False) -> "Array":
        """Embeddings (rows, width) of a column; those kept while fitting are not read a second time."""
        from .. import encoders

        texts = [text if isinstance(text, str) and text.strip() else EMPTY for text in column]
        if getattr(self, "_encoder", None) is None:
            model = encoders.rebuilt(self.config_, self.weights_)
            self._encoder = encoders.Encoder(self.tokenizer_, model, self.pooling_, self.longest_)
            self._known = {}
        new = sorted({text for text in texts if text not in self._known})
        embed = encoders.embed_once if keep else encoders.embed
        found = dict(zip(new, embed(self._encoder, new, encoders.where()), strict=True)) if new else {}
        if keep:
            self._known |= found
        known = {**self._known, **found}
        width = self._encoder.model.config.hidden_size
        return np.stack([known[text] for text in texts]) if texts else np.empty((0, width), dtype=np.float32)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_encoder", "_known")}


def _apart(vectors: "Mapping[str, Array]", pair: tuple[str, str]) -> "Array":
    return np.asarray(np.abs(vectors[pair[0]] - vectors[pair[1]]))
