"""Whole small runs on tables that would trip a careless program: each ends in a valid submission and a finding."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw

ROWS = 240
METRICS = {"auc": "the area under the ROC curve", "rmse": "root mean squared error", "accuracy": "accuracy"}


def table(rows: int = ROWS, columns: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = pd.DataFrame(rng.normal(size=(rows, columns)), columns=[f"n{k}" for k in range(columns)])
    signal = made["n0"] + made["n1"] + 0.3 * rng.normal(size=rows)
    return made.assign(letter=rng.choice(list("abc"), rows), y=(signal > 0).astype(int))


def run(path: Path, made: pd.DataFrame, *, metric: str = "auc", asked: int = 40, experiments: int = 3) -> mw.Run:
    """Run on a folder of files, since reading them is part of it; the last rows are those wanted."""
    folder = path / "task"
    folder.mkdir()
    made = made.reset_index(drop=True)
    made.insert(0, "id", np.arange(len(made)))
    made[:-asked].to_csv(folder / "train.csv", index=False)
    made[-asked:].drop(columns="y").to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text(f"Predict `y` for each id. Judged by {METRICS[metric]}.\n")
    return mw.run(folder, experiments=experiments, jobs=1, out=path / "run")


def check(done: mw.Run, asked: int = 40) -> str:
    """The submission is whole; the findings as text, each of them in the report."""
    submission = done.submission
    assert submission is not None
    assert len(submission) == asked
    assert not submission.isna().any().any()
    assert not [e.outcome for e in done.experiments if e.status.failed]
    findings: Any = done.facts["findings"]
    page = (done.path / "report.html").read_text()
    for finding in findings:
        assert finding[:30] in page
    return "\n".join(findings)


def test_columns_empty_infinite_constant_mixed_and_with_new_levels(tmp_path: Path) -> None:
    made = table()
    rng = np.random.default_rng(1)
    mixed = pd.Series(rng.normal(size=ROWS).round(2)).astype(object)
    mixed[::4], mixed[1::9], mixed[2::11] = "unknown", "2020-01-01", True
    big = pd.Series(rng.normal(size=ROWS))
    big[::3], big[1::5] = np.inf, -np.inf
    made = made.assign(gone=np.nan, endless=np.inf, same=7, big=big, mixed=mixed)
    made.loc[ROWS - 20 :, "letter"] = "never seen"
    findings = check(run(tmp_path, made))
    for said in (
        "Mostly empty: gone",
        "One value only",
        "Infinite values: ",
        "mixed holds numbers and words",
        "letter",
    ):
        assert said in findings


def test_a_class_of_two_rows(tmp_path: Path) -> None:
    made = table()
    made["y"] = np.where(made["y"] == 1, "often", "seldom")
    made.loc[[5, 17], "y"] = "twice"
    assert "twice (2)" in check(run(tmp_path, made, metric="accuracy"))


def test_a_target_with_a_heavy_tail(tmp_path: Path) -> None:
    made = table()
    made["y"] = np.exp(2.5 * made["n0"] + np.random.default_rng(2).normal(size=ROWS))
    assert "heavy tail" in check(run(tmp_path, made, metric="rmse"))


def test_a_target_with_outliers(tmp_path: Path) -> None:
    made = table()
    made["y"] = 3 * made["n0"] + np.random.default_rng(2).normal(size=ROWS)
    made.loc[[3, 50, 77], "y"] = 1e7, -1e7, 5e6
    assert "lie far from the others" in check(run(tmp_path, made, metric="rmse"))


def test_more_columns_than_rows(tmp_path: Path) -> None:
    assert "more columns" in check(run(tmp_path, table(80, 300), asked=20), asked=20)


def test_one_row_more_than_folds(tmp_path: Path) -> None:
    made = table(31).sort_values("y", kind="stable").iloc[[*range(6), *range(20, 31)]]
    made = made.sample(frac=1, random_state=0)
    assert "rows to learn from" in check(run(tmp_path, made, asked=6), asked=6)


@pytest.mark.slow
def test_columns_of_a_hundred_thousand_levels(tmp_path: Path) -> None:
    rows = 100_000
    made = table(rows).assign(
        names=[f"u{k * 7919 % 1_000_003:x}" for k in range(rows)],
        numbers=[f"n{k}" for k in np.random.default_rng(3).integers(0, 60_000, rows)],
    )
    assert "different values in" in check(run(tmp_path, made, asked=5_000), asked=5_000)
