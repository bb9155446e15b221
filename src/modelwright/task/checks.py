"""The tables held against what was understood: rows, ids and columns that contradict each other, with the way out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SettingsError, TaskError
from ..records.base import JsonValue
from .asked import Asked, Sources, near
from .folder import Folder
from .prose import normalise
from .submission_form import Form

__all__ = ["FEWEST_ROWS", "near"]

FEWEST_ROWS = 10  # below this nothing can be learnt and judged
LITTLE = 0.5  # share of a test table's columns that train must have
TOLD = 0.4  # share of the target's variance that a column tells, from which it may be known only afterwards
BINS = 20  # of a column of numbers, to see what it tells
TRAIN_ONLY = re.compile(
    r"\b(?:only|also|besides|in addition|additionally|as well|train(?:ing)? set only|not (?:in|available|known|"
    r"given|part)|absent|"
    r"missing from|removed|without|lacks?|known (?:only )?after|afterwards|later|except|sum of|together|makes? up)\b"
)
KNOWN_AFTER = re.compile(r"\btrain|\btest|\btarget|\bafter|\blearn|\blater")
REACH = 80  # characters around a name that speak of it


def named_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with column names as text. Raises TaskError for doubles and for a frame without rows."""
    frame = frame.set_axis([str(c) for c in frame.columns], axis=1)
    double = frame.columns[frame.columns.duplicated()]
    if len(double):
        raise TaskError(f"the DataFrame has the column {double[0]!r} twice: rename or drop one of them.")
    if not len(frame):
        raise TaskError("the DataFrame has no rows: give one with rows to learn from.")
    return frame


def with_targets(sources: Sources, asked: Asked) -> pd.DataFrame:
    """Training rows that have every target. Raises TaskError where too few are left."""
    train, name = sources.train, sources.train_name
    for target in asked.targets:
        if train[target].isna().all():
            raise TaskError(
                f"the target {target!r} has no value in any row of {name}: name another target, or fill it in."
            )
    lacks = train[list(asked.targets)].isna().any(axis=1)
    if len(train) < FEWEST_ROWS or len(train) - lacks.sum() < FEWEST_ROWS:
        with_target = f" with a target, of {len(train)}" if lacks.any() else ""
        rows = f"{len(train) - int(lacks.sum())} row{'s' if len(train) - lacks.sum() != 1 else ''}"
        raise TaskError(f"{name} has {rows}{with_target}: that is too few to learn from; give at least {FEWEST_ROWS}.")
    if lacks.any():
        asked.doubts.append(f"{int(lacks.sum())} rows of {name} have no target and are left out.")
    return train[~lacks].reset_index(drop=True)


def unique_ids(ids: pd.Series, name: str) -> None:
    """Raise TaskError for an id that is missing or repeats."""
    if ids.isna().any():
        raise TaskError(
            f"{name}: the id {ids.name!r} is missing in line {int(np.flatnonzero(ids.isna())[0]) + 2}: fill it in."
        )
    double = ids[ids.duplicated()]
    if len(double):
        raise TaskError(
            f"{name}: the id {ids.name!r} repeats, {double.iloc[0]} for one: each row wanted needs an id of its own; "
            "mend the file or name another id."
        )


def rows_wanted(sources: Sources, asked: Asked, form: Form | None) -> pd.DataFrame | None:
    """The test table in the order of the sample, with an id column; None without test rows.

    Raises TaskError where the sample contradicts the test table, or ids repeat.
    """
    test, sample = sources.test, sources.sample
    if test is None:
        if sample is not None:
            raise TaskError(
                f"{sources.sample_name} asks for {len(sample)} rows, but no table holds them: "
                "add test.csv or remove the sample."
            )
        return None
    if asked.id is not None and asked.id in test.columns:
        unique_ids(test[asked.id], sources.test_name)
    if sample is None:
        return _with_made_ids(test, sources, asked, form)
    if len(sample) != len(test):
        raise TaskError(
            f"{sources.sample_name} has {len(sample)} rows, {sources.test_name} has {len(test)}: "
            "mend or remove the sample."
        )
    if asked.id is None:
        return test
    if asked.id not in sample.columns:
        raise TaskError(
            f"{sources.sample_name} has no column {asked.id!r}, the id of {sources.test_name}: mend or remove it."
        )
    unique_ids(sample[asked.id], sources.sample_name)
    if asked.id not in test.columns:
        asked.doubts.append(
            f"{sources.test_name} lacks {asked.id!r}: ids are taken from {sources.sample_name}, row by row."
        )
        test = test.copy()
        test.insert(0, asked.id, sample[asked.id].to_numpy())
        return test
    return _in_order_of(sample, test, sources, asked.id)


def _in_order_of(sample: pd.DataFrame, test: pd.DataFrame, sources: Sources, name: str) -> pd.DataFrame:
    wanted, there = id_text(sample[name]), id_text(test[name])
    tails = _tails(wanted, there)
    if tails is not None:
        test, there = test.assign(**{name: tails}), tails
    if (wanted.to_numpy() == there.to_numpy()).all():
        return test
    strange = wanted[~wanted.isin(there)]
    if len(strange):
        raise TaskError(
            f"{sources.sample_name} asks for {name} {strange.iloc[0]}, which {sources.test_name} does not have: "
            "mend or remove the sample."
        )
    order = pd.Series(np.arange(len(there)), index=there.to_numpy())[wanted.to_numpy()]
    return test.iloc[order.to_numpy()].reset_index(drop=True)


def _tails(wanted: pd.Series, there: pd.Series) -> pd.Series | None:
    """Ids that are paths, cut to what the sample has of them: the name of the file, with or without its ending."""
    if not there.str.contains("/", regex=False).all() or there.isin(set(wanted)).any():
        return None
    names = there.str.rpartition("/")[2]
    for short in (names, names.str.replace(r"\.\w+$", "", regex=True)):
        if short.is_unique and set(short) == set(wanted):
            return short
    return None


def id_text(ids: pd.Series) -> pd.Series:
    """Ids as text, whole numbers without a decimal point."""
    if ids.dtype.kind == "f" and ids.notna().all() and (ids % 1 == 0).all():
        ids = ids.astype("int64")
    return ids.astype(str)


def _with_made_ids(test: pd.DataFrame, sources: Sources, asked: Asked, form: Form | None) -> pd.DataFrame:
    """Number the rows where the answer has an id that no table has, as the form's example does."""
    if asked.id is None or asked.id in test.columns:
        return test
    if asked.id in sources.train.columns:
        raise TaskError(
            f"{sources.test_name} lacks the column {asked.id!r}, which names the rows of the answer: add it."
        )
    first = next((row[0] for row in form.examples if row), "0") if form is not None else "0"
    start = int(first) if first.isdigit() else 0
    asked.doubts.append(f"No table has the id {asked.id!r}: the rows wanted are numbered in order, from {start}.")
    test = test.copy()
    test.insert(0, asked.id, range(start, start + len(test)))
    return test


# --- columns --------------------------------------------------------------------------------------------------------


def compare_columns(sources: Sources, asked: Asked, told: Mapping[str, Any]) -> list[str]:
    """Columns of train that must not be used, as rows wanted do not have them.

    Raises TaskError where the tables have little in common, or test lacks a column for no reason that can be seen.
    """
    train, test = sources.train, sources.test
    if "dropped" in told:
        unknown = next((c for c in told["dropped"] if c not in train.columns), None)
        if unknown is not None:
            raise SettingsError(
                f"dropped: {sources.train_name} has no column {unknown!r}: {near(unknown, list(train.columns))}"
            )
    dropped = list(told.get("dropped", ()))
    if test is None:
        return dropped
    shared = [c for c in test.columns if c in train.columns and c != asked.id]
    others = [c for c in test.columns if c != asked.id]
    if others and len(shared) < LITTLE * len(others):
        raise TaskError(
            f"{sources.train_name} has only {len(shared)} of the {len(others)} columns of {sources.test_name}: "
            "these tables do not belong together; name the right ones in a task file."
        )
    extra = [c for c in others if c not in train.columns]
    if extra:
        asked.doubts.append(
            f"{sources.test_name} has columns that {sources.train_name} lacks, not used: {', '.join(extra[:5])}."
        )
    lacking = [
        c
        for c in train.columns
        if c not in test.columns and c not in asked.targets and c != asked.id and c not in dropped
    ]
    if not lacking:
        return dropped
    unexplained = [c for c in lacking if not _explained(c, sources, asked)]
    # one column may have been lost by accident; several, or one that goes with the answer, were left out on purpose
    if len(unexplained) == len(lacking) == 1 and not (told.get("targets") or "dropped" in told) and shared:
        raise TaskError(
            f"{sources.test_name} lacks the column {unexplained[0]!r} of {sources.train_name}, and nothing says why: "
            f'add it, or write `dropped = ["{unexplained[0]}"]` in a task file to learn without it.'
        )
    asked.note("dropped", f"in {sources.train_name} but not in {sources.test_name}: {', '.join(lacking[:8])}", 0.9)
    if unexplained:
        asked.doubts.append(f"{sources.test_name} lacks {', '.join(lacking[:5])}: not used for learning.")
    return [*dropped, *lacking]


def _explained(name: str, sources: Sources, asked: Asked) -> bool:
    """Whether the text says that only train has the column, or the column is a part or a copy of the target."""
    pattern = re.compile(rf"(?<!\w){re.escape(normalise(name))}(?!\w)")
    for sentence in sources.prose.sentences:
        text = sentence.plain
        for hit in pattern.finditer(text):
            around = text[max(0, hit.start() - REACH) : hit.start()] + re.split(r"[,;]", text[hit.end() :])[0][:REACH]
            if TRAIN_ONLY.search(around) and KNOWN_AFTER.search(around):
                return True
    return any(_follows(sources.train[name], sources.train[t]) for t in asked.targets)


def _follows(column: pd.Series, target: pd.Series) -> bool:
    """Whether a column tells so much of the target that it may be a part, a copy or a consequence of it."""
    both = pd.DataFrame({"column": column, "target": target}).dropna(subset="target")
    if len(both) < FEWEST_ROWS:
        return False
    number = both["column"].dtype.kind in "iuf" and both["column"].nunique() > BINS
    codes = pd.factorize(pd.qcut(both["column"], BINS, duplicates="drop") if number else both["column"])[0]
    if codes.max() + 1 > len(both) / 2:  # nearly every row has a value of its own
        return False
    return _share_told(pd.Series(codes), both["target"].reset_index(drop=True)) >= TOLD


def _share_told(codes: pd.Series, target: pd.Series) -> float:
    """Share of the target's variance between the codes (eta squared), of the ranks of numbers, of classes as they are.

    Each code but one is taken to explain its share by chance, as in the adjusted R squared.
    """
    numbers = target.dtype.kind in "iuf" and target.nunique() > BINS
    columns = target.rank().to_frame() if numbers else pd.get_dummies(target.astype(str), dtype=float)
    total = float(columns.var(ddof=0).sum())
    within = float((columns - columns.groupby(codes).transform("mean")).pow(2).mean().sum())
    rest = len(codes) - codes.nunique()
    return 1 - within / total * (len(codes) - 1) / rest if total > 0 and rest > 0 else 0.0


def something_to_learn_from(features: Sequence[str], sources: Sources, folder: Folder) -> None:
    """Raise TaskError when no column is left besides id and targets."""
    useful = [c for c in features if sources.train[c].nunique() > 1]
    if useful:
        return
    pictures = [p.name for p in folder.others if p.is_dir()]
    if pictures:
        raise TaskError(
            f"{sources.train_name} has no column besides id and target, and the files in {', '.join(pictures)}/ are of "
            "a kind that is not read yet: give a table with features."
        )
    raise TaskError(f"{sources.train_name} has no column to learn from besides id and target: add columns that vary.")


# --- labels ---------------------------------------------------------------------------------------------------------


def _whole_floats(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(v, float) and v == int(v) for v in values if not isinstance(v, str | bool))


def whole_labels(train: pd.DataFrame, asked: Asked, classes: tuple[JsonValue, ...]) -> pd.DataFrame:
    """Classes 0.0 and 1.0 that gaps made of 0 and 1 become whole numbers again."""
    name = asked.targets[0]
    if classes and train[name].dtype.kind == "f" and _whole_floats(list(classes)):
        train = train.assign(**{name: train[name].astype("int64")})
    return train


def whole_classes(train: pd.DataFrame, asked: Asked, classes: tuple[JsonValue, ...]) -> tuple[JsonValue, ...]:
    """The classes as they then stand in the training table."""
    if classes and train[asked.targets[0]].dtype.kind in "iu":
        return tuple(int(c) if isinstance(c, float) else c for c in classes)
    return classes
