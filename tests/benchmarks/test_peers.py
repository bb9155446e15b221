"""The comparison with peers: every measurement is made once and kept, and the tables say what was measured."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import peers
import pytest
from comparing import running, scores, tables
from comparing.rows import OURS, Key, Row, Store, Task, as_row, order, read_task
from comparing.watching import Watch
from curve import table as curve_table
from sklearn import metrics as skm

from modelwright.metrics import catalogue

# Plain Python, as importing pandas a few dozen times would take most of the time of these tests.
GRADE = """
import csv, json, sys
from pathlib import Path
answers, said = (list(csv.DictReader(open(f))) for f in (Path(sys.argv[1]) / "answers.csv", sys.argv[2]))
print(json.dumps({"score": sum(float(a["y"]) == float(s["y"]) for a, s in zip(answers, said)) / len(answers)}))
"""
PEER = """
import argparse, json
from pathlib import Path
parser = argparse.ArgumentParser()
parser.add_argument("task", type=Path)
parser.add_argument("--peer", choices=["good", "bad", "broken"])
for name in ("--time", "--cpus", "--seed", "--out", "--venvs"):
    parser.add_argument(name)
parser.add_argument("--date-parts", action="store_true")
a = parser.parse_args()
work = Path(a.out) / "t__x"
work.mkdir(parents=True)
result = {"wall_s": 3.0, "peak_pss_mb": 100, "row_ms_warm": 9.0, "version": "7", "score": None, "note": "out of luck"}
if a.peer != "broken":
    wrong = {"good": 10, "bad": 30}[a.peer]
    lines = [f"{k},{k % 2 if k >= wrong else 1 - k % 2}" for k in range(100)]
    (work / "submission.csv").write_text("\\n".join(["id,y", *lines]))
    result |= {"score": 1 - wrong / 100, "note": ""}
(work / "log.txt").write_text("worked")
(work / "result.json").write_text(json.dumps(result))
with (Path(a.venvs) / "calls.txt").open("a") as calls:
    calls.write(f"{a.task.name} {a.peer} {a.seed}\\n")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two tasks of 100 rows, a grader, a program that runs three peers, and a folder in which it notes its calls."""
    for name in ("one", "two"):
        (tmp_path / name / "task").mkdir(parents=True)
        answers = pd.DataFrame({"id": range(100), "y": np.arange(100) % 2})
        answers.to_csv(tmp_path / name / "answers.csv", index=False)
        said = {"id": name, "metric": "accuracy", "is_lower_better": False, "id_column": "id", "target": ["y"]}
        (tmp_path / name / "task.json").write_text(json.dumps(said))
    (tmp_path / "grade.py").write_text(GRADE)
    (tmp_path / "run_peer.py").write_text(PEER)
    (tmp_path / "venvs").mkdir()
    return tmp_path


@pytest.fixture(autouse=True)
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are not held to a few cores."""
    monkeypatch.setattr(peers, "hold_to", lambda cpus: None)


def call(root: Path, *more: str) -> int:
    words = [str(root), "--tasks", "one", "two", "--budget", "5s", "--grade", str(root / "grade.py")]
    words += ["--run-peer", str(root / "run_peer.py"), "--venvs", str(root / "venvs"), "--out", str(root / "out")]
    return peers.main([*words, *more])


def calls(root: Path) -> list[str]:
    return (root / "venvs" / "calls.txt").read_text().splitlines()


def task(metric: str, *targets: str, folder: Path = Path("t"), params: dict[str, float] | None = None) -> Task:
    return Task(folder, metric, False, "id", targets or ("y",), params or {})


def row(tool: str, graded: float | None, seed: int = 0, name: str = "one", **fields: object) -> Row:
    return replace(Row(name, tool, 5.0, seed, graded=graded), **fields)  # type: ignore[arg-type]


# -- measuring ---------------------------------------------------------------------------------------------------------


def test_every_tool_runs_once_for_each_task_and_seed_and_each_is_first_in_turn() -> None:
    keys = order(["a", "b", "c"], [OURS, "p", "q"], 5.0, [0, 1])
    assert len(set(keys)) == len(keys) == 18
    assert [k.tool for k in keys[::3]] == [OURS, "p", "q", OURS, "p", "q"]
    assert [(k.seed, k.task) for k in keys[::3]] == [(s, t) for s in (0, 1) for t in "abc"]


def test_what_is_measured_is_kept_and_not_measured_again(root: Path) -> None:
    call(root, "--peers", "good", "bad", "--only", "good")
    call(root, "--peers", "good", "bad", "--only", "good", "bad")
    assert sorted(calls(root)) == ["one bad 0", "one good 0", "two bad 0", "two good 0"]


def test_a_measurement_that_is_missing_shows_in_the_exit_status_and_in_the_report(root: Path) -> None:
    assert call(root, "--peers", "good", "--only", "good") == 1
    assert "Missing: 2 of 4" in (root / "out" / "report.md").read_text()


def test_a_peer_that_gave_no_score_is_kept_with_its_note_and_made_again_only_when_asked(root: Path) -> None:
    for more in ([], [], ["--retry"]):
        call(root, "--peers", "broken", "--only", "broken", "--seeds", "3", *more)
    assert calls(root) == ["one broken 3", "two broken 3"] * 2
    kept = Store(root / "out").read(Key("one", "broken", 5.0, 3))
    assert kept is not None
    assert (kept.graded, kept.note) == (None, "out of luck")


def test_a_report_alone_measures_nothing(root: Path) -> None:
    assert call(root, "--peers", "good", "--only-report") == 1
    assert not (root / "venvs" / "calls.txt").exists()


def test_a_peer_that_nobody_knows_ends_the_comparison_and_leaves_no_row(root: Path) -> None:
    with pytest.raises(SystemExit, match="did not run nobody"):
        call(root, "--peers", "nobody", "--only", "nobody")
    assert list((root / "out" / "rows").iterdir()) == []


def test_a_row_holds_what_the_peer_reported_and_the_submission_is_kept(root: Path) -> None:
    call(root, "--peers", "good", "--only", "good")
    store, key = Store(root / "out"), Key("two", "good", 5.0, 0)
    kept = store.read(key)
    assert kept is not None
    assert (kept.graded, kept.wall_s, kept.peak_pss_mb, kept.row_ms_warm, kept.version) == (0.9, 3.0, 100, 9.0, "7")
    assert len(pd.read_csv(store.submission(key))) == 100
    assert store.log(key).read_text() == "worked"


def test_rows_of_another_version_are_read(tmp_path: Path) -> None:
    assert as_row({"task": "a", "tool": "b", "budget_s": 1.0, "seed": 2, "moods": 3}) == Row("a", "b", 1.0, 2)


def test_a_folder_that_is_no_task_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"nothing is no graded task: it needs task/, task\.json"):
        read_task(tmp_path / "nothing")


def test_memory_and_time_of_a_whole_process_tree_are_seen() -> None:
    import subprocess

    child = "x = b'1' * 2**26; import time; time.sleep(3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent]) as process:
        watch = Watch(process.pid)
        watch.start()
        time.sleep(1.8)
        seen = watch.stop()
        process.terminate()
    assert seen["peak_rss_mb"] >= 64
    assert seen["peak_pss_mb"] is None or 64 <= seen["peak_pss_mb"] <= seen["peak_rss_mb"]
    assert seen["cpu_s"] > 0


def test_a_modelwright_that_does_not_end_is_killed_with_its_children_and_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = root / "sleeper.py"
    child = f"import time, pathlib; time.sleep(2); pathlib.Path({str(root / 'alive')!r}).touch()"
    sleeper.write_text(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    program = root / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{sleeper}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(running.sys, "executable", str(program))
    monkeypatch.setattr(running, "SPARE", 0.5)
    bench = running.Bench(Store(root / "out"), 1, root / "grade.py")
    found = running.measure(Key("one", OURS, 0.1, 0), read_task(root / "one"), bench)
    assert found.graded is None
    assert found.note.startswith("killed after 1 s; exit status -9")
    assert found == bench.store.read(found.key)
    time.sleep(2.0)
    assert not (root / "alive").exists()


@pytest.mark.alone
def test_modelwright_is_measured_from_outside(root: Path) -> None:
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"id": range(100, 500), "x": rng.normal(size=400)})
    train.assign(y=(train.x + rng.normal(size=400) > 0).astype(int)).to_csv(root / "one/task/train.csv", index=False)
    test = pd.DataFrame({"id": range(100), "x": np.where(np.arange(100) % 2, 1.0, -1.0)})
    test.to_csv(root / "one/task/test.csv", index=False)
    (root / "one/task/description.md").write_text("Predict `y`. Submissions are judged by accuracy.")
    bench = running.Bench(Store(root / "out"), 1, root / "grade.py", flags=("--experiments", "3"))
    found = running.measure(Key("one", OURS, 120.0, 0), read_task(root / "one"), bench)
    assert found.graded is not None
    assert found.graded > 0.9
    assert found == bench.store.read(found.key)
    assert found.note == ""
    assert found.experiments == 3
    assert found.families
    assert found.wall_s is not None
    assert found.wall_s < 120
    for name in (
        "cv",
        "cv_error",
        "expected",
        "sealed",
        "model_mb",
        "row_ms_cold",
        "row_ms_warm",
        "rows10k_s",
        "peak_rss_mb",
    ):
        assert getattr(found, name) > 0, name
    assert not bench.store.root.joinpath("work", str(found.key)).exists()


# -- scores under resampled rows ---------------------------------------------------------------------------------------

RNG = np.random.default_rng(5)
CODES, PROBABILITY = RNG.integers(0, 2, 200), RNG.random(200)
GRADES = RNG.integers(3, 9, 200)
GUESSES = np.clip(GRADES + RNG.integers(-1, 2, 200), 3, 8)
WORDS = np.array(["ant", "bee", "cat"])[RNG.integers(0, 3, 200)]
OTHER_WORDS = np.where(RNG.random(200) < 0.7, WORDS, "bee")
ONE_HOT, SHARES = np.eye(3)[RNG.integers(0, 3, 200)], RNG.dirichlet(np.ones(3), 200)
VALUES, NEAR = RNG.gamma(2.0, size=(200, 2)), RNG.gamma(2.0, size=(200, 2))


@pytest.mark.parametrize(
    ("metric", "truth", "said", "expected"),
    [
        ("auc", CODES, PROBABILITY, skm.roc_auc_score(CODES, PROBABILITY)),
        ("binary-logloss", CODES, PROBABILITY, skm.log_loss(CODES, PROBABILITY)),
        ("brier", CODES, PROBABILITY, skm.brier_score_loss(CODES, PROBABILITY)),
        ("accuracy", WORDS, OTHER_WORDS, skm.accuracy_score(WORDS, OTHER_WORDS)),
        ("balanced-accuracy", WORDS, OTHER_WORDS, skm.balanced_accuracy_score(WORDS, OTHER_WORDS)),
        ("f1", CODES, PROBABILITY > 0.4, skm.f1_score(CODES, PROBABILITY > 0.4)),
        ("f1-micro", ONE_HOT, SHARES > 0.4, skm.f1_score(ONE_HOT, SHARES > 0.4, average="micro")),
        ("qwk", GRADES, GUESSES, skm.cohen_kappa_score(GRADES, GUESSES, weights="quadratic")),
        ("multiclass-logloss", ONE_HOT, SHARES, skm.log_loss(ONE_HOT.argmax(axis=1), SHARES)),
        ("rmsle", VALUES[:, 0], NEAR[:, 0], skm.root_mean_squared_log_error(VALUES[:, 0], NEAR[:, 0])),
        ("mean-column-rmsle", VALUES, NEAR, skm.root_mean_squared_log_error(VALUES, NEAR)),
        ("mean-column-rmse", VALUES, NEAR, skm.root_mean_squared_error(VALUES, NEAR)),
        ("r2", VALUES[:, 0], NEAR[:, 0], skm.r2_score(VALUES[:, 0], NEAR[:, 0])),
    ],
)
def test_the_catalogue_scores_files_as_a_grader_does(
    metric: str, truth: np.ndarray, said: np.ndarray, expected: float
) -> None:
    names = ["y"] if truth.ndim == 1 else [f"y{k}" for k in range(truth.shape[1])]
    chosen = task(metric, *names)
    answers, handed = (pd.DataFrame(np.asarray(a).reshape(200, -1), columns=names) for a in (truth, said))
    answers.insert(0, "id", range(200))
    handed.insert(0, "id", np.arange(200.0))
    found = scores.metric_of(chosen)
    shuffled = handed.sample(frac=1.0, random_state=1)
    pair = scores.arrays(chosen, found, answers, shuffled)
    assert catalogue.bound(found, {})(*pair) == pytest.approx(expected, abs=1e-9)


def submitted(root: Path, tool: str, wrong: int, seed: int = 0, graded: float | None = None) -> tuple[Row, Task, Store]:
    """A kept submission with so many wrong rows of 100."""
    chosen, store = read_task(root / "one"), Store(root / "out")
    table = pd.read_csv(root / "one" / "answers.csv")
    table.loc[: wrong - 1, "y"] = 1 - table.y[:wrong]
    made = row(tool, 1 - wrong / 100 if graded is None else graded, seed)
    path = root / f"{tool}{seed}.csv"
    table.to_csv(path, index=False)
    store.write(made, path)
    return made, chosen, store


def test_the_standard_error_of_a_share_is_that_of_the_textbook(root: Path) -> None:
    made, chosen, store = submitted(root, "a", 20)
    assert scores.error_of_mean([made], chosen, store) == pytest.approx(np.sqrt(0.2 * 0.8 / 100), rel=0.15)


def test_differences_are_paired_by_rows(root: Path) -> None:
    one, chosen, store = submitted(root, "a", 20)
    two, _, _ = submitted(root, "b", 20)
    three, _, _ = submitted(root, "c", 22)
    assert scores.error_of_difference([one], [two], chosen, store) == 0.0
    few = scores.error_of_difference([one], [three], chosen, store)
    assert few == pytest.approx(np.sqrt(0.02 * 0.98 / 100), rel=0.2)


def test_a_submission_that_the_catalogue_scores_otherwise_than_the_grader_is_not_compared(root: Path) -> None:
    made, chosen, store = submitted(root, "a", 20, graded=0.75)
    with pytest.raises(scores.NotComparableError, match=r"graded 0\.75, but accuracy gives 0\.8"):
        scores.resampled(made, chosen, store)


def test_a_metric_that_the_catalogue_lacks_is_said() -> None:
    with pytest.raises(scores.NotComparableError, match="no metric is called"):
        scores.metric_of(task("marvel"))


# -- tables ------------------------------------------------------------------------------------------------------------


def test_equals_share_their_ranks_and_those_without_a_score_are_last() -> None:
    assert tables.ranks({"a": 0.9, "b": 0.8, "c": 0.9, "d": None}, lower=False) == {"a": 1.5, "b": 3, "c": 1.5, "d": 4}
    assert tables.ranks({"a": 2.0, "b": 1.0}, lower=True) == {"a": 2, "b": 1}


def test_the_score_table_gives_means_over_seeds_mean_ranks_and_firsts() -> None:
    rows = [row(OURS, 0.8), row(OURS, 0.9, 1), row("p", 0.84), row(OURS, 0.5, name="two"), row("p", 0.6, name="two")]
    chosen = [task("accuracy", folder=Path(name)) for name in ("one", "two")]
    told = tables.score_table(tables.grouped(rows), chosen, [OURS, "p"]).splitlines()
    assert told[2] == "| one | accuracy up | 0.85 (1) | 0.84 (2) |"
    assert told[4] == "| mean rank |  | 1.50 | 1.50 |"
    assert told[5] == "| first |  | 1 | 1 |"


@pytest.mark.parametrize(
    ("ours", "noise", "verdict"),
    [(0.1005, 0.0, "within"), (0.102, 0.0, "WORSE"), (0.102, 0.0012, "within"), (0.09, 0.005, "better")],
)
def test_worse_means_by_more_than_one_percent_of_error_and_one_standard_error(
    ours: float, noise: float, verdict: str
) -> None:
    assert tables.Check("t", ours, 0.1, noise).verdict == verdict


def test_the_error_of_a_score_is_what_it_lacks_to_one_where_more_is_better() -> None:
    assert scores.error_of(0.9, task("auc")) == pytest.approx(0.1)
    assert scores.error_of(0.9, replace(task("rmse"), lower=True)) == 0.9


def test_a_task_without_a_score_of_the_baseline_is_named_and_not_checked(root: Path) -> None:
    made, chosen, store = submitted(root, OURS, 20)
    assert tables.checks(tables.grouped([made]), [chosen], "p", store) == ([], ["one: no score of p"])


@pytest.mark.parametrize(("lower", "gap"), [(False, 0.05), (True, -0.05)])
def test_a_promise_that_was_too_good_is_a_positive_gap(root: Path, lower: bool, gap: float) -> None:
    made, chosen, store = submitted(root, OURS, 20)
    made = replace(made, cv=0.85, cv_error=0.03)
    (promise,), reasons = tables.promises([made], [replace(chosen, lower=lower)], store)
    assert (promise.which, reasons) == ("cv", [])
    assert promise.gap == pytest.approx(gap)
    assert promise.noise == pytest.approx(np.hypot(0.03, scores.error_of_mean([made], chosen, store)))


def test_shares_count_estimates_within_two_standard_errors() -> None:
    promised = [tables.Promise(row(OURS, 0.8, k), "cv", gap, 0.01) for k, gap in enumerate((0.0, 0.019, 0.03, -0.05))]
    assert tables.shares(promised).startswith(
        "cv: within two standard errors in 2 of 4 (50%); promised too much in 1, too little in 1; mean gap -0.03"
    )


def test_a_whole_report_has_every_table(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scripted(key: Key, chosen: Task, bench: running.Bench) -> tuple[Row, Path]:
        made = row(OURS, 0.8, key.seed, key.task, cv=0.81, cv_error=0.02, metric="accuracy", families="linear")
        path = bench.store.work(key).with_suffix(".csv")
        table = pd.read_csv(chosen.folder / "answers.csv")
        table.loc[:19, "y"] = 1 - table.y[:20]
        table.to_csv(path, index=False)
        return made, path

    monkeypatch.setattr(running, "ours", scripted)
    assert call(root, "--peers", "good", "broken", "--seeds", "0", "1") == 0
    told = (root / "out" / "report.md").read_text()
    assert "| one | accuracy up | 0.8 (2) | 0.9 (1) | none (3) |" in told
    assert "| one | 0.2 | 0.1 | +0.1 | 0.0" in told
    assert "0 of 2 tasks pass." in told
    assert "cv: within two standard errors in 4 of 4 (100%)" in told
    assert "Missing" not in told


def test_the_curve_says_where_more_time_hurts(root: Path) -> None:
    store, chosen = Store(root / "out"), read_task(root / "one")
    for budget, wrong in ((30.0, 20), (120.0, 40), (600.0, 10)):
        submitted(root, f"b{budget}", wrong)
        key = Key("one", OURS, budget, 0)
        store.write(Row("one", OURS, budget, 0, graded=1 - wrong / 100, experiments=4), root / f"b{budget}0.csv")
        assert store.read(key) is not None
    told = curve_table([chosen], ["30s", "2m", "10m", "40m"], [0], store).splitlines()[-1]
    assert told == (
        "| one | accuracy up | 0.8 (4 experiments) | 0.6 (4 experiments; +100.0 % HURT) | "
        "0.9 (4 experiments; -75.0 % gain) | none |"
    )
