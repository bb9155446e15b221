from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.chapters.teller import Teller
from modelwright.journal.journal import Journal

if TYPE_CHECKING:
    from modelwright.records.event import Event


def test_every_chapter_is_timed_and_an_interrupted_runs_chapters_are_kept(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", create=True) as journal:
        journal.fact("chapters", {"Searching": 100.0})
        heard: list[Event] = []
        teller = Teller(heard.append, began=0.0)
        teller.record_in(journal)
        teller.chapter("Searching")
        teller.chapter("Blending")
        chapters = journal.facts()["chapters"]
    assert isinstance(chapters, dict)
    assert float(str(chapters["Searching"])) >= 100.0
    assert [e.data["title"] for e in heard] == ["Searching", "Blending"]


def test_a_note_is_told_and_written_down(tmp_path: Path) -> None:
    heard: list[Event] = []
    with Journal(tmp_path / "journal.db", create=True) as journal:
        teller = Teller(heard.append, began=0.0)
        teller.record_in(journal)
        teller.note("less is more")
        assert [note.text for note in journal.notes()] == ["less is more"]
    assert [e.name for e in heard] == ["note"]
