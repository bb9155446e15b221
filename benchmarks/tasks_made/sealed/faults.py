"""Measure only, never look at this while mending: other bad input."""

import gzip
from pathlib import Path

import pandas as pd

from ..case import Expect
from ..files import endless_gzip
from ..made import (
    Random,
    csv,
    ids,
    make,
    mark,
    normal,
    part,
    pick,
    sample,
    say,
    score,
    skewed,
    zipped,
)
from .suite import SUITE


def _vessels(folder: Path, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = make(rng, 500, vessel=ids("v"), draught=normal(9, 2, 1), teu=skewed(4000), flag=pick("pa", "lr", "mt"))
    table["delayed"] = mark(score(rng, table, ["teu", "draught", "flag"]), 0.4)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="delayed"))
    csv(folder, "sample_submission.csv", sample(test, "vessel", delayed=0))
    say(folder, "Is a vessel `delayed`? Accuracy.")
    return train, test


@SUITE.case(Expect(error=("train.csv.gz",)), cli=True)
def cut_off_archive(folder: Path, rng: Random) -> None:
    """A compressed table that breaks off in the middle."""
    train, _ = _vessels(folder, rng)
    packed = gzip.compress(train.to_csv(index=False).encode(), mtime=1)
    (folder / "train.csv").unlink()
    (folder / "train.csv.gz").write_bytes(packed[: len(packed) // 2])


@SUITE.case(Expect(error=("train.csv", "line 88")), cli=True)
def row_too_long(folder: Path, rng: Random) -> None:
    """An unquoted separator in one row, semicolons as separators."""
    train, _ = _vessels(folder, rng)
    lines = train.to_csv(index=False, sep=";").splitlines()
    lines[87] = lines[87].replace(";", ";;x;", 1)
    (folder / "train.csv").write_text("\n".join(lines) + "\n")


@SUITE.case(Expect(error=("train.csv.gz",)), cli=True)
def endless_table(folder: Path, rng: Random) -> None:
    """A compressed table of 30 MB that expands to 20 GB of one line."""
    train, _ = _vessels(folder, rng)
    (folder / "train.csv").unlink()
    endless_gzip(folder / "train.csv.gz", train.head(1).to_csv(index=False).encode().splitlines()[1] + b"\n", 20)


@SUITE.case(Expect(error=("all.zip", "steal")), cli=True)
def absolute_path_archive(folder: Path, rng: Random) -> None:
    """An archive with an absolute path in it."""
    train, test = _vessels(folder, rng)
    for name in ("train.csv", "test.csv"):
        (folder / name).unlink()
    zipped(
        folder / "all.zip",
        {
            "train.csv": train.to_csv(index=False).encode(),
            "test.csv": test.drop(columns="delayed").to_csv(index=False).encode(),
            "/steal.csv": b"a,b\n1,2\n",
        },
    )


@SUITE.case(Expect(error=("train.csv",)), cli=True)
def empty_table(folder: Path, rng: Random) -> None:
    """A table without a byte."""
    _vessels(folder, rng)
    (folder / "train.csv").write_bytes(b"")


@SUITE.case(Expect(error=("orders.xlsx",)), cli=True)
def broken_workbook(folder: Path, rng: Random) -> None:
    """A file called a workbook that is none."""
    (folder / "orders.xlsx").write_bytes(b"PK\x03\x04" + rng.bytes(4000))
    say(folder, "Predict `total` from orders.xlsx. MAE.")


@SUITE.case(Expect(kind="binary", targets=("delayed",), id="vessel", doubt="metric", refusal_is_right_too=True))
def page_and_mail_disagree(folder: Path, rng: Random) -> None:
    """Two files of the folder name different metrics."""
    _vessels(folder, rng)
    say(folder, "# Vessels\n\nPredict `delayed`. Submissions are evaluated on log loss.", "description.md")
    say(folder, "To all: entries for `delayed` are scored by the F1 score, nothing else.", "mail.txt")


@SUITE.case(Expect(error=("overdue",)), cli=True)
def column_not_there(folder: Path, rng: Random) -> None:
    """The sentence names a column that no table has."""
    _, _ = _vessels(folder, rng)
    text = (folder / "test.csv").read_text().splitlines()
    (folder / "test.csv").write_text("\n".join([text[0] + ",delayed", *(f"{line},0" for line in text[1:])]) + "\n")
    (folder / "sample_submission.csv").unlink()
    say(folder, "Please predict the column `overdue` for the vessels of test.csv; accuracy counts.")
