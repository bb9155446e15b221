"""The warm loop, spoken to over its pipes as the executor does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from modelwright.executors.processes import environment
from modelwright.testing.executors import add_job, tiny_run
from modelwright.worker import serve
from modelwright.worker.serve import PIECES
from modelwright.workspace import Workspace

RECIPES = "modelwright.testing.recipes:"
Served = subprocess.Popen[bytes]


@pytest.fixture
def run(tmp_path: Path) -> Workspace:
    return tiny_run(tmp_path / "run")


@pytest.fixture
def served(run: Workspace) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "modelwright.worker", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(1, run.root),
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


def ask(process: Served, *folders: Path) -> list[object]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"".join(json.dumps({"folder": str(folder)}).encode() + b"\n" for folder in folders))
    process.stdin.flush()
    told = [json.loads(process.stdout.readline()) for _ in folders for _ in ("begun", "ended")]
    assert told[::2] == [{"begun": True}] * len(folders)
    return told[1::2]


def test_one_answer_per_line_whatever_a_recipe_prints(run: Workspace, served: Served) -> None:
    folders = [add_job(run, number, RECIPES + "Printing")[1] for number in (1, 2)]
    assert ask(served, *folders) == [{"threads": 0}, {"threads": 0}]
    for folder in folders:
        assert "loud" in (folder / "log.txt").read_text()
        assert (folder / "result.json").exists()


def test_threads_that_are_left_are_counted(run: Workspace, served: Served) -> None:
    assert ask(served, add_job(run, 1, RECIPES + "Threading")[1]) == [{"threads": 1}]


def test_it_ends_when_nobody_can_ask_any_more(served: Served) -> None:
    assert served.stdin is not None
    served.stdin.close()
    began = time.monotonic()
    served.wait(10)
    assert time.monotonic() - began < 5


def test_a_job_comes_before_the_rest_of_the_imports(run: Workspace, served: Served) -> None:
    _, folder = add_job(run, 1, RECIPES + "Loaded")
    ask(served, folder)
    assert "lightgbm" not in (folder / "log.txt").read_text().split()


def test_what_is_imported_beforehand_exists() -> None:
    assert [piece for piece in PIECES if find_spec(piece) is None] == []


def test_a_library_that_cannot_be_imported_does_not_stop_the_worker() -> None:
    pieces = iter(("no_such_library", "json"))
    assert serve._preload(pieces)
    assert serve._preload(pieces)
    assert not serve._preload(pieces)


def test_directory_and_environment_are_put_back_after_a_job(
    run: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from modelwright.worker.data import Shelf

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    _, folder = add_job(run, 1, RECIPES + "Printing")
    with pytest.warns(UserWarning, match="of the recipe"):
        serve.run_one(folder, Shelf())
    assert Path.cwd() == tmp_path
    assert os.environ["OMP_NUM_THREADS"] == "1"
