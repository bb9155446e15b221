import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import psutil
import pytest

import modelwright as mw
from modelwright.journal import history
from modelwright.records.experiment import Status

from .refitted import told_by_refits

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 900


def write_task(folder: Path, rows: int = ROWS) -> Path:
    """A small binary task with numbers, a category, a date and gaps."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(rows, 3))
    table = pd.DataFrame(x, columns=["height", "width", "depth"])
    table["colour"] = rng.choice(["red", "green", "blue"], rows)
    table["seen"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, rows), unit="D")
    chance = 1 / (1 + np.exp(-(x[:, 0] * x[:, 1] + (table["colour"] == "red"))))
    table["sold"] = (rng.random(rows) < chance).astype(int)
    table.loc[rng.random(rows) < 0.1, "depth"] = np.nan
    table.insert(0, "id", np.arange(rows) + 1)
    cut = rows * 4 // 5
    folder.mkdir(parents=True)
    table[:cut].to_csv(folder / "train.csv", index=False)
    table[cut:].drop(columns="sold").to_csv(folder / "test.csv", index=False)
    table[cut:][["id"]].assign(sold=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text(
        "# Which pieces sell?\n\nPredict `sold` for the rows of test.csv.\n\n"
        "## Evaluation\n\nSubmissions are judged on the area under the ROC curve.\n"
    )
    return folder


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_task(tmp_path_factory.mktemp("tasks") / "pieces")


@pytest.fixture(scope="module")
def run(task: Path, tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    return mw.run(task, experiments=6, out=tmp_path_factory.mktemp("runs") / "one")


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "modelwright", *map(str, words)]


def finished(run: Path) -> dict[int, str]:
    """Every finished experiment by number, whole."""
    if not (run / "journal.db").exists():
        return {}
    return {e.number: e.model_dump_json() for e in history.read(run / "journal.db") if e.status is not Status.RUNNING}


def left_alive(run: Path) -> list[psutil.Process]:
    """Processes that belong to a run, by their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("MODELWRIGHT_RUN") == str(run)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_run_hands_over_everything_it_promises(run: mw.Run) -> None:
    names = {p.name for p in run.path.iterdir()}
    assert {"task.toml", "submission.csv", "report.html", "bundle", "journal.db"} <= names
    assert run.state == "finished"


def test_the_submission_has_the_form_of_the_sample(run: mw.Run, task: Path) -> None:
    sample, answer = pd.read_csv(task / "sample_submission.csv"), run.submission
    assert answer is not None
    assert list(answer) == list(sample)
    assert answer["id"].tolist() == sample["id"].tolist()
    assert answer["sold"].between(0, 1).all()
    assert answer["sold"].nunique() > 50


def test_the_best_experiment_beats_the_dummy(run: mw.Run) -> None:
    dummy = run.experiments[0]
    assert dummy.proposal.recipe == "dummy"
    assert run.best is not None
    assert run.best.score is not None
    assert dummy.score is not None
    assert run.best.score.value > dummy.score.value + 0.1


def test_the_bundle_predicts_new_rows_as_the_refits_did(run: mw.Run, task: Path) -> None:
    again = run.predict(pd.read_csv(task / "test.csv"))
    np.testing.assert_allclose(again["sold"], told_by_refits(run)["sold"], atol=1e-6)


def test_the_submission_is_near_to_what_the_bundle_predicts(run: mw.Run, task: Path) -> None:
    """The models of the folds have a third of the say in it."""
    answer = run.submission
    assert answer is not None
    again = run.predict(pd.read_csv(task / "test.csv"))
    assert np.corrcoef(again["sold"], answer["sold"])[0, 1] > 0.95


def test_the_seal_was_opened_once_and_after_the_blend_was_on_record(run: mw.Run) -> None:
    assert run.facts["seal.opened"] == 1
    names = list(run.facts)
    assert names.index("blend") < names.index("seal.opened") < names.index("final")


def test_sealed_labels_were_not_in_the_data_that_experiments_see(run: mw.Run) -> None:
    layout = json.loads((run.path / "data" / "layout.json").read_text())
    assert layout["holdout"] > 0
    assert len(pd.read_feather(run.path / "data" / "labels.feather")) == layout["visible"]
    assert len(np.load(run.path / "data" / "folds.npy")) == layout["visible"]
    opened = (run.path / "data" / "opened.npz").stat().st_mtime
    searched = [e for e in run.experiments if e.proposal.move != "refit"]
    assert all(e.ended is not None and e.ended <= opened for e in searched)


def test_each_chapter_to_the_last_has_its_time_on_record(run: mw.Run) -> None:
    assert list(run.facts["chapters"])[-3:] == ["Refitting on all rows", "Handing over", "Reporting"]


def test_the_run_shows_itself_in_a_notebook(run: mw.Run) -> None:
    assert "auc" in run._repr_html_()
    assert len(run.history()) == len(run.experiments)


def test_a_run_by_count_is_the_same_byte_for_byte(run: mw.Run, task: Path, tmp_path: Path) -> None:
    again = mw.run(task, experiments=6, out=tmp_path / "two")
    assert (again.path / "submission.csv").read_bytes() == (run.path / "submission.csv").read_bytes()


def test_a_rerun_of_one_experiment_gives_the_same_predictions(run: mw.Run) -> None:
    folder = run.path / "experiments" / "0002"
    done = subprocess.run([sys.executable, "-m", "modelwright.worker", str(folder)], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_edited_task_file_is_accepted_back(run: mw.Run, task: Path, tmp_path: Path) -> None:
    text = (run.path / "task.toml").read_text()
    edited = tmp_path / "task.toml"
    edited.write_text(text.replace('metric = "auc"', 'metric = "log-loss"'))
    assert text != edited.read_text()
    understood = mw.plan(task, task_file=edited)
    assert (understood.problem.metric, understood.problem.higher_is_better) == ("log-loss", False)


def test_a_frame_and_a_target_are_enough(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=400), "b": rng.choice(list("xyz"), 400)})
    frame["price"] = np.exp(frame["a"] + (frame["b"] == "x"))
    found = mw.run(frame, target="price", metric="rmse", experiments=3, out=tmp_path / "run")
    assert found.problem.kind == "regression"
    assert found.submission is None
    assert len(found.predict(frame.drop(columns="price").head(7))) == 7


@pytest.mark.alone
def test_time_is_kept_and_an_answer_is_there_early(task: Path, tmp_path: Path) -> None:
    start, out, first = time.monotonic(), tmp_path / "run", None
    process = subprocess.Popen(command("run", task, "--budget", "30s", "--out", out, "--quiet"))
    while process.poll() is None:
        if first is None and (out / "submission.csv").exists():
            first = time.monotonic() - start
        time.sleep(0.05)
    assert process.returncode == 0
    assert time.monotonic() - start < 30 * 1.02 + 2
    assert first is not None
    # a fifth of the budget on a machine of its own; the suite shares it with other tests
    assert first < 15


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_when_everything_is_killed_at_ten_random_moments(task: Path, tmp_path: Path) -> None:
    moments, kills, out = random.Random(5), 0, tmp_path / "run-0"
    words: Sequence[object] = ("run", task, "--experiments", 8, "--out", out, "--quiet")
    while kills < 10:
        before = finished(out)
        process = subprocess.Popen(
            command(*words), start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            printed, _ = process.communicate(timeout=moments.uniform(1.5, 4.5))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
        else:
            assert process.returncode == 0, printed
        deadline = time.monotonic() + 5
        while left_alive(out) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left_alive(out)
        after = finished(out)
        assert {n: after[n] for n in before} == before
        if (out / "report.html").exists():  # it was over before the blow, or just then: go on with another run
            out = tmp_path / f"run-{kills}-{time.monotonic_ns()}"
        begun = (out / "journal.db").exists()
        words = ("resume", out, "--quiet") if begun else ("run", task, "--experiments", 8, "--out", out, "--quiet")
    if (out / "journal.db").exists():
        subprocess.run(command(*words), check=True)
        run = mw.open_run(out)
        done = [e for e in run.experiments if e.status is Status.DONE and e.proposal.move != "refit"]
        models = [(e.proposal.model_dump_json(exclude={"parent", "move", "reason"})) for e in done]
        assert len(set(models)) == len(models)
        assert run.state == "finished"
        assert run.submission is not None


def test_ctrl_c_finishes_with_the_best_so_far(task: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = subprocess.Popen(command("run", task, "--budget", "10m", "--out", out, "--quiet"))
    while not (out / "submission.csv").exists():
        time.sleep(0.1)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    found = mw.open_run(out)
    assert found.state == "finished"
    assert found.facts["end"]["reason"] == "interrupted by the user"
    assert found.submission is not None
    assert found.best is not None


def test_a_finished_run_is_not_resumed(run: mw.Run) -> None:
    with pytest.raises(mw.ModelwrightError, match="is finished"):
        mw.resume(run.path)


def test_a_run_that_is_going_on_is_not_resumed_and_goes_on(task: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with subprocess.Popen(command("run", task, "--experiments", "3", "--out", out, "--quiet")) as process:
        while not (out / "experiments" / "0001").exists():
            time.sleep(0.02)
        with pytest.raises(mw.ModelwrightError, match="still going on"):
            mw.resume(out)
        assert process.wait(120) == 0
    assert all(e.status is Status.DONE for e in mw.open_run(out).experiments)


def test_a_taken_folder_is_refused_before_anything_is_read(run: mw.Run, task: Path) -> None:
    with pytest.raises(mw.ModelwrightError, match="already holds a run"):
        mw.run(task, experiments=1, out=run.path)


def test_a_run_of_another_format_is_refused(run: mw.Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "journal.db").write_bytes((run.path / "journal.db").read_bytes())
    (tmp_path / "data" / "layout.json").write_text('{"format": 99}')
    with pytest.raises(mw.ModelwrightError, match="format 99"):
        mw.open_run(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "sould"}, "sould"),
        ({"metric": "aucc"}, "aucc"),
        ({"budget": "0s"}, "budget"),
        ({"budget": "soon"}, "soon"),
        ({"experiments": 0}, "experiments"),
        ({"strategist": "nobody"}, "nobody"),
    ],
)
def test_bad_settings_end_in_one_sentence_and_leave_nothing(
    change: dict[str, object], message: str, task: Path, tmp_path: Path
) -> None:
    with pytest.raises(mw.ModelwrightError, match=message) as caught:
        mw.run(task, out=tmp_path / "run", **change)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
