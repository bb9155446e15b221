"""The tables described column by column: what each is for, what is missing, what a person should know.

Counts of missing and distinct values, of repeated rows and of classes are exact; expensive tests run on samples spread
over the table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .. import plugins
from ..records.problem import Problem
from ..records.profile import Column, Drift, Entity, Profile, Role, TableSummary
from . import remarks, repeats, roles, shapes, spans, spellings
from .counted import Counted, unseen

BINS = 20  # of a histogram
TOP = 6  # commonest values told of a column
SEEN = 0.1  # share of different values from which a sample has not seen most of those of the whole table
EXAMPLES = 3
COMPARED = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN, Role.ID, Role.COMPOSITE, Role.CODE)  # of which unseen is told
WITH_TOP = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN, Role.COMPOSITE, Role.LIST, Role.TEXT, Role.CODE)


def profile(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    problem: Problem,
    *,
    drift: Drift | None = None,
    entities: Sequence[Entity] = (),
    tables: Sequence[TableSummary] = (),
    sampled: int | None = None,
) -> Profile:
    """Describe the training rows (without the sealed ones) and the rows wanted beside them.

    Args:
        train: rows to learn from, as read.
        test: rows wanted; None where there are none.
        problem: what is asked.
        drift: what adversarial validation found; without it, the distributions of numbers are compared one by one.
        entities: what rows may belong together by.
        tables: the other tables.
        sampled: rows of the whole table, where `train` is a sample of them.
    """
    alone = dict(drift.columns) if drift is not None else {}
    rows, wanted = repeats.Rows(len(train)), None if test is None else repeats.Rows(len(test))
    columns = []
    for name in (str(c) for c in train.columns if c not in problem.targets):
        mine = Counted.of(name, train[name])
        theirs = Counted.of(name, test[name]) if test is not None and name in test.columns else None
        column = _describe(mine, theirs, problem, _noted((train, test), name))
        columns.append(_of_all_rows(column.model_copy(update={"drift": alone.get(name, 0.0)}), train))
        if column.in_test and column.role not in (Role.ID, Role.CONSTANT):  # rows of two files are no copies
            rows.add(mine.hashes())
            if wanted is not None and theirs is not None:
                wanted.add(theirs.hashes())
    columns = _texts_keep_company(columns)
    target = train[[t for t in problem.targets if t in train.columns]]
    found = Profile(
        rows=len(train),
        test_rows=0 if test is None else len(test),
        columns=tuple(columns),
        target_summary=_summary(target, problem),
        balance=_balance(target, problem),
        drift=drift,
        entities=tuple(e for e in entities if e.count > 1 and not _is_amount(e.column, columns)),
        time=spans.span(tuple(columns), train, test, problem),
        coordinates=shapes.place_pairs({c.name: (c.low, c.high) for c in columns if _is_range(c)}),  # type: ignore[misc]
        tables=tuple(tables),
        sampled=sampled,
        **repeats.counts(rows, wanted, target),
    )
    return found.model_copy(update={"findings": tuple(remarks.findings(found, train, test, problem))})


def _is_amount(name: str, columns: Sequence[Column]) -> bool:
    """Whether a column measures something, so that rows that share a value of it have nothing in common."""
    column = next((c for c in columns if c.name == name), None)
    return column is not None and (
        column.role in (Role.COORDINATES, Role.DATE) or (column.role is Role.NUMBER and not column.integer)
    )


def _of_all_rows(column: Column, train: pd.DataFrame) -> Column:
    """A column of a sample, with what its reader knows of the whole table: missing values, distinct ones, the range."""
    known = train.attrs.get("whole", {}).get(column.name)
    if known is None:
        return column
    facts: dict[str, object] = {"missing": known["missing"]}
    if column.distinct > SEEN * len(train):  # else the sample has seen nearly all values, and counts them exactly
        facts["distinct"] = max(column.distinct, known["distinct"])
    if column.low is not None and column.high is not None and "low" in known:
        wider = known["low"] < column.low or known["high"] > column.high
        told = f"{known['low']:.6g} to {known['high']:.6g} in the whole table" if wider else ""
        facts["note"] = "; ".join(filter(None, (column.note, told)))
    return column.model_copy(update=facts)


def _noted(tables: Sequence[pd.DataFrame | None], name: str) -> dict[str, int]:
    """Spellings of a missing value that the reader of the files met in a column."""
    found: dict[str, int] = {}
    for table in tables:
        told: Mapping[str, Mapping[str, int]] = table.attrs.get("missing", {}) if table is not None else {}
        for text, count in told.get(name, {}).items():
            if text.strip():
                found[text] = found.get(text, 0) + int(count)
    return found


def _is_range(column: Column) -> bool:
    return column.role is Role.NUMBER and column.low is not None and column.high is not None


# --- one column -----------------------------------------------------------------------------------------------------


def _describe(train: Counted, test: Counted | None, problem: Problem, noted: Mapping[str, int]) -> Column:
    both = train.rows + (0 if test is None else test.rows)
    gaps = train.missing + (0 if test is None else test.missing)
    in_test = (test is not None or (problem.test is None and not _has_test(problem))) and (
        train.name not in problem.dropped
    )
    found = roles.role_of(train, test, problem)
    facts = dict(found.facts)
    told = "" if in_test else "not in the rows wanted"
    facts["note"] = "; ".join(filter(None, (told, facts.get("note", ""))))
    compared = found.role in COMPARED or (found.role is Role.NUMBER and facts.get("integer"))
    return Column(
        name=train.name,
        role=found.role,
        missing=gaps / both if both else 0.0,
        distinct=train.distinct,
        examples=tuple(_shorten(v) for v in pd.Index(train.known[:EXAMPLES])),
        in_test=in_test,
        unseen=unseen(train, test) if test is not None and compared else 0.0,
        spellings=spellings.spellings(train, test, found.role, noted),
        top=_top(train, found.role),
        **_numbers(train, found.role),
        **facts,
    )


def _has_test(problem: Problem) -> bool:
    """Whether rows are wanted although no table is named: a task of scenes, or a DataFrame."""
    return bool(problem.options.get("path_column"))


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _top(column: Counted, role: Role) -> tuple[tuple[str, int], ...]:
    """The commonest values; none where each comes once."""
    if role not in WITH_TOP and not (role is Role.NUMBER and column.distinct <= TOP):
        return ()
    found = column.commonest(TOP)
    return tuple((_shorten(text), count) for text, count in found) if found and found[0][1] > 1 else ()


def _numbers(column: Counted, role: Role) -> dict[str, Any]:
    """Range, mean, quartiles and histogram of numbers; the range alone of truth values."""
    if role not in (Role.NUMBER, Role.BOOLEAN) or column.kind not in "iufb" or not column.distinct:
        return {}
    fine = np.isfinite(column.floats)
    values, counts = column.floats[fine], column.counts[fine]
    if not len(values):
        return {}
    low, high = float(values.min()), float(values.max())
    if role is Role.BOOLEAN:
        return {"low": low, "high": high}
    order = np.argsort(values)
    values, counts = values[order], counts[order]
    below = np.cumsum(counts)
    at = np.searchsorted(below, np.array([0.25, 0.5, 0.75]) * below[-1])
    histogram: tuple[int, ...] = ()
    if high > low and np.isfinite(high - low):
        whole = high - low < BINS and bool((values == np.floor(values)).all())  # then a bar for each number
        bins = int(high - low) + 1 if whole else BINS
        histogram = tuple(int(n) for n in np.histogram(values, bins, (low, high), weights=counts)[0])
    return {
        "low": low,
        "high": high,
        "mean": float(np.average(values, weights=counts)),
        "quartiles": tuple(float(values[k]) for k in at),
        "histogram": histogram,
    }


def _texts_keep_company(columns: list[Column]) -> list[Column]:
    """A category of many short phrases beside a text of short phrases is a text too: they may be compared."""
    texts = [c for c in columns if c.role is Role.TEXT]
    return [
        c.model_copy(update={"role": Role.TEXT})
        if c.role is Role.CATEGORY
        and c.distinct >= 100
        and any(" " in e for e in c.examples)
        and any(c.length / 3 <= t.length <= c.length * 3 for t in texts)
        else c
        for c in columns
    ]


# --- the target -----------------------------------------------------------------------------------------------------


def _balance(target: pd.DataFrame, problem: Problem) -> tuple[tuple[str, float], ...]:
    """The share of each class, as the problem orders them; () where the answer is no class."""
    if problem.kind in ("multilabel", "detection") and len(target):
        return tuple(zip(map(str, problem.classes), _shares_of_many(target, problem), strict=True))
    if not problem.classes or target.shape[1] != 1 or problem.kind == "segmentation":
        return ()
    shares = dict(target.iloc[:, 0].value_counts(normalize=True))
    as_text = {str(value): share for value, share in shares.items()}  # labels may be read as text
    return tuple((str(v), float(shares.get(v, as_text.get(str(v), 0.0)))) for v in problem.classes)


def _shares_of_many(target: pd.DataFrame, problem: Problem) -> list[float]:
    """The share of the rows that have each label, or of the boxes that are of each class."""
    truth = plugins.load("kinds", problem.kind).truth(target, problem)
    if problem.kind == "multilabel":
        return [float(share) for share in truth.mean(axis=0)]
    codes = np.concatenate([boxes[:, 0] for boxes in truth]).astype(int)
    return [float(share) for share in np.bincount(codes, minlength=len(problem.classes)) / max(1, len(codes))]


def _summary(target: pd.DataFrame, problem: Problem) -> str:
    if problem.kind == "segmentation" or target.empty:
        return ""
    if problem.kind in ("multilabel", "detection"):
        what = "labels" if problem.kind == "multilabel" else "classes of boxes"
        ranked = sorted(_balance(target, problem), key=lambda pair: -pair[1])
        listed = ", ".join(f"{name} {share:.1%}" for name, share in ranked[:8])
        return f"{len(problem.classes)} {what}: {listed}" + (" ..." if len(ranked) > 8 else "")
    if problem.classes:
        shares = target.iloc[:, 0].value_counts(normalize=True)
        listed = ", ".join(f"{value} {share:.1%}" for value, share in shares.head(8).items())
        return f"{len(problem.classes)} classes: {listed}" + (" ..." if len(shares) > 8 else "")
    numbers = [name for name in target.columns if target[name].dtype.kind in "iufb"]
    return "; ".join(f"{name}: {_in_words(target[name].astype(float))}" for name in numbers)


def _in_words(values: pd.Series) -> str:
    skew = float(values.skew())  # type: ignore[arg-type]
    said = (
        f"{values.min():.4g} to {values.max():.4g}, median {values.median():.4g}, {values.nunique()} different values"
    )
    return said + (f", skewness {skew:.1f}" if abs(skew) > 1 else "")
