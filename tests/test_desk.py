"""A run driven call by call: what a desk lets do, what it tells, and what it keeps to itself."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.desk import Desk
from modelwright.journal import history
from modelwright.metrics.promote import compare
from modelwright.records.experiment import Status

if TYPE_CHECKING:
    from modelwright.records.base import Record
    from modelwright.search.lab import Lab

ROWS, ASKED = 340, 40
FIRST = (0, 1)  # folds: two are enough for these tests, and quick
SCRIPT = """
class Broken:
    def fit(self, X, y):
        raise ValueError(f"the answers are {[float(v) for v in y[:50]]} and {[int(v) for v in y[:50]]}")

    def predict(self, X):
        return [0.0] * len(X)


def build(problem, params):
    return Broken()
"""


def write_prices(folder: Path) -> Path:
    """A task whose answers are numbers of eleven digits, which nothing else is likely to be."""
    rng = np.random.default_rng(11)
    table = pd.DataFrame(rng.normal(size=(ROWS + ASKED, 2)), columns=["height", "width"])
    table["colour"] = rng.choice(["red", "green", "blue"], len(table))
    worth = 5e10 + 9e9 * table["height"] + 4e9 * (table["colour"] == "red") + 1e9 * rng.normal(size=len(table))
    table.insert(0, "id", np.arange(len(table)) + 1)
    folder.mkdir(parents=True)
    table[:ROWS].assign(price=worth.round().astype(np.int64)).to_csv(folder / "train.csv", index=False)
    table[ROWS:].to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text(
        "# What is it worth?\n\nPredict `price` for the rows of test.csv. Judged by the root mean squared error.\n"
    )
    return folder


def answers(task: Path) -> list[str]:
    """The answers of all rows as they are written, sealed ones too."""
    return [str(price) for price in pd.read_csv(task / "train.csv")["price"]]


def told_answers(said: str, task: Path) -> list[str]:
    """Those answers that stand in a text, with or without what separates thousands."""
    plain = said.replace(",", "").replace("_", "")
    return [answer for answer in answers(task) if answer in plain]


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_prices(tmp_path_factory.mktemp("tasks") / "worth")


class Scene:
    """A desk from its opening to its end, with all that it told on the way."""

    def __init__(self, task: Path, out: Path) -> None:
        self.told: dict[str, Record | tuple[Record, ...]] = {}
        self.refused: dict[str, str] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.desk = Desk.open(task, out=out, experiments=9, jobs=1, allow_unsandboxed=True)
        desk = self.desk
        for name in ("plan", "profile", "propose_split", "menu"):
            self.told[name] = getattr(desk, name)()
        began = time.monotonic()
        self.started = desk.submit_experiment("linear", folds=FIRST, reason="simple first")
        self.seconds_to_start = time.monotonic() - began
        self.refuse("busy", "dummy", folds=FIRST)
        self.told["linear"] = desk.wait(60)
        self.refuse("same", "linear", folds=FIRST)
        desk.submit_experiment("linear", params={"penalty": "much"}, folds=FIRST, reason="a mistake")
        self.told["failed"] = desk.wait(60, [2])
        desk.submit_experiment(code=SCRIPT, folds=(0,), reason="code that gives answers away")
        self.told["code"] = desk.wait(60, [3])
        self.changed = desk.submit_experiment(parent=1, params={"splines": False}, reason="straight lines")
        desk.wait(60)
        self.searching = desk.run_search(60)
        self.refuse("searching", "lightgbm", folds=FIRST)
        while desk.standing().experiments < 5:
            desk.attend(0.1)
        self.stopped = desk.run_search(0)
        desk.wait(60)
        self.told |= {f"show {n}": desk.show(n) for n in range(1, 6)}
        self.told |= {"compare": desk.compare(4, 1), "history": desk.history(), "standing": desk.standing()}
        desk.note("Straight lines lose little.")
        self.facts["before"] = dict(history.facts(out / "journal.db"))
        self.told["export before"] = desk.export()
        self.told["finish"] = desk.finish()
        self.told["finish again"] = desk.finish()
        self.facts["after"] = dict(history.facts(out / "journal.db"))
        self.refuse("finished", "lightgbm", folds=FIRST)
        self.told |= {"standing after": desk.standing(), "history after": desk.history(), "export": desk.export()}
        self.told |= {f"refit {n}": desk.show(n) for n in range(6, len(mw.open_run(out).experiments) + 1)}

    def refuse(self, name: str, recipe: str, **more: Any) -> None:
        with pytest.raises(mw.ModelwrightError) as caught:
            self.desk.submit_experiment(recipe, reason="refused", **more)
        self.refused[name] = str(caught.value)

    def dump(self, name: str) -> dict[str, Any]:
        found = self.told[name]
        first = found[0] if isinstance(found, tuple) else found
        return first.model_dump(mode="json")


@pytest.fixture(scope="module")
def scene(task: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = Scene(task, tmp_path_factory.mktemp("runs") / "one")
    yield found
    found.desk.close()


def test_a_plan_tells_what_was_understood_and_why(scene: Scene) -> None:
    plan = scene.dump("plan")
    assert (plan["targets"], plan["metric"], plan["kind"]) == (["price"], "rmse", "regression")
    assert plan["rows"] + plan["sealed_rows"] == ROWS
    assert {e["field"] for e in plan["evidence"]} >= {"targets", "metric", "kind"}


def test_the_split_tells_its_folds_and_its_reasons(scene: Scene) -> None:
    split = scene.dump("propose_split")
    assert split["folds"] == list(range(len(split["folds"])))
    assert split["sealed_rows"] == scene.dump("plan")["sealed_rows"] > 0
    assert "task.toml" in split["otherwise"]
    assert split["why"]


def test_the_menu_lists_recipes_that_apply_with_their_parameters(scene: Scene) -> None:
    recipes = {r["name"]: r for r in scene.dump("menu")["recipes"]}
    assert recipes["linear"]["params"]["penalty"] == {"low": 0.01, "high": 100.0, "log": True}
    assert "naive-bayes" not in recipes


def test_an_experiment_is_started_without_waiting_for_it(scene: Scene) -> None:
    assert scene.started.number == 1
    linear = scene.dump("linear")
    assert linear["status"] == "done"
    assert scene.seconds_to_start < linear["seconds"]


def test_the_score_told_is_that_of_the_journal(scene: Scene) -> None:
    recorded = mw.open_run(scene.desk.workspace.root).experiments[0].score
    assert recorded is not None
    assert scene.dump("linear")["score"] == recorded.value


def test_a_failure_is_a_row_with_the_last_line_of_its_traceback(scene: Scene) -> None:
    failed = scene.dump("failed")
    assert failed["status"] == "failed"
    assert "Got 'muchmuchmuch' instead" in failed["failure"]
    assert scene.dump("show 2")["traceback"].splitlines()[-1].endswith(failed["failure"])


def test_nothing_that_is_told_holds_the_answer_of_a_row(scene: Scene, task: Path) -> None:
    said = json.dumps({name: scene.dump(name) for name in scene.told}, ensure_ascii=False)
    assert "price" in said
    assert told_answers(said, task) == []


def test_answers_in_an_error_of_ones_own_code_are_hidden(scene: Scene, task: Path) -> None:
    outcome = mw.open_run(scene.desk.workspace.root).experiments[2].outcome
    assert outcome is not None
    assert told_answers(outcome.error, task) != []
    failure = scene.dump("code")["failure"]
    assert "the answers are" in failure
    assert told_answers(failure + scene.dump("show 3")["traceback"], task) == []


def test_the_holdout_is_closed_before_the_end_and_was_opened_once_after_it(scene: Scene) -> None:
    assert "seal.opened" not in scene.facts["before"]
    assert scene.dump("standing")["seal_opened"] == 0
    assert scene.facts["after"]["seal.opened"] == 1
    assert scene.dump("standing after")["seal_opened"] == 1


def test_a_change_takes_what_is_not_said_from_its_parent(scene: Scene) -> None:
    row = scene.dump("show 4")["row"]
    assert (row["recipe"], row["parent"], row["move"]) == ("linear", 1, "tune")
    assert row["folds"] == list(FIRST)
    assert scene.dump("show 4")["changed"] == ["splines: default to False"]


def test_a_comparison_is_the_judges(scene: Scene) -> None:
    found, run = scene.dump("compare"), mw.open_run(scene.desk.workspace.root)
    new, old = run.experiments[3].score, run.experiments[0].score
    assert new is not None
    assert old is not None
    known = compare(new, old, higher_is_better=False)
    assert (found["gain"], found["error"], found["verdict"]) == (known.gain, known.error, known.verdict)
    assert found["paired"]
    assert found["gain"] == pytest.approx(old.value - new.value)


def test_the_rules_work_on_the_same_journal_when_asked_to(scene: Scene) -> None:
    assert scene.searching.state == "searching"
    assert scene.stopped.state == "open"
    assert scene.dump("show 5")["row"]["recipe"] == "dummy"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("busy", "no place is free while experiment 1 runs"),
        ("same", "experiment 1 is this model on these folds already"),
        ("searching", "the rules are at work for"),
        ("finished", "is finished and its seal is open"),
    ],
)
def test_what_cannot_be_started_is_refused_in_a_sentence(scene: Scene, name: str, message: str) -> None:
    assert message in scene.refused[name]
    assert "\n" not in scene.refused[name]


def test_finishing_twice_tells_the_same(scene: Scene) -> None:
    assert scene.told["finish"] == scene.told["finish again"]


def test_finishing_hands_over_all_that_a_run_does(scene: Scene) -> None:
    assert scene.dump("export before")["report"] is None
    files = scene.dump("export")
    assert all(Path(files[name]).exists() for name in ("submission", "report", "bundle", "task_file"))
    assert mw.open_run(scene.desk.workspace.root).state == "finished"
    assert scene.facts["after"]["end"]["reason"] == "finish was called"


def test_the_sealed_check_is_told_at_the_end(scene: Scene) -> None:
    result = scene.dump("finish")
    assert result["sealed_rows"] == scene.dump("plan")["sealed_rows"]
    assert result["sealed"] == scene.facts["after"]["final"]["sealed"]["value"]


def test_the_history_has_all_experiments_the_latest_first(scene: Scene) -> None:
    page = scene.dump("history")
    assert (page["total"], page["next"]) == (5, None)
    assert [row["number"] for row in page["rows"]] == [5, 4, 3, 2, 1]


def test_the_history_by_score_has_the_best_first_and_failures_last(scene: Scene) -> None:
    rows = scene.desk.history(by="score").rows
    scores = [row.score for row in rows if row.score is not None]
    assert scores == sorted(scores)
    assert {row.status for row in rows[len(scores) :]} == {"failed"}


def test_the_history_comes_in_pages(scene: Scene) -> None:
    first = scene.desk.history(limit=2)
    assert first.next == 2
    assert [row.number for row in scene.desk.history(limit=2, offset=2).rows] == [3, 2]


def test_experiments_without_a_score_cannot_be_compared(scene: Scene) -> None:
    with pytest.raises(mw.ModelwrightError, match="experiment 2 has no score"):
        scene.desk.compare(1, 2)


def test_a_finished_run_can_be_opened_to_be_read(scene: Scene) -> None:
    with Desk.reopen(scene.desk.workspace.root) as again:
        assert again.finish() == scene.told["finish"]
        with pytest.raises(mw.ModelwrightError, match="is finished"):
            again.submit_experiment("linear", folds=FIRST)


# --- what was left in the middle --------------------------------------------------------------------------------------


class Left:
    """A desk that was left while an experiment ran, opened again after its time was over, and finished."""

    def __init__(self, task: Path, out: Path) -> None:
        with Desk.open(task, out=out, budget="10m", jobs=1) as desk:
            desk.submit_experiment("linear", folds=FIRST, reason="simple first")
            desk.wait(60)
            desk.submit_experiment("catboost", reason="takes longer")
            time.sleep(0.3)
        with Desk.reopen(out) as desk:
            self.rows = desk.rows([1, 2])
            self.standing = desk.standing()
            budget = cast("Lab", desk._lab).budget
            budget.seconds = budget.used  # as if nobody had called for the rest of the ten minutes
            with pytest.raises(mw.ModelwrightError) as caught:
                desk.submit_experiment("lightgbm", folds=FIRST, reason="too late")
            self.refused = str(caught.value)
            self.late = desk.standing()
            self.result = desk.finish()
        self.notes = [note.text for note in history.notes(out / "journal.db")]


@pytest.fixture(scope="module")
def left(task: Path, tmp_path_factory: pytest.TempPathFactory) -> Left:
    return Left(task, tmp_path_factory.mktemp("runs") / "left")


def test_what_ran_when_a_desk_was_left_is_stopped_and_the_rest_is_kept(left: Left) -> None:
    assert [row.status for row in left.rows] == [Status.DONE, Status.STOPPED]
    assert left.standing.best == 1


def test_after_the_budget_nothing_is_started(left: Left) -> None:
    assert "the time for experiments is over" in left.refused
    assert (left.late.seconds_left, left.late.places) == (0.0, 0)


def test_whoever_finishes_late_gets_a_model_all_the_same(left: Left) -> None:
    assert left.result.files.bundle is not None
    assert [member.refitted for member in left.result.members] == [True]
    assert any("after the time for experiments was over" in note for note in left.notes)


def test_bad_input_ends_in_one_sentence_and_leaves_nothing(task: Path, tmp_path: Path) -> None:
    with pytest.raises(mw.ModelwrightError, match="aucc") as caught:
        Desk.open(task, metric="aucc", out=tmp_path / "run", jobs=1)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
