"""A level is believed only after it was tried out."""

import csv
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from modelwright.errors import SettingsError
from modelwright.sandboxes import choose, container, landlock, probe
from modelwright.sandboxes.bubblewrap import Bubblewrap
from modelwright.sandboxes.container import Container
from modelwright.sandboxes.plain import Plain
from modelwright.sandboxes.walls import STRONG, Given, Limits


class Boasting(Plain):
    """Claims all, and stops nothing."""

    name = "boasting"
    claims = STRONG


class Absent(Plain):
    name = "absent"

    def command(self, program: object, given: Given, limits: Limits) -> list[str]:
        return ["/nonexistent/wall"]


def test_a_wall_that_stops_nothing_of_what_it_claims_is_found_out() -> None:
    found = probe.try_out(Boasting())
    assert not found.works
    assert found.stops == ()


def test_a_wall_that_cannot_be_started_does_not_work_and_says_why() -> None:
    found = probe.try_out(Absent())
    assert not found.works
    assert "could not be started" in found.told


def test_each_level_stops_all_that_it_claims(level: str) -> None:
    found = probe.try_out(choose.wall(level))
    assert found.works, found.told
    assert set(found.stops) == set(choose.wall(level).claims)


def test_bubblewrap_claims_everything(strong: str) -> None:
    assert set(choose.wall(strong).claims) == set(STRONG)


def test_the_strongest_that_works_is_chosen_and_model_written_code_is_allowed_there(strong: str) -> None:
    found = choose.decide("auto", False, Limits())
    assert (found.wall, found.allowed) == ("bubblewrap", True)


def test_below_bubblewrap_code_is_refused_unless_the_user_says_otherwise() -> None:
    refused, granted = (choose.decide("plain", said, Limits()) for said in (False, True))
    assert not refused.allowed
    assert "--allow-unsandboxed" in refused.why
    assert granted.allowed


def test_a_level_asked_for_that_does_not_work_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(SettingsError, match="bubblewrap is not installed"):
        choose.decide("bubblewrap", False, Limits())


def test_an_unknown_level_is_one_sentence_that_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="bubblewrap, landlock, plain"):
        choose.decide("fence", False, Limits())


def test_without_bubblewrap_auto_takes_the_next_and_refuses_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bubblewrap, "missing", lambda self: "not here")
    monkeypatch.setattr(landlock, "version", lambda: 0)
    found = choose.decide("auto", False, Limits())
    assert (found.wall, found.allowed) == ("plain", False)
    assert [t.wall for t in found.tried] == ["bubblewrap", "landlock", "plain"]


def test_where_no_level_works_nothing_is_allowed_whatever_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for level in (Bubblewrap, landlock.Landlock, Plain):
        monkeypatch.setattr(level, "missing", lambda self: "not here")
    assert not choose.decide("auto", True, Limits()).allowed


def test_what_was_never_decided_allows_nothing(tmp_path: Path) -> None:
    assert not choose.read(tmp_path).allowed


def test_a_decision_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    shut = choose.decide("plain", True, Limits(memory_mb=123))
    shut.write(tmp_path)
    assert choose.read(tmp_path) == shut


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Engines as they are on some machine, with their images; one that is not in it is not installed."""
    there: dict[str, list[str]] = {}

    def ask(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        engine, image = command[0], command[-1]
        known = image in there[engine]
        return subprocess.CompletedProcess(command, 0 if known else 1, "", "" if known else "noise\nno such image\n")

    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    monkeypatch.setattr("subprocess.run", ask)
    container.engine_with.cache_clear()
    return there


def test_a_container_gets_no_network_no_keys_and_only_what_it_was_given(
    engines: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines["docker"] = ["image:1"]
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    given = Given(read=("/data/a", "/at 12:30, today/b"))
    command = Container("image:1").command(["python", "-m", "x"], given, Limits())
    assert "sk-secret" not in " ".join(command)
    assert command[command.index("--network") + 1] == "none"
    mounts = [next(csv.reader([command[k + 1]])) for k, word in enumerate(command) if word == "--mount"]
    assert mounts == [["type=bind", f"source={path}", f"target={path}", "readonly"] for path in given.read]
    assert command[command.index("image:1") + 1 :][:4] == ["python", "-m", "modelwright.sandboxes.guard", "x"]


def test_an_image_is_never_fetched(engines: dict[str, list[str]]) -> None:
    engines["docker"] = ["image:1"]
    command = Container("image:1").command(["python", "-m", "x"], Given(), Limits())
    assert command[command.index("--pull") + 1] == "never"


def test_the_engine_that_has_the_image_is_taken(engines: dict[str, list[str]]) -> None:
    engines.update(docker=[], podman=["image:1"])
    assert Container("image:1").missing() == ""
    assert Container("image:1").command(["python", "-m", "x"], Given(), Limits())[0] == "podman"


def test_an_image_that_no_engine_has_is_said_with_what_they_say(engines: dict[str, list[str]]) -> None:
    engines.update(docker=["image:1"], podman=["other"])
    told = probe.try_out(Container("image:2")).told
    assert "no container engine has an image 'image:2' (docker: no such image; podman: no such image)" in told


def test_an_engine_that_is_not_there_is_said(engines: dict[str, list[str]]) -> None:
    assert "no container engine" in probe.try_out(Container("image:1")).told


def test_what_an_engine_starts_leaves_no_mark_to_be_killed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Container("image:1").environment({"MODELWRIGHT_WORKER": "1", "HOME": "/h"}) == {"HOME": "/h"}
