"""One program behind a wall, seen from outside: started, asked, its output kept within bounds, and ended."""

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from typing import IO, Any, Self

from . import wire
from .plain import program as inside
from .walls import Given, Limits, Wall

SHORTENED = b"\n[more output was not kept]\n"
ENDING = 0.2  # seconds for a program to end by itself once its input has ended
LOOK = 0.5  # seconds between looks at what a folder on the disk holds


class CellError(Exception):
    """The program inside ended, or said what it may not; `detail` has the end of its output, for the traceback."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class Cell:
    """Free code at work behind a wall. Use it in a `with` block: nothing is left afterwards.

    Args:
        wall: what shuts it in.
        read: files and folders it may read.
        limits: what it may use.
        log: where its output goes, as far as it is kept; None: it is kept for errors only.
        hidden: folders that must not be seen whatever else is shown.
    """

    def __init__(
        self,
        wall: Wall,
        limits: Limits,
        *,
        read: Sequence[Path] = (),
        hidden: Sequence[Path] = (),
        log: IO[bytes] | None = None,
    ) -> None:
        self.limits, self._log, self._tail, self._kept = limits, log, b"", 0
        self._folder = (
            Path(tempfile.mkdtemp(prefix="modelwright-cell-")) if getattr(wall, "own_folder", False) else None
        )
        self._ending = float(getattr(wall, "ending", ENDING))
        given = Given(
            read=tuple(str(path.resolve()) for path in read),
            hidden=tuple(str(path.resolve()) for path in hidden),
            folder=str(self._folder or ""),
        )
        try:
            self._process = subprocess.Popen(
                wall.command(inside(), given, limits),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=wall.environment(os.environ),
                cwd=self._folder or "/",
                bufsize=0,
            )
        except OSError as error:
            self._remove_folder()
            raise CellError(f"{wall.name} could not be started: {error}") from error
        self._threads = [threading.Thread(target=self._keep_output, daemon=True)]
        self._over = ""  # what it used too much of
        if self._folder is not None:
            self._threads.append(threading.Thread(target=self._watch_disk, daemon=True))
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Ask for something. A program that is gone is noticed when the answer is read."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            wire.send(self._process.stdin.fileno(), header, body)

    def receive(self, seconds: float | None = None) -> tuple[dict[str, Any], bytes]:
        """The next answer.

        Raises:
            CellError: the program ended, was ended for what it used, or sent no answer of ours.
            TimeoutError: there was none in so many seconds.
        """
        assert self._process.stdout is not None
        until = None if seconds is None else time.monotonic() + seconds
        try:
            return wire.receive(self._process.stdout.fileno(), self.limits.answer_mb * 2**20, until)
        except wire.WireError as error:
            raise CellError(self._why(str(error)), self.output()) from error

    def output(self) -> str:
        """The end of what it wrote."""
        return self._tail.decode(errors="replace")

    def end(self) -> None:
        """End it with all it started, as far as the wall can tell. Safe to call twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._ending)  # its input has ended, and so does it, in order
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(1.0)
        self._log = None  # whose file its owner closes
        self._remove_folder()

    @property
    def outlived(self) -> bool:
        """After its end: whether something that it started still holds its output open."""
        return self._threads[0].is_alive()

    def _why(self, said: str) -> str:
        """What ended it, in a sentence."""
        if self._over:
            return self._over
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        self._threads[0].join(1.0)  # so that its last words are here
        code = self._process.poll()
        if code is None:
            return said
        if code in (-9, 137):
            return "its process was killed (SIGKILL): it used more memory than there is, or was stopped from outside"
        name = f"signal {-code}" if code < 0 else f"signal {code - 128}" if code > 128 else f"exit code {code}"
        return f"its process ended with {name} before it had answered"

    def _keep_output(self) -> None:
        """Read what it writes until it ends; keep the beginning in the log, and the end for errors."""
        assert self._process.stderr is not None
        most = self.limits.log_kb * 1024
        with self._process.stderr as output:  # closed here alone: what stays behind may hold it open for long
            while piece := os.read(output.fileno(), 65536):
                self._tail = (self._tail + piece)[-6000:]
                room, log = most - self._kept, self._log
                if log is not None and room > 0:
                    with contextlib.suppress(ValueError):  # its owner has closed it meanwhile
                        log.write(piece[:room] + (SHORTENED if len(piece) > room else b""))
                        log.flush()
                self._kept += len(piece)

    def _watch_disk(self) -> None:
        """Where its folder is on the disk, end it when that grows too large."""
        assert self._folder is not None
        while self._process.poll() is None:
            if _size(self._folder) > self.limits.disk_mb * 2**20:
                self._over = f"it wrote more than {self.limits.disk_mb} MB to its folder"
                self._process.kill()
                return
            time.sleep(LOOK)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            rmtree(self._folder, ignore_errors=True)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder, however they change meanwhile."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total
