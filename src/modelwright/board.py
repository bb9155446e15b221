"""Watching a run: the live board, plain lines, or JSON lines, from its events.

The live board draws itself twice a second and costs well under one percent of a core: the cores are for the search.
"""

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .records.experiment import Status
from .views import VERDICTS, count, figure, real, span, terminal

if TYPE_CHECKING:
    from types import TracebackType

    from .records.event import Event
    from .records.experiment import Params

Listener = Callable[["Event"], None]

REFRESH = 2  # drawings per second


# Watching a run ------------------------------------------------------------------------------------------------------


def watch(
    name: str,
    *,
    quiet: bool = False,
    events: bool = False,
    budget: float | None = None,
    experiments: int | None = None,
    console: Console | None = None,
) -> "Watcher":
    """The listener that fits the flags and the terminal, as a context manager.

    `events`: JSON lines and nothing else on stdout; `quiet`: nothing; a terminal: the live board; else plain lines.
    """
    console = console or terminal()
    if events:
        return Lines()
    if quiet:
        return Watcher()
    if console.is_terminal and not console.is_dumb_terminal:
        return Board(console, name, budget, experiments)
    return Plain(console)


class Watcher:
    """A listener that says nothing; the base of the others."""

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        """Leave the terminal as it was."""

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to somebody else for a while."""
        yield

    def __call__(self, event: "Event") -> None:
        """Take note of an event."""


class Lines(Watcher):
    """Events as JSON lines on stdout; anything else that prints meanwhile goes to stderr."""

    def __init__(self) -> None:
        self._out: TextIO | None = None
        self._redirect: AbstractContextManager[object] = contextlib.nullcontext()

    def __enter__(self) -> Listener:
        self._out = sys.stdout
        self._redirect = contextlib.redirect_stdout(sys.stderr)
        self._redirect.__enter__()
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._redirect.__exit__(kind, error, trace)

    def __call__(self, event: "Event") -> None:
        """Write one line."""
        if self._out is None:
            return
        try:
            self._out.write(event.model_dump_json() + "\n")
            self._out.flush()
        except BrokenPipeError:  # the reader left; the run goes on, and exit must not flush into the closed pipe
            self._out = None
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


class Plain(Watcher):
    """One line for each event worth one, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: "Event") -> None:
        """Print the event, if it is worth a line."""
        message = _plain(event)
        if message:
            self._console.print(f"[{event.time:6.1f} s] {message}", markup=False, soft_wrap=True)


def _plain(event: "Event") -> str:
    """The event in one line; empty for those that a log need not hold."""
    data = event.data
    match event.name:
        case "best":
            return f"best so far: {figure(data.get('score'), data.get('error'))}, {_who(data)}"
        case "finished" if _failed(data):
            return f"{_who(data)} failed: {_reason(data)}"
        case "submission":
            return f"submission: {data.get('path')} ({_origin(data)})"
        case "end":
            return f"end after {span(data.get('seconds'))} and {count(data.get('experiments'), 'experiment')}"
        case _:  # a chapter's title, a note's text
            return str(data.get("title") or data.get("text") or "")


class Board(Watcher):
    """The live board: chapter, what runs, best score, last verdicts with their reasons, time left."""

    def __init__(
        self, console: Console, name: str, budget: float | None = None, experiments: int | None = None
    ) -> None:
        self._console, self._name, self._budget, self._planned = console, name, budget, experiments
        self._lock = threading.Lock()  # rich draws from a thread of its own
        self._zero = time.monotonic()
        self._chapter, self._best, self._note = "starting", Text("none yet", "dim"), ""
        self._running: dict[int, tuple[str, float]] = {}
        self._verdicts: deque[Text] = deque(maxlen=VERDICTS)
        self._finished = self._failures = 0
        self._live = Live(
            console=console, get_renderable=self.render, refresh_per_second=REFRESH, transient=True, screen=False
        )

    def __enter__(self) -> Listener:
        self._live.start()
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._live.stop()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take the board away while a person is asked."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def __call__(self, event: "Event") -> None:
        """Put the event on the board."""
        with self._lock:
            self._zero = time.monotonic() - event.time
            self._take(event)

    def _take(self, event: "Event") -> None:
        data = event.data
        match event.name:
            case "chapter":
                self._chapter = str(data.get("title", ""))
            case "started":
                what = f"{data.get('recipe')}, {data.get('move')}: {data.get('reason')}"
                self._running[_number(data)] = (what, time.monotonic())
            case "finished":
                self._running.pop(_number(data), None)
                self._finished += 1
                self._failures += _failed(data)
                self._verdicts.append(_verdict(data))
            case "best":
                self._best = Text.assemble((figure(data.get("score"), data.get("error")), "bold green"))
                self._best.append(f"  {_who(data)}")
            case "note":
                self._note = str(data.get("text", ""))

    def render(self) -> RenderableType:
        """The board as it stands now."""
        with self._lock:
            now = time.monotonic()
            rows = [self._head(now - self._zero), self._bar(now - self._zero), _labelled("best", self._best)]
            rows += [
                _labelled("runs now" if not i else "", Text(f"{number:>4}  {span(now - since):>8}  {what}"))
                for i, (number, (what, since)) in enumerate(self._running.items())
            ]
            rows += [_labelled("verdicts" if not i else "", text) for i, text in enumerate(reversed(self._verdicts))]
            if self._note:
                rows.append(_labelled("note", Text(self._note, "dim")))
            return Group(*rows)

    def _head(self, elapsed: float) -> RenderableType:
        failed = f", {self._failures} failed" if self._failures else ""
        head = Text.assemble((self._name, "bold"), "  ", (self._chapter, "cyan"), no_wrap=True, overflow="ellipsis")
        done = f"{self._finished} of {self._planned}" if self._planned else f"{self._finished}"
        head.append(f"  {done} experiments{failed}, {span(elapsed)}", "dim")
        return head

    def _bar(self, elapsed: float) -> RenderableType:
        """Time left of a budget, or experiments left of a count; nothing where neither is known."""
        if self._budget:
            total, done, left = self._budget, elapsed, f"{span(max(0.0, self._budget - elapsed))} left"
        elif self._planned:
            total, done = float(self._planned), float(self._finished)
            left = f"{max(0, self._planned - self._finished)} experiments left"
        else:
            return Text("")
        row = Table.grid(padding=(0, 1))
        row.add_row(ProgressBar(total=total, completed=min(done, total), width=40), Text(left, "dim"))
        return row


def _labelled(label: str, text: Text) -> Text:
    row = Text(no_wrap=True, overflow="ellipsis")
    text.plain = " ".join(text.plain.splitlines())  # an error may have several lines, the board has one for it
    return row.append(f"{label:<9}", "dim").append_text(text)


def _verdict(data: "Params") -> Text:
    """One finished experiment in one line."""
    line = Text(f"{_number(data):>4}  ")
    if _failed(data):
        return line.append(f"{data.get('recipe')} {data.get('status')}: {_reason(data)}", "yellow")
    score = figure(data.get("score"), data.get("error"))
    return line.append(score, "green").append(f"  {data.get('recipe')}: {data.get('verdict') or data.get('status')}")


def _failed(data: "Params") -> bool:
    return data.get("status") in [s.value for s in Status if s.failed]


def _reason(data: "Params") -> str:
    """Why an experiment failed: its verdict, or its error where that is text, or just the status."""
    error = data.get("error")
    return str(data.get("verdict") or (error if isinstance(error, str) else "") or data.get("status"))


def _number(data: "Params") -> int:
    number = real(data.get("number"))
    return -1 if number is None else int(number)


def _who(data: "Params") -> str:
    return f"{data.get('recipe')} (experiment {data.get('number')})"


def _origin(data: "Params") -> str:
    experiment = data.get("experiment")
    return f"experiment {experiment}" if experiment is not None else "the blend"
