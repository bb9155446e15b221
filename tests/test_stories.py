"""Runs by count on kinds of answer that differ from a plain table: each ends in a valid answer and a model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import modelwright as mw

SONGS = 260


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A task with sets of labels in the cells of one column; the sample separates them otherwise."""
    rng = np.random.default_rng(0)
    labels = np.array(["jazz", "rock", "folk", "soul"])
    x = rng.normal(size=(SONGS, 3))
    marks = x @ rng.normal(size=(3, 4)) + 0.3 * rng.normal(size=(SONGS, 4)) > 0.4
    table = pd.DataFrame(x, columns=["beat", "pitch", "noise"])
    table.insert(0, "song", np.arange(SONGS))
    table["genres"] = ["; ".join(labels[row]) for row in marks]
    folder = tmp_path / "songs"
    folder.mkdir()
    table[:200].to_csv(folder / "train.csv", index=False)
    table[200:].drop(columns="genres").to_csv(folder / "test.csv", index=False)
    table[200:][["song"]].assign(genres="jazz rock").to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text("Which genres is each song of? We count by the micro-averaged F1.\n")
    return folder


def test_sets_of_labels_are_learnt_and_handed_in(songs: Path, tmp_path: Path) -> None:
    done = mw.run(songs, experiments=2, jobs=1, out=tmp_path / "run")
    assert done.state == "finished"
    dummy, linear = done.experiments[:2]
    assert dummy.score is not None
    assert linear.score is not None
    assert linear.score.value > dummy.score.value + 0.1
    answer = done.submission
    assert answer is not None
    assert list(answer) == ["song", "genres"]
    handed_in = {label for cell in answer["genres"].dropna() for label in cell.split(" ")}
    assert handed_in == {"jazz", "rock", "folk", "soul"}
    again = done.predict(pd.read_csv(songs / "test.csv"))
    assert again["genres"].tolist() == answer["genres"].fillna("").tolist()


def test_pictures_named_by_a_table_are_learnt_from(tmp_path: Path) -> None:
    rng, folder = np.random.default_rng(0), tmp_path / "tiles"
    labels = np.where(rng.random(120) < 0.5, "bright", "dark")
    for part, numbers in (("train", range(90)), ("test", range(90, 120))):
        (folder / part).mkdir(parents=True)
        for k in numbers:
            pixels = rng.integers(0, 120, (12, 12, 3)) + (60 if labels[k] == "bright" else 0)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / part / f"{k}.png")
        table = pd.DataFrame({"tile": list(numbers), "look": labels[list(numbers)]})
        (table if part == "train" else table[["tile"]]).to_csv(folder / f"{part}.csv", index=False)
    (folder / "description.md").write_text("Is a tile bright or dark? Accuracy counts.\n")
    done = mw.run(folder, experiments=2, jobs=1, out=tmp_path / "run")
    linear = done.experiments[1]
    assert [step.name for step in linear.proposal.features] == ["picture-statistics"]
    assert linear.score is not None
    assert linear.score.value > 0.95
    answer = done.submission
    assert answer is not None
    assert answer["tile"].tolist() == list(range(90, 120))
    assert (answer["look"] == labels[90:]).mean() > 0.9


@pytest.mark.slow
def test_a_forecast_of_a_panel_and_grades_in_words_are_handed_in(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=90)
    panel = pd.MultiIndex.from_product([days, ["a", "b", "c"]], names=["day", "shop"]).to_frame(index=False)
    panel["sold"] = (
        panel["day"].dt.dayofweek * 2.0 + panel["shop"].map({"a": 5, "b": 9, "c": 20}) + rng.normal(size=270)
    )
    panel.insert(0, "row", np.arange(270))
    grades = pd.DataFrame({"row": np.arange(300), "heat": rng.normal(size=300), "load": rng.normal(size=300)})
    place = np.digitize(grades["heat"] + 0.3 * rng.normal(size=300), [-0.5, 0.5])
    grades["wear"] = np.array(["low", "medium", "high"])[place]
    asked = (("sold", "forecast", "RMSE."), ("wear", "ordinal", "Quadratic weighted kappa."))
    for (target, kind, text), table in zip(asked, (panel, grades), strict=True):
        folder = tmp_path / target
        folder.mkdir()
        table[:240].to_csv(folder / "train.csv", index=False)
        table[240:].drop(columns=target).to_csv(folder / "test.csv", index=False)
        (folder / "description.md").write_text(text)
        done = mw.run(folder, experiments=3, jobs=1, out=tmp_path / f"run-{target}")
        assert (done.problem.kind, done.state) == (kind, "finished")
        assert done.submission is not None
        assert list(done.submission) == ["row", target]
        dummy, best = done.experiments[0].score, done.best
        assert dummy is not None
        assert best is not None
        assert best.proposal.recipe != "dummy"
    assert set(done.submission["wear"]) <= {"low", "medium", "high"}
