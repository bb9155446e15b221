"""The metric a task is judged by: what the text states, weighed against what the answers and their form allow.

Several statements may name different metrics. The place under a heading about judging counts most, then what the
sample's cells can hold, then the later statement. Where two stay close, the likelier is taken and a question says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from .. import plugins
from ..errors import SettingsError
from ..records.base import JsonValue
from ..records.problem import Option, Output, Problem, Question
from .asked import Asked
from .direction import Direction, read_direction
from .phrases import Reading, flat, named, read_metric
from .prose import Prose
from .signs import JUDGING_HEADING
from .vocabulary import IDEAS, NEAREST, TWINS

if TYPE_CHECKING:
    from ..interfaces import Metric

OVERLAPS = ("iou", "iou-mean", "iou-classes", "jaccard")  # metrics of masks, which of boxes say when one is right

JUDGES = {  # what a metric of each kind of answer may eat
    "binary": {"labels", "probabilities", "scores"},
    "multiclass": {"labels", "probabilities", "scores"},
    "multilabel": {"labels", "probabilities", "scores"},
    "ordinal": {"labels", "probabilities"},
    "regression": {"values"},
    "forecast": {"values"},
    "segmentation": {"masks"},
    "detection": {"boxes"},
}
FOR_SETS = {  # and for sets of labels
    "f1": "f1-macro",
    "fbeta": "fbeta-samples",
    "accuracy": "subset-accuracy",
    "jaccard": "jaccard-samples",
    "auc": "auc-macro",
}
FOR_BOXES = {"average-precision": "map50"}  # what a name means for boxes
FOR_MASKS = {"average-precision": "mask-hits"}  # and for masks
FOR_ONE = {"f1-samples": "f1", "fbeta-samples": "fbeta", "subset-accuracy": "accuracy", "jaccard-samples": "jaccard"}
MOST = 1000  # distinct values up to which text can be classes
CLOSE = 0.6  # a rival with this share of the evidence for the best is close
EVEN = 0.92  # and with this share nothing tells the two apart
STATED = 1.4  # evidence of one sentence that states a metric, rather than mentioning it
USUAL = {  # metrics that a person may have meant who named none
    "binary": ("auc", "accuracy", "f1", "log-loss"),
    "multiclass": ("log-loss", "accuracy", "f1-macro"),
    "ordinal": ("qwk", "accuracy"),
    "multilabel": ("f1-samples", "f1-macro"),
    "regression": ("rmse", "mae", "rmsle"),
    "forecast": ("rmse", "mae", "smape"),
    "segmentation": ("dice-global", "iou-mean"),
    "detection": ("map50", "map"),
}


@dataclass(frozen=True)
class Wishes:
    """What the user fixed; None where nothing was said."""

    kind: str | None = None
    metric: str | None = None
    params: dict[str, JsonValue] | None = None
    classes: tuple[JsonValue, ...] | None = None
    output: str | None = None


@dataclass(frozen=True)
class _Candidate:
    """A reading whose metric can judge the answers, with its weight: that of its best sentence and a little more."""

    reading: Reading
    metric: "Metric"
    weight: float

    @property
    def stated(self) -> bool:
        return self.reading.strongest >= STATED

    @property
    def authoritative(self) -> bool:
        return JUDGING_HEADING.search(self.reading.heading) is not None


def find_yardstick(
    possible: list[str],
    prose: Prose,
    metrics: Sequence["Metric"],
    wishes: Wishes,
    asked: Asked,
    labels: pd.DataFrame,
    cells: str,
) -> tuple["Metric", dict[str, JsonValue], list[str]]:
    """The metric with its parameters, and those of the possible kinds that it can judge.

    Args:
        possible: kinds of answer that the target allows, the likeliest first.
        prose: the description.
        metrics: the catalogue.
        wishes: what the user fixed.
        asked: takes the evidence, doubts and questions.
        labels: the target columns.
        cells: "labels" or "probabilities" where the sample's cells can be nothing else, "" otherwise.

    Raises:
        SettingsError: for a metric nobody knows, or one that cannot judge the target.
    """
    readings = read_metric(prose, metrics)
    if wishes.metric is not None:
        return _wished(wishes.metric, possible, readings, metrics, wishes, asked, labels)
    direction = read_direction(prose)
    candidates = _candidates(readings, possible, metrics, labels, direction, cells)
    _doubt_unfitting(readings, candidates, possible, asked, metrics)
    if not candidates:
        return (*_default(possible[0], metrics, asked, cells == "labels"), possible)
    best = candidates[0]
    candidates = [best, *(c for c in candidates[1:] if not _same_words(c, best))]
    rival = candidates[1] if len(candidates) > 1 else None
    confidence = best.weight / (best.weight + (rival.weight if rival else 0.0) + 0.3)
    if best.reading.missing:
        confidence = min(confidence, 0.4)
    asked.note("metric", best.reading.quote, round(min(0.98, confidence), 2), rival.metric.name if rival else None)
    if rival and rival.weight > CLOSE * best.weight:
        _question(candidates, confidence, asked)
        if best.stated and rival.stated:
            _contradiction(best, rival, asked, cells)
    _doubt_direction(best.metric, direction, asked)
    params = wishes.params if wishes.params is not None else best.reading.params
    return best.metric, params, [k for k in possible if can_judge(best.metric, k, metrics)]


def _same_words(candidate: _Candidate, best: _Candidate) -> bool:
    """Whether it is the best one again, or another name for the same words, which the kind of answer tells apart.

    Beside an average precision, an overlap is what makes a mask right.
    """
    names = {candidate.metric.name, best.metric.name}
    if "average-precision" in names and names & set(OVERLAPS):
        return True
    return len(names) == 1 or (names in TWINS and candidate.reading.place == best.reading.place)


def _wished(
    name: str,
    possible: list[str],
    readings: Sequence[Reading],
    metrics: Sequence["Metric"],
    wishes: Wishes,
    asked: Asked,
    labels: pd.DataFrame,
) -> tuple["Metric", dict[str, JsonValue], list[str]]:
    """The metric the user names; parameters that the text gives to it are kept."""
    found = named(name, metrics)
    if found is None:
        raise SettingsError(f"no metric is called {name!r}: {_near_metrics(name, metrics)}")
    metric = next(m for m in metrics if m.name == found[0])
    fitting = [k for k in possible if can_judge(metric, k, metrics)] or _stretch(metric, labels, wishes)
    if not fitting:
        raise SettingsError(
            f"the metric {metric.name!r} judges {metric.eats}, which do not fit the target "
            f"{', '.join(asked.targets)} ({possible[0]}): choose another metric or target."
        )
    asked.note("metric", "named by the user")
    said = found[1] or next((r.params for r in readings if r.metric == metric.name), {})
    return metric, wishes.params if wishes.params is not None else said, fitting


def _candidates(
    readings: Sequence[Reading],
    possible: Sequence[str],
    metrics: Sequence["Metric"],
    labels: pd.DataFrame,
    direction: Direction | None,
    cells: str,
) -> list[_Candidate]:
    """Readings that can judge one of the possible kinds, the likeliest first."""
    by_name, found = {m.name: m for m in metrics}, []
    for reading in readings:
        name = NEAREST[reading.missing][0] if reading.missing in NEAREST else reading.metric
        metric = by_name.get(name)
        if metric is None or reading.score < 1.0 or not any(can_judge(metric, k, metrics) for k in possible):
            continue
        weight = reading.strongest + 0.5 * (reading.score - reading.strongest)
        if direction and not direction.turned and direction.higher != metric.higher_is_better:
            weight *= 0.7
        if not can_judge(metric, possible[0], metrics):
            weight *= 0.9
        if cells and metric.eats in ("labels", "probabilities", "scores"):
            weight *= 1.05 if (metric.eats == "labels") == (cells == "labels") else 0.9
        found.append(_Candidate(reading, metric, weight))
    found.sort(key=lambda c: (-round(c.weight, 2), -c.reading.place))
    return _zero_has_no_log(found, labels, by_name)


def _zero_has_no_log(found: list[_Candidate], labels: pd.DataFrame, by_name: dict[str, "Metric"]) -> list[_Candidate]:
    """The log of an answer that can be 0 can only mean the log of one more."""
    if not found or found[0].metric.name != "rmse-log" or "rmsle" not in by_name:
        return found
    if is_number(labels.iloc[:, 0]) and labels.min().min() <= 0:
        others = [c for c in found[1:] if c.metric.name != "rmsle"]
        return [replace(found[0], metric=by_name["rmsle"]), *others]
    return found


def _question(candidates: Sequence[_Candidate], confidence: float, asked: Asked) -> None:
    """Which of the close readings is meant."""
    top, seen = candidates[0].weight, dict[str, _Candidate]()
    for candidate in candidates:
        if candidate.weight > CLOSE * top:
            seen.setdefault(candidate.metric.name, candidate)
    chosen = list(seen.values())[:3]
    total = sum(c.weight for c in chosen)
    options = tuple(
        Option(value=c.metric.name, means=c.reading.quote, confidence=round(confidence if c is candidates[0]
               else (1 - confidence) * c.weight / max(total - top, 1e-9), 2))
        for c in chosen
    )  # fmt: skip
    asked.questions.append(Question(field="metric", text="By which metric is the work judged?", options=options))


def _contradiction(best: _Candidate, rival: _Candidate, asked: Asked, cells: str) -> None:
    """Two statements name different yardsticks: quote both, and say which is taken and why."""
    both = (
        f"The description names two metrics, {best.metric.name} ({best.reading.quote!r}) and {rival.metric.name} "
        f"({rival.reading.quote!r})"
    )
    if best.authoritative and not rival.authoritative:
        asked.doubts.append(f"{both}: the one under {best.reading.heading!r} is taken.")
    elif cells and (best.metric.eats == "labels") != (rival.metric.eats == "labels"):
        asked.doubts.append(f"{both}: the one that fits the sample, whose cells are {cells}, is taken.")
    elif rival.weight > EVEN * best.weight:
        asked.doubts.insert(0, f"{both}, and nothing says which of them counts: {best.metric.name} is taken.")
    else:
        asked.doubts.append(f"{both}: the clearer statement is taken.")


def _doubt_direction(metric: "Metric", direction: Direction | None, asked: Asked) -> None:
    """Say so when the text wants the score the other way round."""
    if direction is None or direction.higher == metric.higher_is_better:
        return
    own, stated = ("higher", "lower") if metric.higher_is_better else ("lower", "higher")
    if direction.turned:
        asked.doubts.append(
            f"The description turns the score round ({direction.quote!r}); here {metric.name} is told as it is, "
            f"{own} is better, which ranks answers alike."
        )
    else:
        asked.doubts.append(
            f"The description says that {stated} is better ({direction.quote!r}), but of {metric.name} {own} is: "
            "see whether another metric is meant."
        )


def _stretch(metric: "Metric", labels: pd.DataFrame, wishes: Wishes) -> list[str]:
    """Kinds that a metric the user insists on may still judge: numbers of few values are classes, if need be."""
    values = labels.iloc[:, 0]
    if wishes.kind is not None or labels.shape[1] > 1 or metric.eats in ("values", "masks"):
        return []
    return ["multiclass"] if values.nunique() <= MOST and values.nunique() <= len(values) / 2 else []


def _near_metrics(name: str, metrics: Sequence["Metric"]) -> str:
    import difflib

    known = {flat(n): m.name for m in metrics for n in (m.name, *m.aliases)}
    close = list(dict.fromkeys(known[k] for k in difflib.get_close_matches(flat(name), list(known), n=4, cutoff=0.5)))
    names = ", ".join(close or [m.name for m in metrics][:10])
    return f"{'did you mean' if close else 'some that are known:'} {names}{'?' if close else '.'}"


def _doubt_unfitting(
    readings: Sequence[Reading],
    fitting: Sequence[_Candidate],
    possible: Sequence[str],
    asked: Asked,
    metrics: Sequence["Metric"],
) -> None:
    """Say so when the text asks most clearly for a metric that there is not, or that cannot judge the answers.

    Of boxes and masks the overlap may be no metric, but what makes one right.
    """
    if possible[:1] in (["detection"], ["segmentation"]) and fitting:
        readings = [r for r in readings if r.metric not in OVERLAPS]
    if not readings or readings[0].score < 1.5:
        return
    top = readings[0]
    taken = fitting[0] if fitting else None
    if top.missing in NEAREST:
        nearest, words = NEAREST[top.missing]
        near = f": {nearest}, the nearest one there is, is taken" if taken and taken.reading is top else ""
        asked.doubts.insert(
            0, f"The description asks for the {words} ({top.quote!r}), which is not in the catalogue{near}."
        )
    elif top.missing:
        asked.doubts.append(f"The description speaks of {top.metric} ({top.quote!r}), which is not in the catalogue.")
    elif taken is None or taken.reading.score < top.score:
        eats = next(m.eats for m in metrics if m.name == top.metric)
        asked.doubts.append(
            f"The description speaks of {top.metric} ({top.quote!r}), which judges {eats} and does not fit a "
            f"{possible[0]} target."
        )


def _default(
    kind: str, metrics: Sequence["Metric"], asked: Asked, label_cells: bool
) -> tuple["Metric", dict[str, JsonValue]]:
    """The usual metric of a kind of answer."""
    by_name = {m.name: m for m in metrics}
    usual = plugins.load("kinds", kind).default_metric(_sketch(kind, label_cells))
    names = [n for n in (usual, *IDEAS.get(usual, ())) if n in by_name]
    fitting = [m.name for m in metrics if can_judge(m, kind, metrics)]
    if not (names or fitting):
        raise SettingsError(f"no metric of the catalogue can judge a {kind} answer: name one with --metric.")
    metric = by_name[(names or fitting)[0]]
    asked.note("metric", f"nothing names a metric that fits: the usual one for a {kind} answer", 0.4)
    asked.doubts.append(
        f"Nothing names a metric that fits: {metric.name}, the usual one for a {kind} answer, is taken; say --metric."
    )
    others = [n for n in USUAL.get(kind, ()) if n != metric.name and n in by_name][:3]
    options = [Option(value=metric.name, means=metric.summary, confidence=0.4)]
    options += [Option(value=n, means=by_name[n].summary, confidence=round(0.5 / len(others), 2)) for n in others]
    if others:
        asked.questions.append(
            Question(field="metric", text="Nothing names a metric that fits: which one?", options=tuple(options))
        )
    return metric, {}


def _sketch(kind: str, label_cells: bool) -> Problem:
    """As much of a problem as is known before there is a metric: all that a kind needs to name its usual one."""
    classes = {"binary": (0, 1), "multiclass": (0, 1, 2)}.get(kind, ())
    output = Output.LABELS if label_cells else Output.PROBABILITIES
    return Problem(
        name="", root="", kind=kind, targets=(), metric="", higher_is_better=True, classes=classes, output=output
    )


def can_judge(metric: "Metric", kind: str, metrics: Sequence["Metric"]) -> bool:
    """Whether a metric, or what its name means for sets of labels or without them, judges answers of a kind."""
    if metric.name in {"detection": FOR_BOXES, "segmentation": FOR_MASKS}.get(kind, ()):
        return True
    if kind != "multilabel":
        return (metric.sets != "only" or metric.name in FOR_ONE) and metric.eats in JUDGES.get(kind, ())
    return metric.sets != "no" or any(m.name == FOR_SETS.get(metric.name) for m in metrics)


def is_number(values: pd.Series) -> bool:
    """Numbers, and not truth values."""
    return values.dtype.kind in "iuf"
