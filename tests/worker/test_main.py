"""`python -m modelwright.worker FOLDER`: a rerun by hand."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelwright.executors.local import LocalExecutor
from modelwright.records.experiment import Status
from modelwright.testing.executors import add_job, tiny_run, wait_for
from modelwright.worker.__main__ import main

NOISY = "modelwright.testing.recipes:Noisy"


@pytest.fixture(scope="module")
def run_in_executor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    workspace = tiny_run(tmp_path_factory.mktemp("main") / "run")

    def run(number: int, recipe: str, **fields: Any) -> Path:
        job, folder = add_job(workspace, number, recipe, **fields)
        executor.start(job, folder)
        (outcome,) = wait_for(executor)
        assert outcome.status in (Status.DONE, Status.FAILED)
        return folder

    with LocalExecutor(1, 1, 0, workspace.root) as executor:
        yield run


def rerun(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modelwright.worker", str(folder)], capture_output=True, text=True, check=False
    )


def test_a_rerun_gives_the_same_predictions_and_leaves_the_record_alone(run_in_executor: Any) -> None:
    run_in_executor(1, NOISY, folds=(0,))
    folder = run_in_executor(2, NOISY, folds=(0, 1), reuse=("../0001",))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    found = rerun(folder)
    assert found.returncode == 0, found.stderr
    assert "predictions equal the recorded ones byte for byte (4 files)" in found.stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert (folder / "rerun" / "result.json").exists()
    assert (folder / "rerun" / "fold_0.npz").stat().st_nlink == 1  # run again, not taken over


def test_a_rerun_tells_predictions_that_differ(run_in_executor: Any) -> None:
    folder = run_in_executor(3, NOISY)
    (folder / "fold_0.npz").write_bytes((folder / "asked_0.npz").read_bytes())
    found = rerun(folder)
    assert found.returncode == 1
    assert "differ from the recorded ones: fold_0.npz" in found.stdout


def test_a_rerun_of_a_failure_shows_the_failure(run_in_executor: Any) -> None:
    found = rerun(run_in_executor(4, "modelwright.testing.recipes:Raising"))
    assert found.returncode == 0
    assert "failed (ValueError: this recipe always raises)" in found.stdout
    assert "there are no predictions" in found.stdout


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a", "b"], ["nowhere"]])
def test_what_is_no_experiment_is_one_sentence_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
