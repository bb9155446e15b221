"""Masks of several classes: what the values mean, which are asked for, and rows of an answer that name one each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..records.base import JsonValue
from . import masks
from .prose import Prose, normalise

VOID = re.compile(r"\b(?:unlabell?ed|unknown|void|ignored?|left out|not count\w*|don'?t care|undefined)\b")
LEFT_OUT = re.compile(VOID.pattern + r"|\bbackground\b")
NOTHING = 255  # the usual value of pixels that nobody labelled
NAMED = (
    r"(?<![\w.]){value}\s*(?:[=:)-]|is|for|stands for|means)?\s*([a-z][a-z -]{{1,30}}?)(?=\s*(?:[,;.)]|and\b|or\b|$))"
)


@dataclass(frozen=True)
class MaskClasses:
    """Classes of pixels and, where rows of the answer name a picture and a class, the pictures wanted."""

    values: tuple[int, ...]  # asked for, in order
    names: dict[str, JsonValue]  # value as text -> name
    pictures: tuple[str, ...]  # ids of the pictures wanted, in order; () where rows name none
    because: str
    form: str  # "id_class": NAME_CLASS in the id; "column": a column of classes; "" unknown
    written: dict[str, JsonValue]  # how the answer writes them: value as text -> text
    between: str = "_"  # name and class in an id
    column: str = ""  # of classes

    def unasked(self, values: Sequence[int]) -> tuple[int, ...]:
        """Values that rows of the answer do not name, as a background: pixels of them belong to no class asked for.

        Without those of pixels that nobody labelled. () where rows of the answer name no classes.
        """
        rest = [v for v in values if v not in self.values and v != NOTHING] if self.form else []
        return tuple(v for v in rest if not VOID.search(str(self.names.get(str(v), ""))))


def find_classes(scenes: masks.Scenes, wanted: pd.DataFrame | None, id_name: str, prose: Prose) -> MaskClasses:
    """Which of the values are classes that are asked for: those that rows wanted name, else all that are not left out.

    Args:
        scenes: with the values of masks.
        wanted: rows wanted, or the sample; None for neither.
        id_name: the column of it that names them.
        prose: says what values mean, and which do not count.
    """
    names: dict[str, JsonValue] = {**_names(scenes.values, prose), **scenes.names}
    by_name = {normalise(str(name)): int(value) for value, name in names.items()}
    plain: dict[str, JsonValue] = {str(value): str(value) for value in scenes.values}
    if wanted is not None and id_name in wanted.columns:
        read = [_picture_and_class(str(v), scenes, by_name) for v in wanted[id_name]]
        if read and all(found is not None for found in read):
            pairs = [found for found in read if found is not None]
            values = tuple(sorted({value for _, value, _ in pairs}))
            pictures = tuple(dict.fromkeys(picture for picture, _, _ in pairs))
            because = (
                f"each {id_name!r} wanted is the name of a picture, an underscore and a class, {values[0]} for one"
            )
            written = {**plain, **{str(value): mark[1:] for _, value, mark in pairs}}
            return MaskClasses(values, names, pictures, because, "id_class", written, between=pairs[0][2][0])
        for column in wanted.columns:
            said = {str(v): _class_of(str(v), scenes.values, by_name) for v in wanted[column].unique()[:200]}
            if column != id_name and said and all(value is not None for value in said.values()):
                values = tuple(sorted({v for v in said.values() if v is not None}))
                pictures = tuple(dict.fromkeys(map(str, wanted[id_name])))
                because = f"the column {column!r} of the rows wanted names classes"
                written = {**plain, **{str(value): text for text, value in said.items()}}
                return MaskClasses(values, names, pictures, because, "column", written, column=str(column))
    ignored = [v for v in scenes.values if LEFT_OUT.search(str(names.get(str(v), "")))]
    values = tuple(v for v in scenes.values if v not in ignored and v != NOTHING)
    because = f"the masks hold the values {', '.join(map(str, scenes.values))}"
    return MaskClasses(values, names, (), because, "", plain)


def _picture_and_class(text: str, scenes: masks.Scenes, by_name: dict[str, int]) -> tuple[str, int, str] | None:
    """The picture and the class in an id such as street_7.png_3 or street_7_car, and how the class is written."""
    for at in range(len(text) - 1, 0, -1):
        if text[at] not in "_-:|#/":
            continue
        value = _class_of(text[at + 1 :], scenes.values, by_name)
        if value is not None and masks.scene_name(text[:at], {**scenes.train, **scenes.test}) is not None:
            return text[:at], value, text[at:]
    return None


def _class_of(text: str, values: Sequence[int], by_name: dict[str, int]) -> int | None:
    if text.isdigit() and int(text) in values:
        return int(text)
    return by_name.get(normalise(text))


def _names(values: Sequence[int], prose: Prose) -> dict[str, JsonValue]:
    """Names of the values, from the sentence (or block) that names most of them; {} where none names half."""
    best: dict[str, JsonValue] = {}
    texts = [s.plain for s in prose.sentences] + [normalise(" , ".join(block)) for block in prose.blocks]
    for text in texts:
        found: dict[str, JsonValue] = {}
        for value in values:
            hit = re.search(NAMED.format(value=value), text)
            if hit:
                found[str(value)] = hit[1].strip(" -")
        if len(found) > len(best):
            best = found
    return best if 2 * len(best) >= len(values) else {}
