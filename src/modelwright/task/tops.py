"""Answers that list the likeliest classes of a row in one cell, best first: how many, and how such a cell is written.

Metrics of the first places of a list are usually handed in so. The sample shows it where its cells hold several classes
each; else the metric says how many, and the description what stands between them.
"""

import re
from collections.abc import Sequence

import pandas as pd

from ..kinds import label_sets
from ..records.base import JsonValue
from .label_sets import SEPARATORS, ways
from .prose import Prose

JUDGED = "map-at-k"  # the metric of such lists
BETWEEN = {  # what a description calls a separator
    " ": re.compile(
        r"\b(?:white)? ?spaces?\b.{0,12}\b(?:separat|delimit|limit)\w*|\b(?:separat|delimit)\w*.{0,30}spaces?\b"
    ),
    ",": re.compile(r"\bcommas?\b.{0,12}\b(?:separat|delimit|limit)\w*|\b(?:separat|delimit)\w*.{0,30}commas?\b"),
    ";": re.compile(r"\bsemi ?colons?\b.{0,12}\b(?:separat|delimit)\w*|\b(?:separat|delimit)\w*.{0,30}semi ?colons?\b"),
    "|": re.compile(
        r"\b(?:pipes?|bars?)\b.{0,12}\b(?:separat|delimit)\w*|\b(?:separat|delimit)\w*.{0,30}(?:pipes?|bars?)\b"
    ),
}
CELLS = 200  # of a sample that are looked at


def find_top(
    cells: "pd.Series | None", classes: Sequence[JsonValue], metric: str, places: int, prose: Prose
) -> tuple[dict[str, JsonValue], str] | None:
    """`options["top"]` (`k` and how a cell is written, see `kinds.label_sets`) and why; None where rows get one class.

    Args:
        cells: the sample's one column of answers; None where there is no sample.
        classes: what may stand in a list.
        metric: the name of the metric.
        places: how many the metric looks at; 0: all, or it does not say.
        prose: the description.
    """
    names = {_name(c) for c in classes}
    written = pd.Series(dtype=object) if cells is None else cells.dropna().map(_name).drop_duplicates()[:CELLS]
    alone = set(written) <= names
    for how in () if alone else ways(written):
        found = [label_sets.parts(cell, how) for cell in written]
        if all(set(parts) <= names for parts in found) and (most := max(map(len, found))) > 1:
            k = places or most
            return {**how, "k": k}, f"a cell of the sample lists up to {most} classes, so the {k} likeliest are listed"
    said = [separator for separator, words in BETWEEN.items() if any(words.search(s.plain) for s in prose.sentences)]
    if metric != JUDGED or places == 1 or not alone or (cells is None and not said):
        return None
    fit = [s for s in (*said, " ", *SEPARATORS) if not any(s in name for name in names)]
    if not fit:
        return None
    how = {"form": "text", "separator": fit[0], "k": places}
    listed = f"the {places} likeliest" if places else "all, the likeliest first,"
    return how, f"{metric} judges a list of classes: {listed} are listed, {fit[0]!r} between them"


def _name(value: object) -> str:
    """A class as text: 3.0 as 3."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
