"""Which target columns hold sets of labels, how such a cell is written, and which label each answer column is.

A cell with several labels looks like any text, so a column of sets is told by what its parts do: there are few of
them, they come back in many rows, alone and in many combinations, and never twice in a cell.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..kinds import label_sets
from ..records.base import JsonValue
from .prose import Prose

SEPARATORS = ("|", ";", ",", "/", " ")  # the surest first
MOST = 1000  # labels
LONGEST = 60  # characters of a label
OFTEN = 3.0  # rows that a label has on average, at least
SHARED = 0.05  # share of the filled cells that hold more than one label, at least
SAID = re.compile(
    r"\b(?:multi ?labels?|multi ?label(?:led|ed)?|sets? of (?:\w+ )?(?:labels|tags|codes|classes|categor\w+|genres|"
    r"topics|keywords)|(?:labels|tags|genres|topics|categories|classes|codes|attributes)\b.{0,40}\b(?:each|per|every|"
    r"apply|applies|of a|present|at once)|more than one|one or more|any number of|several (?:\w+ )?(?:labels|tags|"
    r"classes|genres|topics|categories|codes|of them)|all (?:the )?(?:\w+ )?(?:labels|tags|genres|topics|categories|"
    r"classes)(?: that)?|(?:separated|delimited) by)\b"
)


@dataclass(frozen=True)
class LabelSets:
    """A column of sets: its labels, sorted, and how a cell is written (see `kinds.label_sets`)."""

    labels: tuple[str, ...]
    how: dict[str, JsonValue]
    because: str
    confidence: float


def find_sets(values: pd.Series, prose: Prose, wanted: Sequence[str] = ()) -> LabelSets | None:
    """Read a target column as sets of labels; None where it holds one answer per row.

    Args:
        values: the column, rows without a value included.
        prose: the description; what it says of several labels decides where the values leave doubt.
        wanted: columns of the answer that may each stand for a label.
    """
    filled = values.dropna()
    if not len(filled) or filled.dtype.kind not in "O":
        return None
    cells = filled.astype(str).str.strip()
    cells = cells[cells != ""]
    said = any(SAID.search(s.plain) for s in prose.sentences)
    for how in ways(cells):
        counted = _count(cells, how)
        if counted is None:
            continue
        labels, alone, several, distinct = counted
        named = bool(wanted) and set(labels) <= set(wanted)
        sure = _plausible(labels, several / len(cells), distinct, alone, how, said)
        if named or sure:
            name = "a list" if how.get("form") in ("json", "list") else f"{how['separator']!r} between them"
            because = (
                f"{values.name!r} holds {len(labels)} labels in {distinct} combinations, {name}; "
                f"{several / len(cells):.0%} of the cells hold more than one"
            )
            return LabelSets(tuple(sorted(labels)), how, because, 0.95 if said or named else 0.8)
    return None


def ways(cells: "pd.Series[str]") -> list[dict[str, JsonValue]]:
    """How the cells may be written, the surest first."""
    listed = cells.str.startswith("[") & cells.str.endswith("]")
    if listed.mean() > 0.95:
        return [{"form": "json" if cells.str.contains('"', regex=False).any() else "list"}]
    ways: list[dict[str, JsonValue]] = []
    for separator in SEPARATORS:
        share = float(cells.str.contains(separator, regex=False).mean())
        if share >= SHARED:
            spaced = separator != " " and cells.str.contains(separator + " ", regex=False).mean() > 0.5 * share
            ways.append({"form": "text", "separator": separator + (" " if spaced else "")})
    return ways


def _count(cells: "pd.Series[str]", how: dict[str, JsonValue]) -> tuple[Counter[str], int, int, int] | None:
    """Rows of each label, labels that stand alone somewhere, cells with several, distinct cells; None for no sets."""
    rows: Counter[str] = Counter()
    alone: set[str] = set()
    several, seen = 0, cells.value_counts()
    for cell, times in seen.items():
        found = label_sets.read(cell, how)
        if "separator" in how and len(found) != len(label_sets.parts(cell, how)):
            return None  # a label twice: words of a text, not labels
        rows.update(dict.fromkeys(found, int(times)))
        several += int(times) * (len(found) > 1)
        alone.update(found if len(found) == 1 else ())
        if len(rows) > MOST:
            return None
    return rows, len(alone), several, len(seen)


def _plausible(
    labels: "Counter[str]", shared: float, distinct: int, alone: int, how: dict[str, JsonValue], said: bool
) -> bool:
    """Whether the parts behave like labels rather than like words of names."""
    if len(labels) < 2 or shared < SHARED or max(map(len, labels)) > LONGEST:
        return False
    if sum(labels.values()) < OFTEN * len(labels):
        return False
    if how.get("form") in ("json", "list") or said:
        return True
    # names of several words have about as many parts as there are names; sets have many more combinations than labels
    combined = distinct > 1.5 * len(labels) and alone >= 0.3 * len(labels)
    return combined and (how.get("separator") != " " or distinct > 4 * len(labels))


def answer_form(sample: pd.DataFrame | None, column: str, found: LabelSets) -> dict[str, JsonValue]:
    """How the sample writes a set, where its cells show it; else as the training table does."""
    if sample is None or column not in sample.columns:
        return found.how
    cells = sample[column].dropna().astype(str).str.strip()
    for how in ways(cells[cells != ""]):
        known = set(found.labels)
        if all(set(label_sets.read(cell, how)) <= known for cell in cells.unique()[:50]):
            return how
    return found.how


def yes_or_no(values: pd.Series) -> tuple[JsonValue, JsonValue] | None:
    """What stands for no and for yes in a column of two (or fewer) values; None for other columns."""
    found = sorted(values.dropna().unique().tolist(), key=str)
    if len(found) > 2 or not found:
        return None
    by_text = {str(v).strip().lower().removesuffix(".0"): v for v in found}
    for no, yes in (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("-1", "1"), ("", "x")):
        if set(by_text) <= {no, yes}:
            usual: dict[str, JsonValue] = {no: no, yes: yes}
            if values.dtype.kind == "b":
                usual = {no: False, yes: True}
            elif values.dtype.kind in "iuf":
                usual = {no: int(no), yes: int(yes)}
                by_text = {text: int(v) for text, v in by_text.items()}
            return by_text.get(no, usual[no]), by_text.get(yes, usual[yes])
    return None
