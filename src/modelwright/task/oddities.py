"""Findings on what would trip a careless program: infinite values, mixed columns, names, odd targets, few rows."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..records.finding import Finding, Severity
from ..records.problem import Problem
from ..records.profile import Profile, Role

MIXED = 0.05  # share of the values that must be numbers, and as many words, in a column of both
MANY = 1_000  # different values of a column of names
NAMES = 0.5  # and per row that has one: so few rows share a value that hardly anything can be learnt of each
FEW = 50  # rows
FAR = 10.0  # times the distance between the quartiles, beyond which a value of the target is called far out
TAIL = 0.02  # share of the rows above which far values are a tail and no outliers
SKEWED = 3.0  # skewness of a target from which its tail is heavy
SHORT = 25.0  # characters of a name, on average, at most
WORDS = (Role.TEXT, Role.CATEGORY, Role.CODE, Role.COMPOSITE)


def oddities(found: Profile, train: pd.DataFrame, test: pd.DataFrame | None, problem: Problem) -> Iterator[Finding]:
    """The findings, those on the shape of the table first."""
    yield from _shape(found)
    yield from _target(train, problem)
    tables = [table for table in (train, test) if table is not None]
    yield from _infinite(found, tables)
    for c in found.columns:
        if c.in_test and c.role in WORDS and c.name in train:
            share = _share_of_numbers(train[c.name])
            if MIXED <= share <= 1 - MIXED:
                evidence = f"{c.name} holds numbers and words: {share:.0%} of its values are numbers."
                done = "It is read as words; where they stand for gaps, empty cells would make it a column of numbers."
                yield Finding(sort="mixed", columns=(c.name,), evidence=evidence, done=done)
    yield from _names(found)


def _shape(found: Profile) -> Iterator[Finding]:
    if found.rows < FEW:
        evidence = f"There are {found.rows} rows to learn from."
        done = "Scores of so few rows say little: see their errors."
        yield Finding(sort="few-rows", evidence=evidence, severity=Severity.WARNING, done=done)
    if len(found.features) > found.rows:
        evidence = f"There are more columns ({len(found.features)}) than rows ({found.rows})."
        done = "Some columns will seem to tell the target by chance; only rows that a model has not seen can say."
        yield Finding(sort="wide", evidence=evidence, severity=Severity.WARNING, done=done)


def _target(train: pd.DataFrame, problem: Problem) -> Iterator[Finding]:
    """Values far from all others, or a heavy tail, of targets that are numbers."""
    if problem.kind not in ("regression", "forecast"):
        return
    for name in problem.targets:
        if name not in train or train[name].dtype.kind not in "iuf":
            continue
        values = train[name].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else (0.0, 0.0, 0.0)
        far = values[np.abs(values - middle) > FAR * max(high - low, 1e-12 * abs(middle))] if high > low else values[:0]
        if not len(far):
            continue
        extremes = ", ".join(f"{v:.4g}" for v in sorted(far, key=lambda v: -abs(v - middle))[:3])
        told = (
            f"{len(far):,} of {len(values):,} values of {name} lie far from the others (half lie between {low:.4g} and "
        )
        evidence = f"{told}{high:.4g}): {extremes}."
        if values.min() >= 0 and (len(far) > TAIL * len(values) or float(pd.Series(np.log1p(values)).skew()) < SKEWED):  # type: ignore[arg-type]
            done = "It has a heavy tail. If errors count by their ratio, a metric on logarithms (rmsle) says so."
            yield Finding(sort="heavy-tail", columns=(name,), evidence=evidence, done=done)
        else:
            done = "A squared error is decided by them: if they are mistakes, take them out; else ask for mae."
            yield Finding(sort="outliers", columns=(name,), evidence=evidence, severity=Severity.WARNING, done=done)


def _infinite(found: Profile, tables: list[pd.DataFrame]) -> Iterator[Finding]:
    counts: dict[str, int] = {}
    for table in tables:
        for c in found.columns:
            if c.in_test and c.name in table and table[c.name].dtype.kind == "f":
                count = int(np.isinf(table[c.name].to_numpy()).sum())
                if count:
                    counts[c.name] = counts.get(c.name, 0) + count
    if counts:
        listed = ", ".join(f"{name} ({count:,} times)" for name, count in list(counts.items())[:12])
        listed += f" and {len(counts) - 12} more" if len(counts) > 12 else ""
        evidence = f"Infinite values: {listed}."
        yield Finding(sort="infinite", columns=tuple(counts), evidence=evidence, done="They count as missing.")


def _share_of_numbers(column: "pd.Series[str]") -> float:
    """The share of the different values (of a sample) that are numbers as text; 0 for numbers and dates."""
    if column.dtype.kind not in "OT":
        return 0.0
    values = column.dropna().iloc[:: max(1, len(column) // 5_000)].astype(str)
    if not len(values):
        return 0.0
    return float(pd.to_numeric(values, errors="coerce").notna().mean())


def _names(found: Profile) -> Iterator[Finding]:
    """Columns of a great many values, nearly each in a row of its own."""
    for c in found.columns:
        filled = max(1.0, found.rows * (1 - c.missing))
        short = c.role is not Role.TEXT or c.length < SHORT  # sentences differ, and nobody wonders
        if c.in_test and c.role in WORDS and short and c.distinct >= MANY and c.distinct > NAMES * filled:
            evidence = f"{c.name} has {c.distinct:,} different values in {found.rows:,} rows."
            done = "What its values are made of can be learnt, but not each of them."
            yield Finding(sort="many-values", columns=(c.name,), evidence=evidence, done=done)
