"""What a person should know of the tables: findings from the profile, in words, with the numbers they rest on."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..records.finding import Finding, Severity
from ..records.problem import Problem
from ..records.profile import Column, Profile, Role
from . import dates, oddities

MOST = 12  # columns named in one finding
SAMPLE = 20_000  # values of numbers
DRIFT = 0.1  # largest gap between the distributions of train and test that is still called alike
TOLD = 0.6  # AUC of a column alone, from which it is worth a name
APART = 3  # standard errors by which an AUC must differ from that of chance
RARE = 10  # rows of a class
UNEVEN = 20  # times the smallest class, of two or a few
SPELT = 0.005  # share of the rows with a word or number for missing, from which it is worth a sentence
SUSPECTS = ("near-copy", "too-good", "future", "id-encodes-target")  # sorts of findings on what gives the target away


def findings(found: Profile, train: pd.DataFrame, test: pd.DataFrame | None, problem: Problem) -> Iterator[Finding]:
    """The findings, those on rows before those on columns."""
    yield from _repeats(found)
    yield from _classes(found, train, problem)
    yield from _gaps(found)
    constant = tuple(c.name for c in found.columns if c.role is Role.CONSTANT)
    if constant:
        evidence = f"One value only: {_listed(constant)}."
        yield Finding(sort="constant", columns=constant, evidence=evidence, done="Not used.")
    for c in found.columns:
        if c.role in (Role.CATEGORY, Role.ORDERED) and c.unseen > 0.01 and c.in_test:
            evidence = f"{c.unseen:.0%} of the rows wanted have a value of {c.name} that no training row has."
            yield Finding(sort="unseen", columns=(c.name,), evidence=evidence)
    yield from oddities.oddities(found, train, test, problem)
    if test is not None:
        yield from _later(found, train, test)
        yield from _drift(found) if found.drift is not None else _gap_findings(found, train, test)


def _listed(names: "tuple[str, ...] | list[str]") -> str:
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def _repeats(found: Profile) -> Iterator[Finding]:
    if found.duplicates:
        share = found.duplicates / found.rows
        evidence = f"{found.duplicates:,} rows ({share:.1%}) repeat another row in every feature"
        if found.conflicts:
            evidence += f", and {found.conflicts:,} of them have another answer than the first"
        yield Finding(sort="duplicates", evidence=f"{evidence}.")
    if found.shared:
        share = found.shared / found.test_rows
        evidence = f"{found.shared:,} of the rows wanted ({share:.1%}) repeat a training row in every feature."
        severity = Severity.WARNING if share > 0.01 else Severity.NOTE
        yield Finding(sort="shared", evidence=evidence, severity=severity)


def _classes(found: Profile, train: pd.DataFrame, problem: Problem) -> Iterator[Finding]:
    if len(found.balance) < 2:
        return
    counts = {name: round(share * len(train)) for name, share in found.balance}
    target = (problem.targets[0],)
    rare = [f"{name} ({count})" for name, count in counts.items() if count < RARE]
    if rare:
        evidence = f"Classes of fewer than {RARE} rows: {_listed(rare)}."
        done = "Each needs rows in every fold to be learned and judged; more of them would help most."
        yield Finding(sort="rare-class", columns=target, evidence=evidence, severity=Severity.WARNING, done=done)
    large, small = max(counts.values()), min(c for c in counts.values())
    if small and not rare and large > UNEVEN * small and len(counts) <= MOST:
        least = min(counts, key=lambda name: counts[name])
        evidence = f"Classes are uneven: {least} has {small:,} rows ({small / len(train):.1%}), the largest {large:,}."
        yield Finding(sort="imbalance", columns=target, evidence=evidence)


def _gaps(found: Profile) -> Iterator[Finding]:
    empty = [c for c in found.columns if c.missing > 0.5]
    if empty:
        listed = _listed([f"{c.name} ({c.missing:.0%})" for c in empty])
        yield Finding(sort="missing", columns=tuple(c.name for c in empty), evidence=f"Mostly empty: {listed}.")
    rows = found.rows + found.test_rows
    spelt = [(c, [s for s in c.spellings if s[1] >= max(2, SPELT * rows)]) for c in found.columns if c.in_test]
    spelt = [(c, told) for c, told in spelt if told and c.role is not Role.CONSTANT]
    if spelt:
        listed = _listed([f"{c.name} ({', '.join(f'{text!r} {n:,} times' for text, n in told)})" for c, told in spelt])
        yield Finding(
            sort="spellings",
            columns=tuple(c.name for c, _ in spelt),
            evidence=f"Values that may stand for a missing one: {listed}.",
            done="They are left as they are, for they may mean something.",
        )


def _drift(found: Profile) -> Iterator[Finding]:
    """What adversarial validation says."""
    drift = found.drift
    if drift is None or drift.auc < 0.5 + max(DRIFT / 2, APART * drift.error):
        return
    told = [(name, auc) for name, auc in drift.columns if auc >= TOLD]
    listed = _listed([f"{name} ({auc:.2f} alone)" for name, auc in told])
    evidence = (
        f"A model tells the rows wanted from the training rows with an AUC of {drift.auc:.3f} ± {drift.error:.3f} "
        "(0.5 is chance)" + (f", most by {listed}." if listed else ".")
    )
    severity = Severity.WARNING if drift.auc > 0.7 else Severity.NOTE
    yield Finding(sort="drift", columns=tuple(name for name, _ in told), evidence=evidence, severity=severity)


def _later(found: Profile, train: pd.DataFrame, test: pd.DataFrame) -> Iterator[Finding]:
    for c in found.columns:
        if c.role is not Role.DATE or not c.in_test or c.name not in test.columns:
            continue
        how = dates.EPOCH if train[c.name].dtype.kind in "iuf" else dates.find_format(train[c.name]) or dates.ISO
        known, asked = (dates.read_dates(t[c.name], how) for t in (train, test))
        if asked.min() > known.max():
            evidence = f"{c.name}: all rows wanted are later ({asked.min()}) than the training rows ({known.max()})."
            yield Finding(sort="later", columns=(c.name,), evidence=evidence)


def _gap_findings(found: Profile, train: pd.DataFrame, test: pd.DataFrame) -> Iterator[Finding]:
    """Numbers that are distributed otherwise in the rows wanted, where no model was asked."""
    drifting: list[tuple[float, Column, str]] = []
    for c in found.columns:
        if c.role is Role.NUMBER and c.in_test and c.name in test.columns:
            gap = _gap(train[c.name], test[c.name])
            if gap > DRIFT + 2 / np.sqrt(min(len(train), len(test))):
                middle = f"median {train[c.name].median():.4g} against {test[c.name].median():.4g}"
                drifting.append((gap, c, f"{c.name} ({middle})"))
    if drifting:
        drifting.sort(key=lambda item: -item[0])
        yield Finding(
            sort="drift",
            columns=tuple(c.name for _, c, _ in drifting),
            evidence=f"Otherwise distributed in the rows wanted: {_listed([text for _, _, text in drifting])}.",
            severity=Severity.WARNING,
        )


def _gap(first: pd.Series, second: pd.Series) -> float:
    """Largest distance between the two distribution functions (Kolmogorov and Smirnov), on samples."""
    a, b = (np.sort(s.iloc[:: max(1, len(s) // SAMPLE)].dropna().to_numpy(dtype=float)) for s in (first, second))
    if not len(a) or not len(b):
        return 0.0
    points = np.concatenate([a, b])
    shares = (np.searchsorted(x, points, side="right") / len(x) for x in (a, b))
    return float(np.abs(np.subtract(*shares)).max())


def suspects(found: Profile) -> Profile:
    """The profile with `suspect` set on the columns that its findings say may give the target away."""
    told = {name: f for f in reversed(found.findings) if f.sort in SUSPECTS for name in f.columns}
    columns = tuple(
        c.model_copy(update={"suspect": told[c.name].evidence}) if c.name in told else c for c in found.columns
    )
    return found.model_copy(update={"columns": columns})
