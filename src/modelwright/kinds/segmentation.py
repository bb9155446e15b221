"""A mask per row. A prediction is an object array of float32 maps (H, W) with probabilities; a threshold makes masks.

Labels name files of masks: .npy arrays, or images. Where the problem has classes, a mask holds their values, and the
truth is codes, -1 for a value that is none of them (estimators get 255 for it). A prediction of several classes is an
object array of uint8 maps (H, W, classes): the chance of each class in steps of 1/255, a quarter of what floats take.
Masks are handed in as run-length strings, written as `problem.options["rle"]` says: {"order": "columns" or "rows",
"start": 1, "empty": "-"}; of several classes a row for each, in the form that `problem.options["answer"]` names.
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
from . import arrays, rle
from .confusion import MaskScore

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

LEVELS = 255  # probabilities are stored and thresholds are tried in steps of 1/255
DEFAULT = 0.5
SMALLEST = (4, 8, 16, 32, 64, 128)  # pixels of a connected part, of which smaller ones may be left out
CLEAR = 0.002  # share of the score by which that must be better
ROUNDING = 1e-6  # by which an average of float32 maps may pass 1


class Segmentation:
    """One class of pixels against all others, or several classes."""

    def default_metric(self, problem: Problem) -> str:  # noqa: ARG002
        """Dice over the pixels of all images together."""
        return "dice-global"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """Masks as an object array (n,) of uint8 (H, W), 0 or 1. Raises TaskError for a file that is no mask."""
        if metric.eats != "masks":
            raise SettingsError(
                f"metric {metric.name!r} eats {metric.eats}, but {problem.targets[0]!r} names masks: "
                "choose a metric of masks such as dice-global."
            )
        return self.truth(labels, problem)

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """The same masks; of several classes, codes as int16 (H, W)."""
        column = labels[problem.targets[0]]
        if problem.classes:
            coded = (code_mask(value, problem, row) for row, value in zip(column.index, column, strict=True))
            return arrays.objects(coded)
        return arrays.objects(read_mask(value, problem, row) for row, value in zip(column.index, column, strict=True))

    def strata(self, target: "Array") -> "Array | None":
        """Whether anything is marked; None where that is so for all or none, as it is with several classes."""
        marked = np.array([bool(mask.any()) for mask in target], dtype=np.int64)
        return marked if 0 < marked.sum() < len(marked) else None

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":
        """Maps (n,) of float32 (H, W), from `predict_proba` where the estimator has it, else from `predict`.

        Of several classes, uint8 (H, W, classes); an estimator may give floats from 0 to 1, or these.
        """
        answer = (estimator.predict_proba if hasattr(estimator, "predict_proba") else estimator.predict)(table)
        if problem.classes:
            items = (np.asarray(item) for item in answer)
            return arrays.objects(item if item.dtype == np.uint8 else levels(np.clip(item, 0, 1)) for item in items)
        return arrays.objects(_flat_channel(np.asarray(item, dtype=np.float32)) for item in answer)

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:
        """One map per row, finite, within 0 and 1; of several classes, bytes for each."""
        if not isinstance(prediction, np.ndarray) or prediction.dtype != object or prediction.shape != (rows,):
            shape = getattr(prediction, "shape", "no shape")
            return f"the prediction has shape {shape}, but {rows} maps were asked for"
        classes = len(problem.classes)
        flaws = (_flaw_of_classes(m, classes) if classes else _flaw_of_map(m) for m in prediction)
        return next((f"map {k}: {flaw}" for k, flaw in enumerate(flaws) if flaw), None)

    def save(self, path: Path, prediction: "Array") -> None:
        """Maps rounded to steps of 1/255, masks exactly, as compressed bytes; no map at all is one of no pixels."""
        prediction = arrays.objects(np.empty((0, 0), dtype=np.float32) if m is None else m for m in prediction)
        masks = len(prediction) > 0 and all(m.dtype.kind in "bui" or not m.size for m in prediction)
        deep = max((m.ndim for m in prediction), default=2)
        shapes = np.array([(*m.shape, *[1] * (deep - m.ndim)) for m in prediction], dtype=np.int64).reshape(-1, deep)
        flat = [m.ravel() if masks else levels(m).ravel() for m in prediction]
        joined = np.concatenate([np.empty(0, np.uint8), *flat]).astype(np.uint8)
        arrays.save(path, compress=True, flat=joined, shapes=shapes, masks=np.array(masks))

    def load(self, path: Path) -> "Array":
        """Maps as float32, masks and maps of several classes as uint8."""
        found = arrays.load(path)
        flat, shapes = found["flat"], found["shapes"]
        sound = flat.dtype == np.uint8 and shapes.ndim == 2 and shapes.shape[1] in (2, 3)
        if not sound or shapes.prod(axis=1).sum() != len(flat):
            raise ValueError(f"{path.name} does not hold maps")
        pieces = np.split(flat, shapes.prod(axis=1).cumsum()[:-1]) if len(shapes) else []
        shaped = (piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True))
        if shapes.shape[1] == 3:
            return arrays.objects(m if m.size else None for m in shaped)
        if found["masks"]:
            return arrays.objects(shaped)
        return arrays.objects(m.astype(np.float32) / np.float32(LEVELS) if m.size else None for m in shaped)

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """The average map; None where one of the predictions has no map."""
        return arrays.objects(_mix_maps(maps, weights) for maps in zip(*predictions, strict=True))

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
        """The threshold that the metric likes best, from a histogram of the map of each image."""
        if not isinstance(metric.call, MaskScore) or not len(truth):
            return Rule()
        heights = np.array([_heights(t, p) for t, p in zip(truth, prediction, strict=True)])  # (n, 2, levels)
        below = heights[..., :-1].cumsum(axis=-1)
        above = heights.sum(axis=-1, keepdims=True) - below
        counts = np.moveaxis(np.stack([below, above], axis=-1), 1, 2)  # (n, thresholds, truth, output)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(metric.call.combine(counts, **problem.metric_params), dtype=np.float64)
        found = np.where(np.isfinite(found), found if metric.higher_is_better else -found, -np.inf)
        threshold = (_middle_of_best(found) + 0.5) / LEVELS
        smallest = _smallest(truth, prediction, threshold, problem, metric)
        return Rule(name="threshold", params={"threshold": threshold, **({"smallest": smallest} if smallest else {})})

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":  # noqa: ARG002
        """Masks (n,) of uint8 (H, W); of several classes, the likeliest code of each pixel, int16 (H, W)."""
        if problem.classes:
            return arrays.objects(m.argmax(axis=-1).astype(np.int16) for m in prediction)
        threshold: Any = rule.params.get("threshold", DEFAULT)
        smallest: Any = rule.params.get("smallest", 0)
        masks = ((m >= threshold).astype(np.uint8) for m in prediction)
        return arrays.objects(without_small(mask, int(smallest)) for mask in masks)

    def submission(
        self, prediction: "Array", ids: "pd.DataFrame", problem: Problem, metric: Metric, rule: Rule
    ) -> "pd.DataFrame":
        """One column of run-length strings; of several classes, a row for each picture and class."""
        how: Any = problem.options.get("rle") or {}
        if problem.classes:
            return self._by_class(self.present(prediction, problem, metric, rule), ids, problem, how)
        (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
        texts = [rle.encode(mask, **how) for mask in self.present(prediction, problem, metric, rule)]
        return arrays.assemble(problem, ids, {name: texts})

    @staticmethod
    def _by_class(masks: "Array", ids: "pd.DataFrame", problem: Problem, how: "dict[str, Any]") -> "pd.DataFrame":
        """Rows picture by picture, classes in their order, as `problem.options["answer"]` says.

        Under "column" the class has a column of its own; else ids are a name, `between` and the class.
        """
        import pandas as pd

        told: Any = problem.options.get("answer") or {}
        key, answer, between = str(problem.id), problem.targets[0], told.get("between", "_")
        unasked: Any = problem.options.get("unasked") or ()
        asked = [value for value in problem.classes if value not in unasked]  # those that are not stand last
        written = [str(told.get("written", {}).get(str(value), value)) for value in asked]
        pictures = ids[key] if key in ids else range(len(masks))
        rows: dict[str, list[Any]] = {key: [], **({told["column"]: []} if told.get("form") == "column" else {})}
        texts = [rle.encode(mask == code, **how) for mask in masks for code in range(len(written))]
        for picture in pictures:
            if told.get("form") == "column":
                rows[key] += [picture] * len(written)
                rows[told["column"]] += written
            else:
                rows[key] += [f"{picture}{between}{name}" for name in written]
        table = pd.DataFrame({**rows, answer: texts})
        return table[list(problem.header)] if set(problem.header) == set(table.columns) else table


def without_small(mask: "Array", smallest: int) -> "Array":
    """The mask without connected parts of fewer pixels, neighbours at corners included."""
    if smallest < 2 or not mask.any():
        return mask
    from scipy import ndimage

    parts, count = ndimage.label(mask, structure=np.ones((3, 3), dtype=np.int8))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = smallest
    return np.asarray(np.where(sizes[parts] >= smallest, mask, 0).astype(np.uint8))


def _smallest(truth: "Array", prediction: "Array", threshold: float, problem: Problem, metric: Metric) -> int:
    """The size below which parts are left out, where that is better by a clear step than leaving none out; else 0."""
    masks = [(m >= threshold).astype(np.uint8) for m in prediction]
    sign = 1.0 if metric.higher_is_better else -1.0

    def value(smallest: int) -> float:
        kept = arrays.objects(without_small(mask, smallest) for mask in masks)
        found = sign * float(metric.call(truth, kept, **problem.metric_params))
        return found if np.isfinite(found) else -np.inf

    plain = value(0)
    best, size = max((value(smallest), -smallest) for smallest in SMALLEST)
    return -size if best > plain + CLEAR * max(1e-12, abs(plain)) else 0


def read_mask(value: Any, problem: Problem, row: Any) -> "Array":
    """The mask that a cell names: uint8 (H, W), 1 where the file is not 0. Raises TaskError as `read_values` does."""
    return np.asarray(read_values(value, problem, row) != 0).astype(np.uint8)


def code_mask(value: Any, problem: Problem, row: Any) -> "Array":
    """The class codes of the mask that a cell names: int16 (H, W), -1 for values of no class."""
    values = read_values(value, problem, row)
    codes = np.full(values.shape, -1, dtype=np.int16)
    for code, known in enumerate(problem.classes):
        codes[values == known] = code
    return codes


def read_values(value: Any, problem: Problem, row: Any) -> "Array":
    """The values (H, W) of the mask that a cell names, or that it holds as run lengths.

    Raises:
        TaskError: where there is no such file, or it holds no array (H, W) or (H, W, 1).
    """
    name = problem.targets[0]
    if str(value).startswith("{"):
        return _drawn(str(value), problem, row)
    path = Path(problem.root) / str(value)
    if not path.is_file():
        raise TaskError(f"column {name!r} names {str(value)!r} in row {row}, which is no file: correct the path.")
    try:
        mask = np.load(path, allow_pickle=False) if path.suffix == ".npy" else _read_image(path)
    except (OSError, ValueError, EOFError) as error:
        raise TaskError(f"{path} cannot be read as a mask ({error}): replace it or leave row {row} out.") from error
    mask = _flat_channel(mask)
    if mask.ndim != 2 or mask.dtype.kind not in "buif":
        raise TaskError(f"{path} holds an array of shape {mask.shape}, not a mask (height, width): name another file.")
    return mask


def _drawn(cell: str, problem: Problem, row: Any) -> "Array":
    """A mask from a cell like `{"size": [40, 48], "runs": {"1": "5 3 9 2"}}`: values, each with its runs.

    Where several values mark a pixel, that which marks fewer of them is taken.
    """
    how: Any = problem.options.get("rle") or {}
    try:
        told = json.loads(cell)
        height, width = map(int, told["size"])
        masks = [(int(v), rle.decode(str(runs), (height, width), **how) > 0) for v, runs in told["runs"].items()]
    except (ValueError, TypeError, KeyError) as error:
        raise TaskError(f"column {problem.targets[0]!r} holds no mask in row {row} ({error}): correct it.") from error
    values = np.zeros((height, width), dtype=np.int16)
    for value, mask in sorted(masks, key=lambda one: -int(one[1].sum())):
        values[mask] = value
    return values


def levels(probabilities: "Array") -> "Array":
    """A map in steps of 1/255, uint8."""
    return np.asarray(probabilities * LEVELS + 0.5).astype(np.uint8)


def _read_image(path: Path) -> "Array":
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image if image.mode == "P" else image.convert("L"))


def _flat_channel(array: "Array") -> "Array":
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array


def _flaw_of_map(item: object) -> str | None:
    if not isinstance(item, np.ndarray) or item.ndim != 2 or item.dtype.kind != "f":
        return "not an array (height, width) of floats"
    if not np.isfinite(item).all():
        return "values that are not finite"
    if item.size and (item.min() < 0 or item.max() > 1 + ROUNDING):
        return f"values from {item.min():.4g} to {item.max():.4g}, not within 0 and 1"
    return None


def _flaw_of_classes(item: object, classes: int) -> str | None:
    if not isinstance(item, np.ndarray) or item.ndim != 3 or item.dtype != np.uint8 or item.shape[2] != classes:
        return f"not an array (height, width, {classes}) of bytes"
    return None


def _mix_maps(maps: "Sequence[Array | None]", weights: Sequence[float]) -> "Array | None":
    if any(m is None for m in maps):
        return None
    if maps[0].dtype == np.uint8:  # type: ignore[union-attr]
        total = np.full(maps[0].shape, 0.5, dtype=np.float32)  # type: ignore[union-attr]
        for m, weight in zip(maps, weights, strict=True):
            total += np.float32(weight) * m  # type: ignore[operator]
        return np.asarray(total.astype(np.uint8))
    return arrays.average(maps, weights).astype(np.float32)  # type: ignore[arg-type]


def _heights(truth: "Array", probabilities: "Array") -> "Array":
    """Pixels by truth and level (2, levels + 1) of one image; a shape that differs is a ValueError."""
    if truth.shape != probabilities.shape:
        raise ValueError(f"a true mask has shape {truth.shape}, the predicted map {probabilities.shape}")
    cells = truth.ravel().astype(np.int64) * (LEVELS + 1) + levels(probabilities).ravel()
    return np.bincount(cells, minlength=2 * (LEVELS + 1)).reshape(2, LEVELS + 1)


def _middle_of_best(found: "Array") -> int:
    """The middle of the stretch of thresholds that are practically as good as the best one."""
    best = float(found.max())
    good = found >= best - 1e-3 * abs(best)
    top = int(found.argmax())
    left = top - int(np.argmin(good[top::-1])) if not good[: top + 1].all() else -1
    right = top + int(np.argmin(good[top:])) if not good[top:].all() else len(found)
    return (left + 1 + right - 1) // 2
