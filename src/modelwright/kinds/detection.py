"""Boxes around things: arrays (k, 6) in an object array, each row class code, confidence, xmin, ymin, xmax, ymax.

A cell of the training table lists the boxes of its picture as JSON, `[["cat", 3, 10, 40, 52], ...]`: class, then the
corners in pixels (or shares of the picture, where `problem.options["boxes"]["unit"]` is "share"). How a box is
written in an answer is `problem.options["boxes"]["fields"]`, such as class, confidence, xmin, ymin, xmax, ymax.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingsError, TaskError
from ..interfaces import Metric
from ..records.experiment import Rule
from ..records.problem import Problem
from . import arrays

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FIELDS = ("class", "confidence", "xmin", "ymin", "xmax", "ymax")
CUTS = 200  # confidences that are tried
SAME = 0.55  # overlap from which two boxes of one class, found by two models, are one thing


class Detection:
    """Boxes of some classes in each picture."""

    def default_metric(self, problem: Problem) -> str:  # noqa: ARG002
        """Mean average precision at an overlap of one half."""
        return "map50"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """Boxes as an object array (n,) of float64 (m, 5). Raises TaskError for a cell that lists no boxes."""
        if metric.eats != "boxes":
            raise SettingsError(
                f"metric {metric.name!r} eats {metric.eats}, but {problem.targets[0]!r} lists boxes: "
                "choose a metric of boxes such as map50."
            )
        return self.truth(labels, problem)

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """The same boxes."""
        codes = {str(name): code for code, name in enumerate(problem.classes)}
        column = labels[problem.targets[0]]
        return arrays.objects(_read(cell, codes, column, row) for row, cell in zip(column.index, column, strict=True))

    def strata(self, target: "Array") -> "Array | None":
        """The rarest class of each picture (0 for none), so that rare classes are spread over the folds."""
        if not len(target):
            return None
        seen = [boxes[:, 0].astype(np.int64) for boxes in target]
        counts = np.bincount(np.concatenate([*seen, np.zeros(0, dtype=np.int64)]))
        return np.array([1 + int(min(codes, key=lambda c: counts[c])) if len(codes) else 0 for codes in seen])

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":  # noqa: ARG002
        """What the estimator finds in each picture."""
        return arrays.objects(np.asarray(item, dtype=np.float64).reshape(-1, 6) for item in estimator.predict(table))

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:
        """An array (k, 6) of finite numbers per row, with known classes and corners in order."""
        if not isinstance(prediction, np.ndarray) or prediction.dtype != object or prediction.shape != (rows,):
            shape = getattr(prediction, "shape", "no shape")
            return f"the prediction has shape {shape}, but boxes of {rows} pictures were asked for"
        flaws = (_flaw(boxes, len(problem.classes)) for boxes in prediction)
        return next((f"picture {k}: {flaw}" for k, flaw in enumerate(flaws) if flaw), None)

    def save(self, path: Path, prediction: "Array") -> None:
        """All boxes one after the other, and how many each picture has; no prediction at all is -1 boxes."""
        counts = np.array([-1 if boxes is None else len(boxes) for boxes in prediction], dtype=np.int64)
        there = [boxes for boxes in prediction if boxes is not None]
        width = there[0].shape[1] if there else 6
        flat = np.concatenate([np.empty((0, width)), *there]).astype(np.float64)
        arrays.save(path, flat=flat, counts=counts)

    def load(self, path: Path) -> "Array":
        """What `save` wrote."""
        found = arrays.load(path)
        flat, counts = found["flat"], found["counts"]
        if flat.ndim != 2 or np.clip(counts, 0, None).sum() != len(flat):
            raise ValueError(f"{path.name} does not hold boxes")
        pieces = iter(np.split(flat, np.clip(counts, 0, None).cumsum()[:-1]) if len(counts) else [])
        return arrays.objects(None if count < 0 else piece for count, piece in zip(counts, pieces, strict=True))

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """Boxes that several models find, fused: corners and confidence averaged (Solovyev et al. 2021).

        What a model does not find counts as a confidence of 0.
        """
        if len(predictions) == 1:
            return predictions[0]
        return arrays.objects(fuse(found, weights) for found in zip(*predictions, strict=True))

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
        """The confidence from which boxes are handed in, where all of them count alike.

        Plain for average precision, which looks at the order of all boxes.
        """
        score = getattr(metric.call, "at", None)
        sure = np.concatenate([np.zeros(0), *(boxes[:, 1] for boxes in prediction)])
        if score is None or not len(truth) or not len(sure):
            return Rule()
        tried = np.unique(np.quantile(sure, np.linspace(0, 1, CUTS)))
        least = (tried[1:] + tried[:-1]) / 2  # between two boxes, so that which are kept does not hang on rounding
        least = np.concatenate([[0.0], least, [1.0]])
        found = np.asarray(score(truth, prediction, least, **problem.metric_params))
        return Rule(name="confidence", params={"least": float(least[found.argmax()])})

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":  # noqa: ARG002
        """The boxes that are sure enough."""
        least: Any = rule.params.get("least")
        return prediction if least is None else arrays.objects(boxes[boxes[:, 1] >= least] for boxes in prediction)

    def submission(
        self,
        prediction: "Array",
        ids: "pd.DataFrame",
        problem: Problem,
        metric: Metric,
        rule: Rule,
    ) -> "pd.DataFrame":
        """One column of boxes as text, the most confident first."""
        (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
        kept = self.present(prediction, problem, metric, rule)
        return arrays.assemble(problem, ids, {name: [write(boxes, problem) for boxes in kept]})


def write(boxes: "Array", problem: Problem) -> str:
    """Boxes (k, 6) of one picture as the answer asks for them; what stands for none is an option too."""
    how: Any = problem.options.get("boxes") or {}
    fields = how.get("fields") or FIELDS
    if not len(boxes):
        return str(how.get("empty", ""))
    between = str(how.get("between", " "))
    ordered = boxes[np.argsort(-boxes[:, 1], kind="stable")]
    return between.join(" ".join(_field(name, box, problem) for name in fields) for box in ordered)


def _field(name: str, box: "Array", problem: Problem) -> str:
    low, high = box[2:4], box[4:6]
    if name == "class":
        return str(problem.classes[int(box[0])])
    values = {
        "confidence": box[1],
        "xmin": low[0],
        "ymin": low[1],
        "xmax": high[0],
        "ymax": high[1],
        "width": high[0] - low[0],
        "height": high[1] - low[1],
        "xcenter": (low[0] + high[0]) / 2,
        "ycenter": (low[1] + high[1]) / 2,
    }
    return f"{values[name]:.4f}".rstrip("0").rstrip(".") if name == "confidence" else f"{values[name]:.6g}"


def _read(cell: Any, codes: dict[str, int], column: "pd.Series[Any]", row: Any) -> "Array":
    try:
        listed = json.loads(cell) if isinstance(cell, str) and cell.strip() else []
        found = np.array([[codes[str(name)], *map(float, corners)] for name, *corners in listed], dtype=np.float64)
        return found.reshape(-1, 5)
    except (ValueError, TypeError, KeyError) as error:
        raise TaskError(
            f"column {column.name!r} lists no boxes of known classes in row {row} ({str(cell)[:60]!r}): correct the "
            "cell or remove the row."
        ) from error


def _flaw(boxes: object, classes: int) -> str | None:
    if not isinstance(boxes, np.ndarray) or boxes.ndim != 2 or boxes.shape[1] != 6 or boxes.dtype.kind != "f":
        return "not an array (boxes, 6) of floats"
    if not np.isfinite(boxes).all():
        return "numbers that are not finite"
    if len(boxes) and (boxes[:, 0].min() < 0 or boxes[:, 0].max() >= classes):
        return f"a class that is none of the {classes}"
    return "corners that are out of order" if (boxes[:, 4:] < boxes[:, 2:4]).any() else None


def fuse(found: "Sequence[Array | None]", weights: Sequence[float]) -> "Array | None":
    """Boxes (boxes, 6) of one picture that several models find, as `Detection.mix` says; None where one has none."""
    if any(boxes is None for boxes in found):
        return None
    pairs = ((np.asarray(boxes), w) for boxes, w in zip(found, weights, strict=True))
    rest = np.concatenate([np.column_stack([boxes, np.full(len(boxes), w)]) for boxes, w in pairs])
    rest = rest[np.argsort(-rest[:, 1] * rest[:, 6], kind="stable")]
    fused: list[Array] = []
    while len(rest):
        same = (rest[:, 0] == rest[0, 0]) & (_overlap(rest[0, 2:6], rest[:, 2:6]) >= SAME)
        same[0] = True
        group, rest = rest[same], rest[~same]
        share = group[:, 1] * group[:, 6]
        corners = np.average(group[:, 2:6], axis=0, weights=share if share.sum() > 0 else None)
        fused.append(np.array([group[0, 0], min(1.0, float(share.sum())), *corners]))
    return np.array(fused).reshape(-1, 6)


def _overlap(box: "Array", others: "Array") -> "Array":
    shared = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None).prod(axis=1)
    area = float((box[2:] - box[:2]).prod()) + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.asarray(np.divide(shared, area, out=np.zeros_like(shared), where=area > 0))
