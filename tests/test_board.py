"""The live board, plain lines and JSON lines."""

import io
import resource
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from modelwright import board
from modelwright.records.event import Event
from modelwright.records.experiment import Experiment, FoldCost, Outcome, Proposal, Score, Status
from modelwright.records.problem import Evidence, Problem

PROBLEM = Problem(
    name="cells",
    root="",
    kind="binary",
    targets=("malignant",),
    metric="log_loss",
    higher_is_better=False,
    evidence=(Evidence(field="metric", because='the description says "log loss"'),),
)


def event(name: str, time: float = 0.0, **data: Any) -> Event:
    return Event(name=name, time=time, data=data)


def text(renderable: RenderableType, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


def screen(width: int = 120) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=40)


def experiment(number: int, status: Status = Status.DONE, **proposal: Any) -> Experiment:
    """A finished experiment with a score, or one that failed."""
    failed = status.failed
    return Experiment(
        number=number,
        proposal=Proposal(**{"recipe": "linear", "reason": "the simplest thing that is right", **proposal}),
        status=status,
        outcome=Outcome(
            number=number,
            status=status,
            error="ValueError: no columns" if failed else "",
            traceback="Traceback (most recent call last):\n  ...\nValueError: no columns" if failed else "",
            seconds=12.5,
            peak_mb=321.0,
            costs=(FoldCost(fold=0, fit=7.25, predict=0.5, rows=400),),
        ),
        score=None if failed else Score(value=0.1234, error=0.0123, folds={0: 0.1111}),
        verdict="" if failed else "better than nothing",
    )


def fake_run(path: Path, *experiments: Experiment, state: str = "finished", **facts: Any) -> Any:
    best = next((e for e in experiments if e.score), None)
    return SimpleNamespace(
        path=path, problem=PROBLEM, experiments=list(experiments), facts=facts, state=state, best=best
    )


FINAL = {"cv": {"value": 0.1, "error": 0.01}, "sealed": {"value": 0.11, "error": 0.02}, "sealed_rows": 80, "how": "x"}


def test_the_board_shows_chapter_best_running_verdicts_and_time_left() -> None:
    live = board.Board(screen(), "cells", budget=60)
    for told in (
        event("chapter", 1, title="Searching"),
        event("started", 2, number=3, recipe="lightgbm", move="tune", reason="deeper trees", folds=1),
        event("finished", 3, number=2, recipe="linear", status="done", score=0.5, error=0.01, verdict="a tie with 1"),
        event("best", 20, number=2, recipe="linear", score=0.5, error=0.01),
    ):
        live(told)
    shown = text(live.render())
    for part in ("Searching", "0.5000 ± 0.0100  linear (experiment 2)", "lightgbm, tune: deeper trees", "a tie with 1"):
        assert part in shown
    assert "40 s left" in shown


def test_a_finished_experiment_no_longer_runs() -> None:
    live = board.Board(screen(), "cells")
    live(event("started", number=1, recipe="linear", move="draft", reason="first of all"))
    assert "first of all" in text(live.render())
    live(event("finished", number=1, recipe="linear", status="done", score=1.0, error=0.1, verdict="fine"))
    assert "first of all" not in text(live.render())


def test_a_failure_is_yellow_and_counted_but_a_stopped_experiment_is_not() -> None:
    live = board.Board(screen(), "cells")
    live(event("finished", number=1, recipe="linear", status="memory", score=None, error=None, verdict="used 9 GB"))
    live(event("finished", number=2, recipe="linear", status="stopped", score=None, error=None, verdict=""))
    console = screen()
    console.print(live.render())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[33mlinear memory: used 9 GB" in shown
    assert "2 experiments, 1 failed" in text(live.render())


def test_only_the_last_verdicts_stay_on_the_board() -> None:
    live = board.Board(screen(), "cells")
    for number in range(20):
        verdict = f"verdict-{number}-"
        live(event("finished", number=number, recipe="linear", status="done", score=1.0, error=0.1, verdict=verdict))
    shown = text(live.render())
    assert "verdict-19-" in shown
    assert "verdict-13-" not in shown


def test_an_error_of_many_lines_takes_one_line_of_the_board() -> None:
    live = board.Board(screen(), "cells")
    live(event("finished", number=1, recipe="linear", status="failed", verdict="one\ntwo\nthree"))
    assert "one two three" in text(live.render())


def test_the_board_never_runs_past_the_width_of_the_terminal() -> None:
    live = board.Board(screen(), "cells" * 30, budget=60)
    live(event("started", number=1, recipe="linear", move="draft", reason="why " * 100))
    assert max(map(len, text(live.render(), width=50).splitlines())) <= 50


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["chapter", "started", "finished", "best", "submission", "note", "end", "unheard-of"]),
    data=st.dictionaries(
        st.sampled_from(["number", "recipe", "status", "score", "error", "verdict", "title", "text", "seconds"]),
        st.none() | st.integers(-10, 10) | st.floats() | st.text("a[/]\n\t\x1b\u4e2d", max_size=9),
    ),
)
def test_no_event_however_odd_breaks_the_board(name: str, data: dict[str, Any]) -> None:
    live, plain = board.Board(screen(), "cells", budget=10.0), board.Plain(screen())
    live(event(name, **data))
    plain(event(name, **data))
    text(live.render())


def test_brackets_in_a_plain_line_are_shown_as_they_are() -> None:
    console = Console(file=io.StringIO(), width=100)
    board.Plain(console)(event("note", text="the column [bold] of [/] data"))
    assert "the column [bold] of [/] data" in console.file.getvalue()  # type: ignore[attr-defined]


def test_the_live_board_costs_less_than_one_percent_of_a_core() -> None:
    live = board.Board(screen(), "cells", budget=60)
    for number in range(10):
        verdict = "within noise of 3"
        live(event("finished", number=number, recipe="linear", status="done", score=1.0, error=0.1, verdict=verdict))
    live.render()
    before = resource.getrusage(resource.RUSAGE_SELF)
    with live:
        time.sleep(3)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used / 3 < 0.01


def test_the_watcher_fits_flags_and_terminal() -> None:
    pipe = Console(file=io.StringIO())
    assert type(board.watch("x", console=screen())) is board.Board
    assert type(board.watch("x", console=pipe)) is board.Plain
    assert type(board.watch("x", quiet=True, console=screen())) is board.Watcher
    assert type(board.watch("x", quiet=True, events=True, console=screen())) is board.Lines


def test_plain_lines_tell_chapters_bests_failures_submissions_and_the_end() -> None:
    console = Console(file=io.StringIO(), width=200, highlight=False, markup=False)
    with board.watch("x", console=console) as listen:
        listen(event("chapter", 0.5, title="Searching"))
        listen(event("started", 1, number=1, recipe="linear", move="draft", reason="not worth a line"))
        listen(event("finished", 2, number=1, recipe="linear", status="done", score=0.5, error=0.01, verdict="no line"))
        listen(event("best", 2, number=1, recipe="linear", score=0.5, error=0.01))
        listen(event("finished", 3, number=2, recipe="trees", status="timeout", verdict="took more than 10 s"))
        listen(event("submission", 4, path="runs/a/submission.csv", experiment=1))
        listen(event("end", 60, seconds=60.0, experiments=2))
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "[   0.5 s] Searching",
        "[   2.0 s] best so far: 0.5000 ± 0.0100, linear (experiment 1)",
        "[   3.0 s] trees (experiment 2) failed: took more than 10 s",
        "[   4.0 s] submission: runs/a/submission.csv (experiment 1)",
        "[  60.0 s] end after 1 min and 2 experiments",
    ]


def test_json_lines_are_events_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    sent = [event("chapter", 1.5, title="Searching"), event("best", 2, number=1, score=0.5)]
    with board.watch("x", events=True) as listen:
        listen(sent[0])
        sys.stdout.write("a library that prints\n")
        listen(sent[1])
    captured = capsys.readouterr()
    assert [Event.model_validate_json(line) for line in captured.out.splitlines()] == sent
    assert "a library that prints" in captured.err
