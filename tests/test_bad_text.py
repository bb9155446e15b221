"""Whole small runs on texts that would trip a careless program: each ends in a valid submission, failures are rows."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.journal import history
from modelwright.records.experiment import Experiment, Proposal, Status

ROWS, ASKED = 260, 40
GOOD, BAD = ["fine", "lovely", "grand"], ["awful", "dreadful", "poor"]
PLAIN = ["the", "house", "by", "river", "had", "a", "door", "and", "window", "in", "wall", "of", "it"]


class Three:
    """Proposes the dummy, the linear model and the transformer."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def propose(self, seen: Sequence[Experiment], free: int) -> list[Proposal]:
        names = ("dummy", "tfidf-linear", "transformer")[len(seen) :][:free]
        return [Proposal(recipe=name, folds=tuple(range(5)), params=QUICK.get(name, {})) for name in names]

    def remarks(self, _history: Sequence[Experiment]) -> dict[str, str]:
        return {}


QUICK: dict[str, Any] = {"transformer": {"cycle": 2, "learning_rate": 0.003}}


def reviews(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, rows)
    texts = [" ".join(rng.permutation([*rng.choice(PLAIN, 9), rng.choice((BAD, GOOD)[k])])) for k in y]
    return pd.DataFrame({"id": np.arange(rows), "review": texts, "liked": y})


def write(folder: Path, table: pd.DataFrame) -> Path:
    folder.mkdir()
    table[:-ASKED].to_csv(folder / "train.csv", index=False)
    table[-ASKED:].drop(columns="liked").to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text(
        "Predict `liked` for each review by a customer. Judged by the area under the ROC curve.\n"
    )
    return folder


def check(done: mw.Run) -> None:
    assert done.submission is not None
    assert len(done.submission) == ASKED
    assert done.submission["liked"].between(0, 1).all()
    assert not [e.outcome for e in done.experiments if e.status.failed]


def test_texts_of_every_strange_sort(tmp_path: Path) -> None:
    table = reviews()
    strange = [
        "",
        "  ",
        "🌊🌊🌊",
        "<p>the <b>house</b> &amp; door</p>",
        "12345",
        "3.14",
        "雪 und Schnee",
        "да нет",
    ]
    for at in (5, 120, ROWS - 30):
        table.loc[at : at + len(strange) - 1, "review"] = strange
    table.loc[[40, ROWS - 5], "review"] = "door " * 200_000  # a million characters
    table.loc[60:69, "review"] = table.loc[60, "review"]  # the same text, with both labels
    table.loc[60:69, "liked"] = [0, 1] * 5
    check(mw.run(write(tmp_path / "task", table), experiments=4, jobs=1, out=tmp_path / "run"))


def test_bytes_that_are_no_unicode(tmp_path: Path) -> None:
    folder = write(tmp_path / "task", reviews())
    broken = (folder / "train.csv").read_bytes().replace(b"window", b"w\xffnd\xf8w", 20)
    (folder / "train.csv").write_bytes(broken)
    check(mw.run(folder, experiments=3, jobs=1, out=tmp_path / "run"))


def test_a_checkpoint_whose_weights_are_broken_is_a_row_in_the_journal(tmp_path: Path, checkpoint: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    (broken / "model.safetensors").write_bytes(b"nothing of the kind")
    done = mw.run(
        write(tmp_path / "task", reviews()),
        experiments=3,
        jobs=1,
        out=tmp_path / "run",
        strategist=f"{__name__}:Three",
        checkpoint=broken,
    )
    failed = [e for e in done.experiments if e.status is Status.FAILED]
    assert failed
    assert all("pretrained model in" in e.outcome.error for e in failed if e.outcome)
    assert done.submission is not None


def test_a_checkpoint_is_used_and_told_of_and_the_bundle_needs_it_no_more(tmp_path: Path, checkpoint: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(checkpoint, mine)
    table = reviews()
    done = mw.run(
        write(tmp_path / "task", table),
        experiments=3,
        jobs=1,
        out=tmp_path / "run",
        strategist=f"{__name__}:Three",
        checkpoint=mine,
    )
    assert {"transformer"} <= {e.proposal.recipe for e in done.experiments if e.status is Status.DONE}
    notes = " ".join(note.text for note in history.notes(done.path / "journal.db"))
    assert "mine (named by --checkpoint)" in notes
    assert str(mine) not in (done.path / "task.toml").read_text()
    shutil.rmtree(mine)
    again = mw.open_run(done.path).predict(table[-ASKED:].drop(columns="liked"))
    assert again["liked"].between(0, 1).all()


def test_without_a_checkpoint_it_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    done = mw.run(write(tmp_path / "task", reviews()), experiments=2, jobs=1, out=tmp_path / "run")
    told = [n.text for n in history.notes(done.path / "journal.db") if "no pretrained model" in n.text]
    assert len(told) == 1
