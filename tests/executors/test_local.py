"""Whatever a candidate does, it is one outcome with a name, and nothing of it is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from modelwright.executors import local
from modelwright.executors.local import LocalExecutor, sweep
from modelwright.executors.processes import RUN, WORKER, environment
from modelwright.interfaces import Executor
from modelwright.records.experiment import Outcome, Status
from modelwright.testing.executors import GOOD, ExecutorContract, add_job, tiny_run, wait_for
from modelwright.workspace import Workspace

from ..pace import slowness

RECIPES = "modelwright.testing.recipes:"
LIMIT_MB = 900


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return tiny_run(tmp_path_factory.mktemp("local") / "run")


@pytest.fixture(scope="module")
def pair(workspace: Workspace) -> Iterator[LocalExecutor]:
    """Two workers: while one is replaced, the other is warm."""
    with LocalExecutor(2, 1, LIMIT_MB, workspace.root) as found:
        yield found


@pytest.fixture(scope="module")
def executor(workspace: Workspace, pair: LocalExecutor) -> Iterator[LocalExecutor]:
    pair.close()  # its tests are over
    with LocalExecutor(1, 1, LIMIT_MB, workspace.root) as found:
        yield found


def living(run: Path) -> list[psutil.Process]:
    """Processes that carry the mark of the run."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(RUN) == str(run.resolve())
            if marked and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            pass
    return found


def becomes(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it comes true within so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def sleepers(run: Path) -> int:
    """Children of recipes, as opposed to workers."""
    count = 0
    for process in living(run):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended since it was listed
            count += "-S" in process.cmdline()
    return count


numbers = iter(range(1, 1000))


def run_one(executor: LocalExecutor, workspace: Workspace, recipe: str, **fields: object) -> Outcome:
    """Run one job."""
    executor.start(*add_job(workspace, next(numbers), recipe, **fields))
    (outcome,) = wait_for(executor)
    return outcome


BAD = [
    ("Raising", {}, {}, Status.FAILED, "ValueError: this recipe always raises"),
    ("Segfaulting", {}, {}, Status.CRASHED, "SIGSEGV"),
    ("Exiting", {}, {}, Status.CRASHED, "code 3"),
    ("Exiting", {"code": 0}, {}, Status.CRASHED, "code 0"),
    ("NanRecipe", {}, {}, Status.INVALID, "not finite"),
    ("WrongShape", {}, {}, Status.INVALID, "shape"),
    ("Silent", {}, {}, Status.INVALID, "shape"),
    ("Greedy", {}, {}, Status.MEMORY, "allocate"),
    ("Hungry", {}, {}, Status.MEMORY, "more than its limit of 900 MB"),
    ("Deaf", {}, {"seconds": 1.0}, Status.TIMEOUT, "past its limit"),
    ("Forking", {"then": "hang", "escape": True}, {"seconds": 2.0}, Status.TIMEOUT, "past its limit"),
    ("Forking", {"then": "exit", "escape": True}, {}, Status.CRASHED, "code 3"),
]


@pytest.mark.parametrize(("recipe", "params", "fields", "status", "words"), BAD, ids=lambda v: str(v)[:40])
def test_a_misbehaving_recipe_is_one_failed_outcome_and_leaves_nothing_running(
    pair: LocalExecutor,
    workspace: Workspace,
    recipe: str,
    params: dict[str, object],
    fields: dict[str, object],
    status: Status,
    words: str,
) -> None:
    outcome = run_one(pair, workspace, RECIPES + recipe, params=params, **fields)
    assert outcome.status is status, outcome
    assert words in outcome.error
    assert "\n" not in outcome.error
    assert becomes(lambda: len(living(workspace.root)) == 2, 1.0)  # the warm workers; one may be just starting
    assert sleepers(workspace.root) == 0
    assert run_one(pair, workspace, GOOD).status is Status.DONE


@pytest.mark.parametrize("params", [{}, {"escape": True}], ids=["children", "children that left the group"])
def test_a_job_that_is_done_but_leaves_children_loses_them_and_its_process(
    executor: LocalExecutor, workspace: Workspace, params: dict[str, object]
) -> None:
    before = {p.pid for p in living(workspace.root)}
    outcome = run_one(executor, workspace, RECIPES + "Forking", params=params)
    assert outcome.status is Status.DONE
    assert becomes(lambda: len(living(workspace.root)) == 1, 1.0)
    assert before.isdisjoint(p.pid for p in living(workspace.root))


def test_a_job_that_leaves_a_thread_behind_costs_its_process(executor: LocalExecutor, workspace: Workspace) -> None:
    before = {p.pid for p in living(workspace.root)}
    assert run_one(executor, workspace, RECIPES + "Threading").status is Status.DONE
    assert before.isdisjoint(p.pid for p in living(workspace.root))


def test_a_good_job_keeps_its_process_warm(executor: LocalExecutor, workspace: Workspace) -> None:
    run_one(executor, workspace, GOOD)
    before = {p.pid for p in living(workspace.root)}
    run_one(executor, workspace, GOOD)
    assert {p.pid for p in living(workspace.root)} == before


def test_a_warm_job_costs_little(executor: LocalExecutor, workspace: Workspace) -> None:
    run_one(executor, workspace, GOOD)
    began = time.monotonic()
    run_one(executor, workspace, GOOD)
    assert time.monotonic() - began < 1.0


def test_what_a_recipe_prints_goes_to_its_log_and_changes_nothing(
    executor: LocalExecutor, workspace: Workspace
) -> None:
    outcome = run_one(executor, workspace, RECIPES + "Printing")
    assert outcome.status is Status.DONE
    log = (workspace.experiment(outcome.number) / "log.txt").read_text()
    assert log.count('{"threads": 0}') == 2
    assert "loud" in log
    assert "a warning of the recipe" in log
    after = run_one(executor, workspace, GOOD)
    assert (workspace.experiment(after.number) / "log.txt").read_text() == ""


def test_a_time_out_is_kept_within_a_second_and_its_log_says_where_it_hung(
    executor: LocalExecutor, workspace: Workspace
) -> None:
    run_one(executor, workspace, GOOD)  # so that the process is warm
    before = slowness()
    outcome = run_one(executor, workspace, RECIPES + "Hanging", seconds=1.0)
    assert 1.0 <= outcome.seconds < 1.0 + max(before, slowness())  # a busy machine takes longer to write its traceback
    assert "testing/recipes.py" in outcome.traceback


def test_a_limit_of_memory_counts_children_too(executor: LocalExecutor, workspace: Workspace) -> None:
    outcome = run_one(executor, workspace, RECIPES + "HungryChild", seconds=30.0)
    assert outcome.status is Status.MEMORY, outcome


def test_a_process_killed_from_outside_is_a_crash_that_says_so(executor: LocalExecutor, workspace: Workspace) -> None:
    executor.start(*add_job(workspace, next(numbers), RECIPES + "Hanging"))
    assert becomes(lambda: len(living(workspace.root)) == 1)
    (worker,) = living(workspace.root)
    worker.kill()
    (outcome,) = wait_for(executor)
    assert outcome.status is Status.CRASHED
    assert "killed from outside" in outcome.error


def test_a_worker_that_died_while_idle_is_replaced(executor: LocalExecutor, workspace: Workspace) -> None:
    for worker in living(workspace.root):
        worker.kill()
    while living(workspace.root):  # a signal takes a moment
        time.sleep(0.01)
    assert run_one(executor, workspace, GOOD).status is Status.DONE


def test_a_result_written_before_the_process_died_counts(executor: LocalExecutor, workspace: Workspace) -> None:
    job, folder = add_job(workspace, next(numbers), RECIPES + "Exiting")
    executor.start(job, folder)
    written = Outcome(number=job.number, status=Status.DONE, notes=("from the worker",))
    (folder / "result.json").write_text(written.model_dump_json())
    (outcome,) = wait_for(executor)
    assert outcome.status is Status.DONE
    assert outcome.notes == ("from the worker",)


@pytest.mark.parametrize("content", ["", '{"number": 999, "status": "done"}'], ids=["empty", "another's"])
def test_a_result_that_is_none_is_invalid(executor: LocalExecutor, workspace: Workspace, content: str) -> None:
    job, folder = add_job(workspace, next(numbers), RECIPES + "Exiting")
    executor.start(job, folder)
    (folder / "result.json").write_text(content)
    (outcome,) = wait_for(executor)
    assert outcome.status is Status.INVALID
    assert outcome.error.startswith("result.json is")
    assert Outcome.model_validate_json((folder / "result.json").read_bytes()).status is Status.INVALID


def test_waiting_for_nothing_takes_no_processor_time(executor: LocalExecutor, workspace: Workspace) -> None:
    executor.start(*add_job(workspace, next(numbers), RECIPES + "Slow", params={"seconds": 1.0}))
    before = time.process_time()
    wait_for(executor)
    assert time.process_time() - before < 0.2


def test_wait_returns_when_its_time_is_over(executor: LocalExecutor, workspace: Workspace) -> None:
    executor.start(*add_job(workspace, next(numbers), RECIPES + "Slow", params={"seconds": 1.0}))
    began = time.monotonic()
    assert executor.wait(0.2) == []
    assert time.monotonic() - began < 0.6
    wait_for(executor)


def test_ordered_reports_jobs_one_at_a_time_in_the_order_of_starting(workspace: Workspace) -> None:
    first, second, third = next(numbers), next(numbers), next(numbers)
    with LocalExecutor(2, 1, LIMIT_MB, workspace.root, ordered=True) as executor:
        executor.start(*add_job(workspace, first, RECIPES + "Slow", params={"seconds": 1.0}))
        executor.start(*add_job(workspace, second))
        reported = [[o.number for o in executor.wait()]]
        assert executor.free == 1  # the second has ended, but nobody has heard of it
        executor.start(*add_job(workspace, third))
        reported += [[o.number for o in executor.wait()] for _ in range(2)]
    assert reported == [[first], [second], [third]]


def test_starting_more_than_there_is_room_for_is_an_error_of_the_caller(workspace: Workspace) -> None:
    with LocalExecutor(1, 1, 0, workspace.root) as executor:
        executor.start(*add_job(workspace, next(numbers), RECIPES + "Hanging"))
        with pytest.raises(RuntimeError, match="no process was free"):
            executor.start(*add_job(workspace, next(numbers)))


def test_nothing_is_left_after_close(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "run")
    executor = LocalExecutor(2, 1, 0, workspace.root)
    executor.start(*add_job(workspace, 1, RECIPES + "Forking", params={"then": "hang", "escape": True}))
    assert becomes(lambda: sleepers(workspace.root) == 2)
    executor.close()
    assert living(workspace.root) == []
    assert [o.status for o in executor.wait()] == [Status.STOPPED]


PARENT = """
import sys, time
from pathlib import Path
from modelwright.executors.local import LocalExecutor
from modelwright.testing.executors import add_job
from modelwright.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
executor = LocalExecutor(2, 1, 0, workspace.root)
executor.start(*add_job(workspace, 1, "modelwright.testing.recipes:" + sys.argv[2],
                        params={"then": "hang", "escape": True}))
executor.wait(float(sys.argv[3]))
print("ready", flush=True)
time.sleep(60)
"""


def start_parent(workspace: Workspace, recipe: str, seconds: float) -> "subprocess.Popen[str]":
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(workspace.root), recipe, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.stdout.close()
    return parent


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child that never lets go")


@pytest.mark.parametrize(
    ("recipe", "seconds"),
    [pytest.param("Deaf", 2.0, marks=only_linux), pytest.param("Hanging", 0.0, id="while it is still starting")],
)
def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path, recipe: str, seconds: float) -> None:
    workspace = tiny_run(tmp_path / "run")
    parent = start_parent(workspace, recipe, seconds)
    assert becomes(lambda: len(living(workspace.root)) == 2)
    parent.kill()
    parent.wait()
    assert becomes(lambda: not living(workspace.root), 2.0)


def test_ctrl_c_in_the_terminal_does_not_reach_workers(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "run")
    with LocalExecutor(1, 1, 0, workspace.root):
        assert becomes(lambda: len(living(workspace.root)) == 1)
        (worker,) = living(workspace.root)
        assert os.getpgid(worker.pid) == worker.pid != os.getpgid(0)
        assert os.getsid(worker.pid) == worker.pid


def test_sweep_kills_what_an_earlier_parent_left_and_spares_our_own(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "run")
    parent = start_parent(workspace, "Forking", 0.0)
    assert becomes(lambda: sleepers(workspace.root) == 2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    with LocalExecutor(1, 1, 0, workspace.root) as executor:
        assert sweep(workspace.root) >= 1
        assert becomes(lambda: len(living(workspace.root)) == 1)
        (mine,) = living(workspace.root)
        assert mine.ppid() == os.getpid()
        executor.start(*add_job(workspace, 2))
        assert [o.status for o in wait_for(executor)] == [Status.DONE]
    assert sweep(workspace.root) == 0


def test_children_get_the_threads_the_marks_and_a_fixed_hash_seed(tmp_path: Path) -> None:
    found = environment(3, tmp_path, "mark")
    assert {found[n] for n in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")} == {
        "3"
    }
    assert (found[RUN], found[WORKER], found["PYTHONHASHSEED"]) == (str(tmp_path.resolve()), "mark", "0")


class TestLocalExecutor(ExecutorContract):
    def executor(self, jobs: int, run: Path) -> Executor:
        return LocalExecutor(jobs, 1, 0, run)


def left(begun: float | None, *, started: float, hard: bool = False, seconds: float | None = 10.0) -> float:
    """Seconds that are left to a job that was handed over and begun so many seconds ago."""
    now = time.monotonic()
    job: Any = SimpleNamespace(seconds=seconds, hard=hard)
    worker: Any = SimpleNamespace(begun=None if begun is None else now - begun)
    return local._Running(job, Path(), worker, 0.0, None, started=now - started).left


def test_what_a_fresh_worker_takes_for_its_imports_does_not_count_against_the_limit() -> None:
    assert left(None, started=8.0) == pytest.approx(10.0, abs=0.5)
    assert left(3.0, started=8.0) == pytest.approx(7.0, abs=0.5)


def test_imports_are_not_waited_for_without_end() -> None:
    assert left(None, started=local.IMPORTS + 11.0) < 0


def test_where_the_budget_ends_they_do_count() -> None:
    assert left(None, started=8.0, hard=True) == pytest.approx(2.0, abs=0.5)


def test_without_a_limit_there_is_no_end() -> None:
    assert left(None, started=8.0, seconds=None) == float("inf")
