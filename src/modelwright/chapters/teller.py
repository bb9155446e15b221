"""Who tells: events to listeners, chapters and notes to the journal."""

import time
from collections.abc import Callable
from typing import Any

from ..journal.journal import Journal
from ..records.answer import Answer
from ..records.event import Event
from ..records.problem import Problem
from ..workspace import Workspace

Listener = Callable[[Event], None]


class Teller:
    """Tells listeners what happens, and the journal how long each chapter took."""

    def __init__(self, listen: Listener, began: float) -> None:
        self.listen, self.began = listen, began
        self.journal: Journal | None = None
        self._chapter: tuple[str, float] | None = None
        self._seconds: dict[str, float] = {}

    def __call__(self, name: str, **data: Any) -> None:
        """Send one event."""
        self.listen(Event(name=name, time=round(time.monotonic() - self.began, 3), data=data))

    def chapter(self, title: str) -> None:
        """A new chapter begins; the one before ends."""
        self._close_chapter()
        self._chapter = (title, time.monotonic())
        self("chapter", title=title)

    def _close_chapter(self) -> None:
        if self._chapter is None:
            return
        title, since = self._chapter
        self._seconds[title] = round(self._seconds.get(title, 0.0) + time.monotonic() - since, 3)
        if self.journal is not None:
            self.journal.fact("chapters", {**self._seconds})

    def record_in(self, journal: Journal) -> None:
        """Write chapters to this journal from now on; those of an earlier part of the run are kept."""
        self.journal = journal
        earlier = journal.facts().get("chapters")
        for title, seconds in earlier.items() if isinstance(earlier, dict) else ():
            self._seconds[title] = self._seconds.get(title, 0.0) + float(str(seconds))

    def note(self, text: str) -> None:
        """Something a reader of the journal should know."""
        if self.journal is not None:
            self.journal.note(text)
        self("note", text=text)

    def end(self, workspace: Workspace, journal: Journal, problem: Problem) -> None:
        """The run is over."""
        self._close_chapter()
        final = Answer.model_validate(journal.facts()["final"])
        self(
            "end",
            run=str(workspace.root),
            metric=problem.metric,
            score=final.cv.value,
            error=final.cv.error,
            expected=final.outlook.value if final.outlook else None,
            expected_error=final.outlook.error if final.outlook else None,
            sealed=final.sealed.value if final.sealed else None,
            sealed_error=final.sealed.error if final.sealed else None,
            seconds=round(time.monotonic() - self.began, 1),
            experiments=sum(e.proposal.move != "refit" for e in journal.history()),
        )
