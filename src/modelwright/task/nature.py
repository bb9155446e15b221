"""The kind of answer, its classes, and the metric it is judged by: read together, as each limits the others."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import SettingsError, TaskError
from ..records.base import JsonValue
from ..records.problem import Output
from .asked import Asked
from .classes import classes_of, grades_in_order
from .label_sets import answer_form, yes_or_no
from .prices import in_order_of
from .prose import Prose
from .tops import find_top
from .yardstick import FOR_BOXES, FOR_MASKS, FOR_ONE, FOR_SETS, JUDGES, MOST, Wishes, find_yardstick, is_number

if TYPE_CHECKING:
    from ..interfaces import Metric

FOR_MANY = {  # the metric for several classes where a name means two
    "f1": ("f1-macro", "macro-f1"),
    "precision": ("precision-macro",),
    "recall": ("recall-macro", "balanced-accuracy"),
    "fbeta": ("fbeta-macro",),
    "auc": ("auc-macro", "auc-ovr", "roc-auc-ovr"),
    "average-precision": ("average-precision-macro",),
}
FOR_SEVERAL = {"rmsle": "mean-column-rmsle", "rmse": "mean-column-rmse"}  # with several targets, where there is one
CELLS = {  # what stands in the cells, where the kind alone says it
    "regression": Output.VALUES,
    "forecast": Output.VALUES,
    "segmentation": Output.MASKS,
    "detection": Output.BOXES,
}
GRADED = ("qwk", "linear-kappa")  # metrics that know an order of classes
AMOUNT_WORDS = re.compile(
    r"\bhow (?:many|much|long|far|high|large|old)\b|\b(?:amount|number of|price|cost|value|demand|sales|duration|"
    r"regression|quantity|level of|temperature|revenue|income of|age of|continuous)\b"
)
CLASS_WORDS = re.compile(
    r"\bwhich (?:of|class|kind|type|category|one)\b|\b(?:classif\w+|class(?:es)?|categor\w+|kinds? of|types? of|"
    r"belongs? to|assign\w*|label\w*|whether)\b"
)
MANY = 100  # distinct numbers from which they cannot be classes
FEW = 20  # distinct numbers up to which whole numbers are likely classes or grades


@dataclass(frozen=True)
class Nature:
    """The kind of answer and how it is judged."""

    kind: str
    metric: "Metric"
    params: dict[str, JsonValue]
    classes: tuple[JsonValue, ...]
    output: Output
    options: dict[str, JsonValue] = field(default_factory=dict)


def find_nature(
    labels: pd.DataFrame,
    asked: Asked,
    sample: pd.DataFrame | None,
    prose: Prose,
    metrics: Sequence["Metric"],
    wishes: Wishes,
) -> Nature:
    """Kind, metric, classes and output for the target columns in `labels` (rows with a target only).

    Raises TaskError for a target that cannot be learnt, SettingsError for a wish that does not fit.
    """
    possible = possible_kinds(labels, asked, prose)
    if wishes.kind is not None:
        if wishes.kind not in JUDGES:
            raise SettingsError(f"kind = {wishes.kind!r} is not known here: choose one of {', '.join(JUDGES)}.")
        possible = [wishes.kind]
        asked.note("kind", "named by the user")
    cells = cells_hold(asked, sample)
    metric, params, possible = find_yardstick(possible, prose, metrics, wishes, asked, labels, cells)
    kind = _kind_for(metric, possible, labels, prose)
    metric = _for_many(metric, kind, metrics, several=len(asked.targets) > 1)
    asked.note("metric", asked_because(asked, "metric"), *_rest(asked, "metric"))
    classes: tuple[JsonValue, ...] = ()
    if kind in ("binary", "multiclass", "ordinal"):
        graded = metric.name in GRADED
        classes = classes_of(labels[asked.targets[0]], kind, asked, prose, wishes.classes, graded=graded)
    options: dict[str, JsonValue] = {}
    if kind == "multilabel":
        classes, options = _labels_of_sets(labels, asked, sample)
    params, lost = in_order_of(classes, params)
    asked.doubts += [lost] if lost else []
    if wishes.kind is None:
        _note_kind(kind, possible, labels, metric, asked)
    top = _list_of_classes(kind, metric, params, asked, sample, classes, prose)
    output = _output(kind, metric, asked, sample, classes, wishes, listed=top is not None)
    if output is Output.TOP:
        options = {"top": top or {"form": "text", "separator": " ", "k": params.get("k", 0)}}
    return Nature(kind, metric, params, classes, output, options)


def asked_because(asked: Asked, name: str) -> str:
    """The reason noted for a field."""
    return next((e.because for e in asked.evidence if e.field == name), "")


def _rest(asked: Asked, name: str) -> tuple[float, str | None]:
    return next(((e.confidence, e.runner_up) for e in asked.evidence if e.field == name), (1.0, None))


# --- kinds that the values allow ------------------------------------------------------------------------------------


def _check_varied(labels: pd.DataFrame) -> None:
    constant = [name for name in labels.columns if labels[name].nunique() < 2]
    yes_no = [name for name in labels.columns if yes_or_no(labels[name]) is not None]
    if len(labels.columns) > 1 and len(yes_no) == len(labels.columns) > len(constant):
        return  # of many labels, one that no row has does no harm
    for name in labels.columns:
        if labels[name].nunique() < 2:
            raise TaskError(
                f"the target {name!r} has one value only ({labels[name].iloc[0]}): there is nothing to learn; "
                "name another target."
            )


def possible_kinds(labels: pd.DataFrame, asked: Asked, prose: Prose) -> list[str]:
    """Kinds of answer that the target's values allow, the likeliest first."""
    if asked.sets is not None:
        return (
            ["multilabel", "multiclass"] if asked.sets.confidence < 0.9 and not asked.class_columns else ["multilabel"]
        )
    _check_varied(labels)
    if asked.class_columns:
        return ["binary" if len(asked.class_columns) == 2 else "multiclass", "multiclass"]
    if labels.shape[1] > 1:
        return _several(labels)
    values = labels.iloc[:, 0]
    if values.nunique() == 2:
        return ["binary", "regression"] if is_number(values) else ["binary"]
    return _numbers(values, prose) if is_number(values) else _texts(values)


def _texts(values: pd.Series) -> list[str]:
    distinct, rows = values.nunique(), len(values)
    if distinct > MOST or distinct > max(20, rows / 2):
        raise TaskError(
            f"the target {values.name!r} holds {distinct} different texts in {rows} rows: that is no class to predict; "
            "name another target with --target."
        )
    return ["multiclass", "ordinal"]


def _numbers(values: pd.Series, prose: Prose) -> list[str]:
    """Amounts or classes: few whole numbers are classes unless the text speaks of amounts."""
    distinct, rows = values.nunique(), len(values)
    whole = bool((values % 1 == 0).all())
    if distinct > MANY or distinct > rows / 2 or (not whole and distinct > FEW):
        return ["regression"]
    amounts, kinds = (sum(bool(p.search(s.plain)) for s in prose.sentences) for p in (AMOUNT_WORDS, CLASS_WORDS))
    grade = whole and distinct <= FEW and rows / distinct >= 5
    if grade and (kinds > amounts or (kinds == amounts and distinct <= 10)):
        return ["multiclass", "ordinal", "regression"]
    return ["regression", "multiclass", "ordinal"]


def _several(labels: pd.DataFrame) -> list[str]:
    if all(yes_or_no(labels[name]) is not None for name in labels.columns):
        numbers = all(is_number(labels[name]) for name in labels.columns)
        return ["multilabel", "regression"] if numbers else ["multilabel"]
    for name in labels.columns:
        if not is_number(labels[name]) and labels[name].dtype.kind != "b":
            raise TaskError(
                f"of several targets each must hold numbers, or each yes or no, but {name!r} does not: "
                "name one target with --target."
            )
    return ["regression"]


def _labels_of_sets(
    labels: pd.DataFrame, asked: Asked, sample: pd.DataFrame | None
) -> tuple[tuple[JsonValue, ...], dict[str, JsonValue]]:
    """The labels of a multilabel answer, and the options that say how they stand in train and in the answer."""
    if asked.sets is not None:
        names = asked.classes or asked.sets.labels
        asked.note("classes", "in the order of the answer's columns" if asked.classes else "the labels found, sorted")
        options: dict[str, JsonValue] = {"sets": asked.sets.how}
        form = answer_form(sample, next((c for c in asked.header if c != asked.id), ""), asked.sets)
        return tuple(map(str, names)), options | ({"answer": form} if form != asked.sets.how else {})
    asked.note("classes", "one label for each target column")
    pairs = [yes_or_no(labels[name]) or (0, 1) for name in asked.targets]
    plain = all((str(no), str(yes)) in (("0", "1"), ("0.0", "1.0")) for no, yes in pairs)
    return tuple(asked.targets), {} if plain else {"values": [list(pair) for pair in pairs]}


def _for_many(metric: "Metric", kind: str, metrics: Sequence["Metric"], several: bool) -> "Metric":
    """With more than two classes "F1" means the mean of the classes' F1; with several targets, the mean over them."""
    by_name = {m.name: m for m in metrics}
    if kind == "multilabel":
        return by_name.get(FOR_SETS.get(metric.name, ""), metric)
    if kind == "detection":
        return by_name.get(FOR_BOXES.get(metric.name, ""), metric)
    if kind == "segmentation":
        return by_name.get(FOR_MASKS.get(metric.name, ""), metric)
    metric = by_name.get(FOR_ONE.get(metric.name, ""), metric)
    if several:
        return by_name.get(FOR_SEVERAL.get(metric.name, ""), metric)
    if kind not in ("multiclass", "ordinal"):
        return metric
    return next((by_name[n] for n in FOR_MANY.get(metric.name, ()) if n in by_name), metric)


def _kind_for(metric: "Metric", possible: list[str], labels: pd.DataFrame, prose: Prose) -> str:
    """Of the kinds left, the one the metric is made for. Grades in words are grades where their order is known."""
    values = labels.iloc[:, 0]
    graded = metric.name in GRADED or ("kappa" in metric.name and "binary" not in possible)
    if graded and "ordinal" in possible:
        whole = is_number(values) and bool((values % 1 == 0).all())
        if whole or (not is_number(values) and grades_in_order([str(v) for v in values.unique()], prose)):
            return "ordinal"
    classes = [k for k in possible if k != "ordinal"]
    return (classes or possible)[0]


def _note_kind(kind: str, possible: list[str], labels: pd.DataFrame, metric: "Metric", asked: Asked) -> None:
    name = asked.targets[0]
    distinct = labels[name].nunique()
    what = "numbers" if is_number(labels[name]) else "labels"
    because = f"{name!r} has {distinct} different {what}, and {metric.name} judges {metric.eats}"
    if kind == "multilabel":
        columns = f"{len(asked.targets)} targets, each yes or no"
        sure = asked.sets.confidence if asked.sets else 0.9
        others = [k for k in possible if k != kind]
        asked.note("kind", asked.sets.because if asked.sets else columns, sure, others[0] if others else None)
        return
    if len(asked.targets) > 1:
        because = f"{len(asked.targets)} targets that hold numbers"
    others = [k for k in possible if k != kind]
    unsure = asked_because(asked, "metric").startswith("nothing names") and bool(others)
    asked.note("kind", because, 0.6 if unsure else 0.8 if others else 0.97, others[0] if others else None)
    if unsure:
        asked.doubts.append(f"{name!r} could be {others[0]} as well as {kind}: name a metric that says which.")


# --- classes and output ---------------------------------------------------------------------------------------------


def _output(
    kind: str,
    metric: "Metric",
    asked: Asked,
    sample: pd.DataFrame | None,
    classes: Sequence[JsonValue],
    wishes: Wishes,
    *,
    listed: bool,
) -> Output:
    """What stands in the cells: what the metric eats, unless the form of the answer allows only labels."""
    if wishes.output is not None:
        try:
            chosen = Output(wishes.output)
        except ValueError as error:
            raise SettingsError(f"output = {wishes.output!r} is not one of {', '.join(Output)}.") from error
        asked.note("output", "named by the user")
        return chosen
    if kind in CELLS:
        asked.note("output", f"{metric.name} judges {metric.eats}")
        return CELLS[kind]
    if kind == "multilabel":
        return _output_of_sets(metric, asked, sample, [str(c) for c in classes])
    return Output.TOP if listed else _output_of_classes(kind, metric, asked, sample, classes)


def _list_of_classes(
    kind: str,
    metric: "Metric",
    params: Mapping[str, JsonValue],
    asked: Asked,
    sample: pd.DataFrame | None,
    classes: Sequence[JsonValue],
    prose: Prose,
) -> dict[str, JsonValue] | None:
    """How a cell lists the likeliest classes of a row, where the form of the answer has one column for such lists."""
    answers = [c for c in asked.header if c != asked.id]
    if kind != "multiclass" or asked.class_columns or len(answers) != 1:
        return None
    cells = sample[answers[0]] if sample is not None and answers[0] in sample.columns else None
    k = params.get("k")
    found = find_top(cells, classes, metric.name, k if isinstance(k, int) else 0, prose)
    if found is None:
        return None
    how, because = found
    asked.note("output", because, 0.9)
    return how


def _output_of_classes(
    kind: str, metric: "Metric", asked: Asked, sample: pd.DataFrame | None, classes: Sequence[JsonValue]
) -> Output:
    """Labels or probabilities."""
    if asked.class_columns:
        asked.note("output", "the answer has a column for each class")
        return Output.PROBABILITIES
    cells = _labels_in_cells(asked, sample, classes)
    if metric.eats == "labels":
        asked.note("output", f"{metric.name} judges labels" + (", and the sample's cells are labels" if cells else ""))
        return Output.LABELS
    if kind != "binary" and cells:
        asked.doubts.append(
            f"{metric.name} judges {metric.eats}, but the sample has one column of labels: labels are handed in."
        )
        asked.note("output", "the sample has one column, and its cells are labels", 0.6)
        return Output.LABELS
    if kind != "binary":
        stem = asked.targets[0]
        asked.class_columns = tuple(str(c) if isinstance(c, str) else f"{stem}_{c}" for c in classes)
        asked.header = (*([asked.id] if asked.id else []), *asked.class_columns)
        asked.note("header", f"{metric.name} judges probabilities: the id and one column for each class", 0.6)
    asked.note("output", f"{metric.name} judges {metric.eats}")
    return Output.PROBABILITIES


def _output_of_sets(metric: "Metric", asked: Asked, sample: pd.DataFrame | None, labels: Sequence[str]) -> Output:
    """Sets in one cell where the form of the answer has one column, else decisions or probabilities by label."""
    answers = [c for c in asked.header if c != asked.id]
    if asked.sets is not None and not asked.class_columns:
        if metric.eats == "labels" or (sample is not None and len(answers) == 1):
            asked.note("output", "one column of the answer holds the labels of a row")
            if metric.eats != "labels":
                asked.doubts.append(
                    f"{metric.name} judges {metric.eats}, but the sample has one column of labels: those that are more "
                    "likely than not are handed in."
                )
            return Output.SETS
        asked.class_columns, asked.classes = tuple(labels), tuple(labels)
        asked.header = (*([asked.id] if asked.id else []), *labels)
        asked.note("header", f"{metric.name} judges {metric.eats}: the id and one column for each label", 0.6)
    if metric.eats != "labels":
        asked.note("output", f"{metric.name} judges {metric.eats}")
        return Output.PROBABILITIES
    asked.note("output", f"{metric.name} judges labels, in a column for each")
    return Output.LABELS


def cells_hold(asked: Asked, sample: pd.DataFrame | None) -> str:
    """What alone can stand in the sample's one answer column: "labels" for words, "probabilities" for 0.5 or 0.31."""
    if sample is None or asked.class_columns or len(sample.columns) > 2:
        return ""
    answers = [c for c in sample.columns if c != asked.id]
    cells = sample[answers[0]].dropna() if answers else pd.Series(dtype=float)
    if cells.empty:
        return ""
    if cells.dtype.kind in "Ob":
        return "labels"
    parts = cells.dtype.kind == "f" and bool((cells % 1 != 0).any())
    return "probabilities" if parts and bool(cells.between(0, 1).all()) else ""


def _labels_in_cells(asked: Asked, sample: pd.DataFrame | None, classes: Sequence[JsonValue]) -> bool:
    if sample is None:
        return False
    answers = [c for c in sample.columns if c != asked.id]
    cells = set(sample[answers[0]].dropna().astype(str)) if answers else set()
    return bool(cells) and cells <= {str(c) for c in classes}
