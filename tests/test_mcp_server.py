"""The MCP server with the official client: over stdin and stdout, over HTTP, and when its client is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

import modelwright as mw
from modelwright import mcp_desks, mcp_server, mcp_tools
from modelwright.errors import SettingsError
from modelwright.journal import history

from .test_desk import SCRIPT, told_answers, write_prices

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent, Tool

Said = dict[str, CallToolResult]


def words(root: Path, *more: str) -> list[str]:
    """The command line of a server."""
    usual = ("--root", str(root), "--jobs", "1", "--budget", "10m", "--allow-unsandboxed")
    return ["-m", "modelwright", "mcp", *usual, *more]


def text(result: CallToolResult) -> str:
    """What a result says to those who read."""
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def belonging(root: Path) -> list[psutil.Process]:
    """Servers and workers of runs below a folder that still run."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("MODELWRIGHT_RUN", "").startswith(str(root)) or str(root) in process.cmdline()
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def all_gone(root: Path, seconds: float = 15.0) -> bool:
    """Whether none of them is left, at the latest after so many seconds."""
    until = time.monotonic() + seconds
    while (left := belonging(root)) and time.monotonic() < until:
        time.sleep(0.1)
    return not left


def talk(server: Any, scenario: Callable[[Client], Awaitable[None]], noise: list[Exception]) -> None:
    """Have a conversation with a server; `noise` gets what is no message."""
    import anyio

    async def hear(message: object) -> None:
        if isinstance(message, Exception):
            noise.append(message)

    async def main() -> None:
        async with Client(server, message_handler=cast(Any, hear)) as client:
            await scenario(client)

    anyio.run(main)


# --- over stdin and stdout --------------------------------------------------------------------------------------------


class Conversation:
    """All that an agent was told from the opening of a task to its end."""

    def __init__(self, root: Path) -> None:
        self.root, self.said = root, cast(Said, {})
        self.tools: list[Tool] = []
        self.noise: list[Exception] = []
        self.facts: dict[str, Any] = {}
        server = StdioServerParameters(command=sys.executable, args=words(root), env=dict(os.environ))
        talk(server, self.scenario, self.noise)
        self.gone = all_gone(root)

    async def ask(self, client: Client, name: str, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool and remember what it said."""
        self.said[name] = await client.call_tool(tool, arguments)
        return self.said[name]

    async def scenario(self, client: Client) -> None:
        """One experiment that works, some that do not, the rules for a while, and the end."""
        self.tools = (await client.list_tools()).tools
        await self.ask(client, "nothing open", "plan")
        await self.ask(client, "outside", "open_task", task="/etc")
        await self.ask(client, "above", "open_task", task="../worth")
        await self.ask(client, "address", "open_task", task="postgresql://host/shop")
        await self.ask(client, "a link out", "open_task", task="linked")
        await self.ask(client, "too long", "open_task", task="worth", budget="2h")
        opened = await self.ask(client, "open", "open_task", task="worth", wait_seconds=45)
        run = opened.structured_content
        for tool in ("plan", "profile", "propose_split", "menu"):
            await self.ask(client, tool, tool)
        await self.ask(client, "bad argument", "submit_experiment", recipe="linear", reason="x", folds=["first"])
        await self.ask(client, "no reason", "submit_experiment", recipe="linear")
        await self.ask(client, "unknown argument", "history", last=3)
        await self.ask(client, "unknown recipe", "submit_experiment", recipe="linar", reason="x")
        first = {"recipe": "linear", "folds": "[0, 1]", "reason": "simple first", "wait_seconds": 45}
        await self.ask(client, "linear", "submit_experiment", **first)
        mistake = {"parent": 1, "params": {"penalty": "much"}, "reason": "a mistake", "wait_seconds": 45}
        await self.ask(client, "failed", "submit_experiment", **mistake)
        code = {"code": SCRIPT, "folds": [0], "reason": "gives answers away", "wait_seconds": 45}
        await self.ask(client, "code", "submit_experiment", **code)
        await self.ask(client, "search", "run_search", seconds=1)
        await self.ask(client, "busy", "submit_experiment", **first)
        await self.ask(client, "wait", "wait", seconds=45)
        for number in (1, 2, 3):
            await self.ask(client, f"show {number}", "show", number=number)
        await self.ask(client, "compare", "compare", first=1, second=2)
        await self.ask(client, "history", "history", limit=2)
        await self.ask(client, "note", "note", text="Straight lines lose little.")
        self.facts = dict(history.facts(Path(run["folder"]) / "journal.db"))
        await self.ask(client, "finish", "finish", wait_seconds=45)
        await self.ask(client, "finish again", "finish")
        await self.ask(client, "after", "submit_experiment", **{**first, "recipe": "lightgbm"})
        for tool in ("export", "history", "list_runs", "propose_split"):
            await self.ask(client, f"{tool} after", tool)


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    root = tmp_path_factory.mktemp("root")
    write_prices(root / "worth")
    write_prices(root / "linked")
    (root / "linked" / "passwords.csv").symlink_to("/etc/passwd")
    return Conversation(root)


def test_every_tool_says_what_it_is_for_and_what_it_takes(talked: Conversation) -> None:
    assert {tool.name for tool in talked.tools} == set(mcp_tools.TOOLS)
    for tool in talked.tools:
        assert tool.description
        assert tool.input_schema["additionalProperties"] is False
        for name, field in tool.input_schema["properties"].items():
            assert field.get("description"), f"{name} of {tool.name}"


def test_an_experiment_that_works_is_told_with_its_score(talked: Conversation) -> None:
    found = talked.said["linear"].structured_content
    (row,) = found["experiments"]
    assert (row["number"], row["status"], row["folds"]) == (1, "done", [0, 1])
    assert row["score"] > 0
    assert found["standing"]["best"] == 1


def test_an_experiment_that_fails_is_a_row_with_the_last_line_of_its_traceback(talked: Conversation) -> None:
    (row,) = talked.said["failed"].structured_content["experiments"]
    assert not talked.said["failed"].is_error
    assert (row["status"], row["score"]) == ("failed", None)
    assert row["failure"].startswith("InvalidParameterError")
    assert talked.said["show 2"].structured_content["traceback"].endswith(row["failure"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing open", "no runs are open: begin with open_task or open_run."),
        ("outside", "'/etc' is outside of what this server may read: give a path below its root."),
        ("above", "'../worth' is outside of what this server may read: give a path below its root."),
        ("address", "postgresql://... is an address: give a path below the root."),
        ("a link out", "'linked' holds a link, 'passwords.csv', that leads out of the root: take it out."),
        ("too long", "a budget of 2h is more than the 600 s that a run may take here: ask for less."),
        ("bad argument", "submit_experiment: folds.0 is 'first': input should be a valid integer"),
        ("no reason", "submit_experiment: reason is missing."),
        ("unknown argument", "history: there is no argument last, it takes run, limit, offset, by."),
        ("unknown recipe", "no recipe is called 'linar': choose one of"),
        ("busy", "the rules are at work for"),
        ("compare", "experiment 2 has no score (failed): compare two that have one."),
        ("after", "is finished and its seal is open: start a new run for more."),
    ],
)
def test_what_is_wrong_is_a_tool_error_of_one_sentence(talked: Conversation, name: str, message: str) -> None:
    result = talked.said[name]
    assert result.is_error
    assert message in text(result)
    assert "\n" not in text(result)
    assert "Traceback" not in text(result)


def test_the_rules_left_an_experiment_of_their_own(talked: Conversation) -> None:
    ran = [row["recipe"] for row in talked.said["wait"].structured_content["experiments"]]
    assert ran[0] == "dummy"  # how many more fit into a second is the machine's affair


def test_code_that_gives_answers_away_in_its_error_is_heard_without_them(talked: Conversation) -> None:
    (row,) = talked.said["code"].structured_content["experiments"]
    assert (row["recipe"], row["status"]) == ("script", "failed")
    assert "the answers are" in row["failure"]
    assert "<hidden>" in row["failure"]


def test_no_result_holds_the_answer_of_a_row(talked: Conversation) -> None:
    said = " ".join(text(result) + json.dumps(result.structured_content) for result in talked.said.values())
    assert "price" in said
    assert told_answers(said, talked.root / "worth") == []


def test_results_are_small(talked: Conversation) -> None:
    sizes = {name: len(text(result)) for name, result in talked.said.items()}
    assert max(sizes.values()) < 12_000, sizes


def test_results_are_structured_and_the_same_as_text(talked: Conversation) -> None:
    fine = [result for result in talked.said.values() if not result.is_error]
    assert len(fine) > 15
    assert all(json.loads(text(result)) == result.structured_content for result in fine)


def test_the_history_comes_in_pages(talked: Conversation) -> None:
    page = talked.said["history"].structured_content
    ran = len(talked.said["wait"].structured_content["experiments"])
    assert (len(page["rows"]), page["total"], page["next"]) == (2, 3 + ran, 2)


def test_the_holdout_is_not_opened_before_the_end(talked: Conversation) -> None:
    assert "seal.opened" not in talked.facts
    before = " ".join(text(result) for name, result in talked.said.items() if "finish" not in name)
    assert '"sealed":' not in before
    run = talked.said["open"].structured_content["folder"]
    assert history.facts(Path(run) / "journal.db")["seal.opened"] == 1


def test_finishing_hands_over_and_tells_the_same_when_called_again(talked: Conversation) -> None:
    result = talked.said["finish"].structured_content
    assert result == talked.said["finish again"].structured_content
    assert result["sealed_rows"] > 0
    files = talked.said["export after"].structured_content
    assert all(Path(files[name]).exists() for name in ("submission", "report", "bundle"))


def test_a_run_of_an_agent_is_a_run_like_any_other(talked: Conversation) -> None:
    (listed,) = talked.said["list_runs after"].structured_content["runs"]
    run = mw.open_run(listed["folder"])
    assert (run.state, listed["state"]) == ("finished", "finished")
    assert [note.text for note in history.notes(run.path / "journal.db")].count("Straight lines lose little.") == 1


def test_stdout_carried_nothing_but_messages(talked: Conversation) -> None:
    assert talked.noise == []


def test_no_process_is_left_when_the_client_is_done(talked: Conversation) -> None:
    assert talked.gone


# --- over HTTP --------------------------------------------------------------------------------------------------------


class Served:
    """A server over HTTP, until it is told to stop by Ctrl-C."""

    def __init__(self, root: Path) -> None:
        self.root, self.said = root, cast(Said, {})
        self.process = subprocess.Popen(
            [sys.executable, *words(root, "--http", "0")], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.announced = self.process.stderr.readline()
        self.address = self.announced.split()[2].rstrip(";")

    async def scenario(self, client: Client) -> None:
        """A task, an experiment, and off while it runs."""
        self.said["open"] = await client.call_tool("open_task", {"task": "worth", "wait_seconds": 45})
        asked = {"recipe": "linear", "folds": [0], "reason": "simple first", "wait_seconds": 45}
        self.said["linear"] = await client.call_tool("submit_experiment", asked)
        self.said["slow"] = await client.call_tool("submit_experiment", {"recipe": "catboost", "reason": "slow"})

    async def later(self, client: Client) -> None:
        """Another client, the same runs."""
        self.said["history"] = await client.call_tool("history", {})
        self.said["outside"] = await client.call_tool("open_run", {"run": "/etc"})

    def stop(self) -> str:
        """Ctrl-C; what it had printed to stdout."""
        self.process.send_signal(signal.SIGINT)
        printed, self.complaints = self.process.communicate(timeout=30)
        return printed


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("http")
    write_prices(root / "worth")
    server = Served(root)
    try:
        talk(server.address, server.scenario, [])
        talk(server.address, server.later, [])
        server.printed = server.stop()  # type: ignore[attr-defined]
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def test_over_http_a_server_keeps_to_this_machine_unless_told_otherwise(served: Served) -> None:
    assert served.address.startswith("http://127.0.0.1:")
    assert "whoever can reach it can use it" in served.announced


def test_over_http_runs_outlive_a_client(served: Served) -> None:
    (row,) = served.said["linear"].structured_content["experiments"]
    rows = served.said["history"].structured_content["rows"]
    assert row in rows
    assert {r["number"]: r["recipe"] for r in rows} == {1: "linear", 2: "catboost"}


def test_over_http_paths_outside_are_refused(served: Served) -> None:
    assert "outside of what this server may read" in text(served.said["outside"])


def test_over_http_ctrl_c_ends_all_without_a_complaint(served: Served) -> None:
    assert all_gone(served.root)
    assert (served.process.returncode, served.complaints) == (0, "")


def test_over_http_no_answer_of_a_row_is_told(served: Served) -> None:
    said = " ".join(text(result) for result in served.said.values())
    assert told_answers(said, served.root / "worth") == []


@pytest.mark.parametrize("given", ["there", "127.0.0.1:port", "1:2:3:99999"])
def test_an_address_that_is_none_is_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(SettingsError, match="is no address"):
        mcp_server.listen(given)


def test_a_port_that_is_taken_is_refused_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="choose another port"):
            mcp_server.listen(f"127.0.0.1:{port}")


# --- killed -----------------------------------------------------------------------------------------------------------

KILLED = """
import sys, time
import anyio
from mcp import Client, StdioServerParameters

async def main():
    async with Client(StdioServerParameters(command=sys.executable, args=sys.argv[1:])) as client:
        await client.call_tool("open_task", {"task": "worth", "wait_seconds": 45})
        await client.call_tool("submit_experiment", {"recipe": "catboost", "reason": "takes a while"})
        print("running", flush=True)
        time.sleep(600)

anyio.run(main)
"""


def test_killing_the_client_leaves_no_process_behind_and_a_run_that_can_be_gone_on_with(tmp_path: Path) -> None:
    write_prices(tmp_path / "worth")
    client = subprocess.Popen([sys.executable, "-c", KILLED, *words(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    try:
        assert client.stdout.readline() == "running\n"
        assert len(belonging(tmp_path)) >= 3  # the client names the folder too, then the server and a worker
    finally:
        client.kill()
        client.communicate()
    assert all_gone(tmp_path)
    (run,) = mw.runs(tmp_path / "runs")
    assert run.state == "interrupted"


# --- what needs no server ---------------------------------------------------------------------------------------------


def test_a_missing_package_is_one_sentence_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.lowlevel", None)
    with pytest.raises(SettingsError, match=r'pip install "modelwright\[mcp\]"'):
        mcp_server.make_server(mcp_desks.Office([tmp_path]))


def test_the_command_hands_on_what_is_the_users_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from modelwright.cli import app

    asked: list[tuple[mcp_desks.Office, str | None]] = []
    monkeypatch.setattr(mcp_server, "serve", lambda office, http: asked.append((office, http)))
    given = ["mcp", "--root", str(tmp_path), "--http", "8765", "--budget", "2h", "--jobs", "3", "--sandbox", "plain"]
    assert CliRunner().invoke(app, given, catch_exceptions=False).exit_code == 0
    ((office, http),) = asked
    assert (office.roots, office.budget, http) == ([tmp_path.resolve()], 7200.0, "8765")
    assert (office.settings["jobs"], office.settings["sandbox"], office.settings["allow_unsandboxed"]) == (
        3,
        "plain",
        False,
    )


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no folder"):
        mcp_desks.Office([tmp_path / "nowhere"])


def test_a_link_inside_the_root_that_leads_out_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "door").symlink_to(tmp_path)
    with pytest.raises(SettingsError, match="outside"):
        mcp_desks.Office([tmp_path / "root"]).inside("door/secret")


class Deaf:
    """A desk at which a call ends by a bug of ours."""

    def __enter__(self) -> "Deaf":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def waiting_for(self) -> bool:
        return False

    def plan(self) -> None:
        raise ZeroDivisionError("division by zero")


def test_a_bug_of_ours_is_one_line_and_its_traceback_goes_to_the_log_of_the_run(tmp_path: Path) -> None:
    import anyio

    from modelwright.mcp_clerk import Clerk, answer

    office, folder = mcp_desks.Office([tmp_path]), tmp_path / "run"
    folder.mkdir()
    office.open(folder, lambda _: cast(Any, Deaf()))
    office.room(None).opened.result(5)

    async def ask() -> None:
        await answer(Clerk(office), "plan", {})

    with pytest.raises(mw.ModelwrightError) as caught:
        anyio.run(ask)
    office.close()
    assert str(caught.value).startswith("internal error: ZeroDivisionError: division by zero (details in ")
    assert "in plan" in (folder / "run.log").read_text()


def test_a_room_that_is_left_lets_nobody_in(tmp_path: Path) -> None:
    office = mcp_desks.Office([tmp_path])
    room = office.open(tmp_path / "run", lambda _: cast(Any, Deaf()))
    office.close()
    with pytest.raises(mw.ModelwrightError, match="run is closed"):
        room.call(lambda desk: desk.plan())
    assert not any(thread.name == "desk run" for thread in threading.enumerate())


def test_numbers_that_json_does_not_know_are_null() -> None:
    assert mcp_tools.plain({"a": [float("nan"), 1.0], "b": float("inf")}) == {"a": [None, 1.0], "b": None}
