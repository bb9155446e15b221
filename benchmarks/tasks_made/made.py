"""Columns, signals and files that the cases are made of."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Random = np.random.Generator
Make = Callable[[Random, int], Any]
Floats = npt.NDArray[np.float64]

_WORDS = """
    account answer appointment arrival balance basket battery bottle branch bridge button cable camera carpet charge
    circuit colour counter coupon credit curtain damage delay delivery deposit device display door engine error
    fabric filter floor garden glass handle heating invoice kitchen ladder leather letter light lock machine manual
    market meter mirror motor network notice office order oven packet panel paper payment phone pipe plate pocket
    printer pump queue radio receipt refund repair return roof router screen screw seat service shelf signal socket
    spring stairs station storage switch table ticket tile tower train valve video voucher wall water wheel window
    wire
"""
WORDS = _WORDS.split()


def whole(low: int, high: int) -> Make:
    """Whole numbers from low to below high."""
    return lambda rng, n: rng.integers(low, high, n)


def normal(mean: float, deviation: float, digits: int = 2) -> Make:
    """Numbers around a mean."""
    return lambda rng, n: rng.normal(mean, deviation, n).round(digits)


def skewed(middle: float, spread: float = 0.6, digits: int = 2) -> Make:
    """Positive numbers with a long tail above."""
    return lambda rng, n: (middle * np.exp(spread * rng.normal(size=n))).round(digits)


def pick(*values: object, weights: Sequence[float] | None = None) -> Make:
    """One of the values."""
    shares = None if weights is None else np.array(weights) / sum(weights)
    return lambda rng, n: np.array(values, object)[rng.choice(len(values), n, p=shares)]


def ids(prefix: str = "", start: int = 1000) -> Make:
    """Distinct names in random order, so that they tell nothing."""
    return lambda rng, n: np.array([f"{prefix}{k}" if prefix else k for k in rng.permutation(n) + start], object)


def days(first: str, span: int) -> Make:
    """Dates as text, drawn from so many days."""
    return lambda rng, n: (pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, span, n), "D")).strftime("%Y-%m-%d")


def prose(low: int, high: int) -> Make:
    """Texts of a number of words between low and high."""
    return lambda rng, n: [" ".join(rng.choice(WORDS, rng.integers(low, high))) for _ in range(n)]


def make(rng: Random, rows: int, **columns: Make) -> pd.DataFrame:
    """A table of the columns."""
    return pd.DataFrame({name: column(rng, rows) for name, column in columns.items()}).infer_objects()


def score(rng: Random, table: pd.DataFrame, columns: Sequence[str], noise: float = 0.7) -> Floats:
    """A standardised signal of the columns (numbers by size, values of categories by an effect each) with noise."""
    total = np.zeros(len(table))
    for weight, name in zip((1.0, -0.8, 0.7, 0.6, -0.5, 0.5, 0.4, 0.4), columns, strict=False):
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            part = column.rank(pct=True).to_numpy(float)
        else:
            codes, values = pd.factorize(column, sort=True)
            part = rng.permutation(len(values))[codes] / max(1, len(values) - 1)
        total += weight * (part - part.mean()) / (part.std() or 1.0)
    total = total / (total.std() or 1.0) + noise * rng.normal(size=len(table))
    return np.asarray((total - total.mean()) / total.std())


def mark(values: Floats, share: float, yes: object = 1, no: object = 0) -> Any:
    """The share of rows with the largest values as `yes`, the others as `no`."""
    high = values > np.quantile(values, 1 - share)
    marks = np.where(high, np.array(yes, object), np.array(no, object))
    return pd.Series(marks).infer_objects().to_numpy()


def cut(values: Floats, names: Sequence[object], shares: Sequence[float] | None = None) -> Any:
    """Neighbouring values as classes, each with its share of the rows."""
    edges = np.cumsum(shares)[:-1] / sum(shares) if shares is not None else np.arange(1, len(names)) / len(names)
    codes = np.searchsorted(np.quantile(values, edges), values)
    return pd.Series(np.array(list(names), object)[codes]).infer_objects().to_numpy()


def part(rng: Random, table: pd.DataFrame, share: float = 0.25) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test, drawn at random."""
    order = rng.permutation(len(table))
    count = round(share * len(table))
    return table.iloc[order[count:]].reset_index(drop=True), table.iloc[order[:count]].reset_index(drop=True)


def holes(rng: Random, column: "pd.Series[Any]", share: float, spelled: Any = None) -> "pd.Series[Any]":
    """The column with a share of its values missing, spelled so."""
    gone = rng.random(len(column)) < share
    values = column.to_numpy(object)
    values[gone] = spelled
    return pd.Series(values, column.index).infer_objects()


def grouped(value: float, digits: int = 2, mark_of_thousands: str = ",") -> str:
    """1234567.5 as 1,234,567.50."""
    return f"{value:,.{digits}f}".replace(",", mark_of_thousands)


def say(folder: Path, text: str, name: str = "description.md", encoding: str = "utf-8") -> None:
    """Write a description, without the indent it has in the code."""
    (folder / name).write_text(dedent(text).strip() + "\n", encoding=encoding)


def csv(folder: Path, name: str, table: pd.DataFrame, **how: Any) -> None:
    """Write a csv table; the ending says how it is compressed, `how` is passed to pandas."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    how.setdefault("lineterminator", "\n")
    if name.endswith((".gz", ".zip", ".xz", ".bz2")):
        # the archive must not hold the time of day: cases are the same on every machine
        how["compression"] = {
            "method": {"gz": "gzip", "zip": "zip", "xz": "xz", "bz2": "bz2"}[name.rsplit(".", 1)[1]],
            **({"mtime": 1} if name.endswith(".gz") else {}),
        }
        if name.endswith(".zip"):
            zipped(folder / name, {Path(name).stem: table.to_csv(index=False, lineterminator="\n").encode()})
            return
    table.to_csv(folder / name, index=False, **how)


def zipped(path: Path, members: dict[str, bytes]) -> None:
    """Write a zip archive whose bytes do not depend on the clock; names are written as they are, `..` too."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def sample(test: pd.DataFrame, identifier: str, **columns: Any) -> pd.DataFrame:
    """A sample submission: the ids of the test rows and a constant in each other column."""
    return test[[identifier]].assign(**columns)
