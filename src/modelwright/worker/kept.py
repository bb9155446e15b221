"""Feature steps that were fitted inside a fold, kept in the cache folder: the next experiment need not fit them.

Fitting such a step (finding interactions, say) can take longer than the model behind it, and ten experiments of one
family see the same columns. What is kept is found by content: the rows and labels it was fitted on, the data and all
steps up to it. Two workers that fit the same step at the same time write the same file, each whole; the last stands.
"""

import contextlib
import hashlib
import json
import os
import pickle
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.experiment import Step
from .data import make_step

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Related

WORTH = 0.2  # seconds; what takes less is quicker made again than looked for
LARGEST = 256 * 2**20  # bytes of columns kept for one step
MOST = 2 * 2**30  # bytes of all that is kept; what was not used for longest goes first


@dataclass(frozen=True)
class _Entry:
    """A fitted step, and what `transform` would not give back: the columns it made of the rows it was fitted on."""

    step: Any
    seconds: float  # that fitting took
    columns: "pd.DataFrame | None" = None  # those that are new or changed; None where `transform` gives the same
    order: tuple[str, ...] = ()

    def made(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table that fitting made of the rows it was fitted on."""
        if self.columns is None:
            return self.step.transform(table)  # type: ignore[no-any-return]
        import pandas as pd

        kept = [name for name in table.columns if name not in self.columns]
        return pd.concat([table[kept], self.columns], axis=1)[list(self.order)]


@dataclass(frozen=True)
class Fitted:
    """Feature steps of one fold, the table they made of its fit rows, and the seconds each takes when made anew."""

    table: "pd.DataFrame"
    steps: tuple[Any, ...]
    seconds: dict[str, float]


def fit(
    steps: Sequence[Step], table: "pd.DataFrame", y: "Array", related: "Related | None", folder: Path, content: str
) -> Fitted:
    """Fit steps one after the other, or take them from the folder.

    Args:
        steps: all of them, in order.
        table: the fit rows.
        y: their labels.
        related: the other tables, for steps that read them.
        folder: where steps are kept.
        content: tells everything else that the result depends on: the data and the steps before.
    """
    if not steps:
        return Fitted(table, (), {})
    key = _hash(content.encode(), _bytes(table.index.to_numpy()), _bytes(y))
    fitted, seconds = [], {}
    for step in steps:
        key = _hash(key.encode(), json.dumps(step.model_dump(), sort_keys=True).encode())
        path = folder / f"{key}.joblib"
        _seed(key)
        if (entry := _read(path)) is not None:
            table = entry.made(table)
        else:
            entry, table = _fit(step, table, y, related)
            if entry.seconds >= WORTH:
                _write(path, entry)
        fitted.append(entry.step)
        seconds[step.title] = entry.seconds
    return Fitted(table, tuple(fitted), seconds)


def _fit(step: Step, table: "pd.DataFrame", y: "Array", related: "Related | None") -> "tuple[_Entry, pd.DataFrame]":
    started = time.monotonic()
    transformer = make_step(step, related)
    if transformer.needs == "labels":
        made = transformer.fit_transform(table, y)
        same = getattr(transformer, "same_rows", False)
    else:
        made, same = transformer.fit(table).transform(table), True
    seconds = time.monotonic() - started
    if same or seconds < WORTH:
        return _Entry(transformer, seconds), made
    changed = [name for name in made.columns if name not in table or not made[name].equals(table[name])]
    return _Entry(transformer, seconds, made[changed], tuple(made.columns)), made


def _read(path: Path) -> _Entry | None:
    import joblib

    try:
        entry = joblib.load(path)
        os.utime(path)  # it was of use
    except FileNotFoundError:  # never written, or dropped by another worker just now
        return None
    assert isinstance(entry, _Entry)
    return entry


def _write(path: Path, entry: _Entry) -> None:
    """Keep a step, where it is not too large and can be stored; a full disk costs time, not the experiment."""
    import joblib

    if entry.columns is not None and entry.columns.memory_usage(deep=True).sum() > LARGEST:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        joblib.dump(entry, str(partial))
        partial.replace(path)
        _drop_old(path.parent)
    except (OSError, pickle.PicklingError, AttributeError, TypeError):  # the last two: what cannot be pickled
        partial.unlink(missing_ok=True)


def _drop_old(folder: Path) -> None:
    """Delete what was not used for longest, until the folder is small enough."""
    found = []
    for path in folder.glob("*.joblib"):
        with contextlib.suppress(FileNotFoundError):  # another worker drops too
            known = path.stat()
            found.append((known.st_mtime_ns, known.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found, key=lambda entry: entry[0]):
        if total <= MOST:
            return
        path.unlink(missing_ok=True)
        total -= size


def _seed(key: str) -> None:
    """Seed the generators that a step may use without asking: alike whichever experiment fits it."""
    seed = int(key[:8], 16)
    random.seed(seed)
    np.random.seed(seed)


def _bytes(values: "Array") -> bytes:
    return pickle.dumps(values.tolist()) if values.dtype == object else np.ascontiguousarray(values).tobytes()


def _hash(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()
