"""For tests of executors and of the loop: a scripted executor, a tiny run folder, and the contract to inherit.

class TestMine(ExecutorContract):
    def executor(self, jobs: int, run: Path) -> Executor:
        return MyExecutor(jobs, run)
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import plugins
from ..interfaces import Executor
from ..records.experiment import Job, Outcome, Proposal, Status
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Output, Problem
from ..workspace import Workspace, write_json, write_whole

if TYPE_CHECKING:
    import pandas as pd

GOOD = "modelwright.testing.recipes:Good"


class FakeExecutor:
    """Runs nothing: a script says what becomes of each job, and jobs end in the order in which they were started.

    Args:
        script: job and folder to outcome; it may write predictions. By default every job is done at once.
        jobs: how many may run at a time.
    """

    def __init__(self, script: Callable[[Job, Path], Outcome] | None = None, jobs: int = 1) -> None:
        self.script = script or done
        self.free = self.jobs = jobs
        self.started: list[Job] = []  # all of them, for tests to look at
        self._open: list[tuple[Job, Path]] = []
        self._stopped: set[int] = set()

    @property
    def idle(self) -> bool:
        """Nothing is running."""
        return not self._open

    def start(self, job: Job, folder: Path) -> None:
        """Remember the job; its script runs when it is waited for."""
        if not self.free:
            raise RuntimeError(f"job {job.number} was started while nothing was free")
        self.started.append(job)
        self._open.append((job, folder))
        self.free -= 1

    def wait(self, seconds: float | None = None) -> list[Outcome]:  # noqa: ARG002
        """The outcome of the oldest job."""
        if not self._open:
            return []
        job, folder = self._open.pop(0)
        self.free += 1
        stopped = job.number in self._stopped
        outcome = Outcome(number=job.number, status=Status.STOPPED) if stopped else self.script(job, folder)
        write_whole(folder / "result.json", outcome.model_dump_json())
        return [outcome]

    def stop(self) -> None:
        """Jobs that run now are reported as stopped."""
        self._stopped |= {job.number for job, _ in self._open}

    def close(self) -> None:
        """Stop, and start nothing more."""
        self.stop()
        self.free = 0


def done(job: Job, folder: Path) -> Outcome:  # noqa: ARG001
    """The script of a job that ends well."""
    return Outcome(number=job.number, status=Status.DONE, seconds=0.01)


def tiny_run(
    root: Path, *, kind: str = "regression", rows: int = 60, holdout: int = 10, test: int = 20, repeats: int = 1
) -> Workspace:
    """A run folder with the data of a small problem, as it stands when the search begins; no journal.

    Columns: `number` (float), `count` (int), `letter` (category). Kinds: regression, binary.
    """
    workspace = Workspace(root)
    workspace.create()
    table, answer = _table(rows + holdout + test)
    classes = ("no", "yes") if kind == "binary" else ()
    problem = Problem(
        name="tiny",
        root="",
        kind=kind,
        targets=("y",),
        metric="log-loss" if classes else "rmse",
        higher_is_better=False,
        classes=classes,
        output=Output.PROBABILITIES if classes else Output.VALUES,
    )
    target = (answer > 0).astype(np.int64) if classes else answer
    plan = ValidationPlan(scheme=Scheme.PLAIN, folds=3, holdout=0.1, repeats=repeats, why="a tiny run for a test")
    write_whole(workspace.data / "problem.json", problem.model_dump_json())
    write_whole(workspace.data / "plan.json", plan.model_dump_json())
    write_json(workspace.data / "layout.json", {"format": 1, "visible": rows, "holdout": holdout, "test": test})
    from pyarrow import feather

    feather.write_feather(table, str(workspace.data / "features.feather"), compression="uncompressed")
    plugins.load("kinds", kind).save(workspace.data / "target.npz", target[:rows])
    dealt = [np.arange(rows) // 3**repeat % 3 + 3 * repeat for repeat in range(repeats)]
    np.save(workspace.data / "folds.npy", np.concatenate(dealt))
    return workspace


def _table(rows: int) -> "tuple[pd.DataFrame, np.ndarray[Any, np.dtype[np.float64]]]":
    import pandas as pd

    random = np.random.default_rng(0)
    number, count = random.normal(size=rows), random.integers(0, 9, size=rows)
    letter = pd.Categorical(random.choice(["a", "b", "c"], size=rows), categories=["a", "b", "c"])
    table = pd.DataFrame({"number": number, "count": count, "letter": letter})
    return table, number + 0.1 * count + random.normal(scale=0.1, size=rows)


def add_job(workspace: Workspace, number: int, recipe: str = GOOD, **fields: Any) -> tuple[Job, Path]:
    """A job folder in a run: `fields` are those of Proposal (params, features, rows, folds, seed) and of Job."""
    proposal = {name: fields.pop(name) for name in Proposal.model_fields if name in fields}
    job = Job(number=number, proposal=Proposal(recipe=recipe, **proposal), **fields)
    folder = workspace.experiment(number)
    folder.mkdir()
    write_whole(folder / "job.json", job.model_dump_json())
    return job, folder


def wait_for(executor: Executor, count: int = 1, seconds: float = 60.0) -> list[Outcome]:
    """The next `count` outcomes, in the order in which they were reported; fewer when time runs out."""
    found: list[Outcome] = []
    until = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
        found += executor.wait(1.0)
    return found


class ExecutorContract:
    """What every executor promises; inherit and say how yours is made. pytest finds the tests in the subclass."""

    def executor(self, jobs: int, run: Path) -> Executor:
        """An executor for that many jobs at a time, and a run folder; the test closes it."""
        raise NotImplementedError

    def test_a_job_becomes_one_outcome_with_its_number(self, tmp_path: Path) -> None:
        """Reported once, then forgotten."""
        workspace = tiny_run(tmp_path / "run")
        executor = self.executor(1, workspace.root)
        try:
            executor.start(*add_job(workspace, 7))
            (outcome,) = wait_for(executor)
            assert (outcome.number, outcome.status) == (7, Status.DONE), outcome
            assert executor.wait(0.1) == []
        finally:
            executor.close()

    def test_free_counts_jobs_until_they_are_reported(self, tmp_path: Path) -> None:
        """So that the loop never starts more than there is room for."""
        workspace = tiny_run(tmp_path / "run")
        executor = self.executor(2, workspace.root)
        try:
            assert (executor.free, executor.idle) == (2, True)
            executor.start(*add_job(workspace, 1))
            assert (executor.free, executor.idle) == (1, False)
            wait_for(executor)
            assert (executor.free, executor.idle) == (2, True)
        finally:
            executor.close()

    def test_the_result_lies_in_the_folder_before_the_outcome_is_reported(self, tmp_path: Path) -> None:
        """Whoever hears of it may read it."""
        workspace = tiny_run(tmp_path / "run")
        executor = self.executor(1, workspace.root)
        try:
            job, folder = add_job(workspace, 1)
            executor.start(job, folder)
            (outcome,) = wait_for(executor)
            written = Outcome.model_validate_json((folder / "result.json").read_bytes())
            assert (written.number, written.status) == (outcome.number, outcome.status)
        finally:
            executor.close()

    def test_what_is_stopped_is_reported_as_stopped(self, tmp_path: Path) -> None:
        """And the executor can be used again."""
        workspace = tiny_run(tmp_path / "run")
        executor = self.executor(1, workspace.root)
        try:
            executor.start(*add_job(workspace, 1, "modelwright.testing.recipes:Hanging"))
            executor.stop()
            assert [o.status for o in wait_for(executor)] == [Status.STOPPED]
            executor.start(*add_job(workspace, 2))
            assert [o.status for o in wait_for(executor)] == [Status.DONE]
        finally:
            executor.close()

    def test_closing_twice_is_safe(self, tmp_path: Path) -> None:
        """And nothing can be started afterwards."""
        executor = self.executor(1, tiny_run(tmp_path / "run").root)
        executor.close()
        executor.close()
        assert executor.free == 0
