"""Vectors are made once for a run."""

import errno
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright import vectors

Make = Callable[[], Any]


@pytest.fixture
def made() -> list[int]:
    """How often vectors were really made."""
    return []


@pytest.fixture
def make(tmp_path: Path, made: list[int]) -> Iterator[Make]:
    """Makes 100 floats; they are kept in a folder."""

    def hundred() -> Any:
        made.append(1)
        return np.arange(100, dtype=np.float32)

    vectors.keep_in(tmp_path / "cache")
    yield hundred
    vectors.keep_in(None)


def test_what_has_the_same_key_is_made_once(make: Make, made: list[int]) -> None:
    first = vectors.once(lambda: "a", make)
    np.testing.assert_array_equal(vectors.once(lambda: "a", make), first)
    vectors.once(lambda: "b", make)
    assert len(made) == 2


def test_without_a_folder_nothing_is_kept(make: Make, made: list[int], tmp_path: Path) -> None:
    vectors.keep_in(None)
    for _ in range(2):
        vectors.once(lambda: "a", make)
    assert len(made) == 2
    assert not (tmp_path / "cache").exists()


def test_no_more_is_kept_than_may_be(make: Make, made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_KEPT", 700)  # bytes: one file of the two
    for key in "abba":
        vectors.once(partial(str, key), make)
    assert len(made) == 3


def test_on_a_full_disk_vectors_are_there_and_nothing_is_left_behind(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Any, _vectors: Any) -> None:
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", full)
    assert len(vectors.once(lambda: "a", make)) == 100
    assert [path.suffix for path in (tmp_path / "cache" / "vectors").iterdir()] == [".lock"]
