"""Boxes drawn around things, however they are written: rows of a table, VOC xml, COCO json, YOLO texts, cells.

Covered: tables with four columns of corners, of a corner and sizes, or of a centre and sizes; one column that holds
four numbers; cells with several boxes, a class beside each or none; a text for each picture as YOLO reads it. Not
covered: polygons, rotated boxes.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from .. import pictures as picture_files
from ..errors import TaskError
from .catalog import Tables
from .files import below as files_below
from .folder import Folder
from .pictures import Files, naming_column

CORNERS = (  # names of columns, letters only: left, top, right, bottom
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("left", "top", "right", "bottom"),
    ("bboxxmin", "bboxymin", "bboxxmax", "bboxymax"),
    ("minx", "miny", "maxx", "maxy"),
)
SIZED = (  # left, top, width, height
    ("x", "y", "w", "h"),
    ("x", "y", "width", "height"),
    ("xmin", "ymin", "width", "height"),
    ("left", "top", "width", "height"),
    ("bboxx", "bboxy", "bboxw", "bboxh"),
    ("bboxx", "bboxy", "bboxwidth", "bboxheight"),
)
CENTRED = (
    ("xcenter", "ycenter", "width", "height"),
    ("xcentre", "ycentre", "width", "height"),
    ("centerx", "centery", "width", "height"),
    ("cx", "cy", "w", "h"),
    ("xc", "yc", "w", "h"),
)
CLASS_NAME = re.compile(r"^(?:class\w*|label\w*|category\w*|name|species|type|object\w*|kind|cell\w*)$", re.IGNORECASE)
LISTS_BOXES = re.compile(r"box|predict|annotation|object|label|target|defect|answer", re.IGNORECASE)
ONE_BOX = re.compile(r"^\s*[\[(]?\s*(?:-?\d+(?:\.\d+)?[\s,]+){3}-?\d+(?:\.\d+)?\s*[\])]?\s*$")
NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
CLASS_FILES = ("classes.txt", "obj.names", "labels.txt", "names.txt", "classes.names")
THING = "object"  # the class where none is named
LOOK_AT = 50  # cells that are tried
MOST_CLASSES = 500


@dataclass(frozen=True)
class Box:
    """One box: class and corners, left, top, right, bottom."""

    name: str
    corners: tuple[float, float, float, float]


@dataclass(frozen=True)
class Drawn:
    """The boxes of the training pictures."""

    boxes: dict[str, list[Box]]  # picture as it is called -> its boxes, pictures without any included
    classes: tuple[str, ...]
    column: str  # what the picture's name is called there
    because: str
    table: Path | None = None  # where they are written
    only_boxes: bool = False  # every row there is a box, so that pictures without any are not listed

    def as_one_thing(self) -> "Drawn":
        """The same boxes, all of one class."""
        boxes = {where: [Box(THING, box.corners) for box in own] for where, own in self.boxes.items()}
        return replace(self, boxes=boxes, classes=(THING,))


def find_boxes(folder: Folder, tables: Tables, files: Files, train_tables: Sequence[Path]) -> Drawn | None:
    """Boxes in the folder; None where there are none.

    Args:
        folder: the task.
        tables: its tables, read when they are needed.
        files: the pictures.
        train_tables: tables that may hold the boxes, the likeliest first.
    """
    for path in _of_ending(folder, ".json"):
        found = _coco(path, files)
        if found is not None:
            return found
    for path in train_tables:
        found = _table(tables[path], path, files)
        if found is not None:
            return found
    return _voc(folder, files) or _yolo(folder, files)


def as_cell(boxes: Sequence[Box]) -> str:
    """Boxes of a picture as the kind reads them."""
    return json.dumps([[box.name, *box.corners] for box in boxes])


def _of_ending(folder: Folder, ending: str) -> Iterator[Path]:
    inside = [p for top in folder.others if top.is_dir() for p in sorted(top.glob(f"*{ending}"))]
    yield from (p for p in [*folder.tables, *folder.others, *inside] if p.is_file() and p.suffix.lower() == ending)


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(table: pd.DataFrame, path: Path, files: Files) -> Drawn | None:
    columns = corner_columns(table)
    rest = [c for c in table.columns if columns is None or c not in columns[0]]
    picture = naming_column(files, table, rest, "train")
    if picture is None:
        return None
    if columns is not None:
        return _rows(table, path, picture, *columns)
    for name in rest:
        if name != picture and table[name].dtype.kind == "O" and LISTS_BOXES.search(str(name)):
            found = _cells(table, path, picture, name)
            if found is not None:
                return found
    return None


def corner_columns(table: pd.DataFrame) -> tuple[tuple[str, ...], str] | None:
    """Four columns of numbers, and how they are meant; or one column that holds four numbers."""
    plain = {re.sub(r"[^a-z0-9]", "", str(c).lower()): str(c) for c in table.columns}
    for how, sets in (("corners", CORNERS), ("centred", CENTRED), ("sized", SIZED)):
        for names in sets:
            found = tuple(plain[n] for n in names if n in plain)
            if len(found) == 4 and all(table[c].dtype.kind in "iuf" for c in found):
                return found, how
    for name in table.columns:
        if table[name].dtype.kind == "O" and re.search(r"box", str(name), re.IGNORECASE):
            some = table[name].dropna().astype(str).head(LOOK_AT)
            if len(some) and some.str.match(ONE_BOX).all():
                return (str(name),), "sized"
    return None


def _rows(table: pd.DataFrame, path: Path, picture: str, columns: tuple[str, ...], how: str) -> Drawn | None:
    """A row for each box; a row without numbers is a picture without a box."""
    if len(columns) == 1:
        numbers = table[columns[0]].astype(str).str.findall(r"-?\d+(?:\.\d+)?")
        corners = pd.DataFrame([list(map(float, n)) if len(n) == 4 else [float("nan")] * 4 for n in numbers])
    else:
        corners = table[list(columns)].astype(float)
    corners = _as_corners(corners.set_axis(range(4), axis=1), how)
    named = _class_column(table, (picture, *columns))
    classes = table[named].astype(str) if named else pd.Series(THING, index=table.index)
    boxes: dict[str, list[Box]] = {}
    for where, name, values in zip(table[picture].astype(str), classes, corners.to_numpy(), strict=True):
        own = boxes.setdefault(where, [])
        if not any(v != v for v in values):  # noqa: PLR0124  NaN is not itself
            own.append(Box(name, (values[0], values[1], values[2], values[3])))
    because = f"{path.name} has a row for each box: {', '.join(columns)}" + (
        f", with {named!r} beside them" if named else ""
    )
    drawn = _drawn(boxes, picture, because, path)
    return replace(drawn, only_boxes=all(boxes.values())) if drawn else None


def _as_corners(values: pd.DataFrame, how: str) -> pd.DataFrame:
    if how == "centred":
        low = values[[0, 1]].to_numpy() - values[[2, 3]].to_numpy() / 2
        values = pd.DataFrame({0: low[:, 0], 1: low[:, 1], 2: values[2].to_numpy(), 3: values[3].to_numpy()})
    if how == "corners":
        return values
    high = values[[0, 1]].to_numpy() + values[[2, 3]].to_numpy()
    return pd.DataFrame({0: values[0], 1: values[1], 2: high[:, 0], 3: high[:, 1]})


def _class_column(table: pd.DataFrame, taken: Sequence[str]) -> str | None:
    able = [
        str(c)
        for c in table.columns
        if c not in taken
        and table[c].nunique() <= min(MOST_CLASSES, max(2, len(table) // 3))
        and table[c].dtype.kind in "iuO"
    ]
    named = [c for c in able if CLASS_NAME.match(c)]
    words = [c for c in able if table[c].dtype.kind == "O"]
    return next(iter([*named, *words]), None)


def _cells(table: pd.DataFrame, path: Path, picture: str, name: str) -> Drawn | None:
    """Cells with several boxes: a class and four numbers each, or four numbers."""
    some = table[name].dropna().astype(str).head(LOOK_AT)
    size = next((n for n in (5, 4) if len(some) and all(_grouped(cell, n) is not None for cell in some)), 0)
    if not size:
        return None
    boxes: dict[str, list[Box]] = {}
    for row, (where, cell) in enumerate(zip(table[picture].astype(str), table[name], strict=True)):
        found = [] if cell != cell or not str(cell).strip() else _grouped(str(cell), size)  # noqa: PLR0124
        if found is None:
            raise TaskError(f"{path.name}, line {row + 2}: {str(cell)[:60]!r} is no list of boxes: correct it.")
        boxes.setdefault(where, []).extend(found)
    because = f"the cells of {name!r} in {path.name} list boxes of {size} fields each"
    return _drawn(boxes, picture, because, path)


def _grouped(cell: str, size: int) -> list[Box] | None:
    words = re.split(r"[\s,;]+", cell.strip())
    if not words[0] or len(words) % size:
        return None
    boxes = []
    for at in range(0, len(words), size):
        *name, left, top, right, bottom = words[at : at + size]
        if not all(NUMBER.match(w) for w in (left, top, right, bottom)):
            return None
        boxes.append(Box(name[0] if name else THING, (float(left), float(top), float(right), float(bottom))))
    return boxes if all(b.corners[2] >= b.corners[0] and b.corners[3] >= b.corners[1] for b in boxes) else None


def _drawn(boxes: dict[str, list[Box]], column: str, because: str, table: Path | None = None) -> Drawn | None:
    classes = sorted({box.name for own in boxes.values() for box in own})
    return Drawn(boxes, tuple(classes), column, because, table) if classes else None


# --- COCO, VOC and YOLO ---------------------------------------------------------------------------------------------


def _coco(path: Path, files: Files) -> Drawn | None:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        return None
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        return None
    names = {c["id"]: str(c["name"]) for c in content["categories"]}
    called = {i["id"]: str(i["file_name"]) for i in content["images"]}
    boxes: dict[str, list[Box]] = {n: [] for n in called.values() if files.find(n, "train") is not None}
    for note in content["annotations"]:
        where = called.get(note["image_id"])
        if where is None:
            raise TaskError(
                f"{path.name}: annotation {note.get('id')} is of image {note['image_id']}, which is not listed."
            )
        left, top, width, height = map(float, note["bbox"])
        boxes.setdefault(where, []).append(Box(names[note["category_id"]], (left, top, left + width, top + height)))
    because = f"{path.name} holds boxes as COCO writes them: {len(content['annotations'])} of {len(names)} categories"
    return _drawn(boxes, "file_name", because, path)


def _voc(folder: Folder, files: Files) -> Drawn | None:
    """A file of xml for each picture."""
    found: dict[str, list[Box]] = {}
    where = ""
    for top in folder.others:
        for path in files_below(top) if top.is_dir() else ():
            if path.suffix.lower() != ".xml":
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if "<!DOCTYPE" in text or "<!ENTITY" in text:
                raise TaskError(f"{path} declares entities, which boxes need not: remove the declaration.")
            try:
                root = ET.fromstring(text)  # noqa: S314  what could expand was refused above
            except ET.ParseError as error:
                raise TaskError(f"{path} is broken xml ({error}): mend or remove it.") from error
            if root.tag != "annotation":
                continue
            name = root.findtext("filename") or path.stem
            name = name if files.find(name, "train") is not None else path.stem
            found[name] = [_voc_box(thing, path) for thing in root.iter("object")]
            where = where or path.parent.name
    because = f"the xml files in {where}/ hold the boxes of a picture each, as Pascal VOC writes them"
    return _drawn(found, "filename", because)


def _voc_box(thing: ET.Element, path: Path) -> Box:
    frame = thing.find("bndbox")
    try:
        left, top, right, bottom = (float(frame.findtext(n) or "") for n in ("xmin", "ymin", "xmax", "ymax"))  # type: ignore[union-attr]
    except (ValueError, AttributeError) as error:
        raise TaskError(f"{path}: an object has no bndbox of four numbers: mend it.") from error
    return Box(thing.findtext("name") or THING, (left, top, right, bottom))


def _yolo(folder: Folder, files: Files) -> Drawn | None:
    """A text for each picture: a line for each box, the number of its class, its centre and sizes as shares.

    Names of the classes stand in a `classes.txt` or the like, a line each, else their numbers are taken. An empty text
    is of a picture without a box.
    """
    found: dict[str, list[Box]] = {}
    where, known = "", _class_names(folder)
    for top in folder.others:
        for path in files_below(top) if top.is_dir() else ():
            place = files.find(path.stem, "train") if path.suffix.lower() == ".txt" else None
            if place is None:
                continue
            lines = [line.split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
            lines = [words for words in lines if words]
            if not all(len(words) == 5 and all(NUMBER.match(w) for w in words) for words in lines):
                return None  # texts of something else
            found[path.stem] = _of_shares(lines, path, folder.root / place, known) if lines else []
            where = where or path.parent.name
    return _drawn(found, "file name", f"the texts in {where}/ hold the boxes of a picture each, as YOLO reads them")


def _of_shares(lines: Sequence[Sequence[str]], path: Path, picture: Path, known: Sequence[str]) -> list[Box]:
    """Boxes in pixels. Raises TaskError for shares beyond the picture, and for one that cannot be opened."""
    try:
        height, width = picture_files.size(picture)
    except picture_files.PictureError as error:
        raise TaskError(
            f"{path} tells boxes of a picture that cannot be read ({error}): replace or remove it."
        ) from error
    boxes = []
    for number, *shares in lines:
        x, y, wide, high = (float(share) for share in shares)
        if max(x, y, wide, high) > 1.01:
            raise TaskError(
                f"{path} has the box {' '.join(shares)}, but its numbers are shares of the picture: mend it."
            )
        name = known[int(number)] if number.isdigit() and int(number) < len(known) else number
        corners = ((x - wide / 2) * width, (y - high / 2) * height, (x + wide / 2) * width, (y + high / 2) * height)
        boxes.append(Box(name, corners))
    return boxes


def _class_names(folder: Folder) -> list[str]:
    """Names of classes by their number, from a file of a line each; [] where there is none."""
    inside = [p for top in folder.others if top.is_dir() for p in sorted(top.iterdir()) if p.is_file()]
    near = [p for p in sorted(folder.root.iterdir()) if p.is_file()] if folder.root != Path() else []
    named = [p for p in [*near, *inside] if p.name.lower() in CLASS_FILES]
    return named[0].read_text(encoding="utf-8").splitlines() if named else []
