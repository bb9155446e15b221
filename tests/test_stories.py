"""Runs by count on kinds of answer that differ from a plain table: each ends in a valid answer and a model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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
    done = mw.run(songs, experiments=2, out=tmp_path / "run")
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
