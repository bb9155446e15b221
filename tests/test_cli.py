"""The command line: what each verb asks of the API, what it prints, and how it ends when something is wrong."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import modelwright
from modelwright import cli
from modelwright.errors import RunError, TaskError
from modelwright.records.event import Event
from modelwright.records.experiment import Experiment, Outcome, Proposal, Score, Status
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem
from modelwright.records.profile import Profile
from modelwright.settings import Settings

PROBLEM = Problem(name="cells", root="", kind="binary", targets=("y",), metric="log_loss", higher_is_better=False)
UNDERSTOOD = SimpleNamespace(
    problem=PROBLEM,
    profile=Profile(rows=10, test_rows=5, columns=()),
    plan=ValidationPlan(scheme=Scheme.PLAIN, folds=5, holdout=0.1, why="nothing else is known"),
    doubts=(),
    findings=(),
)
DONE = Experiment(
    number=7,
    proposal=Proposal(recipe="linear", reason="start simple"),
    status=Status.DONE,
    outcome=Outcome(number=7, status=Status.DONE, seconds=1.0),
    score=Score(value=0.5, error=0.01),
    verdict="the first",
)


class FakeApi(ModuleType):
    """Remembers what it was asked, and gives the same run back."""

    def __init__(self, path: Path) -> None:
        super().__init__("modelwright.api")
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.found = SimpleNamespace(
            path=path,
            problem=PROBLEM,
            plan=UNDERSTOOD.plan,
            experiments=[DONE],
            best=DONE,
            facts={},
            state="finished",
            report=lambda: path / "report.html",
            predict=lambda table, tables: pd.DataFrame({"y": [0.25, 0.75]}),
        )
        self.failure: BaseException | None = None

    def _answer(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.calls.append((name, args, kwargs))
        if self.failure:
            raise self.failure
        if "listen" in kwargs:
            kwargs["listen"](Event(name="chapter", time=0.5, data={"title": "Searching"}))
        return self.found

    def run(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer("run", args, kwargs)

    def resume(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer("resume", args, kwargs)

    def open_run(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer("open_run", args, kwargs)

    def runs(self, *args: Any, **kwargs: Any) -> Any:
        return [self._answer("runs", args, kwargs)]

    def plan(self, *args: Any, **kwargs: Any) -> Any:
        self._answer("plan", args, kwargs)
        if kwargs["out"]:
            Path(kwargs["out"]).write_text("# written\n")
        return UNDERSTOOD


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApi:
    fake = FakeApi(tmp_path / "runs" / "one")
    fake.found.path.mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "modelwright.api", fake)
    monkeypatch.setattr(modelwright, "api", fake, raising=False)
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def mw(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., SimpleNamespace]:
    """Call the command line as the shell does; gives its exit code, stdout and stderr."""

    def call(*arguments: object) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["modelwright", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return SimpleNamespace(code=end.value.code, out=captured.out, err=captured.err)

    return call


def test_run_hands_every_flag_on(api: FakeApi, mw: Callable[..., Any]) -> None:
    flags = "--budget 2m --experiments 5 --out o --task-file t.toml --target a --target b --metric auc --about words"
    more = "--seed 3 --jobs 2 --threads 1 --memory-mb 500 --strategist mine:Own --checkpoint one --checkpoint two --hub"
    asked = "--llm a:x --llm y --llm-url http://h/v1 --llm-budget 2usd --llm-seconds 9 --llm-privacy full"
    shut = "--sandbox plain --allow-unsandboxed"
    assert mw("run", "task", *f"{flags} {more} {asked} {shut}".split()).code == 0
    name, args, kwargs = api.calls[-1]
    assert (name, args) == ("run", ("task", ["a", "b"]))
    assert {k: v for k, v in kwargs.items() if k not in ("listen", "began")} == {
        "metric": "auc",
        "about": "words",
        "budget": 120.0,
        "experiments": 5,
        "out": Path("o"),
        "task_file": Path("t.toml"),
        "seed": 3,
        "jobs": 2,
        "threads": 1,
        "memory_mb": 500,
        "strategist": "mine:Own",
        "checkpoint": ["one", "two"],
        "hub": True,
        "llm": ["a:x", "y"],
        "llm_url": "http://h/v1",
        "llm_budget": "2usd",
        "llm_seconds": 9.0,
        "llm_privacy": "full",
        "sandbox": "plain",
        "allow_unsandboxed": True,
        "ask": None,
    }


def test_every_setting_has_a_flag_with_its_own_sentence_as_help(mw: Callable[..., Any]) -> None:
    shown = " ".join(mw("run", "--help").out.split())
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')}" in shown
        assert field.description in shown


def test_the_defaults_of_flags_are_those_of_the_settings(api: FakeApi, mw: Callable[..., Any]) -> None:
    mw("run", "task")
    asked = api.calls[-1][2]
    assert {name: asked[name] for name in Settings.model_fields} == Settings().model_dump()


def test_a_run_by_count_has_no_time_limit(api: FakeApi, mw: Callable[..., Any]) -> None:
    mw("run", "task", "--experiments", 12)
    assert api.calls[-1][2]["budget"] is None


def test_after_a_run_the_summary_says_how_to_look_closer(mw: Callable[..., Any]) -> None:
    answer = mw("run", "task")
    assert "Searching" in answer.out
    assert "log_loss 0.5000 ± 0.0100" in answer.out
    assert "modelwright show runs/one 7" in answer.out


def test_quiet_prints_one_line(mw: Callable[..., Any]) -> None:
    assert mw("run", "task", "--quiet").out == "cells: log_loss 0.5000 ± 0.0100, runs/one\n"


def test_events_prints_json_lines_only(mw: Callable[..., Any]) -> None:
    lines = mw("run", "task", "--events").out.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["chapter"]


@pytest.mark.parametrize("budget", ["0", "soon", "-5m"])
def test_a_budget_that_is_none_is_refused_before_anything_starts(
    budget: str, api: FakeApi, mw: Callable[..., Any]
) -> None:
    answer = mw("run", "task", f"--budget={budget}")
    assert answer.code == 2
    assert answer.err.startswith("error: a budget of ")
    assert not api.calls


def test_an_error_for_users_is_one_line_and_exit_code_2(api: FakeApi, mw: Callable[..., Any]) -> None:
    api.failure = TaskError("task has no table:\nput a train.csv there.")
    answer = mw("run", "task")
    assert (answer.code, answer.err) == (2, "error: task has no table: put a train.csv there.\n")


def test_a_bug_is_one_line_and_its_traceback_lies_in_the_run_folder(api: FakeApi, mw: Callable[..., Any]) -> None:
    api.failure = ZeroDivisionError("division by zero")
    answer = mw("status", "runs/one")
    log = Path("runs/one/run.log")
    assert answer.code == 1
    assert answer.err == f"internal error: ZeroDivisionError: division by zero (details in {log})\n"
    assert "Traceback (most recent call last)" in log.read_text()


def test_a_bug_outside_of_any_run_folder_leaves_its_traceback_in_a_file(
    api: FakeApi, mw: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    api.failure = ZeroDivisionError("division by zero")
    answer = mw("run", "task")
    log = Path(answer.err.split("details in ")[1].rstrip(")\n"))
    assert (answer.code, log.parent) == (1, tmp_path)
    assert "ZeroDivisionError" in log.read_text()


def test_a_traceback_that_the_run_wrote_is_not_written_twice(api: FakeApi, mw: Callable[..., Any]) -> None:
    api.failure = ZeroDivisionError("division by zero")
    mw("status", "runs/one")
    api.failure = api.failure.with_traceback(None)
    mw("status", "runs/one")
    assert Path("runs/one/run.log").read_text().count("Traceback") == 1


def test_a_second_interrupt_ends_with_130_and_no_traceback(api: FakeApi, mw: Callable[..., Any]) -> None:
    api.failure = KeyboardInterrupt()
    answer = mw("run", "task")
    assert answer.code == 130
    assert "Traceback" not in answer.err


def test_an_unknown_flag_ends_with_2_and_no_traceback(mw: Callable[..., Any]) -> None:
    answer = mw("run", "task", "--budgt", "2m")
    assert answer.code == 2
    assert "--budget" in answer.err


def test_plan_writes_task_toml_and_says_where(mw: Callable[..., Any]) -> None:
    answer = mw("plan", "task")
    assert Path("task.toml").read_text() == "# written\n"
    assert "written to task.toml" in answer.out
    assert "nothing else is known" in answer.out


def test_the_password_of_an_address_goes_to_the_database_and_nowhere_else(mw: Callable[..., Any], api: FakeApi) -> None:
    answer = mw("plan", "postgresql://ann:hush@host/shop?x=1")
    assert api.calls[-1][1][0] == "postgresql://ann:hush@host/shop?x=1"
    assert "postgresql://ann:***@host/shop?x=1" in answer.out
    assert "hush" not in answer.out + answer.err


def test_plan_leaves_an_edited_task_toml_alone(mw: Callable[..., Any]) -> None:
    Path("task.toml").write_text("edited")
    answer = mw("plan", "task")
    assert answer.code == 2
    assert "--force" in answer.err
    assert Path("task.toml").read_text() == "edited"


def test_plan_with_force_replaces_task_toml(mw: Callable[..., Any]) -> None:
    Path("task.toml").write_text("edited")
    assert mw("plan", "task", "--force").code == 0
    assert Path("task.toml").read_text() == "# written\n"


def test_plan_as_json_is_json_and_writes_nothing(mw: Callable[..., Any]) -> None:
    assert json.loads(mw("plan", "task", "--json").out)["problem"]["name"] == "cells"
    assert not Path("task.toml").exists()


def test_resume_hands_run_and_budget_on(api: FakeApi, mw: Callable[..., Any]) -> None:
    assert mw("resume", "runs/one", "--budget", "90s").code == 0
    name, args, kwargs = api.calls[-1]
    assert (name, args, kwargs["budget"]) == ("resume", (Path("runs/one"),), 90.0)


def test_ls_lists_the_runs_of_the_folder(api: FakeApi, mw: Callable[..., Any]) -> None:
    shown = mw("ls").out
    assert api.calls[-1][1] == (Path("runs"),)
    assert "one" in shown
    assert "0.5000 ± 0.0100" in shown


def test_ls_of_a_folder_without_runs_says_how_to_start_one(
    api: FakeApi, mw: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "runs", lambda folder: [])
    assert "modelwright run TASK" in mw("ls").out


def test_status_and_show_print_the_run_and_the_experiment(mw: Callable[..., Any]) -> None:
    assert "the first" in mw("status", "runs/one").out
    assert "start simple" in mw("show", "runs/one", 7).out


def test_showing_an_experiment_that_is_not_there_names_those_that_are(mw: Callable[..., Any]) -> None:
    answer = mw("show", "runs/one", 8)
    assert (answer.code, answer.err) == (2, "error: runs/one has no experiment 8: it has experiment 7.\n")


def test_report_prints_where_the_report_is(mw: Callable[..., Any]) -> None:
    assert mw("report", "runs/one").out.strip().endswith("runs/one/report.html")


@pytest.fixture
def loaded(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, dict[str, Any]]]:
    """The bundles that were opened, and how."""
    calls: list[tuple[Path, dict[str, Any]]] = []

    def load(path: Path, **walls: Any) -> Any:
        calls.append((path, walls))
        return api.found

    monkeypatch.setattr("modelwright.deliver.bundle.load", load)
    return calls


def test_predict_writes_predictions(loaded: list[Any], mw: Callable[..., Any]) -> None:
    answer = mw("predict", "runs/one", "new.csv", "--out", "answers.csv")
    assert answer.out == "2 predictions written to answers.csv\n"
    assert pd.read_csv("answers.csv")["y"].tolist() == [0.25, 0.75]


def test_predict_shuts_code_in_as_it_is_told(loaded: list[Any], mw: Callable[..., Any]) -> None:
    assert mw("predict", "runs/one", "new.csv", "--sandbox", "landlock", "--allow-unsandboxed").code == 0
    assert loaded == [(Path("runs/one"), {"sandbox": "landlock", "allow_unsandboxed": True})]


def test_predict_does_not_write_over_the_rows_it_reads(mw: Callable[..., Any]) -> None:
    answer = mw("predict", "runs/one", "new.csv", "--out", "new.csv")
    assert answer.code == 2
    assert "another --out" in answer.err


def test_predict_into_a_folder_that_is_not_there_is_refused(mw: Callable[..., Any]) -> None:
    assert mw("predict", "runs/one", "new.csv", "--out", "nowhere/p.csv").code == 2


def test_version_is_the_installed_one(mw: Callable[..., Any]) -> None:
    assert mw("version").out.strip() == modelwright.__version__


def test_a_missing_run_folder_is_an_error_for_users(api: FakeApi, mw: Callable[..., Any]) -> None:
    api.failure = RunError("nowhere is not a run folder.")
    assert mw("status", "nowhere").code == 2


def test_a_reader_that_leaves_does_not_end_in_a_traceback() -> None:
    program = (
        "from modelwright import board\n"
        "from modelwright.records.event import Event\n"
        "with board.watch('x', events=True) as listen:\n"
        "    for _ in range(20000):\n"
        "        listen(Event(name='note', time=0.0, data={'text': 'x' * 50}))\n"
        "import sys; sys.stderr.write('went on')\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    with child.stderr:
        assert child.stderr.read() == b"went on"
    assert child.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only processor time is known")
def test_a_budget_counts_from_the_start_of_the_process() -> None:
    code = (
        "import time; time.sleep(0.7); from modelwright.cli import _process_began as b; print(time.monotonic() - b())"
    )
    before = time.monotonic()
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 0.65 < float(printed) <= time.monotonic() - before + 0.05
