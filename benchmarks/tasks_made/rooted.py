"""Task folders of a root, with what task.json says beside each: expected answers in this benchmark's words."""

import json
from pathlib import Path
from typing import Any

from .case import UNASKED, Expect

METRICS: dict[str, tuple[str, ...]] = {
    "multiclass-logloss": ("log-loss",),
    "logloss": ("log-loss",),
    "global-dice": ("dice-global",),
    "mean-iou": ("iou-mean", "mean-iou", "iou-classes", "iou-macro", "miou"),
    "map50": ("map50", "map-50", "map", "mean-average-precision"),
    "rmse-of-logs": ("rmse-log",),
    "quadratic-weighted-kappa": ("qwk",),
}

KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (  # words of task.json -> kinds, the first that fits
    ("detection", ("detection",)),
    ("segmentation", ("segmentation",)),
    ("multilabel", ("multilabel",)),
    ("forecast", ("forecast",)),
    ("binary", ("binary",)),
    ("ordinal", ("ordinal",)),
    ("ordered classes", ("ordinal", "multiclass")),
    ("classes", ("multiclass",)),
    ("similarity", ("regression",)),
    ("regression", ("regression",)),
)


def tasks(root: Path) -> list[tuple[Path, Expect]]:
    """The task folders below a root: each is named `task`, with task.json beside it."""
    found = sorted(p.parent for p in root.glob("*/task.json") if (p.parent / "task").is_dir())
    return [(folder / "task", expected(json.loads((folder / "task.json").read_text()))) for folder in found]


def expected(said: dict[str, Any]) -> Expect:
    """What task.json says, as far as it says it."""
    metric = str(said["metric"])
    names = METRICS.get(metric, (metric,))
    words = str(said.get("kind", ""))
    kind = next((kinds for word, kinds in KINDS if word in words), None)
    named = tuple(said.get("target") or ())
    pictures = kind in (("detection",), ("segmentation",))  # their targets and rows are told in words of their own
    by_class = kind is not None and "multiclass" in kind and len(named) > 1  # the columns of the answer, one a class
    return Expect(
        kind=kind,
        targets=named if named and not pictures and not by_class else None,
        class_columns=named if by_class else None,
        id=said["id_column"] if said.get("id_column") else UNASKED,
        metric=names,
        lower_is_better=bool(said["is_lower_better"]),
        rows=None if pictures else said.get("rows_test"),
    )
