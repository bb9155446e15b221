from pathlib import Path

import pytest

from modelwright.errors import RunError
from modelwright.workspace import Workspace, write_whole


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "new")
    assert path.read_text() == "old"


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="not an empty folder"):
        Workspace(tmp_path).refuse_if_taken()


def test_sealed_labels_are_for_their_owner_only(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "run")
    workspace.create()
    assert workspace.sealed.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run folder"):
        Workspace(tmp_path).check()
