"""The desks of a server: each in a thread of its own, and what their caller may reach.

A worker dies with the thread that started it, and a connection to the journal belongs to one, so a desk is opened,
called and closed in one thread (`Room`), which looks after what runs while nobody calls.
"""

import os
import queue
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import RunError, SettingsError
from .settings import seconds

if TYPE_CHECKING:
    from .desk import Desk
    from .records.event import Event

R = TypeVar("R")
LOOK = 0.1  # seconds that a desk is attended at a time while something runs and nobody calls
MOST_OPEN = 4  # runs at the same time: each has worker processes of its own
CLOSING = 4.0  # seconds that desks get to close when the server ends

Call = tuple["Future[Any]", Callable[["Desk"], Any]]
Make = Callable[[Callable[["Event"], None]], "Desk"]  # opens a desk, given who listens to what happens


class Room:
    """One desk and the thread it lives in. Attributes are for the thread of the server, `call` is how to reach in."""

    def __init__(self, folder: Path, make: Make) -> None:
        self.folder, self.chapter = folder, ""
        self.told: set[int] = set()  # experiments whose end somebody was told of
        self.opened: Future[None] = Future()
        self.finishing: Future[Any] | None = None
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._door = threading.Lock()  # nobody comes in while it is being closed
        self._over: Exception | None = None  # why nobody may come in any more
        self._thread = threading.Thread(target=self._live, args=(make,), daemon=True, name=f"desk {folder.name}")
        self._thread.start()

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.folder.name

    @property
    def long(self) -> str:
        """What takes long just now, in words; "" where the desk can be called."""
        if not self.opened.done():
            return "being opened"
        return "being finished" if self.finishing is not None and not self.finishing.done() else ""

    def call(self, ask: "Callable[[Desk], R]") -> "Future[R]":
        """Have it done at the desk, in its thread. Raises RunError where the desk is closed."""
        future: Future[R] = Future()
        with self._door:
            if self._over is not None:
                raise self._over
            self._calls.put((future, ask))
        return future

    def leave(self) -> None:
        """Ask the desk to be closed after what it does now."""
        self._calls.put(None)

    def gone(self, until: float) -> None:
        """Wait for the thread to end, until a moment on the clock."""
        self._thread.join(max(0.0, until - time.monotonic()))

    def _live(self, make: Make) -> None:
        try:
            desk = make(self._hear)
        except BaseException as error:  # noqa: BLE001 - told to whoever asked for it
            self.opened.set_exception(error)
            return
        over = RunError(f"{self.name} is closed: open_run opens it again.")
        try:
            with desk:
                self.opened.set_result(None)
                self._serve(desk)
        except Exception as error:  # noqa: BLE001 - a bug, or a full disk: told to whoever calls next
            log_bug(self.folder, error)
            over = RunError(f"{self.name} ended by an internal error ({in_a_line(error)}): close_run, then open_run.")
        with self._door:
            self._over = over
            while not self._calls.empty():
                if (call := self._calls.get()) is not None:
                    call[0].set_exception(over)

    def _serve(self, desk: "Desk") -> None:
        """Do what is asked for, one call after the other; look after what runs meanwhile."""
        while True:
            try:
                call = self._calls.get(block=not desk.waiting_for())
            except queue.Empty:
                desk.attend(LOOK)
                continue
            if call is None:
                return
            future, ask = call
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(ask(desk))
                except Exception as error:  # noqa: BLE001 - told to whoever called
                    future.set_exception(error)

    def _hear(self, event: "Event") -> None:
        if event.name == "chapter":
            self.chapter = str(event.data.get("title", ""))


class Office:
    """The runs that are open here, and what their caller may reach.

    Args:
        roots: folders below which tasks and runs may lie; new runs go to `runs/` of the first.
        budget: seconds that a run may take at most, and has when nothing is said.
        settings: jobs, threads, memory and the like, which are the user's to say.
    """

    def __init__(self, roots: Sequence[Path], budget: float = 3600.0, settings: dict[str, Any] | None = None) -> None:
        for root in roots:
            if not root.is_dir():
                raise SettingsError(f"--root {root} is no folder: name one that holds tasks.")
        self.roots = [root.resolve() for root in roots]
        self.budget, self.settings = budget, settings or {}
        self.rooms: dict[str, Room] = {}

    # --- what may be reached --------------------------------------------------------------------

    def inside(self, given: str) -> Path:
        """The path meant, below a root; relative ones below the first that has them. Raises SettingsError otherwise."""
        if re.match(r"^[A-Za-z][\w.+-]+://", given):
            raise SettingsError(f"{given.partition('://')[0]}://... is an address: give a path below the root.")
        found = [(root / given).resolve() for root in self.roots]  # an absolute path stays what it is
        allowed = [path for path in found if any(path.is_relative_to(root) for root in self.roots)]
        if not allowed:
            raise SettingsError(f"{given!r} is outside of what this server may read: give a path below its root.")
        return next((path for path in allowed if path.exists()), allowed[0])

    def task(self, given: str) -> Path:
        """The same for a folder to be read, in which no link may lead out either."""
        path = self.inside(given)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                entry = Path(folder, name)
                if entry.is_symlink() and not any(entry.resolve().is_relative_to(root) for root in self.roots):
                    raise SettingsError(f"{given!r} holds a link, {name!r}, that leads out of the root: take it out.")
        return path

    def allowed(self, given: str | float | None) -> float | None:
        """A budget in seconds. Raises SettingsError for more than a run may take."""
        if given is None:
            return None
        asked = seconds(given) if isinstance(given, str) else float(given)
        if asked > self.budget:
            raise SettingsError(
                f"a budget of {given} is more than the {self.budget:.0f} s that a run may take here: ask for less."
            )
        return asked

    # --- rooms ----------------------------------------------------------------------------------

    def open(self, folder: Path, make: Make) -> Room:
        """A room for a run folder."""
        self._sweep()
        if folder.name in self.rooms:
            raise RunError(f"a run called {folder.name} is open already: name it in the call.")
        if len(self.rooms) >= MOST_OPEN:
            raise RunError(f"{len(self.rooms)} runs are open ({', '.join(self.rooms)}): close_run one first.")
        self.rooms[folder.name] = Room(folder, make)
        return self.rooms[folder.name]

    def room(self, name: str | None) -> Room:
        """The room of that run, or the only one. Raises RunError where it is not clear which, or there is none."""
        if name is None and len(self.rooms) != 1:
            which = f"name one of {', '.join(self.rooms)}" if self.rooms else "begin with open_task or open_run"
            raise RunError(f"{len(self.rooms) or 'no'} runs are open: {which}.")
        found = next(iter(self.rooms.values())) if name is None else self.rooms.get(Path(name).name)
        if found is None:
            raise RunError(f"no run called {name!r} is open: open_run opens one that is there, list_runs tells which.")
        return found

    def drop(self, room: Room) -> None:
        """Close a room, and forget it."""
        room.leave()
        self.rooms.pop(room.name, None)

    def _sweep(self) -> None:
        """Forget rooms that could not be opened."""
        for room in list(self.rooms.values()):
            if room.opened.done() and room.opened.exception() is not None:
                self.drop(room)

    def new_folder(self, name: str) -> Path:
        """runs/NAME-TIME below the first root, with a number behind it where that is taken."""
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "task"
        stem = f"{plain}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        found, k = self.roots[0] / "runs" / stem, 1
        while found.exists() or found.name in self.rooms:
            found, k = found.with_name(f"{stem}-{k}"), k + 1
        return found

    def find(self, given: str) -> Path:
        """The folder of a run that is there, by its name or its path."""
        named = [root / "runs" / given for root in self.roots] if "/" not in given else []
        path = next((folder.resolve() for folder in named if folder.is_dir()), None)
        return self.inside(str(path) if path else given)

    def close(self) -> None:
        """Close all desks. One that does not answer in time is left to the end of the process, which ends workers."""
        until = time.monotonic() + CLOSING
        rooms, self.rooms = list(self.rooms.values()), {}
        for room in rooms:
            room.leave()
        for room in rooms:
            room.gone(until)


def log_bug(folder: Path | None, error: BaseException) -> str:
    """Write the traceback into the log of the run, else to stderr; where it is, in brackets."""
    told = "".join(traceback.format_exception(error))
    if folder is not None and folder.is_dir():
        with suppress(OSError), (folder / "run.log").open("a") as file:
            file.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}\n{told}\n")
            return f" (details in {folder / 'run.log'})"
    sys.stderr.write(told)
    return ""


def in_a_line(error: BaseException) -> str:
    """What an exception says, short."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
