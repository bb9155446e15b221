"""Vectors that are dear to make and depend on no label: made once for a run, and kept beside it.

Which they are says a key, the hash of all that they depend on. Another experiment that needs the same ones, with other
parameters or feature steps around them, reads them; one that needs them while they are being made waits.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .turns import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from .interfaces import Array

MOST_KEPT = 2 * 2**30  # bytes of vectors that are kept beside a run

_kept: list[Path] = []  # the folder in which vectors are kept, where there is one


def keep_in(folder: Path | None) -> None:
    """Keep vectors in a folder from now on; None: nowhere."""
    _kept[:] = [] if folder is None else [folder]


def once(key: "Callable[[], str]", make: "Callable[[], Array]") -> "Array":
    """What `make` gives, or as another experiment of this run got it under the same key, asked for where one is needed.

    It is kept as long as there is room: on the disk, and among what may be kept.
    """
    if not _kept:
        return make()
    path = _kept[0] / "vectors" / f"{key()}.npy"
    with one_at_a_time(path.with_suffix(".lock")):
        if path.exists():
            found: Array = np.load(path)
            return found
        found = make()
        if found.nbytes + sum(each.stat().st_size for each in path.parent.glob("*.npy")) <= MOST_KEPT:
            _keep(found, path)
        return found


def _keep(vectors: "Array", path: Path) -> None:
    """Write them whole, or not at all where the disk is full: they can be had again."""
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            np.save(file, vectors)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
