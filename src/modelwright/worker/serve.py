"""The loop of a warm process: one job folder per line on its standard input, two lines for each on its output.

The first says that it has begun, after whatever had to be imported for it; the second that it has ended.

It serves from the first moment and imports the heavy libraries piece by piece while no job waits. While a job runs,
standard output and error are the job's log, and nothing a candidate prints reaches the parent. The process dies with
its parent, whatever it is doing then.
"""

import contextlib
import faulthandler
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.processes import PARENT, STACKS

if TYPE_CHECKING:
    from .data import Shelf

# What jobs need, in the order in which cheap jobs need it; small pieces, for a job may come at any moment.
PIECES = (
    "modelwright.worker.job",
    "pandas",
    "pyarrow.feather",
    "psutil",
    "joblib",
    "scipy.sparse",
    "scipy.linalg",
    "scipy.special",
    "scipy.optimize",
    "scipy.spatial",
    "scipy.stats",
    "sklearn.base",
    "sklearn.preprocessing",
    "sklearn.metrics",
    "sklearn.linear_model",
    "sklearn.compose",
    "sklearn.pipeline",
    "sklearn.impute",
    "sklearn.model_selection",
    "sklearn.ensemble",
    "sklearn.feature_extraction.text",
    "lightgbm",
    "catboost",
    "xgboost",
)
PAUSE = 0.1  # seconds without a job after which there is time to clean up
HEAVY_MB = 100  # a job that used so much more than its process before is cleaned up after before the answer


def serve() -> None:
    """Serve until standard input ends, then end with everything below."""
    requests, answers = _take_over()
    follow_parent(requests, int(os.environ.get(PARENT, os.getppid())))
    adopt_orphans()
    faulthandler.enable(file=2)  # a crash leaves its stack in the log
    faulthandler.register(STACKS, file=2, all_threads=True)
    pieces, waiting, dirty = iter(PIECES), b"", False
    shelf: Shelf | None = None
    while True:
        if not _ready(requests) and _preload(pieces):
            continue
        if dirty and not _ready(requests, PAUSE):
            gc.collect()
            dirty = False
        chunk = os.read(requests, 65536)
        if not chunk:
            _end_group()
        waiting += chunk
        while b"\n" in waiting:
            line, waiting = waiting.split(b"\n", 1)
            if shelf is None:
                from .data import Shelf as NewShelf

                shelf = NewShelf()
            folder = Path(json.loads(line)["folder"])
            if not _light(folder):
                while _preload(pieces):  # before the clock of the first fit starts, or that fit would seem slow
                    pass
                _import_for(folder)
            os.write(answers, b'{"begun": true}\n')
            answer = run_one(folder, shelf)
            os.write(answers, json.dumps(answer).encode() + b"\n")
            dirty = True


def run_one(folder: Path, shelf: "Shelf") -> dict[str, Any]:
    """Run one job with its log as output and its folder as working directory; what is left behind goes in the answer.

    Returns: {"threads": Python threads that still run after the job}.
    """
    from .job import resident_mb, run

    threads, resident = set(threading.enumerate()), resident_mb()
    with _inside(folder):
        outcome = run(folder, shelf)
    if outcome.peak_mb > resident + HEAVY_MB:
        trim()
    return {"threads": sum(t.is_alive() for t in set(threading.enumerate()) - threads)}


def _ready(descriptor: int, seconds: float = 0.0) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _preload(pieces: Iterator[str]) -> bool:
    """Import the next piece; False once there is none left."""
    if (piece := next(pieces, None)) is None:
        return False
    with contextlib.suppress(ImportError, OSError):  # a job that needs it will say so, in its own outcome
        importlib.import_module(piece)
    if piece == PIECES[-1]:
        gc.collect()
        gc.freeze()  # what is loaded by now stays; no need to look through it again after each job
    return True


def _import_for(folder: Path) -> None:
    """Import what only this job's recipe needs and says so (`imports`): too large to be loaded by every worker."""
    from .. import plugins
    from .job import read_job

    recipe = read_job(folder).proposal.recipe
    for name in getattr(plugins.load("recipes", recipe), "imports", ()) if recipe in plugins.names("recipes") else ():
        with contextlib.suppress(ImportError, OSError):  # as above
            importlib.import_module(name)


def _light(folder: Path) -> bool:
    """Whether a job may start before the heavy libraries are there.

    The dummy needs none, comes first and gives the first answer; a recipe named by a dotted path imports its own.
    """
    from .job import read_job

    recipe = read_job(folder).proposal.recipe
    return recipe == "dummy" or ":" in recipe


def _take_over() -> tuple[int, int]:
    """Move the two pipes out of the way of candidates, who get no input and print nowhere until there is a log.

    Returns: descriptors for requests and answers, which programs started from here do not inherit.
    """
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # so that the log of a crash has what was printed before it
    return requests, answers


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """The log as output, the folder as working directory; directory and environment are put back afterwards."""
    environment, home = dict(os.environ), Path.cwd()
    kept = os.dup(1), os.dup(2)
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(folder)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, old in enumerate(kept, start=1):
            os.dup2(old, descriptor)
            os.close(old)
        os.chdir(home)
        os.environ.clear()
        os.environ.update(environment)


def trim() -> None:
    """Give memory that nobody uses any more back to the system."""
    gc.collect()
    if sys.platform == "linux":  # glibc keeps what was freed unless asked; other C libraries have no such call
        import ctypes

        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def follow_parent(pipe: int, parent: int) -> None:
    """See to it that this process ends when that parent does.

    Linux kills it at once, even inside C code that never lets go. Everywhere a thread notices that the parent's end
    of the pipe is closed or that the parent has changed, and kills the whole process group.
    """
    if sys.platform == "linux":
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(pipe, parent), daemon=True, name="follow-parent").start()


def _watch(pipe: int, parent: int) -> None:
    poll = select.poll()
    poll.register(pipe, 0)  # nothing but the hang-up
    while os.getppid() == parent and not poll.poll(500):
        pass
    _end_group()


def _end_group() -> None:
    if os.getpgrp() == os.getpid():  # started by hand, the group is that of the shell
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def adopt_orphans() -> None:
    """Linux only: grandchildren whose parent has gone become our children, so that the executor can find them."""
    if sys.platform == "linux":
        import ctypes

        PR_SET_CHILD_SUBREAPER = 36
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
