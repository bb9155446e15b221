"""Vectors of texts are made once for a run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright import encoders, vectors

pytest.importorskip("transformers", reason="the extra text is not installed")

TEXTS = ["a heron at the water", "quiet boats", "\ud800 broken"]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many texts were really read, each time; vectors are kept in a folder."""
    counts: list[int] = []
    embed = encoders.embed

    def counted(encoder: Any, texts: Any, where: str = "cpu") -> Any:
        counts.append(len(texts))
        return embed(encoder, texts, where)

    monkeypatch.setattr(encoders, "embed", counted)
    vectors.keep_in(tmp_path / "cache")
    yield counts
    vectors.keep_in(None)


def test_the_same_texts_are_read_once_by_the_same_weights(checkpoint: Path, read: list[int]) -> None:
    first = encoders.embed_once(encoders.load(checkpoint), TEXTS[:2])
    again = encoders.embed_once(encoders.load(checkpoint), TEXTS[:2])
    assert read == [2]
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32


def test_other_weights_or_another_order_are_read_anew(checkpoint: Path, read: list[int]) -> None:
    encoder = encoders.load(checkpoint)
    encoders.embed_once(encoder, TEXTS[:2])
    encoders.embed_once(encoder, TEXTS[1::-1])
    next(encoder.model.parameters()).data += 1
    encoders.embed_once(encoder, TEXTS[:2])
    assert read == [2, 2, 2]


def test_a_text_that_is_no_unicode_has_a_key(checkpoint: Path) -> None:
    encoder = encoders.load(checkpoint)
    assert encoders._key(encoder, TEXTS) != encoders._key(encoder, TEXTS[:2])
