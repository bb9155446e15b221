"""Pictures and boxes become a problem: a row for each picture, the classes, how a box is written in the answer."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import TaskError
from ..records.base import JsonValue
from ..records.problem import Modality, Output, Problem
from . import boxes, checks, overlaps, pictures
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
USUALLY = "the usual order, as nothing says another"
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
    how, because = box_form(prose, sample, answer, drawn.classes)
    table = drawn.table.name if drawn.table else folder.name
    nameless = because != USUALLY and "class" not in str(how["fields"])
    if nameless and len(drawn.classes) > 1 and not told.get("classes"):
        asked.doubts.append(
            f"The boxes of {table} are of {len(drawn.classes)} sorts ({', '.join(drawn.classes[:4])} ...), but one of "
            "the answer has no class: all are taken as one thing."
        )
        drawn = drawn.as_one_thing()
    path_name = pictures.free_name(pictures.COLUMN, pd.DataFrame(columns=[id_name, answer]))
    columns = (id_name, path_name, answer)
    train = _training_rows(drawn, files, columns, table)
    test = _rows_wanted(wanted, files, columns, train, (layout.test or layout.sample or folder.root).name)
    if drawn.only_boxes and test is not None:
        train = _with_empty_pictures(train, test, files, columns, table, asked)
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
        inputs=(path_name,),
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
        options=told.get("options") or {"path_column": path_name, "boxes": how},
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


def _training_rows(
    drawn: boxes.Drawn, files: pictures.Files, columns: tuple[str, str, str], table: str
) -> pd.DataFrame:
    id_name, path_name, answer = columns
    names = pd.Series(list(drawn.boxes), name=id_name)
    if len(names) < checks.FEWEST_ROWS:
        raise TaskError(
            f"{table} has boxes in {len(names)} pictures: that is too few to learn from; give {checks.FEWEST_ROWS}."
        )
    paths = pictures.paths(files, names, "train", table)
    cells = [boxes.as_cell(own) for own in drawn.boxes.values()]
    return pd.DataFrame({id_name: names, path_name: paths, answer: cells})


def _rows_wanted(
    wanted: pd.DataFrame | None,
    files: pictures.Files,
    columns: tuple[str, str, str],
    train: pd.DataFrame,
    table: str,
) -> pd.DataFrame | None:
    """Pictures asked for: those listed, else those that lie in a folder of the test part."""
    id_name, path_name, _ = columns
    if wanted is not None and id_name in wanted.columns:
        names = wanted[id_name].drop_duplicates().reset_index(drop=True)
        return pd.DataFrame({id_name: names, path_name: pictures.paths(files, names, "test", table)})
    known = set(train[path_name])
    paths = sorted({p for p in files.by_path.values() if p not in known and pictures.TEST_PART.search(p.lower())})
    if not paths:
        return None
    ended = bool(Path(str(train[id_name].iloc[0])).suffix)
    names = pd.Series([Path(p).name if ended else Path(p).stem for p in paths])
    return pd.DataFrame({id_name: names, path_name: paths})


def _with_empty_pictures(
    train: pd.DataFrame,
    test: pd.DataFrame,
    files: pictures.Files,
    columns: tuple[str, str, str],
    table: str,
    asked: Asked,
) -> pd.DataFrame:
    """The rows of train, and those of pictures that lie among theirs and that a table of boxes cannot list: the empty.

    Where they are more than those with boxes, nobody may have looked at them: they are left out.
    """
    id_name, path_name, answer = columns
    empty, where = pictures.unlisted(files, train[path_name], test[path_name])
    if not empty:
        return train
    few = len(empty) <= len(train)
    asked.doubts.append(
        f"{len(empty)} pictures in {where} have no row in {table}: "
        + ("they are taken as pictures without a box." if few else "more than have, so that they are left out.")
    )
    if not few:
        return train
    ended = bool(Path(str(train[id_name].iloc[0])).suffix)
    names = [Path(p).name if ended else Path(p).stem for p in empty]
    more = pd.DataFrame({id_name: names, path_name: empty, answer: boxes.as_cell([])})
    return pd.concat([train, more], ignore_index=True)


def _metric(
    asked: Asked, prose: Prose, metrics: Sequence["Metric"], told: dict[str, Any]
) -> tuple["Metric", dict[str, JsonValue]]:
    """A metric of boxes, and the overlaps where the text tells others than one half."""
    labels = pd.DataFrame({asked.targets[0]: ["a", "b"]})
    said = "" if told.get("metric") else overlaps.counted(prose)
    wishes = Wishes("detection", "box-hits" if said else told.get("metric"), told.get("metric_params"))
    nature = find_nature(labels, asked, None, prose, metrics, wishes)
    metric, params = nature.metric, dict(nature.params)
    if said:
        asked.note("metric", said, 0.9)
        levels = overlaps.levels(prose)
        return metric, params or ({"iou": list(levels)} if levels and levels != overlaps.USUAL_RANGE else {})
    if told.get("metric") is None and metric.name == "map50":
        by_name, levels = {m.name: m for m in metrics}, overlaps.levels(prose)
        usual = levels == overlaps.USUAL_RANGE
        if usual and "map50-95" in by_name:
            return by_name["map50-95"], {}
        if levels and levels != (0.5,):
            return metric, {**params, "iou": levels[0] if len(levels) == 1 else list(levels)}
    return metric, params


def box_form(
    prose: Prose, sample: pd.DataFrame | None, answer: str, classes: Sequence[str]
) -> tuple[dict[str, JsonValue], str]:
    """How a box is written in a cell of the answer, and where that was read."""
    fields: tuple[str, ...] = ()
    because = USUALLY
    for sentence in prose.sentences:
        found = fields_in(sentence.plain)
        if len(found) > len(fields):
            fields, because = found, sentence.quote
    cells = [] if sample is None or answer not in sample.columns else sample[answer].dropna().astype(str).tolist()
    if not fields:
        shown = _with_class(cells, classes)
        because = USUALLY if shown is None else "the cells of the sample, in the usual order"
        fields = USUAL if shown or (shown is None and len(classes) > 1) else USUAL[1:]
    how: dict[str, JsonValue] = {"fields": list(fields)}
    examples = [row[-1] for block in prose.blocks for row in [line.split(",", 1) for line in block] if len(row) == 2]
    for cell in [*cells[:20], *examples]:
        for mark in (";", "|"):
            if mark in cell and all(len(part.split()) == len(fields) for part in cell.split(mark) if part.strip()):
                how["between"] = mark
    return how, because


def _with_class(cells: Sequence[str], classes: Sequence[str]) -> bool | None:
    """Whether the boxes in the cells of a sample have a class beside five numbers; None where they do not tell."""
    words = [found for cell in cells if (found := re.split(r"[\s,;|]+", cell.strip())) != [""]]
    if not words:
        return None
    numbers = [[boxes.NUMBER.match(w) is not None for w in found] for found in words]
    if all(len(n) % len(USUAL) == 0 and not all(n[:: len(USUAL)]) for n in numbers):
        return True
    known = all(found[0] in classes for found in words)
    without = all(len(n) % len(USUAL[1:]) == 0 and all(n) for n in numbers)
    return False if without and not (known and all(len(n) % len(USUAL) == 0 for n in numbers)) else None


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
