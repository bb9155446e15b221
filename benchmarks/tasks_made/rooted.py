"""Task folders of a root, with what task.json says beside each: expected answers in this benchmark's words."""

import json
from pathlib import Path
from typing import Any

from .case import Expect

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
    return Expect(
        kind=kind,
        targets=tuple(said["target"])
        if said.get("target") and kind not in (("detection",), ("segmentation",))
        else None,
        id=said["id_column"] if said.get("id_column") else "(not asked)",
        metric=names,
        lower_is_better=bool(said["is_lower_better"]),
        rows=said.get("rows_test") if kind not in (("detection",), ("segmentation",)) else None,
    )
