"""The report's pictures of the final predictions.

One function per picture, each taking plain arrays, so that a picture can be looked at without a run.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..interfaces import Link, Metric
from ..records.experiment import Rule
from ..records.problem import Problem
from . import figures, picture_plots
from .canvas import INK, PALETTE, SOFT, Plot, canvas

if TYPE_CHECKING:
    from ..interfaces import Array, Kind

POINTS = 5_000  # at most so many points in a scatter plot; more are drawn from at random
PIXELS = 8_000_000  # at most so many pixels are looked at for a threshold curve


# -- diagnostics, by the form of truth and answer ----------------------------------------------------------------------


def diagnostics(
    kind: "Kind", problem: Problem, metric: Metric, rule: Rule, truth: "Array", prediction: "Array"
) -> list[Plot]:
    """What out-of-fold predictions look like beside the truth, for kinds that have a picture here; else [].

    Args:
        kind: gives the answer that the metric eats.
        problem: what is predicted.
        metric: what it is judged by.
        rule: from predictions to answers.
        truth: natural units, one entry per row.
        prediction: as the kind stores it, one entry per row; rows without one (never scored) are NaN or None.
    """
    there = known(prediction)
    truth, prediction = truth[there], prediction[there]
    if not len(truth):
        return []
    if problem.kind == "detection":
        return [picture_plots.precision_recall(truth, prediction, class_names(problem))]
    if problem.kind in ("regression", "forecast"):
        return _regression(problem, metric, truth, kind.present(prediction, problem, metric, rule))
    draw = {"binary": _binary, "segmentation": _segmentation, "multiclass": _classes, "ordinal": _classes}
    return draw[problem.kind](kind, problem, metric, rule, truth, prediction) if problem.kind in draw else []


def known(prediction: "Array") -> "Array":
    """Which rows have a prediction."""
    if prediction.dtype == object:
        return np.array([each is not None for each in prediction], dtype=bool)
    return np.asarray(np.isfinite(prediction.reshape(len(prediction), -1)).all(axis=1))


def _binary(
    kind: "Kind", problem: Problem, metric: Metric, rule: Rule, truth: "Array", prediction: "Array"
) -> list[Plot]:
    chance = prediction[:, -1] if prediction.ndim == 2 else prediction
    truth = truth.astype(int)
    positive = str(problem.classes[1]) if len(problem.classes) > 1 else "the positive class"
    plots = [roc(truth, chance), calibration(truth, chance, positive), histogram(truth, chance, positive, rule)]
    if metric.eats == "labels":
        answer = kind.present(prediction, problem, metric, rule).astype(int)
        plots.append(confusion(truth, answer, [str(c) for c in problem.classes] or ["0", "1"]))
    return plots


def _classes(
    kind: "Kind", problem: Problem, metric: Metric, rule: Rule, truth: "Array", prediction: "Array"
) -> list[Plot]:
    answer = kind.present(prediction, problem, metric, rule)
    if answer.ndim == 1 and problem.kind == "ordinal" and not np.array_equal(answer, np.round(answer)):
        return _regression(problem, metric, truth, answer)  # judged as numbers, so shown as numbers
    codes = answer.argmax(axis=1) if answer.ndim == 2 else answer.astype(int)
    plots = [confusion(truth.astype(int), codes, [str(c) for c in problem.classes])]
    if prediction.ndim == 2 and prediction.shape[1] == len(problem.classes):
        plots.append(confidence(truth.astype(int), prediction))
    return plots


def _regression(problem: Problem, metric: Metric, truth: "Array", answer: "Array") -> list[Plot]:
    """Two pictures per target, for the first three targets; errors on the scale on which the metric counts them."""
    from ..kinds.regression import forward

    truth, answer = (np.asarray(a, dtype=float).reshape(len(a), -1) for a in (truth, answer))
    keep = np.arange(len(truth))
    if len(truth) > POINTS:
        keep = np.sort(np.random.default_rng(0).choice(len(truth), POINTS, replace=False))
    plots = []
    for column, target in enumerate(problem.targets[:3]):
        true, said = truth[keep, column], answer[keep, column]
        left = forward(true, metric) - forward(said, metric)
        plots += [
            against_truth(true, said, target, column, metric.link),
            residuals(said, left, target, column, metric.link),
        ]
    return plots


def _segmentation(
    kind: "Kind", problem: Problem, metric: Metric, rule: Rule, truth: "Array", prediction: "Array"
) -> list[Plot]:
    total, rows = 0, 0
    while rows < len(truth) and total < PIXELS:
        total, rows = total + truth[rows].size, rows + 1
    truth, prediction = truth[:rows], prediction[:rows]
    masks = kind.present(prediction, problem, metric, rule)
    if problem.classes:
        names = class_names(problem)
        counted = [np.asarray(true) >= 0 for true in truth]
        pixels = [np.asarray(true)[c].astype(np.int64) for true, c in zip(truth, counted, strict=True)]
        said = [np.asarray(mask)[c].astype(np.int64) for mask, c in zip(masks, counted, strict=True)]
        taken = confusion(np.concatenate(pixels), np.concatenate(said), names, cells="share")
        return [picture_plots.class_overlaps(truth, masks, names), taken]
    return [threshold_curve(truth, prediction, rule), scene_scores(truth, masks)]


def class_names(problem: Problem) -> list[str]:
    """The classes by name, where the description names them."""
    named: Any = problem.options.get("names") or {}
    return [str(named.get(str(value), value)) for value in problem.classes]


# -- single pictures ---------------------------------------------------------------------------------------------------


def roc(truth: "Array", chance: "Array") -> Plot:
    """Share of positives found against share of false alarms; truth 0/1 (n,), chance (n,)."""
    order = np.argsort(-chance, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(chance[order])), len(order) - 1)  # ties move together
    hits, alarms = np.cumsum(truth[order] == 1)[ends], np.cumsum(truth[order] == 0)[ends]
    y, x = (np.append(0, c / max(c[-1], 1)) for c in (hits, alarms))
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    few = np.unique(np.linspace(0, len(x) - 1, 400).astype(int))
    with canvas() as (axes, svg):
        axes.plot([0, 1], [0, 1], "--", color=SOFT, lw=1)
        axes.fill_between(x[few], y[few], color=PALETTE[0], alpha=0.08, lw=0)
        axes.plot(x[few], y[few], color=PALETTE[0], lw=1.8)
        axes.text(0.97, 0.06, f"area {figures.number(area)}", ha="right", color=INK, transform=axes.transAxes)
        axes.set(xlabel="share of false alarms", ylabel="share of positives found", xlim=(0, 1), ylim=(0, 1.02))
        return Plot(
            "ROC curve",
            svg("roc", "ROC curve"),
            "How many positives are found for how many false alarms, as the threshold falls. "
            "The dashed line is guessing.",
        )


def calibration(truth: "Array", chance: "Array", positive: str) -> Plot:
    """Observed share against predicted probability, in ten bins of equal size."""
    bins = [b for b in np.array_split(np.argsort(chance, kind="stable"), 10) if len(b)]
    x = np.array([chance[b].mean() for b in bins])
    y = np.array([truth[b].mean() for b in bins])
    error = np.array([np.sqrt(max(m * (1 - m), 1e-12) / len(b)) for m, b in zip(y, bins, strict=True)])
    with canvas() as (axes, svg):
        axes.plot([0, 1], [0, 1], "--", color=SOFT, lw=1)
        axes.errorbar(x, y, error, fmt="o-", ms=5, lw=1.4, color=PALETTE[0], elinewidth=1.1)
        axes.set(xlabel="predicted probability", ylabel="observed share", xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
        return Plot(
            "Calibration",
            svg("calibration", "Calibration curve"),
            f"Of the rows given a probability, how many are {positive}. On the dashed line, probabilities mean "
            "what they say; ten groups of equal size, bars of one standard error.",
        )


def histogram(truth: "Array", chance: "Array", positive: str, rule: Rule) -> Plot:
    """How predicted probabilities spread for each class; the threshold where the rule has one."""
    edges = np.linspace(0, 1, 41)
    with canvas() as (axes, svg):
        for code, colour, name in ((0, SOFT, "others"), (1, PALETTE[1], positive[:24])):
            axes.hist(chance[truth == code], edges, color=colour, alpha=0.55, label=name)
        threshold = rule.params.get("threshold")
        if isinstance(threshold, int | float):
            axes.axvline(threshold, color=INK, lw=1.2)
            axes.text(threshold, 1.0, f" {threshold:.2f}", transform=axes.get_xaxis_transform(), va="top", color=INK)
        axes.set(xlabel="predicted probability", ylabel="rows", xlim=(0, 1))
        axes.legend(title="truth", loc="best")
        return Plot(
            "Spread of the predictions",
            svg("histogram", "Histogram of predicted probabilities"),
            "The further apart the two heaps, the better the classes are told apart."
            + (" The line is the threshold." if isinstance(threshold, int | float) else ""),
        )


def confusion(
    truth: "Array", answer: "Array", classes: Sequence[str], most: int = 15, cells: Literal["count", "share"] = "count"
) -> Plot:
    """Counts, or shares, of true against predicted class codes; the most frequent classes when there are many."""
    size = max(len(classes), int(truth.max()) + 1, int(answer.max()) + 1)
    counts = np.bincount(truth * size + answer, minlength=size * size).reshape(size, size)
    names = [*classes, *map(str, range(len(classes), size))]
    shown = np.arange(size)
    if size > most:
        shown = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:most])
    counts = counts[np.ix_(shown, shown)]
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [name if len(name) <= 14 else name[:13] + "…" for name in (names[i] for i in shown)]
    with canvas(*((4.4, 3.5) if len(shown) < 6 else (6.4, 5.4))) as (axes, svg):
        axes.imshow(share, cmap=_blues(), vmin=0, vmax=1, aspect="auto")
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if share[row, column] > 0.55 else INK
                told = f"{count:,}" if cells == "count" else f"{share[row, column]:.0%}"
                axes.text(column, row, told, ha="center", va="center", color=colour, fontsize=8.5)
        axes.set_xticks(range(len(shown)), labels, rotation=40 if sum(map(len, labels)) > 36 else 0)
        axes.set_yticks(range(len(shown)), labels)
        axes.set(xlabel="predicted", ylabel="true")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        return Plot(
            "What is taken for what",
            svg("confusion", "Confusion matrix"),
            "Rows of the true class in each line, by the class that was predicted; darker is a larger share of "
            "the line." + (f" The {most} most frequent of {size} classes." if size > most else ""),
        )


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("page", ["#f6f9fa", "#7fb8c9", PALETTE[0], "#074a5d"])


def confidence(truth: "Array", prediction: "Array") -> Plot:
    """How often the most likely class is the true one, by its predicted probability; ten bins of equal size."""
    top, right = prediction.max(axis=1), prediction.argmax(axis=1) == truth
    bins = [b for b in np.array_split(np.argsort(top, kind="stable"), 10) if len(b)]
    x = np.array([top[b].mean() for b in bins])
    y = np.array([right[b].mean() for b in bins])
    error = np.array([np.sqrt(max(m * (1 - m), 1e-12) / len(b)) for m, b in zip(y, bins, strict=True)])
    with canvas() as (axes, svg):
        axes.plot([0, 1], [0, 1], "--", color=SOFT, lw=1)
        axes.errorbar(x, y, error, fmt="o-", ms=5, lw=1.4, color=PALETTE[0], elinewidth=1.1)
        axes.set(xlabel="probability of the likeliest class", ylabel="share that is right", ylim=(-0.02, 1.05))
        axes.set_xlim(-0.02, 1.02)
        return Plot(
            "Confidence",
            svg("confidence", "Confidence curve"),
            "How often the likeliest class is the true one. On the dashed line, confidence means what it says; "
            "below it, the model is too sure.",
        )


SCALES: dict[Link, dict[str, Any]] = {
    "identity": {"value": "linear"},
    "log": {"value": "log"},
    "log1p": {"value": "symlog", "linthresh": 1.0},  # linear below one, as log(1 + y) is
}


def against_truth(truth: "Array", answer: "Array", target: str, place: int, link: Link) -> Plot:
    """Predicted against true values of one target, (n,) each."""
    with canvas() as (axes, svg):
        low, high = float(min(truth.min(), answer.min())), float(max(truth.max(), answer.max()))
        axes.plot(truth, answer, ".", ms=3.5, alpha=_alpha(len(truth)), color=PALETTE[0], mew=0, rasterized=True)
        axes.plot([low, high], [low, high], "--", color=INK, lw=1)
        axes.set_xscale(**SCALES[link])
        axes.set_yscale(**SCALES[link])
        _plain_ticks(axes.xaxis, axes.yaxis)
        axes.set(xlabel="true", ylabel="predicted")
        return Plot(
            f"Predicted against true: {target}",
            svg(f"truth{place}", "Predicted against true values"),
            "Each point is a row; on the dashed line, the prediction is exact."
            + ("" if link == "identity" else " Both scales are logarithmic, for that is how errors count."),
        )


def residuals(answer: "Array", left: "Array", target: str, place: int, link: Link) -> Plot:
    """True minus predicted, on the metric's scale, against predicted, with the median of ten groups of equal size."""
    bins = [b for b in np.array_split(np.argsort(answer, kind="stable"), 10) if len(b)]
    with canvas() as (axes, svg):
        axes.plot(answer, left, ".", ms=3.5, alpha=_alpha(len(left)), color=PALETTE[1], mew=0, rasterized=True)
        axes.axhline(0, color=INK, lw=1, ls="--")
        axes.plot(
            [np.median(answer[b]) for b in bins], [np.median(left[b]) for b in bins], "o-", color=INK, ms=4, lw=1.3
        )
        reach = float(np.quantile(np.abs(left), 0.995)) or 1.0
        axes.set_xscale(**SCALES[link])
        _plain_ticks(axes.xaxis)
        what = "true minus predicted" if link == "identity" else "true minus predicted, in logarithms"
        axes.set(xlabel="predicted", ylabel=what, ylim=(-1.1 * reach, 1.1 * reach))
        return Plot(
            f"What is left over: {target}",
            svg(f"residuals{place}", "Residuals"),
            "The dark line is the median of ten groups of equal size: where it leaves zero, predictions are too low "
            "(above) or too high (below). The most extreme 0.5 % of the rows may lie outside.",
        )


def _plain_ticks(*axes: Any) -> None:
    """Ticks as numbers, not as powers of ten, and none between them."""
    from matplotlib.ticker import NullLocator

    for axis in axes:
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


def _alpha(points: int) -> float:
    return float(np.clip(400 / max(points, 1), 0.15, 0.7))


def threshold_curve(truth: "Array", maps: "Array", rule: Rule) -> Plot:
    """Dice of all pixels together for each threshold; truth 0/1 masks and probability maps, object arrays."""
    edges = np.linspace(0, 1, 101)
    hit, marked = np.zeros(100), np.zeros(100)
    for mask, each in zip(truth, maps, strict=True):
        values = np.asarray(each, dtype=np.float32).ravel()
        marked += np.histogram(values, edges)[0]
        hit += np.histogram(values[np.asarray(mask).ravel() > 0], edges)[0]
    hit, marked = hit[::-1].cumsum()[::-1], marked[::-1].cumsum()[::-1]
    dice = 2 * hit / np.maximum(marked + hit[0], 1)
    with canvas() as (axes, svg):
        axes.plot(edges[:-1], dice, color=PALETTE[0], lw=1.8)
        threshold = rule.params.get("threshold")
        if isinstance(threshold, int | float):
            axes.axvline(threshold, color=INK, lw=1.2)
            axes.text(threshold, 1.0, f" {threshold:.2f}", transform=axes.get_xaxis_transform(), va="top", color=INK)
        axes.set(xlabel="threshold on the probability of a pixel", ylabel="Dice of all pixels", xlim=(0, 1))
        axes.set_ylim(bottom=0)
        return Plot(
            "Threshold",
            svg("threshold", "Dice by threshold"),
            "A flat top means that the exact threshold matters little. The line is the one used.",
        )


def scene_scores(truth: "Array", masks: "Array") -> Plot:
    """Dice of each scene that has something to find."""
    scores = []
    for mask, answer in zip(truth, masks, strict=True):
        real, said = np.asarray(mask) > 0, np.asarray(answer) > 0
        if real.any():
            scores.append(2 * (real & said).sum() / (real.sum() + said.sum()))
    with canvas() as (axes, svg):
        axes.hist(scores, np.linspace(0, 1, 21), color=PALETTE[2], alpha=0.8)
        axes.set(xlabel="Dice of one scene", ylabel="scenes", xlim=(0, 1))
        return Plot(
            "Scene by scene",
            svg("scenes", "Histogram of Dice by scene"),
            f"The {len(scores):,} scenes that have something to find, of {len(truth):,} looked at. A heap at zero is "
            "scenes where nothing was found.",
        )
