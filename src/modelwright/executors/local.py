"""Runs jobs on this machine, each in a warm process of its own, and keeps them within their limits.

What the parent enforces, whatever the code in the child does: wall time, resident memory of all its processes, and
that nothing is left running. A job that ends in any other way than well, or leaves children or threads, costs its
process, which is replaced at once by a fresh one. What is not covered: the file system, the network, and memory that
is taken faster than it is looked at (four times a second).
"""

import contextlib
import selectors
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from pydantic import ValidationError

from ..records.experiment import Job, Outcome, Status
from ..workspace import write_whole
from .processes import RUN, WorkerProcess, kill_marked, kills_for_memory

LOOK = 0.25  # seconds between looks at memory and at processes that died without a word
LOOK_WIDE = 1.0  # seconds between looks at the memory of all that a worker started (reads the process table)
SHORT = 0.02  # share of the system's memory: a SIGKILL that comes while less is available was for memory
STACKS_TAKE = 0.4  # seconds that a worker which is to be killed gets for writing where it hangs
IMPORTS = 60.0  # seconds that a worker may take for imports before the clock of a job runs
LOG_TAIL = 6000  # characters of the log that stand in for the traceback of a process that died


def sweep(run: Path) -> int:
    """Kill what an earlier process left running for this run folder; how many there were.

    Found by MODELWRIGHT_RUN in their environment. This process and its own children are spared, so call it only
    when nobody else works on the run.
    """
    return kill_marked(RUN, str(run.resolve()))


@dataclass(eq=False)
class _Running:
    """A job from `start` until `wait` has reported it."""

    job: Job
    folder: Path
    worker: WorkerProcess
    limit_mb: float
    kills: int | None  # processes killed for memory in our control group when it started
    started: float = field(default_factory=time.monotonic)
    wide: float = 0.0  # when to look at all its processes next
    peak_mb: float = 0.0
    least: float = 1.0  # smallest share of the system's memory that was available meanwhile
    outcome: Outcome | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds until its limit, which counts from when the worker had imported what the job needs."""
        if self.job.seconds is None:
            return float("inf")
        waited = 0.0 if self.job.hard else (self.worker.begun or time.monotonic()) - self.started
        return self.job.seconds + min(waited, IMPORTS) - self.seconds

    def too_large(self) -> bool:
        """Whether it uses more memory than it may; remembers the most it used, and how short the system was."""
        descendants = (now := time.monotonic()) >= self.wide
        self.wide = now + LOOK_WIDE if descendants else self.wide
        self.peak_mb = max(self.peak_mb, self.worker.resident_mb(descendants=descendants))
        system = psutil.virtual_memory()
        self.least = min(self.least, system.available / system.total)
        return self.peak_mb > self.limit_mb


class LocalExecutor:
    """Runs `jobs` jobs at a time in warm worker processes, which it starts at once.

    With `ordered`, `wait` reports jobs in the order in which they were started, one at a time, so that a run whose
    budget is a count is the same whatever the clock says.

    Args:
        jobs: number of worker processes.
        threads: threads each may use, unless a job says otherwise.
        memory_mb: resident memory that one job may use with all it starts, unless the job says less; 0: no limit.
        run: the run folder, by which `sweep` finds processes of a run whose parent was killed.
        ordered: report in the order of starting.
    """

    def __init__(
        self, jobs: int, threads: int, memory_mb: int, run: Path | None = None, *, ordered: bool = False
    ) -> None:
        self.jobs, self.threads, self.memory_mb, self.run, self.ordered = jobs, threads, memory_mb, run, ordered
        self.free = jobs
        self._open: list[_Running] = []  # started and not yet reported, oldest first
        self._idle = [WorkerProcess(threads, run) for _ in range(jobs)]
        self._closed = False

    def __enter__(self) -> "LocalExecutor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def idle(self) -> bool:
        """Nothing is running, and everything that ran has been reported."""
        return not self._open

    def start(self, job: Job, folder: Path) -> None:
        """Give the job to a warm process; returns at once. An earlier result of that folder is removed."""
        if self._closed or not self.free:
            raise RuntimeError(f"job {job.number} was started while no process was free")
        (folder / "result.json").unlink(missing_ok=True)
        worker = self._take()
        limit = min((m for m in (self.memory_mb, job.memory_mb) if m), default=float("inf"))
        self._open.append(_Running(job, folder, worker, limit, kills_for_memory()))
        self.free -= 1
        worker.send(folder.resolve())

    def wait(self, seconds: float | None = None) -> list[Outcome]:
        """Outcomes of jobs that ended, waiting for at least one; [] when time ran out or nothing runs."""
        until = float("inf") if seconds is None else time.monotonic() + seconds
        while self._open:
            self._look()
            if ended := self._report():
                return ended
            left = until - time.monotonic()
            if left <= 0:
                return []
            self._sleep(min(left, LOOK, *(r.left for r in self._running())))
        return []

    def stop(self) -> None:
        """Kill all that runs; `wait` reports it as stopped. A job that had finished by then keeps its result."""
        self._look()
        for running in self._running():
            self._settle(running, Status.STOPPED, "stopped before it finished")

    def close(self) -> None:
        """Stop, and end the processes. Safe to call twice; `wait` still reports what was stopped."""
        self._closed = True
        self.stop()
        while self._idle:
            self._idle.pop().end()
        self.free = 0

    def _take(self) -> WorkerProcess:
        """The idle worker that has been so for longest, replaced if it died or grew fat meanwhile."""
        worker = self._idle.pop(0)
        if worker.alive and not self._fat(worker):
            return worker
        worker.end()
        return WorkerProcess(self.threads, self.run)

    def _fat(self, worker: WorkerProcess) -> bool:
        """Whether it holds so much memory that the next job might suffer from it."""
        return bool(self.memory_mb) and worker.resident_mb(descendants=False) > self.memory_mb / 2

    def _running(self) -> list[_Running]:
        return [r for r in self._open if r.outcome is None]

    def _report(self) -> list[Outcome]:
        """Outcomes that may be told now, which are then forgotten."""
        among = self._open[:1] if self.ordered else self._open
        ended = [r for r in among if r.outcome is not None]
        self._open = [r for r in self._open if r not in ended]
        self.free = 0 if self._closed else self.jobs - len(self._open)
        return [r.outcome for r in ended if r.outcome is not None]

    def _sleep(self, seconds: float) -> None:
        """Until a worker answers or dies, or so many seconds."""
        with selectors.DefaultSelector() as selector:
            for running in self._running():
                if running.worker.at_end_of_file:  # it is about to die; its pipe would be ready for ever
                    seconds = min(seconds, 0.02)
                else:
                    selector.register(running.worker, selectors.EVENT_READ)
            selector.select(max(0.0, seconds))

    def _look(self) -> None:
        """Settle every job that has ended or is past a limit."""
        for running in self._running():
            worker = running.worker
            if (answer := worker.answer()) is not None:
                self._settle(running, Status.INVALID, "the worker left no result", tidy=not answer["threads"])
            elif not worker.alive:
                self._settle(running, *_cause_of_death(running))
            elif running.left <= 0:
                _let_write_stacks(running)
                self._settle(running, Status.TIMEOUT, f"ran past its limit of {running.job.seconds:g} s and was killed")
            elif running.too_large():
                error = (
                    f"used {running.peak_mb:.0f} MB, more than its limit of {running.limit_mb:.0f} MB, and was killed"
                )
                self._settle(running, Status.MEMORY, error)

    def _settle(self, running: _Running, status: Status, error: str, *, tidy: bool = False) -> None:
        """End a job: what it wrote counts; where there is nothing, the status and error given.

        A worker that is not known to be tidy is killed first, so that nothing is written after we have looked.
        """
        worker, result = running.worker, running.folder / "result.json"
        if not tidy:
            worker.end()
        found = _read(result, running.job.number)
        if isinstance(found, str):
            status, error = Status.INVALID, found
        if not isinstance(found, Outcome):
            tail = _tail(running.folder / "log.txt")
            found = Outcome(
                number=running.job.number, status=status, error=error, traceback=tail, peak_mb=running.peak_mb
            )
            write_whole(result, found.model_copy(update={"seconds": running.seconds}).model_dump_json(indent=1))
        running.outcome = found.model_copy(update={"seconds": running.seconds})
        self._release(worker, keep=tidy and found.status is Status.DONE)

    def _release(self, worker: WorkerProcess, *, keep: bool) -> None:
        """Put a worker back, or a fresh one in its place: now, so that it is warm when the next job comes."""
        if not keep or worker.leftovers() or self._fat(worker):
            worker.end()
            if self._closed:
                return
            worker = WorkerProcess(self.threads, self.run)
        self._idle.append(worker)


def _let_write_stacks(running: _Running) -> None:
    """Have the worker's stacks in its log, which say where it hung; on a busy machine that takes a moment."""

    def length() -> int:
        with contextlib.suppress(OSError):
            return log.stat().st_size
        return 0

    log = running.folder / "log.txt"
    before = last = length()
    running.worker.write_stacks()
    until = time.monotonic() + STACKS_TAKE
    while time.monotonic() < until:
        time.sleep(0.02)
        now = length()
        if now == last > before:  # they are there, and nothing more comes
            return
        last = now


def _read(path: Path, number: int) -> Outcome | str | None:
    """The result that a worker wrote, or what is wrong with it, or None where there is none."""
    try:
        found = Outcome.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        return f"result.json is not an outcome: {error.errors()[0]['msg']}"
    if found.number != number or found.status is Status.RUNNING:
        return f"result.json is that of job {found.number} with status {found.status}, not the end of job {number}"
    return found


def _cause_of_death(running: _Running) -> tuple[Status, str]:
    """Status and sentence for a worker that died on its own."""
    code = running.worker.exit_code or 0
    if code >= 0:
        return Status.CRASHED, f"its process exited with code {code} before it had finished"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if "bad_alloc" in _tail(running.folder / "log.txt"):
        return Status.MEMORY, f"its process died of {name}: memory could not be allocated"
    if -code == signal.SIGKILL:
        before, now = running.kills, kills_for_memory()
        if (before is not None and now is not None and now > before) or running.least < SHORT:
            return (
                Status.MEMORY,
                f"its process, of {running.peak_mb:.0f} MB, was killed: the system was short of memory",
            )
        return Status.CRASHED, "its process was killed from outside (SIGKILL)"
    return Status.CRASHED, f"its process died of {name}"


def _tail(path: Path) -> str:
    """The end of a log; empty where there is none."""
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")[-LOG_TAIL:]
    return ""
