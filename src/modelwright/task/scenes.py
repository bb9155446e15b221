"""A folder of scenes and masks becomes a problem: what names the scenes, what holds the answer, how it is judged."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import TaskError
from ..records.base import JsonValue
from ..records.problem import Modality, Output, Problem
from . import checks, mask_classes, masks, overlaps
from .asked import Asked, Sources
from .catalog import Tables
from .folder import Folder
from .layout import Layout
from .nature import find_nature
from .pictures import free_name
from .prose import Prose
from .submission_form import read_form
from .understanding import LONGEST_DESCRIPTION, Understanding, conclude, relative
from .yardstick import Wishes

if TYPE_CHECKING:
    from ..interfaces import Metric

FOR_CLASSES = {  # what a metric of masks means where there are several classes
    "iou": "iou-classes",
    "iou-mean": "iou-classes",
    "dice-global": "dice-classes",
    "dice-mean": "dice-classes",
    "mask-hits": "iou-classes",
}
HITS = ("iou", "iou-mean")  # metrics that the overlap of a mask may be meant for, where several are named to exceed
FOR_ONE = {"iou-classes": "iou-mean", "dice-classes": "dice-mean"}


def interpret_scenes(
    folder: Folder,
    scenes: masks.Scenes,
    layout: Layout,
    tables: Tables,
    prose: Prose,
    metrics: Sequence["Metric"],
    told: dict[str, Any],
) -> Understanding:
    """The problem of a folder of scenes. Raises TaskError for ids without a scene, and answers of several columns."""
    listed = tables[layout.train] if layout.train and not scenes.drawn else None
    sample = tables[layout.sample] if layout.sample else None
    wanted = tables[layout.test] if layout.test else sample
    asked = Asked(evidence=list(layout.evidence), doubts=[*layout.doubts, *scenes.notes])
    _name_columns(asked, scenes, listed, wanted, sample, prose, told)
    id_name, answer = str(asked.id), asked.targets[0]
    several = mask_classes.find_classes(scenes, wanted, id_name, prose) if scenes.values else None
    if sample is not None and layout.test is not None:
        names = (layout.test.name, layout.sample.name if layout.sample else "")
        checks.rows_wanted(Sources(tables[layout.test], tables[layout.test], sample, prose, "", *names), asked, None)
    ids = _wanted_ids(wanted, id_name, several, (layout.test or layout.sample or folder.root).name)
    path_name = free_name(masks.SCENE, listed, pd.DataFrame(columns=[id_name, answer]))
    train, test = masks.frames(scenes, (id_name, path_name, answer), listed, ids)
    metric, params = find_nature_of_masks(asked, prose, metrics, told, several is not None)
    unasked = several.unasked(scenes.values) if several is not None else ()
    asked.note("kind", scenes.why, 0.95)
    asked.note("modality", "each row is a picture, or bands of one")
    asked.note("output", f"{metric.name} judges masks, written as run lengths")
    options = masks.options(scenes, prose, sample, path_name, answer)
    if several is not None:
        options |= {"names": several.names, "values": list(scenes.values)}
        if unasked:
            options["unasked"] = list(unasked)
            params = {**params, "without": [len(several.values) + k for k in range(len(unasked))]}
        options["answer"] = {
            "form": several.form,
            "written": several.written,
            "between": several.between,
            "column": several.column,
        }
        asked.note("classes", several.because, 0.9 if several.form else 0.6)
    problem = Problem(
        name=folder.name,
        root=str(folder.root),
        kind="segmentation",
        modality=Modality.IMAGE,
        inputs=(path_name,),
        targets=asked.targets,
        id=id_name,
        metric=metric.name,
        metric_params=params,
        higher_is_better=metric.higher_is_better,
        classes=told.get("classes") or ((*several.values, *unasked) if several else ()),
        train=relative(layout.train, folder),
        test=relative(layout.test, folder) or None,
        sample=relative(layout.sample, folder) or None,
        header=asked.header,
        output=Output.MASKS,
        description=folder.description[:LONGEST_DESCRIPTION],
        options=told.get("options") or options,
        evidence=tuple(asked.evidence),
    )
    return conclude(problem, asked, train, test, sample)


def _wanted_ids(
    wanted: pd.DataFrame | None, id_name: str, several: mask_classes.MaskClasses | None, table: str
) -> list[str] | None:
    """The scenes asked for, in order; None where no table lists them."""
    if wanted is None or id_name not in wanted.columns:
        return None
    if several is not None and several.form:
        return list(several.pictures)
    checks.unique_ids(wanted[id_name], table)
    return [str(v) for v in wanted[id_name]]


def _name_columns(
    asked: Asked,
    scenes: masks.Scenes,
    listed: pd.DataFrame | None,
    wanted: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    prose: Prose,
    told: Mapping[str, Any],
) -> None:
    """Id and answer column of a task of scenes, from the sample, the form in the text, or the tables of ids."""
    in_tables = [c for t in (wanted, listed) if t is not None for c in t.columns if _names_scenes(t[c], scenes)]
    header = list(told.get("header", ())) or (list(sample.columns) if sample is not None else [])
    if not header:
        form = read_form(prose, in_tables or ["id"], [], [])
        header = list(form.header) if form is not None and len(form.header) == 2 else []
    asked.id = told.get("id") or next((c for c in [*in_tables, *header] if c in header or not header), None) or "id"
    answers = [c for c in header if c != asked.id and not _names_classes(wanted, c, scenes)]
    asked.targets = tuple(told.get("targets", ())) or tuple(answers[-1:] if scenes.values else answers[:1]) or ("rle",)
    asked.header = tuple(header) or (asked.id, asked.targets[0])
    where = "the form in the description" if header else "nothing; usual names"
    where = "the header of the sample" if sample is not None else where
    asked.note("id", f"{asked.id!r} names the scenes")
    asked.note("targets", f"{asked.targets[0]!r}: {where}", 0.9 if header else 0.4)
    asked.note("header", where, 0.9 if header else 0.4)
    if len(answers) > 1:
        raise TaskError(
            f"the answer has {len(answers)} columns, but a task of masks has one: correct the sample submission."
        )


def _names_scenes(values: pd.Series, scenes: masks.Scenes) -> bool:
    there = {**scenes.train, **scenes.test}
    return all(masks.scene_name(text, there) is not None for text in values.astype(str).head(50))


def _names_classes(table: pd.DataFrame | None, name: str, scenes: masks.Scenes) -> bool:
    """Whether a column of the rows wanted tells the class that each row is about."""
    if not scenes.values or table is None or name not in table.columns or table[name].isna().any():
        return False
    return table[name].nunique() > 1 and bool((table.groupby(name).size() > 1).all())


def find_nature_of_masks(
    asked: Asked, prose: Prose, metrics: Sequence["Metric"], told: Mapping[str, Any], several: bool
) -> tuple["Metric", dict[str, JsonValue]]:
    """The metric of a task of masks, with its parameters; of several classes, the mean over them."""
    labels = pd.DataFrame({asked.targets[0]: ["a", "b"]})
    wishes = Wishes(kind="segmentation", metric=told.get("metric"), params=told.get("metric_params"))
    nature = find_nature(labels, asked, None, prose, metrics, wishes)
    by_name = {m.name: m for m in metrics}
    name, params, levels = nature.metric.name, nature.params, overlaps.levels(prose)
    if told.get("metric") is None and name in HITS and (len(levels) > 1 or overlaps.counted(prose)):
        name = "mask-hits"
    if told.get("metric") is None and name == "mask-hits" and levels and levels != overlaps.USUAL_RANGE:
        params = {**params, "iou": list(levels)}
    if several and name == "mask-hits":
        params = {}
    meant = (FOR_CLASSES if several else FOR_ONE).get(name, name)
    return by_name.get(meant, nature.metric), params
