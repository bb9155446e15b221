"""The scripted executor keeps the same promises as a real one."""

from pathlib import Path

from modelwright.interfaces import Executor
from modelwright.records.experiment import Job, Outcome, Status
from modelwright.testing.executors import ExecutorContract, FakeExecutor, add_job, tiny_run


class TestFakeExecutor(ExecutorContract):
    def executor(self, jobs: int, run: Path) -> Executor:
        return FakeExecutor(jobs=jobs)


def test_the_script_decides_what_becomes_of_a_job(tmp_path: Path) -> None:
    def script(job: Job, folder: Path) -> Outcome:
        return Outcome(number=job.number, status=Status.CRASHED, error=folder.name)

    executor = FakeExecutor(script)
    executor.start(*add_job(tiny_run(tmp_path / "run"), 4))
    assert executor.wait() == [Outcome(number=4, status=Status.CRASHED, error="0004")]
