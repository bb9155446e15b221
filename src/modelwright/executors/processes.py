"""Worker processes seen from the parent: started, asked, measured, and ended with everything they started.

How nothing is left behind. Each worker leads a session and process group of its own, so a Ctrl-C in the terminal does
not reach it and one signal reaches its group. Children that leave the group (`os.setsid`) are found as descendants;
on Linux the worker is the reaper of its orphans, so double forks stay descendants as long as it lives. What escapes
even that (after a crash, or on macOS) is found by the environment that all of them inherit: `MODELWRIGHT_WORKER` names
the worker, `MODELWRIGHT_RUN` the run folder. A program that detaches itself *and* clears its environment gets away.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

RUN = "MODELWRIGHT_RUN"
WORKER = "MODELWRIGHT_WORKER"
PARENT = "MODELWRIGHT_PARENT"
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
STACKS = signal.SIGUSR1  # makes a worker write the stack of each thread into its log
MB = 1024 * 1024


def environment(threads: int, run: Path | None = None, token: str = "") -> dict[str, str]:
    """The environment of a worker: this process's own, the threads it may use, and the marks it is found by.

    The hash seed is fixed, since the order of a set of strings must not change what is fitted. The import path is
    this process's own, so that a recipe named by a dotted path is found there too.
    """
    found = dict(os.environ) | dict.fromkeys(THREADS, str(threads))
    found.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # where cores are shared, threads that spin cost a hundredfold
    found["PYTHONHASHSEED"] = "0"
    found["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(str(Path(entry).absolute()) for entry in sys.path))
    found[PARENT] = str(os.getpid())
    found[WORKER] = token
    if run is not None:
        found[RUN] = str(run.resolve())
    return found


class WorkerProcess:
    """One warm process that runs one job after another; see `worker.serve` for its side.

    On Linux a worker dies with the *thread* that started it (a trait of PR_SET_PDEATHSIG): a thread that makes an
    executor should live as long as it does.
    """

    def __init__(self, threads: int, run: Path | None = None) -> None:
        self.token = uuid.uuid4().hex
        at_hand = run is not None and run.is_dir()  # workers warm up before it is clear that there will be a run
        with (run / "run.log" if run and at_hand else Path(os.devnull)).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "modelwright.worker", "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(threads, run, self.token),
                bufsize=0,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        os.set_blocking(self._answers.fileno(), False)
        self.pid = self._process.pid
        self._measured = psutil.Process(self.pid)
        self._buffer = b""
        self._ended = False
        self.begun: float | None = None  # when it began with the job that it was asked for last
        self.at_end_of_file = False

    def fileno(self) -> int:
        """What a selector waits for: readable when there is an answer, or when the worker has died."""
        return self._answers.fileno()

    @property
    def alive(self) -> bool:
        """Whether the worker itself still runs."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code once it has ended, negative for a signal."""
        return self._process.poll()

    def send(self, folder: Path) -> None:
        """Ask for one job folder. A worker that is dead already is noticed by `alive`, not here."""
        self.begun = None
        with contextlib.suppress(BrokenPipeError):
            self._requests.write(json.dumps({"folder": str(folder)}).encode() + b"\n")

    def answer(self) -> dict[str, Any] | None:
        """The answer to the last request, once; None while there is none. That it has begun is noted in `begun`."""
        with contextlib.suppress(BlockingIOError):
            while chunk := self._answers.read(4096):
                self._buffer += chunk
            self.at_end_of_file = chunk == b""
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            found: dict[str, Any] = json.loads(line)
            if "begun" not in found:
                return found
            self.begun = time.monotonic()
        return None

    def resident_mb(self, *, descendants: bool) -> float:
        """Resident memory in MB, of the worker alone (cheap) or with all it started (reads the process table)."""
        members = [self._measured, *(_descendants(self._measured) if descendants else ())]
        return sum(_resident(member) for member in members) / MB

    def leftovers(self) -> int:
        """Number of processes that the worker started and that still run."""
        return len(_descendants(self._measured))

    def write_stacks(self) -> None:
        """Make the worker write into its log where each of its threads is. It is to be ended right after."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, STACKS)

    def end(self) -> None:
        """Kill the worker with everything it started. Safe to call twice."""
        if self._ended:
            return
        with contextlib.suppress(psutil.Error):
            self._measured.suspend()  # so that it starts nothing more; a stopped process can be killed
        _kill_all(self._measured)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM when only zombies are left
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._ended = True  # from here on the number may belong to another process
        kill_marked(WORKER, self.token)
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _resident(process: psutil.Process) -> int:
    """Bytes of resident memory; 0 for a process that is gone."""
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    """Processes below that one which still run; zombies, which hold nothing, are left out."""
    with contextlib.suppress(psutil.Error):
        return [child for child in process.children(recursive=True) if _running(child)]
    return []


def _running(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _kill_all(top: psutil.Process) -> None:
    """Kill all below `top`, again and again, for they may fork while we look; `top` itself stays."""
    for _ in range(20):
        if not (found := _descendants(top)):
            return
        _kill(found)
        psutil.wait_procs(found, timeout=0.05)


def kill_marked(name: str, value: str) -> int:
    """Kill every process whose environment holds name=value, but this one and those below it; how many there were.

    Returns when they are gone, at the latest after two seconds.
    """
    me = psutil.Process()
    mine = {me.pid, *(child.pid for child in me.children(recursive=True))}
    killed: dict[int, psutil.Process] = {}
    for _ in range(20):
        found = [p for p in psutil.process_iter() if p.pid not in mine and _marked(p, name, value)]
        if not found:
            break
        killed |= {p.pid: p for p in found}
        _kill(found)
        psutil.wait_procs(found, timeout=0.1)
    return len(killed)


def _marked(process: psutil.Process, name: str, value: str) -> bool:
    """Whether that process inherited the mark. Those of other users cannot be read, and are not ours."""
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(name) == value and _running(process)
    return False


def kills_for_memory() -> int | None:
    """How many processes the system has killed in this control group for memory; None where it does not tell.

    Linux only (control groups, version 2): it tells a death for lack of memory from any other SIGKILL.
    """
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
        group = next(line.split("::", 1)[1] for line in groups if line.startswith("0::"))
        for folder in (Path("/sys/fs/cgroup") / group.lstrip("/"), Path("/sys/fs/cgroup")):
            if (events := folder / "memory.events").exists():
                return int(dict(line.split() for line in events.read_text().splitlines())["oom_kill"])
    except (OSError, StopIteration, KeyError, ValueError):
        pass
    return None
