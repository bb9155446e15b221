"""What a column is for: the role of each, with the facts that belong to it and, where it is not obvious, the evidence.

The tests run from the surest to the least sure; the first that fits decides.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records.problem import Modality, Problem
from ..records.profile import Role
from . import dates, files, scales, shapes
from .asked import ID_NAME
from .counted import Counted

FEW_CATEGORIES = 30  # up to so many distinct texts are categories, whatever they look like
KEY = re.compile(r"^(?:[0-9a-f]{8,}|[a-z]{0,4}[-_]?\d{3,}|[0-9a-f]{8}-[0-9a-f-]{27})$", re.IGNORECASE)
TRUTHS = {"True", "False", "true", "false", "TRUE", "FALSE"}
SHORTEST_CODE = 4  # characters
DENSE = 0.75  # share of the numbers of a range that rows have, from which they are row numbers


@dataclass(frozen=True)
class Found:
    """A role, and the fields of Column that belong to it."""

    role: Role
    facts: dict[str, Any]

    @classmethod
    def of(cls, role: Role, note: str = "", **facts: Any) -> "Found":
        """A role with its facts."""
        return cls(role, {"note": note, **facts} if note else facts)


def role_of(train: Counted, test: Counted | None, problem: Problem) -> Found:
    """The role of a column, by its values in the training table and beside it in the test table."""
    name = train.name
    if name == problem.options.get("path_column") or (
        problem.modality in (Modality.IMAGE, Modality.AUDIO) and name in problem.inputs and train.kind == "O"
    ):
        return Found.of(Role.PATH)
    others = 0 if test is None else test.distinct
    if train.distinct == 0 or (train.distinct == 1 and others <= 1 and not train.missing and name != problem.id):
        return Found.of(Role.CONSTANT)
    if train.kind == "M":
        return Found.of(Role.DATE)
    if train.kind == "b" or (train.kind == "O" and _truths(train)):
        return Found.of(Role.BOOLEAN)
    if train.kind in "iuf":
        return _of_numbers(train, test, problem)
    return _of_texts(train, test, problem)


def _truths(column: Counted) -> bool:
    return column.distinct <= len(TRUTHS) and {str(v) for v in column.known} <= TRUTHS


# --- numbers --------------------------------------------------------------------------------------------------------


def _of_numbers(train: Counted, test: Counted | None, problem: Problem) -> Found:
    if dates.looks_like_epoch(train.name, train.values):
        return Found.of(Role.DATE, "seconds since 1970")
    numbers = train.floats
    integer = bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
    unique = integer and train.distinct == train.filled
    if train.name == problem.id:
        return Found.of(Role.ID, "names the rows of the answer", integer=integer)
    if unique and train.filled > 20 and ID_NAME.search(train.name):
        return Found.of(Role.ID, "named like an id, and no value comes twice", integer=True)
    if unique and train.filled > 50 and _row_numbers(train, test):
        return Found.of(Role.ID, "numbers the rows without a gap", integer=True)
    return Found.of(Role.NUMBER, integer=integer)


def _row_numbers(train: Counted, test: Counted | None) -> bool:
    """Whole numbers that rise from row to row, nearly all of them there over train and test (some are sealed)."""
    if (np.diff(train.floats) <= 0).any() or (test is not None and test.distinct < test.filled):
        return False
    both = train.floats if test is None else np.union1d(train.floats, test.floats)
    return bool(len(both) >= DENSE * (both.max() - both.min() + 1))


# --- texts ----------------------------------------------------------------------------------------------------------


def _of_texts(train: Counted, test: Counted | None, problem: Problem) -> Found:
    length = round(float(train.sample.str.len().mean()), 1)
    found = _of_form(train, problem, length) or _of_names(train, problem, length)
    if found is not None:
        return found
    if train.distinct <= scales.MOST and (order := _scale(train, test)):
        return Found.of(Role.ORDERED, "steps of a scale", order=order, length=length)
    return Found.of(Role.CATEGORY, length=length) if train.distinct <= FEW_CATEGORIES else _of_many(train, length)


def _of_form(train: Counted, problem: Problem, length: float) -> Found | None:
    """Dates, files, places and arrays: what the form of the values alone tells; None for anything else."""
    if dates.find_format(train.values):
        return Found.of(Role.DATE)
    looked = list(train.texts.head(files.LOOKED))
    elsewhere = bool(problem.inputs) and train.name not in problem.inputs  # another column holds their paths
    whole = bool(looked) and all("/" in text and files.FILE_ENDING.search(text) for text in looked)
    if (not elsewhere or whole) and (forms := files.forms(looked, problem.root)):
        where = "" if forms == (files.NAME,) else f"files {' and '.join(forms[:3])}"
        return Found.of(Role.PATH, where, length=length)
    if train.name != problem.id and shapes.is_place(train.texts):
        return Found.of(Role.COORDINATES, "two numbers that are degrees", length=length)
    if shapes.is_json(train.texts):
        return Found.of(Role.LIST, "a JSON array", length=length)
    return None


def _of_names(train: Counted, problem: Problem, length: float) -> Found | None:
    """A composite, or an id; None for what names no rows and has no parts."""
    separator, parts = shapes.composite(train.texts)
    its_id = train.name == problem.id
    unique = _unique(train)
    names_rows = unique and (ID_NAME.search(train.name) is not None or train.texts.str.match(KEY).mean() > 0.95)
    plain = not names_rows and not its_id
    if parts > 1 and (train.distinct > FEW_CATEGORIES or its_id) and (plain or _groups(train, separator)):
        note = f"{parts} parts with {separator} between them"
        return Found.of(Role.COMPOSITE, note, separator=separator, parts=parts, length=length)
    if plain:
        return None
    return Found.of(Role.ID, "names the rows of the answer" if its_id else "no value comes twice", length=length)


def _unique(column: Counted) -> bool:
    return column.distinct == column.filled and column.filled > 20


def _of_many(train: Counted, length: float) -> Found:
    """The role of strings with many values that name no rows."""
    if listed := shapes.list_separator(train.sample):
        note = f"values with {listed} between them, not as many in every row"
        return Found.of(Role.LIST, note, separator=listed, length=length)
    if not _is_text(train, length):
        return Found.of(Role.CATEGORY, length=length)
    made = shapes.positions(train.texts)
    if made is None or made.length < SHORTEST_CODE:
        return Found.of(Role.TEXT, length=length)
    return _of_positions(made, _unique(train), length)


def _of_positions(made: shapes.Positions, unique: bool, length: float) -> Found:
    """The role of strings of one length."""
    if made.counter and unique:
        return Found.of(Role.ID, "a count behind a fixed beginning, no value comes twice", length=length)
    if made.random:
        note = f"{made.length} characters that look drawn at random, as those of a hash or token"
        return Found.of(Role.ID if unique else Role.CATEGORY, note, length=length)
    few, many = min(made.characters), max(made.characters)
    different = f"{few} to {many}" if few < many else str(few)
    note = f"{made.length} characters, {different} different ones at each place"
    return Found.of(Role.CODE, note, length=length)


def _scale(train: Counted, test: Counted | None) -> tuple[str, ...]:
    """The order of the values of train and test together; () where they are no scale."""
    values = {str(v) for v in train.known} | ({str(v) for v in test.known} if test is not None else set())
    return scales.order_of(sorted(values)) if len(values) <= scales.MOST else ()


def _is_text(train: Counted, length: float) -> bool:
    """Many different texts, or many words in them; a few repeated ones are categories."""
    share = train.distinct / train.filled
    words = float(train.sample.str.count(r"\s+").mean()) + 1
    wordy = words >= 3 and (share > 0.2 or train.distinct > 1000)
    return share > 0.5 or wordy or (length > 60 and share > 0.05)


def _groups(train: Counted, separator: str) -> bool:
    """Whether rows share what stands before the last separator."""
    return len({str(v).rpartition(separator)[0] for v in train.known}) < 0.95 * train.distinct
