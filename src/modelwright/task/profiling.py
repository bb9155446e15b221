"""The tables described column by column: what each is for, what is missing, what a person should know.

Expensive tests run on samples spread over the table; counts of missing and distinct values are exact.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ..records.finding import Finding, Severity
from ..records.problem import Problem
from ..records.profile import Column, Profile, Role
from . import dates
from .asked import ID_NAME

SAMPLE = 20_000  # values of numbers
TEXT_SAMPLE = 2_000  # values of text
SEPARATORS = "/_|:;@-."
LONGEST_COMPOSITE = 40  # characters
FEW_CATEGORIES = 30  # up to so many distinct texts are categories, whatever they look like
FILE_ENDING = re.compile(r"\.(?:png|jpe?g|tiff?|bmp|gif|webp|npy|npz|wav|mp3|flac|ogg|txt|pdf|dcm)$", re.IGNORECASE)
CODE = re.compile(r"^(?:[0-9a-f]{8,}|[a-z]{0,4}[-_]?\d{3,}|[0-9a-f]{8}-[0-9a-f-]{27})$", re.IGNORECASE)
TRUTHS = {"True", "False", "true", "false", "TRUE", "FALSE"}
DRIFT = 0.1  # largest gap between the distributions of train and test that is still called alike
MOST_FINDINGS = 12  # of one sort


def profile(train: pd.DataFrame, test: pd.DataFrame | None, problem: Problem) -> Profile:
    """Describe the training rows (without the sealed ones) and the rows wanted beside them."""
    names = [c for c in train.columns if c not in problem.targets]
    columns = [_describe(name, train[name], _of(test, name), problem) for name in names]
    columns = _texts_keep_company(columns)
    target = train[[t for t in problem.targets if t in train.columns]]
    found = Profile(
        rows=len(train),
        test_rows=0 if test is None else len(test),
        columns=tuple(columns),
        duplicates=_duplicates(
            train, [c.name for c in columns if c.role not in (Role.ID, Role.CONSTANT) and c.in_test]
        ),
        target_summary=_summary(target, problem),
    )
    return found.model_copy(update={"findings": tuple(_findings(found, train, test))})


def _of(test: pd.DataFrame | None, name: str) -> pd.Series | None:
    return test[name] if test is not None and name in test.columns else None


# --- one column -----------------------------------------------------------------------------------------------------


def _describe(name: str, values: pd.Series, wanted: pd.Series | None, problem: Problem) -> Column:
    filled = values.dropna()
    distinct = int(filled.nunique())
    both = len(values) + (0 if wanted is None else len(wanted))
    gaps = int(values.isna().sum()) + (0 if wanted is None else int(wanted.isna().sum()))
    in_test = (wanted is not None or (problem.test is None and not _has_test(problem))) and name not in problem.dropped
    role, facts = _role(name, values, filled, wanted, distinct, problem)
    unseen = 0.0
    if (wanted is not None and role in (Role.CATEGORY, Role.BOOLEAN, Role.ID, Role.COMPOSITE)) or (
        wanted is not None and role is Role.NUMBER and facts.get("integer")
    ):
        known = wanted.dropna()
        unseen = float((~known.isin(filled.unique())).mean()) if len(known) else 0.0
    low, high = _range(filled) if role in (Role.NUMBER, Role.BOOLEAN) else (None, None)
    return Column(
        name=name,
        role=role,
        missing=gaps / both if both else 0.0,
        distinct=distinct,
        examples=tuple(_shorten(v) for v in filled.drop_duplicates().head(3)),
        low=low,
        high=high,
        in_test=in_test,
        unseen=unseen,
        note="not in the rows wanted" if not in_test else "",
        **facts,
    )


def _has_test(problem: Problem) -> bool:
    """Whether rows are wanted although no table is named: a task of scenes, or a DataFrame."""
    return bool(problem.options.get("path_column"))


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _range(filled: pd.Series) -> tuple[float | None, float | None]:
    if not len(filled) or filled.dtype.kind not in "iufb":
        return None, None
    return float(filled.min()), float(filled.max())


def _role(
    name: str, values: pd.Series, filled: pd.Series, wanted: pd.Series | None, distinct: int, problem: Problem
) -> tuple[Role, dict[str, object]]:
    """The role, and the facts of Column that belong to it."""
    if name == problem.options.get("path_column"):
        return Role.PATH, {}
    seen_in_test = 0 if wanted is None else wanted.dropna().nunique()
    if distinct == 0 or (distinct == 1 and seen_in_test <= 1 and not values.isna().any() and name != problem.id):
        return Role.CONSTANT, {}
    if values.dtype.kind == "M":
        return Role.DATE, {}
    if values.dtype.kind == "b" or (values.dtype.kind == "O" and _truth_values(filled)):
        return Role.BOOLEAN, {}
    if values.dtype.kind in "iuf":
        return _role_of_numbers(name, filled, wanted, distinct, problem)
    return _role_of_texts(name, filled, distinct, problem)


def _truth_values(filled: pd.Series) -> bool:
    return set(map(str, filled.head(50))) <= TRUTHS and set(map(str, filled.unique())) <= TRUTHS


def _role_of_numbers(
    name: str, filled: pd.Series, wanted: pd.Series | None, distinct: int, problem: Problem
) -> tuple[Role, dict[str, object]]:
    if dates.looks_like_epoch(name, filled):
        return Role.DATE, {}
    numbers = filled.to_numpy(dtype=float)
    integer = bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
    if name == problem.id:
        return Role.ID, {"integer": integer}
    if integer and distinct == len(filled) and len(filled) > 20 and ID_NAME.search(name):
        return Role.ID, {"integer": True}
    if integer and distinct == len(filled) and len(filled) > 50 and _row_numbers(filled, wanted):
        return Role.ID, {"integer": True}
    return Role.NUMBER, {"integer": integer}


def _row_numbers(filled: pd.Series, wanted: pd.Series | None) -> bool:
    """Whole numbers without gaps over train and test together, in the order of the rows."""
    both = filled if wanted is None else pd.concat([filled, wanted.dropna()])
    return both.is_unique and both.max() - both.min() + 1 == len(both) and filled.is_monotonic_increasing


def _role_of_texts(name: str, filled: pd.Series, distinct: int, problem: Problem) -> tuple[Role, dict[str, object]]:
    sample = filled.iloc[:: max(1, len(filled) // TEXT_SAMPLE)].astype(str)
    length = round(float(sample.str.len().mean()), 1)
    separator, parts = composite(sample)
    if dates.find_format(filled):
        return Role.DATE, {}
    if _paths(sample, problem):
        return Role.PATH, {}
    unique = distinct == len(filled) and len(filled) > 20
    names_rows = unique and (ID_NAME.search(name) is not None or sample.str.match(CODE).mean() > 0.95)
    grouped = parts > 1 and (not (names_rows or name == problem.id) or _groups(filled, separator))
    if grouped and (distinct > FEW_CATEGORIES or name == problem.id):
        return Role.COMPOSITE, {"separator": separator, "parts": parts, "length": length}
    if names_rows or name == problem.id:
        return Role.ID, {"length": length}
    return (Role.TEXT if _is_text(sample, distinct, distinct / len(filled), length) else Role.CATEGORY), {
        "length": length
    }


def _is_text(sample: pd.Series, distinct: int, share: float, length: float) -> bool:
    """Many different texts, or many words in them; a few repeated ones are categories."""
    words = float(sample.str.count(r"\s+").mean()) + 1
    wordy = words >= 3 and (share > 0.2 or distinct > 1000)
    return distinct > FEW_CATEGORIES and (share > 0.5 or wordy or (length > 60 and share > 0.05))


def composite(sample: pd.Series) -> tuple[str, int]:
    """Separator and number of parts of short codes that all have the same number of parts; ("", 0) for others."""
    if not len(sample) or sample.str.len().max() > LONGEST_COMPOSITE or sample.str.contains(r"\s").mean() > 0.01:
        return "", 0
    for separator in SEPARATORS:
        parts = sample.str.count(re.escape(separator)) + 1
        common = int(parts.mode().iloc[0])
        if common > 1 and (parts == common).mean() >= 0.99:
            whole = ~sample.str.contains(
                rf"^{re.escape(separator)}|{re.escape(separator)}{{2}}|{re.escape(separator)}$"
            )
            if whole.mean() >= 0.99:
                return separator, common
    return "", 0


def _groups(filled: pd.Series, separator: str) -> bool:
    """Whether rows share what stands before the last separator, or the first part holds few values."""
    prefix = filled.astype(str).str.rsplit(separator, n=1).str[0]
    return prefix.nunique() < 0.95 * len(filled)


def _paths(sample: pd.Series, problem: Problem) -> bool:
    """Whether the texts name files that are there (below the task folder)."""
    if not problem.root or sample.head(20).str.contains(FILE_ENDING).mean() < 0.9:
        return False
    root = Path(problem.root)
    return all((root / text).exists() for text in sample.head(10))


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


# --- the whole table ------------------------------------------------------------------------------------------------


def _duplicates(train: pd.DataFrame, features: list[str]) -> int:
    if not features or not len(train):
        return 0
    hashed = pd.util.hash_pandas_object(train[features], index=False)
    return int(hashed.duplicated().sum())


def _summary(target: pd.DataFrame, problem: Problem) -> str:
    if problem.kind == "segmentation" or target.empty:
        return ""
    if problem.classes:
        shares = target.iloc[:, 0].value_counts(normalize=True)
        listed = ", ".join(f"{value} {share:.1%}" for value, share in shares.head(8).items())
        return f"{len(problem.classes)} classes: {listed}" + (" ..." if len(shares) > 8 else "")
    return "; ".join(f"{name}: {_in_words(target[name].astype(float))}" for name in target.columns)


def _in_words(values: pd.Series) -> str:
    skew = float(values.skew())  # type: ignore[arg-type]
    said = (
        f"{values.min():.4g} to {values.max():.4g}, median {values.median():.4g}, {values.nunique()} different values"
    )
    return said + (f", skewness {skew:.1f}" if abs(skew) > 1 else "")


def _findings(found: Profile, train: pd.DataFrame, test: pd.DataFrame | None) -> Iterator[Finding]:
    if found.duplicates:
        share = found.duplicates / found.rows
        yield Finding(
            sort="duplicates", evidence=f"{found.duplicates} rows ({share:.1%}) repeat another row in every feature."
        )
    empty = [c for c in found.columns if c.missing > 0.5]
    if empty:
        listed = ", ".join(f"{c.name} ({c.missing:.0%})" for c in empty[:MOST_FINDINGS])
        yield Finding(sort="missing", columns=tuple(c.name for c in empty), evidence=f"Mostly empty: {listed}.")
    constant = tuple(c.name for c in found.columns if c.role is Role.CONSTANT)
    if constant:
        listed = ", ".join(constant[:MOST_FINDINGS])
        yield Finding(sort="constant", columns=constant, evidence=f"One value only: {listed}.", done="Not used.")
    for c in found.columns:
        if c.role is Role.CATEGORY and c.unseen > 0.01 and c.in_test:
            evidence = f"{c.unseen:.0%} of the rows wanted have a value of {c.name} that no training row has."
            yield Finding(sort="unseen", columns=(c.name,), evidence=evidence)
    if test is not None:
        yield from _drift(found, train, test)


def _drift(found: Profile, train: pd.DataFrame, test: pd.DataFrame) -> Iterator[Finding]:
    """Columns whose values are distributed otherwise in the rows wanted."""
    drifting: list[tuple[float, str, str]] = []
    for c in found.columns:
        if not c.in_test or c.name not in test.columns:
            continue
        if c.role is Role.NUMBER:
            gap = _gap(train[c.name], test[c.name])
            if gap > DRIFT + 2 / np.sqrt(min(len(train), len(test))):
                middle = f"median {train[c.name].median():.4g} against {test[c.name].median():.4g}"
                drifting.append((gap, c.name, f"{c.name} ({middle})"))
        elif c.role is Role.DATE:
            how = dates.find_format(train[c.name]) or dates.ISO
            known, asked = (dates.read_dates(t[c.name], how) for t in (train, test))
            if asked.min() > known.max():
                evidence = (
                    f"{c.name}: all rows wanted are later ({asked.min()}) than the training rows ({known.max()})."
                )
                yield Finding(sort="later", columns=(c.name,), evidence=evidence)
    drifting.sort(reverse=True)
    if drifting:
        listed = ", ".join(text for _, _, text in drifting[:MOST_FINDINGS])
        names = tuple(name for _, name, _ in drifting)
        evidence = f"Otherwise distributed in the rows wanted: {listed}."
        yield Finding(sort="drift", columns=names, evidence=evidence, severity=Severity.WARNING)


def _gap(first: pd.Series, second: pd.Series) -> float:
    """Largest distance between the two distribution functions (Kolmogorov and Smirnov), on samples."""
    a, b = (np.sort(s.dropna().iloc[:: max(1, len(s) // SAMPLE)].to_numpy(dtype=float)) for s in (first, second))
    if not len(a) or not len(b):
        return 0.0
    points = np.concatenate([a, b])
    shares = (np.searchsorted(x, points, side="right") / len(x) for x in (a, b))
    return float(np.abs(np.subtract(*shares)).max())
