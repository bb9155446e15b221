"""The table to hand in: put in the sample's order, checked cell by cell, written whole.

`kinds` make the table; this module trusts none of it. A submission that passes `check` has the right header, the right
ids in the right order, no gaps, and cells of the form that was asked for.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SubmissionError
from ..kinds import label_sets
from ..kinds.detection import FIELDS
from ..records.problem import Output, Problem
from ..workspace import write_whole

SUM_TOLERANCE = 1e-6  # by how much probabilities of one row may miss one
EMPTY_MASKS = ("", "-", "-1")  # how people write a mask without pixels, besides what the problem says


def as_text(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Values as text for comparison: 17 and 17.0 are the same, "00012" stays as it is, a missing value is ""."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).map(_cell_text)
    whole = values.dropna().mod(1).eq(0).all()
    text = values.map(lambda v: "" if pd.isna(v) else str(int(v)) if whole else repr(float(v)))
    return text.astype(object)


def _cell_text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)


def id_columns(columns: Sequence[str], problem: Problem) -> list[str]:
    """The columns of a submission that name rows: those that are not the answer's."""
    names = list(columns)
    if problem.class_columns:
        answers = list(problem.class_columns)
    elif set(problem.targets) <= set(names):
        answers = list(problem.targets)
    else:  # the sample calls the answer something else: it stands last
        answers = names[-len(problem.targets) :]
    return [name for name in names if name not in answers]


def arrange(table: pd.DataFrame, problem: Problem, sample: pd.DataFrame | None) -> pd.DataFrame:
    """The same answers with the sample's columns and rows in the sample's order; RangeIndex.

    Without a sample, columns follow `problem.header` and rows stay. Raises SubmissionError when the sample asks for
    columns or ids that are not there.
    """
    header = list(sample.columns) if sample is not None else list(problem.header) or list(table.columns)
    _same_header(table, header)
    table = table[header].reset_index(drop=True)
    names = id_columns(header, problem)
    if sample is None or not names:
        return table
    wanted, have = _keys(sample, names), _keys(table, names)
    if wanted.equals(have):
        return table
    for keys, whose in ((wanted, "the sample submission"), (have, "the test table")):
        if keys.duplicated().any():
            twice = _shown(keys[keys.duplicated()].iloc[0])
            raise SubmissionError(
                f"id {twice} occurs more than once in column {names[0]!r} of {whose}, so rows cannot be matched: "
                "make the ids unique, or give the sample the order of the test table."
            )
    position = pd.Series(have.index, index=have).reindex(wanted)
    if position.isna().any():
        absent = position.index[position.isna()][0]
        raise SubmissionError(
            f"the sample submission asks for id {_shown(absent)} (column {names[0]!r}), which the test table does not "
            "have: give a sample and a test table of the same task."
        )
    return table.iloc[position.to_numpy(dtype=int)].reset_index(drop=True)


def check(table: pd.DataFrame, problem: Problem, ids: pd.DataFrame, sample: pd.DataFrame | None) -> None:
    """Raise SubmissionError, naming column and row, unless the table is what was asked for.

    Args:
        table: the submission, rows in the order in which they will be written.
        problem: says the header, the form of the cells and the classes.
        ids: id column(s) of the test rows, one row each (possibly no columns).
        sample: the sample submission as read; its ids and their order come before those of `ids`.
    """
    header = list(sample.columns) if sample is not None else list(problem.header)
    if header:
        _same_header(table, header)
    by_class = problem.output is Output.MASKS and bool(problem.classes)  # several rows for each of the test table
    expected = len(sample) if sample is not None else len(ids) * (len(problem.classes) if by_class else 1)
    if len(table) != expected:
        origin = "sample submission" if sample is not None else "test table"
        raise SubmissionError(f"the submission has {len(table)} rows where the {origin} has {expected}.")
    names = id_columns(list(table.columns), problem)
    _same_ids(table, names, ids[[]] if by_class else ids, sample)
    label = _row_names(table, names)
    for name in table.columns:
        missing = table[name].isna().to_numpy()
        if missing.any():
            raise SubmissionError(f"column {name!r} of the submission is empty in {label(missing)}.")
    answers = table[[name for name in table.columns if name not in names]]
    if problem.output in (Output.SETS, Output.TOP):
        _known_labels(answers, problem, label)
    elif problem.output is Output.LABELS and problem.kind == "multilabel":
        _decisions(answers, problem, label)
    elif problem.output is Output.LABELS:
        _known_classes(answers, problem, label)
    elif problem.output is Output.MASKS:
        _masks(answers, problem, label)
    elif problem.output is Output.BOXES:
        _boxes(answers, problem, label)
    else:
        _numbers(answers, problem, label)


def write(path: Path, table: pd.DataFrame) -> None:
    """Write the table as CSV, whole and then renamed: no index, floats so that they read back exactly."""
    write_whole(path, table.to_csv(index=False, lineterminator="\n"))


# -- parts of the check ------------------------------------------------------------------------------------------------


def _shown(key: str) -> str:
    return repr(key.replace("\x1f", ", "))


def _keys(table: pd.DataFrame, names: Sequence[str]) -> "pd.Series[Any]":
    """One text per row that names it, whatever the number of id columns."""
    texts = [as_text(table[name]).reset_index(drop=True) for name in names]
    joined = texts[0]
    for text in texts[1:]:
        joined = joined + "\x1f" + text
    return joined.rename(None)


def _same_header(table: pd.DataFrame, header: Sequence[str]) -> None:
    found = list(table.columns)
    if found == list(header):
        return
    lacking = [name for name in header if name not in found]
    extra = [name for name in found if name not in header]
    if lacking:
        raise SubmissionError(f"the submission lacks column {lacking[0]!r}: its header must be {','.join(header)}.")
    if extra:
        raise SubmissionError(f"the submission has column {extra[0]!r}, but its header must be {','.join(header)}.")


def _same_ids(table: pd.DataFrame, names: Sequence[str], ids: pd.DataFrame, sample: pd.DataFrame | None) -> None:
    """The ids are the sample's, in its order, and (as a set) those of the test rows."""
    if not names:
        return
    mine = _keys(table, names)
    shared = [name for name in names if name in ids.columns]
    test = _keys(ids, names) if len(shared) == len(names) else None
    if sample is not None:
        _compare(mine, _keys(sample, names), names[0], "sample submission")
        if test is not None and len(test) and sorted(test) != sorted(mine):
            odd = next(iter(set(mine) - set(test)), None) or mine[mine.duplicated()].iloc[0]
            raise SubmissionError(
                f"the sample submission's id {_shown(odd)} (column {names[0]!r}) is not a row of the test table: "
                "give a sample and a test table of the same task."
            )
    elif test is not None:
        _compare(mine, test, names[0], "test table")


def _compare(mine: "pd.Series[Any]", wanted: "pd.Series[Any]", column: str, origin: str) -> None:
    different = (mine.to_numpy() != wanted.to_numpy()).nonzero()[0]
    if len(different):
        row = int(different[0])
        raise SubmissionError(
            f"row {row + 1} of the submission has id {_shown(mine.iloc[row])} in column {column!r} "
            f"where the {origin} has {_shown(wanted.iloc[row])}."
        )


class _RowNames:
    """Names the first of some rows in words: `row 3 (id 17)`; rows are counted from 1, below the header."""

    def __init__(self, keys: "pd.Series[Any] | None") -> None:
        self.keys = keys

    def __call__(self, where: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
        row = int(np.flatnonzero(where)[0])
        return f"row {row + 1}" if self.keys is None else f"row {row + 1} (id {_shown(self.keys.iloc[row])})"


def _row_names(table: pd.DataFrame, names: Sequence[str]) -> _RowNames:
    return _RowNames(_keys(table, names) if names else None)


def _known_classes(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    classes = set(as_text(pd.Series(list(problem.classes), dtype=object)))
    if not classes:
        return
    for name in answers.columns:
        text = as_text(answers[name])
        unknown = ~text.isin(classes).to_numpy()
        if unknown.any():
            raise SubmissionError(
                f"column {name!r} of the submission holds {text[unknown].iloc[0]!r} in {label(unknown)}, which is none "
                f"of the classes {', '.join(sorted(classes)[:10])}{', ...' if len(classes) > 10 else ''}."
            )


def _known_labels(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    """Every label of every set, or of every list of likely classes, is one of those there are."""
    how: Any = problem.options.get("answer") or problem.options.get("sets") or problem.options.get("top") or {}
    known = set(as_text(pd.Series(list(problem.classes), dtype=object)))
    for name in answers.columns:
        strange = [
            next((one for one in label_sets.read(cell, how) if one not in known), None) for cell in answers[name]
        ]
        faulty = np.array([one is not None for one in strange], dtype=bool)
        if faulty.any():
            odd = strange[int(np.flatnonzero(faulty)[0])]
            raise SubmissionError(
                f"column {name!r} of the submission holds the label {odd!r} in {label(faulty)}, which is none of "
                f"{', '.join(sorted(known)[:10])}{', ...' if len(known) > 10 else ''}."
            )


def _decisions(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    """Every cell says yes or no, as the training table writes it."""
    told: Any = problem.options.get("values")
    pairs = told or [(0, 1)] * len(answers.columns)
    for name, pair in zip(answers.columns, pairs, strict=True):
        allowed = set(as_text(pd.Series(list(pair), dtype=object)))
        text = as_text(answers[name])
        unknown = ~text.isin(allowed).to_numpy()
        if unknown.any():
            raise SubmissionError(
                f"column {name!r} of the submission holds {text[unknown].iloc[0]!r} in {label(unknown)}, which is "
                f"neither {pair[0]} nor {pair[1]}."
            )


def _numbers(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    """Numbers are finite; probabilities lie in [0, 1], and those of classes that exclude each other sum to one."""
    values = answers.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    for column, name in enumerate(answers.columns):
        bad = ~np.isfinite(values[:, column])
        if bad.any():
            raise SubmissionError(
                f"column {name!r} of the submission holds {str(answers[name][bad].iloc[0])!r} in {label(bad)}, "
                "which is not a finite number."
            )
        if problem.output is Output.PROBABILITIES:
            outside = (values[:, column] < 0) | (values[:, column] > 1)
            if outside.any():
                raise SubmissionError(
                    f"column {name!r} of the submission holds {values[outside, column][0]!r} in {label(outside)}, "
                    "which is not a probability between 0 and 1."
                )
    if problem.output is Output.PROBABILITIES and problem.class_columns and problem.kind != "multilabel":
        total = values.sum(axis=1)
        off = np.abs(total - 1) > SUM_TOLERANCE
        if off.any():
            raise SubmissionError(
                f"the probabilities in columns {', '.join(map(str, answers.columns))} of the submission sum to "
                f"{total[off][0]:.8g} in {label(off)}, not to 1."
            )


def _boxes(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    """Each cell lists boxes of so many words each, all numbers but the class, which is a known one."""
    how: Any = problem.options.get("boxes") or {}
    fields, empty = list(how.get("fields") or FIELDS), str(how.get("empty", ""))
    between = str(how.get("between", " "))
    known = {str(c) for c in problem.classes}
    column = answers[answers.columns[0]].astype(str)
    for row, text in enumerate(column):
        listed = [] if text == empty else text.split(between) if between.strip() else _groups(text.split(), len(fields))
        for box in listed:
            words = box.split() if isinstance(box, str) else box
            if len(words) != len(fields) or not all(_fits(f, w, known) for f, w in zip(fields, words, strict=True)):
                here = np.zeros(len(column), dtype=bool)
                here[row] = True
                raise SubmissionError(
                    f"column {column.name!r} of the submission holds {' '.join(words)!r} in {label(here)}, "
                    f"which is no box of {', '.join(fields)}."
                )


def _groups(words: Sequence[str], size: int) -> list[Sequence[str]]:
    return [words[start : start + size] for start in range(0, len(words), size)]


def _fits(field: str, word: str, classes: set[str]) -> bool:
    if field == "class":
        return word in classes
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _masks(answers: pd.DataFrame, problem: Problem, label: _RowNames) -> None:
    """Masks are pairs `start length`, counted from 1, ascending, without overlap."""
    how = problem.options.get("rle")
    empty = {*EMPTY_MASKS, how.get("empty", "")} if isinstance(how, dict) else set(EMPTY_MASKS)
    for name in answers.columns:
        reasons = [None if cell in empty else mask_fault(str(cell)) for cell in answers[name]]
        faulty = np.array([reason is not None for reason in reasons], dtype=bool)
        if faulty.any():
            reason = reasons[int(np.flatnonzero(faulty)[0])]
            raise SubmissionError(f"the mask in column {name!r} of the submission, {label(faulty)}, {reason}.")


def mask_fault(text: str) -> str | None:
    """Why this is not a run-length string `start length start length ...`; None when it is."""
    words = text.split()
    if not words or len(words) % 2:
        return f"has {len(words)} numbers, not pairs of start and length"
    odd = next((word for word in words if not (word.isascii() and word.isdigit() and len(word) < 19)), None)
    if odd is not None:
        return f"holds {odd!r}, not a whole number"
    runs = np.array(words, dtype=np.int64).reshape(-1, 2)
    if (runs < [0, 1]).any():
        return "has a run without pixels"
    if (runs[1:, 0] < runs[:-1].sum(axis=1)).any():
        return "has runs that overlap or go backwards"
    return None
