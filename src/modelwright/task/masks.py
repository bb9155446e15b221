"""Task folders of scenes: one sub-folder of arrays (or one picture) per row, and a mask to find in each.

Covered: train/<id>/*.npy (or pictures) with a mask file that test scenes lack, train/images + train/masks with files of
the same names, and any two folders of such (images + masks, train + train_masks), where the text speaks of pixels. A
mask marks pixels (0 and one other value), or is a single-channel picture of class values (see
`mask_classes`). Answers are run-length strings.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import TaskError
from ..records.base import JsonValue
from .folder import Folder
from .prose import Prose

TRAIN_NAMES = ("train", "training", "learn")
TEST_NAMES = ("test", "testing", "eval", "evaluation", "predict")
ARRAYS = frozenset({".npy", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif"})
MASK_NAME = re.compile(r"mask|label|target|truth|annotation|segment")
OF_PIXELS = re.compile(r"\bsegment\w*|\bmasks?\b|\bpixels?\b|\brun length")
MARK = re.compile(r"[_.-]?(?:mask|label|seg|segmentation|gt|truth|annotation)s?$", re.IGNORECASE)  # of a mask's name
TEST_FOLDER = re.compile(r"(?:^|[^a-z])(?:test|eval|predict|unlabell?ed)")
SCENE = "scene"
SHARED = 0.5  # share of the masks that must be of a picture beside them
LOOK_AT = 5  # scenes whose files are looked at
MASKS = 40  # masks whose values are looked at
MOST_VALUES = 64  # classes; a picture of more values is no mask

BY_COLUMNS = re.compile(
    r"\b(?:top to bottom|downwards?|down the columns?|column (?:by column|major|wise)|columns? first|from the "
    r"top down|fortran|"
    r"down,? then (?:right|across|left to right))\b"
)
BY_ROWS = re.compile(
    r"\b(?:left to right,? (?:and )?(?:then )?(?:from )?(?:the )?(?:top|down)|row (?:by row|major|wise)|along "
    r"the rows?|rows? first|line by line|"
    r"across,? then down)\b"
)
START = re.compile(
    r"\b(?:number(?:ed|ing)?|count(?:ed|ing)?|start(?:s|ing)?|index(?:ed|ing)?|begin(?:s|"
    r"ning)?)\b[^.;]{0,40}?\b(?:from|at|with|by)\b[^.;\d]{0,12}?(0|1|zero|one)\b|\b(zero|one|0|1) (?:based|"
    r"indexed)\b"
)
EMPTY = re.compile(
    r"(?:write|put|use|enter|give|answer|encoded? (?:as|by|with)|stands?)\s+(?:a |an |the )?(?:single "
    r")?[`'\"]([^`'\"]{0,12})[`'\"]"
)
EMPTY_WORDS = re.compile(r"\b(?:empty|no |without|none|nothing|blank)\b")
LEFT_EMPTY = re.compile(r"\bleave\b.{0,40}\bempty\b|\b(?:empty|blank) (?:string|field|cell)\b")


@dataclass(frozen=True)
class Scenes:
    """Scenes found below a folder, and what is in them."""

    train: dict[str, Path]  # id -> folder or picture
    test: dict[str, Path]
    inputs: tuple[str, ...]  # files of a scene that test scenes have too; () when a scene is one picture
    mask: str  # file of the mask in a training scene; "" when masks lie beside the pictures
    masks: Mapping[str, Path | str]  # id -> file of the mask, or the mask as a cell (see `kinds.segmentation`)
    why: str
    annotators: str = ""  # file with what each of several people marked, along its last axis; "" where there is none
    values: tuple[int, ...] = ()  # class values of masks of several classes; () where a mask marks pixels or not
    names: Mapping[str, str] = field(default_factory=dict)  # value -> class, where a table tells
    order: str = ""  # of run lengths in a table, as they show it: "columns" or "rows"; "" where they do not
    start: int | None = None  # number of the first pixel there, where they show it
    notes: tuple[str, ...] = ()  # what a person should see

    @property
    def drawn(self) -> bool:
        """Whether masks are written in a table."""
        return any(isinstance(mask, str) for mask in self.masks.values())


def find_scenes(folder: Folder, prose: Prose) -> Scenes | None:
    """Scenes with masks below the folder, or None when this is no such task."""
    train, test = _sub_folder(folder, TRAIN_NAMES), _sub_folder(folder, TEST_NAMES)
    found = None if train is None else _folders_of_arrays(train, test, prose) or _pictures_with_masks(train, test)
    if found is None and any(OF_PIXELS.search(s.plain) for s in prose.sentences):
        return _masks_beside(folder)
    return found


def _sub_folder(folder: Folder, names: Sequence[str]) -> Path | None:
    found = [p for p in folder.others if p.is_dir() and p.name.lower().split("_")[0] in names]
    return found[0] if len(found) == 1 else None


def _folders_of_arrays(train: Path, test: Path | None, prose: Prose) -> Scenes | None:
    scenes = {p.name: p for p in sorted(train.iterdir()) if p.is_dir()}
    if len(scenes) < 2:
        return None
    wanted = {p.name: p for p in sorted(test.iterdir()) if p.is_dir()} if test else {}
    in_train = _common_files(list(scenes.values())[:LOOK_AT])
    in_test = (
        _common_files(list(wanted.values())[:LOOK_AT])
        if wanted
        else {n for n in in_train if not MASK_NAME.search(n.lower())}
    )
    inputs, extra = sorted(in_train & in_test), sorted(in_train - in_test)
    if not inputs or not extra:
        return None
    mask = _best_mask(extra, next(iter(scenes.values())), prose)
    if mask is None:
        return None
    masks = {name: path / mask for name, path in scenes.items()}
    why = f"each folder of {train.name}/ holds {', '.join(inputs[:4])} and {mask}, which those of the test set lack"
    each = _each_annotator(extra, next(iter(scenes.values())), mask)
    return Scenes(scenes, wanted, tuple(inputs), mask, masks, why, each)


def _each_annotator(candidates: Sequence[str], scene: Path, mask: str) -> str:
    """The file that holds, beside a mask, what each of several people marked; "" for none."""
    shape = _mask_shape(scene / mask)
    for name in candidates:
        found = _mask_shape(scene / name) if name.endswith(".npy") and name != mask else None
        if shape and found and found[:2] == shape[:2] and len(found) > 2 and found[-1] > 1:
            return name
    return ""


def _common_files(folders: Sequence[Path]) -> set[str]:
    names = [{f.name for f in p.iterdir() if f.suffix.lower() in ARRAYS} for p in folders]
    return set.intersection(*names) if names else set()


def _best_mask(candidates: Sequence[str], scene: Path, prose: Prose) -> str | None:
    """The file with one binary mask; of several, the one that the text calls the target."""
    scored = []
    for name in candidates:
        shape = _mask_shape(scene / name)
        if shape is None:
            continue
        spoken = [s.plain for s in prose.sentences if name.lower().replace("_", " ") in s.plain]
        at = [i for i, s in enumerate(prose.sentences) if name.lower().replace("_", " ") in s.plain]
        after = [prose.sentences[i + 1].plain for i in at if i + 1 < len(prose.sentences)]
        target = any(re.search(r"\b(?:target|truth|to (?:find|predict)|label)\b", t) for t in [*spoken, *after[-1:]])
        flat = len(shape) == 2 or shape[-1] == 1 if len(shape) < 4 else False
        scored.append((flat, target, bool(MASK_NAME.search(name.lower())), -len(name), name))
    scored.sort(reverse=True)
    return scored[0][-1] if scored and scored[0][0] else None


def _mask_shape(path: Path) -> tuple[int, ...] | None:
    """Shape of an array of 0 and 1 (or of a picture); None when it is neither."""
    import numpy as np

    if path.suffix.lower() != ".npy":
        return (0, 0) if MASK_NAME.search(path.name.lower()) else None
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array.shape if array.ndim >= 2 and array.dtype.kind in "buif" and len(np.unique(array)) <= 2 else None


def _pictures_with_masks(train: Path, test: Path | None) -> Scenes | None:
    """train/images and train/masks with files of the same names (endings aside)."""
    folders = {p.name.lower(): p for p in train.iterdir() if p.is_dir()}
    images = next((p for n, p in folders.items() if n in ("images", "image", "img", "imgs", "pictures")), None)
    masks = next((p for n, p in folders.items() if MASK_NAME.search(n)), None)
    if images is None or masks is None:
        return None
    below = (test / images.name if (test / images.name).is_dir() else test) if test else None
    why = f"{train.name}/{images.name} and {train.name}/{masks.name} hold files of the same names"
    return _paired(_arrays_in(images), _marked(_arrays_in(masks)), _arrays_in(below) if below else {}, why)


def _masks_beside(folder: Folder) -> Scenes | None:
    """Two folders anywhere of files of the same names (but for a mark of masks), of which one is called after masks.

    Pictures without a mask are those asked for, where no folder is called after a test.
    """
    tops = [p for p in folder.others if p.is_dir()]
    places = [*tops, *(p for top in tops for p in sorted(top.iterdir()) if p.is_dir())]
    files = {place: _arrays_in(place) for place in places}
    best: tuple[int, Path, Path] | None = None
    for masks in (p for p in places if MASK_NAME.search(p.name.lower()) and files[p]):
        stems = set(_marked(files[masks]))
        for images in (p for p in places if p != masks and not TEST_FOLDER.search(p.name.lower())):
            shared = len(stems & set(files[images]))
            if shared >= max(2, SHARED * len(files[masks])) and (best is None or shared > best[0]):
                best = (shared, images, masks)
    if best is None:
        return None
    _, images, masks = best
    by_stem = _marked(files[masks])
    tests = [p for p in places if TEST_FOLDER.search(p.relative_to(folder.root).as_posix().lower())]
    tests = [p for p in tests if not MASK_NAME.search(p.name.lower())]
    wanted = {stem: path for place in tests for stem, path in files[place].items()}
    wanted = wanted or {stem: path for stem, path in files[images].items() if stem not in by_stem}
    named = " and ".join(p.relative_to(folder.root).as_posix() for p in (images, masks))
    return _paired(files[images], by_stem, wanted, f"{named} hold files of the same names")


def _paired(images: Mapping[str, Path], masks: Mapping[str, Path], wanted: dict[str, Path], why: str) -> Scenes | None:
    """Pictures with the masks of their names; None where they are fewer than two, or what is there are no masks."""
    scenes = {stem: path for stem, path in images.items() if stem in masks}
    if len(scenes) < 2:
        return None
    first = masks[next(iter(scenes))]
    values = () if first.suffix.lower() == ".npy" else mask_values([masks[name] for name in scenes])
    if values is None or not (values or _binary_picture(first)):
        return None
    return Scenes(scenes, wanted, (), "", {name: masks[name] for name in scenes}, why, values=values)


def _marked(files: Mapping[str, Path]) -> dict[str, Path]:
    """Masks by the names of their pictures: their own, and those without a mark of masks at the end."""
    return {MARK.sub("", stem): path for stem, path in files.items()} | dict(files)


def _arrays_in(folder: Path) -> dict[str, Path]:
    """Pictures and arrays of a folder, by their names without the ending."""
    return {p.stem: p for p in sorted(folder.iterdir()) if p.suffix.lower() in ARRAYS and p.is_file()}


def mask_values(masks: Sequence[Path]) -> tuple[int, ...] | None:
    """Values of pixels in some of the masks: () where there are two at most, None where they are no class values."""
    import numpy as np

    try:
        from PIL import Image
    except ImportError:
        return None
    found: set[int] = set()
    for path in masks[:: max(1, len(masks) // MASKS)]:
        with Image.open(path) as picture:
            pixels = np.asarray(picture)
        if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
            pixels = pixels[..., 0]
        if pixels.ndim != 2 and len(np.unique(pixels)) > 2:
            return None
        found.update(map(int, np.unique(pixels)))
        if len(found) > MOST_VALUES:
            return None
    return tuple(sorted(found)) if len(found) > 2 else ()


def _binary_picture(path: Path) -> bool:
    import numpy as np

    if path.suffix.lower() == ".npy":
        shape = _mask_shape(path)
        return shape is not None
    try:
        from PIL import Image
    except ImportError:
        return False
    with Image.open(path) as picture:
        return len(np.unique(np.asarray(picture))) <= 2


def frames(
    scenes: Scenes, names: tuple[str, str, str], train: pd.DataFrame | None, wanted: Sequence[str] | None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Tables of scenes: id, path of the scene, and for training scenes the path of the mask, all absolute.

    Args:
        scenes: what was found.
        names: of columns: that which names the scenes, that of their paths, and that of the answer, which in the
            training table holds the path of the mask.
        train: table that lists the training scenes, if there is one; its other columns are kept.
        wanted: ids asked for, in order; None: every test scene there is.
    """
    id_name, path_name, answer = names
    ids = [str(v) for v in train[id_name]] if train is not None and id_name in train.columns else list(scenes.train)
    known_names = _names(ids, scenes.train, "training")
    known = pd.DataFrame({id_name: ids, path_name: [str(scenes.train[i]) for i in known_names]})
    if train is not None:
        for name in train.columns:
            if name not in known.columns:
                known[name] = train[name].to_numpy()
    known[answer] = [str(scenes.masks[i]) for i in known_names]
    asked = [str(v) for v in wanted] if wanted is not None else list(scenes.test)
    if not asked:
        return known, None
    wanted_names = _names(asked, scenes.test, "test")
    return known, pd.DataFrame({id_name: asked, path_name: [str(scenes.test[i]) for i in wanted_names]})


def scene_name(text: str, there: Mapping[str, Path]) -> str | None:
    """The scene that an id means: of its name, or of its name as a file without the ending; None for none."""
    stem = text.rpartition(".")[0]
    return text if text in there else stem if stem in there else None


def _names(ids: Sequence[str], there: Mapping[str, Path], part: str) -> list[str]:
    names = [scene_name(i, there) for i in ids]
    lost = next((i for i, name in zip(ids, names, strict=True) if name is None), None)
    if lost is not None:
        raise TaskError(f"the {part} scene {lost!r} is listed but not there: add its files or take it off the list.")
    return [str(name) for name in names]


def options(
    scenes: Scenes, prose: Prose, sample: pd.DataFrame | None, path_name: str, answer: str
) -> dict[str, JsonValue]:
    """Facts for the kind: files of a scene, the column of their paths, and how masks are written."""
    texts = [s.plain for s in prose.sentences]
    columns = max((bool(BY_COLUMNS.search(t)) - 2 * _rows_first(t) for t in texts), key=abs, default=0)
    order = "rows" if columns < 0 else "columns"
    found = next((m for t in texts if (m := START.search(t))), None)
    start = 1 if found is None else int({"zero": "0", "one": "1"}.get(found[1] or found[2], found[1] or found[2]))
    order, start = scenes.order or order, start if scenes.start is None else scenes.start
    rle: dict[str, JsonValue] = {"order": order, "start": start, "empty": _empty(prose, sample, answer)}
    told: dict[str, JsonValue] = {
        "inputs": list(scenes.inputs),
        "mask": scenes.mask,
        "path_column": path_name,
        "rle": rle,
    }
    return told | ({"annotators": scenes.annotators} if scenes.annotators else {})


def _rows_first(text: str) -> bool:
    rows, columns = BY_ROWS.search(text), BY_COLUMNS.search(text)
    return rows is not None and (columns is None or rows.start() < columns.start())


def _empty(prose: Prose, sample: pd.DataFrame | None, answer: str) -> str:
    for sentence in prose.sentences:
        marked = EMPTY.search(sentence.text)
        if marked and EMPTY_WORDS.search(sentence.plain):
            return marked[1]
        if LEFT_EMPTY.search(sentence.plain):
            return ""
    if sample is not None and answer in sample.columns:
        cells = sample[answer].dropna().astype(str).unique()
        plain: list[Any] = [c for c in cells if not re.fullmatch(r"[\d ]*", c)]
        return str(plain[0]) if len(plain) == 1 else ""
    return ""
