import io
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright import api
from modelwright.chapters.asking import Asker
from modelwright.records.problem import Option, Question

QUESTION = Question(
    field="metric",
    text="By which metric?",
    options=(
        Option(value="auc", means="first", confidence=0.6),
        Option(value="f1", means="second", confidence=0.4),
    ),
)
TEXT = "Predict `closed`. We judge by the F1 score. We judge by the log loss."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"id": range(120), "age": rng.integers(18, 90, 120), "closed": rng.integers(0, 2, 120)})
    where = tmp_path / "task"
    where.mkdir()
    table[:80].to_csv(where / "train.csv", index=False)
    table[80:].drop(columns="closed").to_csv(where / "test.csv", index=False)
    (where / "description.md").write_text(TEXT)
    return where


def asker(answers: str) -> tuple[Asker, io.StringIO]:
    said = io.StringIO()
    return Asker(io.StringIO(answers), said), said


@pytest.mark.parametrize(("typed", "value"), [("2\n", "f1"), ("1\n", "auc"), ("\n", "auc"), ("", "auc")])
def test_a_number_chooses_and_enter_or_the_end_of_input_takes_the_likeliest(typed: str, value: str) -> None:
    ask, said = asker(typed)
    assert ask(QUESTION) == value
    assert "2  f1" in said.getvalue()


def test_anything_else_is_asked_again() -> None:
    ask, said = asker("seven\n9\n2\n")
    assert ask(QUESTION) == "f1"
    assert "'seven' is none of 1 to 2" in said.getvalue()


def test_an_answer_decides_and_is_asked_for_once(folder: Path) -> None:
    taken = api.plan(folder).problem
    assert [q.field for q in taken.questions] == ["metric"]
    for typed, place in (("1\n", 0), ("2\n", 1)):
        ask, said = asker(typed)
        found = api.plan(folder, ask=ask).problem
        assert found.metric == taken.questions[0].options[place].value
        assert said.getvalue().count("By which metric") == 1
        assert found.questions == ()


def test_without_doubts_nothing_is_asked(folder: Path) -> None:
    (folder / "description.md").write_text("Predict `closed`. We judge by the log loss.")
    ask, said = asker("")
    api.plan(folder, ask=ask)
    assert said.getvalue() == ""


def plan_command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "modelwright", "plan", str(folder), "--out", str(folder / "task.toml"), *more]


def test_at_a_terminal_the_question_is_put_and_the_answer_written_down(folder: Path) -> None:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(plan_command(folder, "--ask"), stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen, ends = b"", time.monotonic() + 60
    while b"Enter for 1" not in seen and time.monotonic() < ends:
        seen += os.read(ours, 4096)
    os.write(ours, b"2\n")
    assert child.wait(60) == 0
    os.close(ours)
    rival = api.plan(folder).problem.questions[0].options[1].value
    assert f'metric = "{rival}"\n' in (folder / "task.toml").read_text()


def test_without_a_terminal_the_likeliest_is_taken_and_that_is_said(folder: Path) -> None:
    command = plan_command(folder, "--ask")
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert "no terminal to ask at" in done.stderr
    assert "By which metric" in done.stdout
