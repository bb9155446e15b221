"""Bad input: a clear line and exit code 2, or a doubt, never a traceback."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..files import endless_zip
from ..made import Random, csv, ids, make, mark, normal, part, pick, sample, say, score, skewed, whole, zipped
from .suite import SUITE


def _plain(rng: Random) -> pd.DataFrame:
    table = make(rng, 600, key=ids(), width=normal(10, 2), height=skewed(4), shape=pick("round", "flat", "long"))
    return table.assign(ok=mark(score(rng, table, ["width", "shape", "height"]), 0.5))


def _tables(folder: Path, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, test = part(rng, _plain(rng))
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="ok"))
    csv(folder, "sample_submission.csv", sample(test, "key", ok=0))
    say(folder, "Predict `ok`. Metric: accuracy.")
    return train, test


@SUITE.case(Expect(error=("train.csv",)), cli=True)
def undecodable(folder: Path, rng: Random) -> None:
    """Bytes that are no text in any encoding."""
    _tables(folder, rng)
    (folder / "train.csv").write_bytes(rng.bytes(20000))


@SUITE.case(Expect(error=("train.csv", "line 212")), cli=True)
def ragged(folder: Path, rng: Random) -> None:
    """A row with two cells too many."""
    _tables(folder, rng)
    lines = (folder / "train.csv").read_text().splitlines()
    lines[211] += ",17,18"
    (folder / "train.csv").write_text("\n".join(lines) + "\n")


@SUITE.case(Expect(error=("train.csv", "width")), cli=True)
def duplicate_names(folder: Path, rng: Random) -> None:
    """Two columns of one name."""
    _tables(folder, rng)
    text = (folder / "train.csv").read_text()
    (folder / "train.csv").write_text(text.replace("height", "width", 1))


@SUITE.case(Expect(error=("train.csv",)), cli=True)
def only_missing(folder: Path, rng: Random) -> None:
    """A training table of empty cells."""
    train, _ = _tables(folder, rng)
    csv(folder, "train.csv", pd.DataFrame({c: [None] * len(train) for c in train.columns}))


@SUITE.case(Expect(error=("data.zip", "outside.csv")), cli=True)
def climbing_archive(folder: Path, rng: Random) -> None:
    """An archive with a path that leaves its folder."""
    train, test = part(rng, _plain(rng))
    zipped(
        folder / "data.zip",
        {
            "train.csv": train.to_csv(index=False).encode(),
            "../../outside.csv": test.drop(columns="ok").to_csv(index=False).encode(),
        },
    )
    say(folder, "Everything is in data.zip. Predict `ok`; accuracy.")


@SUITE.case(Expect(error=("data.zip",)), cli=True)
def endless_archive(folder: Path, rng: Random) -> None:
    """An archive of 30 MB that expands to 20 GB."""
    _, test = _tables(folder, rng)
    (folder / "train.csv").unlink()
    line = f"{test['key'].iloc[0]},1.25,3.5,round,1\n".encode()
    endless_zip(folder / "data.zip", "train.csv", line, 20)


@SUITE.case(Expect(error=("plant.sqlite", "database")), cli=True)
def no_database(folder: Path, rng: Random) -> None:
    """A file that is called a database and is none."""
    (folder / "plant.sqlite").write_bytes(b"no database, only a name\n" * 40 + rng.bytes(300))
    say(folder, "The readings are in plant.sqlite. Predict `load`; RMSE.")


@SUITE.case(Expect(error=("credit_grade",)), cli=True)
def target_not_there(folder: Path, rng: Random) -> None:
    """The description names a target that is in no table."""
    train, test = part(rng, _plain(rng))
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test)
    say(
        folder,
        """
        Your task is to predict the column `credit_grade` for each key in test.csv. Scored by accuracy. The submission
        has the columns key and credit_grade.
        """,
    )


@SUITE.case(Expect(error=("okay", "ok")), asked={"target": "okay"}, cli=True)
def target_misspelled(folder: Path, rng: Random) -> None:
    """A target given on the command line that is not there."""
    _tables(folder, rng)


@SUITE.case(Expect(kind="regression", targets=("weight",), id="fish", doubt="metric", refusal_is_right_too=True))
def two_metrics(folder: Path, rng: Random) -> None:
    """The description says two things about the metric."""
    table = make(
        rng, 700, fish=ids(), length=normal(30, 5), girth=normal(12, 2), lake=pick("a", "b"), year=whole(2015, 2022)
    )
    table["weight"] = (400 + 90 * score(rng, table, ["length", "girth", "lake"], 0.4)).round(1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="weight"))
    csv(folder, "sample_submission.csv", sample(test, "fish", weight=0))
    say(
        folder,
        """
        # Fish

        ## Overview
        Predict the `weight`. Submissions are evaluated by the root mean squared error.

        ## Evaluation
        Submissions are evaluated by the mean absolute error.
        """,
    )


@SUITE.case(
    Expect(kind="regression", targets=("flow",), id="well", metric="mae", roles={"depth": "number", "rate": "number"})
)
def mixed_types(folder: Path, rng: Random) -> None:
    """Numbers with a few remarks in between: still numbers."""
    table = make(rng, 1200, well=ids("w"), depth=normal(80, 20, 1), rate=skewed(3), soil=pick("sand", "clay", "rock"))
    table["flow"] = (50 + 10 * score(rng, table, ["depth", "rate", "soil"], 0.5)).round(1)
    remarks = np.array(["n/a", "see note", "broken", "-"], object)
    values = table["rate"].astype(object).to_numpy()
    odd = rng.permutation(1200)[:25]
    values[odd] = remarks[rng.integers(0, 4, 25)]
    table["rate"] = values
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="flow"))
    csv(folder, "sample_submission.csv", sample(test, "well", flow=0.0))
    say(folder, "`flow` of wells; the mean of the absolute errors is the score.")
