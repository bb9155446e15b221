"""Pictures and boxes become a problem: a row for each picture, the classes, how a box is written in the answer."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import TaskError
from ..records.base import JsonValue
from ..records.problem import Modality, Output, Problem
from . import boxes, checks, pictures
from .asked import Asked
from .catalog import Tables
from .folder import Folder
from .layout import Layout
from .nature import find_nature
from .prose import Prose
from .submission_form import read_form
from .understanding import LONGEST_DESCRIPTION, Understanding, conclude, relative
from .yardstick import Wishes

if TYPE_CHECKING:
    from ..interfaces import Metric

USUAL = ("class", "confidence", "xmin", "ymin", "xmax", "ymax")
WORDS = {  # fields of a box as people call them
    "class": r"class(?: ?name| ?id)?|label|category(?: id)?|species|type|kind",
    "confidence": r"confidences?|scores?|probabilit\w+|conf",
    "xmin": r"x ?min|x ?1|left|x(?: coordinate)?",
    "ymin": r"y ?min|y ?1|top|y(?: coordinate)?",
    "xmax": r"x ?max|x ?2|right",
    "ymax": r"y ?max|y ?2|bottom",
    "width": r"width|w",
    "height": r"height|h",
    "xcenter": r"x ?cent(?:er|re)|xc|cx|cent(?:er|re) x",
    "ycenter": r"y ?cent(?:er|re)|yc|cy|cent(?:er|re) y",
}
ORDER = ("xcenter", "ycenter", "xmin", "ymin", "xmax", "ymax", "confidence", "class", "width", "height")
BOXED = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("xmin", "ymin", "width", "height"),
    ("xcenter", "ycenter", "width", "height"),
)
OVERLAP = re.compile(
    r"(?:iou|intersection over union|overlap\w*|threshold)\D{0,40}?(0?\.\d+|\d{2} ?%)|(0?\.\d+|\d{2} ?%)\D{0,25}(?:iou|"
    r"intersection over union)"
)
RANGE = re.compile(r"0?\.50?\s*(?:to|-|:|through|up to|\u2013|,)\s*(?:0?\.05\s*(?::|to|-)\s*)?0?\.95|\.5:\.95|50:95")


def find_detection(
    folder: Folder, tables: Tables, layout: Layout, told: dict[str, Any]
) -> tuple[boxes.Drawn, pictures.Files] | None:
    """Boxes drawn in pictures of the folder; None where this is no such task."""
    if told.get("kind") not in (None, "detection"):
        return None
    files = next((f for f in pictures.list_files(folder) if f.sort == "pictures"), None)
    if files is None:
        return None
    if layout.test is not None and boxes.corner_columns(tables[layout.test]) is not None:
        return None  # boxes are given for the rows wanted, too: something else is asked of them
    apart = (layout.test, layout.sample)
    candidates = [layout.train] if layout.train else [t for t in folder.tables if t not in apart]
    drawn = boxes.find_boxes(folder, tables, files, [t for t in candidates if t.suffix.lower() != ".json"])
    return None if drawn is None else (drawn, files)


def interpret_boxes(
    folder: Folder,
    found: tuple[boxes.Drawn, pictures.Files],
    layout: Layout,
    tables: Tables,
    prose: Prose,
    metrics: Sequence["Metric"],
    told: dict[str, Any],
) -> Understanding:
    """The problem of boxes in pictures. Raises TaskError for pictures that are missing."""
    drawn, files = found
    asked = Asked(evidence=list(layout.evidence), doubts=list(layout.doubts))
    sample = tables[layout.sample] if layout.sample else None
    wanted = tables[layout.test] if layout.test else sample
    _name_columns(asked, drawn, wanted, sample, prose, told)
    id_name, answer = str(asked.id), asked.targets[0]
    train = _training_rows(drawn, files, id_name, answer, drawn.table.name if drawn.table else folder.name)
    test = _rows_wanted(wanted, files, id_name, train, (layout.test or layout.sample or folder.root).name)
    how, because = box_form(prose, sample, answer, drawn.classes)
    metric, params = _metric(asked, prose, metrics, told)
    asked.note("kind", drawn.because, 0.95)
    asked.note("modality", f"{drawn.column!r} names pictures in {' and '.join(f + '/' for f in files.folders[:4])}")
    written = str(how["fields"]).strip("[]").replace("'", "")
    asked.note("output", f"{metric.name} judges boxes; each is written as {written}: {because}")
    asked.note("classes", "the classes of the boxes, sorted")
    problem = Problem(
        name=folder.name,
        root=str(folder.root),
        kind="detection",
        modality=Modality.IMAGE,
        inputs=(pictures.COLUMN,),
        targets=asked.targets,
        id=id_name,
        metric=metric.name,
        metric_params=params,
        higher_is_better=metric.higher_is_better,
        classes=told.get("classes") or drawn.classes,
        train=relative(layout.train or drawn.table, folder),
        test=relative(layout.test, folder) or None,
        sample=relative(layout.sample, folder) or None,
        header=asked.header,
        output=Output.BOXES,
        description=folder.description[:LONGEST_DESCRIPTION],
        options=told.get("options") or {"path_column": pictures.COLUMN, "boxes": how},
        evidence=tuple(asked.evidence),
    )
    return conclude(problem, asked, train, test, sample)


def _name_columns(
    asked: Asked,
    drawn: boxes.Drawn,
    wanted: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    prose: Prose,
    told: dict[str, Any],
) -> None:
    header = list(told.get("header", ())) or (list(sample.columns) if sample is not None else [])
    where = "the header of the sample"
    if not header:
        form = read_form(prose, list(wanted.columns) if wanted is not None else [drawn.column], [], [])
        header = list(form.header) if form is not None and len(form.header) == 2 else []
        where = "the form in the description" if header else "nothing; usual names"
    in_wanted = [c for c in header if wanted is not None and c in wanted.columns and wanted[c].notna().all()]
    asked.id = told.get("id") or next(iter(in_wanted), header[0] if header else drawn.column)
    answers = [c for c in header if c != asked.id]
    asked.targets = tuple(told.get("targets", ())) or tuple(answers[-1:]) or ("PredictionString",)
    asked.header = tuple(header) or (str(asked.id), asked.targets[0])
    asked.note("id", f"{asked.id!r} names the pictures")
    asked.note("targets", f"{asked.targets[0]!r}: {where}", 0.9 if header else 0.4)
    asked.note("header", where, 0.9 if header else 0.4)


def _training_rows(drawn: boxes.Drawn, files: pictures.Files, id_name: str, answer: str, table: str) -> pd.DataFrame:
    names = pd.Series(list(drawn.boxes), name=id_name)
    if len(names) < checks.FEWEST_ROWS:
        raise TaskError(
            f"{table} has boxes in {len(names)} pictures: that is too few to learn from; give {checks.FEWEST_ROWS}."
        )
    paths = pictures.paths(files, names, "train", table)
    cells = [boxes.as_cell(own) for own in drawn.boxes.values()]
    return pd.DataFrame({id_name: names, pictures.COLUMN: paths, answer: cells})


def _rows_wanted(
    wanted: pd.DataFrame | None, files: pictures.Files, id_name: str, train: pd.DataFrame, table: str
) -> pd.DataFrame | None:
    """Pictures asked for: those listed, else those that lie in a folder of the test part."""
    if wanted is not None and id_name in wanted.columns:
        names = wanted[id_name].drop_duplicates().reset_index(drop=True)
        return pd.DataFrame({id_name: names, pictures.COLUMN: pictures.paths(files, names, "test", table)})
    known = set(train[pictures.COLUMN])
    paths = sorted({p for p in files.by_path.values() if p not in known and pictures.TEST_PART.search(p.lower())})
    if not paths:
        return None
    ended = bool(Path(str(train[id_name].iloc[0])).suffix)
    names = pd.Series([Path(p).name if ended else Path(p).stem for p in paths])
    return pd.DataFrame({id_name: names, pictures.COLUMN: paths})


def _metric(
    asked: Asked, prose: Prose, metrics: Sequence["Metric"], told: dict[str, Any]
) -> tuple["Metric", dict[str, JsonValue]]:
    """A metric of boxes, and the overlap where the text tells another than one half."""
    labels = pd.DataFrame({asked.targets[0]: ["a", "b"]})
    wishes = Wishes(kind="detection", metric=told.get("metric"), params=told.get("metric_params"))
    nature = find_nature(labels, asked, None, prose, metrics, wishes)
    metric, params = nature.metric, dict(nature.params)
    if told.get("metric") is None and metric.name == "map50":
        by_name = {m.name: m for m in metrics}
        for sentence in prose.sentences:
            if RANGE.search(sentence.plain):
                return by_name.get("map50-95", metric), {}
            hit = OVERLAP.search(sentence.plain)
            if hit:
                said = hit[1] or hit[2]
                level = float(said.strip(" %")) / (100 if "%" in said else 1)
                return metric, params if level == 0.5 else {**params, "iou": level}
    return metric, params


def box_form(
    prose: Prose, sample: pd.DataFrame | None, answer: str, classes: Sequence[str]
) -> tuple[dict[str, JsonValue], str]:
    """How a box is written in a cell of the answer, and where that was read."""
    fields: tuple[str, ...] = ()
    because = "the usual order, as nothing says another"
    for sentence in prose.sentences:
        found = fields_in(sentence.plain)
        if len(found) > len(fields):
            fields, because = found, sentence.quote
    if not fields:
        fields = USUAL if len(classes) > 1 else USUAL[1:]
    how: dict[str, JsonValue] = {"fields": list(fields)}
    cells = [] if sample is None or answer not in sample.columns else sample[answer].dropna().astype(str).tolist()
    examples = [row[-1] for block in prose.blocks for row in [line.split(",", 1) for line in block] if len(row) == 2]
    for cell in [*cells[:20], *examples]:
        for mark in (";", "|"):
            if mark in cell and all(len(part.split()) == len(fields) for part in cell.split(mark) if part.strip()):
                how["between"] = mark
    return how, because


def fields_in(plain: str) -> tuple[str, ...]:
    """Fields of a box in the order in which a sentence lists them; () where it lists no whole box and confidence."""
    found: list[tuple[int, int, str]] = []
    for name in ORDER:
        for hit in re.finditer(rf"(?<![\w])(?:{WORDS[name]})(?![\w])", plain):
            if not any(start < hit.end() and hit.start() < end for start, end, _ in found):
                found.append((hit.start(), hit.end(), name))
    found.sort()
    names = [name for _, _, name in found]
    best: tuple[str, ...] = ()
    for start in range(len(names)):
        run: list[str] = []
        for name in names[start:]:
            if name in run:
                break
            run.append(name)
        whole = any(set(box) <= set(run) and not set(run) - set(box) - {"class", "confidence"} for box in BOXED)
        if whole and "confidence" in run and len(run) > len(best):
            best = tuple(run)
    return best
