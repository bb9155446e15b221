"""What each tool of the MCP server does: asks the desk, and waits no longer than a client does."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from . import mcp_tools as tools
from .errors import ModelwrightError, RunError, SettingsError
from .mcp_desks import CLOSING, Office, Room, in_a_line, log_bug
from .records.experiment import Step
from .workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from .desk import Desk
    from .records.event import Event

R = TypeVar("R")
PAUSE = 0.1  # seconds between two looks at whether something has ended
LISTED = 30  # runs
AGENT = "a coding agent"  # who proposes, as the journal has it
ROWS = 20  # experiments that `wait` tells of at once


class Clerk:
    """What each tool does: one method of that name, with the arguments as `mcp_tools` has them."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def open_task(self, given: tools.OpenTask) -> dict[str, Any]:
        """A new run."""
        office = self.office
        path = await asyncio.to_thread(office.task, given.task)  # a folder of pictures is long
        budget = office.allowed(given.budget) or office.budget
        task_file = office.inside(given.task_file) if given.task_file else None
        folder = office.new_folder(given.name or path.stem)

        def make(listen: "Callable[[Event], None]") -> "Desk":
            from .desk import Desk

            folder.parent.mkdir(parents=True, exist_ok=True)
            return Desk.open(
                path,
                given.target,
                out=folder,
                metric=given.metric,
                about=given.about,
                budget=budget,
                experiments=given.experiments,
                task_file=task_file,
                seed=given.seed,
                listen=listen,
                **office.settings,
            )

        return await self._opened(office.open(folder, make), given.wait_seconds)

    async def open_run(self, given: tools.OpenRun) -> dict[str, Any]:
        """One that is there."""
        folder, budget = self.office.find(given.run), self.office.allowed(given.budget)
        Workspace(folder).check()

        def make(listen: "Callable[[Event], None]") -> "Desk":
            from .desk import Desk

            return Desk.reopen(folder, budget, listen)

        return await self._opened(self.office.open(folder, make), given.wait_seconds)

    async def close_run(self, given: tools.CloseRun) -> dict[str, Any]:
        """Stop what runs, and leave it."""
        room = self.office.room(given.run)
        self.office.drop(room)
        await asyncio.to_thread(room.gone, time.monotonic() + CLOSING)
        return {"run": room.name, "state": "closed"}

    async def list_runs(self, _given: tools.ListRuns) -> dict[str, Any]:
        """Those open here, and those in `runs/` of the roots."""
        return await asyncio.to_thread(_runs, self.office)

    async def plan(self, given: tools.Plan) -> Any:
        """What was understood."""
        return await self._ask(given, lambda desk: desk.plan())

    async def profile(self, given: tools.Profile) -> Any:
        """What the data looks like."""
        return await self._ask(given, lambda desk: desk.profile(given.limit, given.offset))

    async def propose_split(self, given: tools.ProposeSplit) -> Any:
        """How it is judged."""
        return await self._ask(given, lambda desk: desk.propose_split())

    async def menu(self, given: tools.Menu) -> Any:
        """What experiments can be made of."""
        return await self._ask(given, lambda desk: desk.menu())

    async def submit_experiment(self, given: tools.SubmitExperiment) -> dict[str, Any]:
        """Start one, once there is a place; wait for its end where there is time."""
        until, room = time.monotonic() + given.wait_seconds, self.office.room(given.run)
        steps = None if given.features is None else [_step(each) for each in given.features]
        while time.monotonic() < until:
            standing = await self._of(room, lambda desk: desk.standing())
            if standing.places or not standing.running or standing.search_seconds:
                break
            await asyncio.sleep(PAUSE)
        started = await self._of(
            room,
            lambda desk: desk.submit_experiment(
                given.recipe,
                code=given.code,
                params=given.params,
                features=steps,
                folds=given.folds,
                rows=given.rows,
                seed=given.seed,
                reason=given.reason,
                parent=given.parent,
                by=AGENT,
            ),
        )
        told = await self._ended(room, (started.number,), until)
        return {**started.model_dump(mode="json"), **told}

    async def wait(self, given: tools.Wait) -> dict[str, Any]:
        """For experiments, for the search, or for what takes long."""
        room, until = self.office.room(given.run), time.monotonic() + given.seconds
        if not room.opened.done() or room.opened.exception() is not None:
            return await self._opened(room, given.seconds)
        if room.finishing is not None:
            return await self._finished(room, given.seconds)
        return await self._ended(room, tuple(given.numbers), until)

    async def run_search(self, given: tools.RunSearch) -> Any:
        """The rules at work."""
        return await self._ask(given, lambda desk: desk.run_search(given.seconds))

    async def history(self, given: tools.History) -> Any:
        """Experiments, a line each."""
        return await self._ask(given, lambda desk: desk.history(given.limit, given.offset, given.by))

    async def show(self, given: tools.Show) -> Any:
        """One of them."""
        return await self._ask(given, lambda desk: desk.show(given.number))

    async def compare(self, given: tools.Compare) -> Any:
        """Two of them."""
        return await self._ask(given, lambda desk: desk.compare(given.first, given.second))

    async def note(self, given: tools.Note) -> Any:
        """For the journal."""
        await self._ask(given, lambda desk: desk.note(given.text))
        return {"noted": True}

    async def finish(self, given: tools.Finish) -> dict[str, Any]:
        """The end; a second call tells the same."""
        room = self.office.room(given.run)
        if room.finishing is None:
            self._refuse_if_long(room)
            room.finishing = room.call(lambda desk: desk.finish())
        return await self._finished(room, given.wait_seconds)

    async def export(self, given: tools.Export) -> Any:
        """Paths."""
        return await self._ask(given, lambda desk: desk.export())

    # --- helpers --------------------------------------------------------------------------------

    async def _ask(self, given: tools.OfRun, ask: "Callable[[Desk], R]") -> R:
        return await self._of(self.office.room(given.run), ask)

    async def _of(self, room: Room, ask: "Callable[[Desk], R]") -> R:
        """What the desk says. Raises RunError while it is busy with what takes long."""
        self._refuse_if_long(room)
        return await asyncio.wrap_future(room.call(ask))

    @staticmethod
    def _refuse_if_long(room: Room) -> None:
        if room.long:
            raise RunError(f"{room.name} is {room.long} ({room.chapter or 'starting'}): call wait.")

    async def _opened(self, room: Room, patience: float) -> dict[str, Any]:
        await _settled(room.opened, patience)
        if not room.opened.done():
            return {"run": room.name, "state": "opening", "doing": room.chapter or "starting"}
        if room.opened.exception() is not None:
            self.office.drop(room)
            room.opened.result()
        standing = await self._of(room, lambda desk: desk.standing())
        return {**standing.model_dump(mode="json"), "folder": str(room.folder)}

    async def _finished(self, room: Room, patience: float) -> dict[str, Any]:
        finishing = room.finishing
        assert finishing is not None
        await _settled(finishing, patience)
        if not finishing.done():
            return {"run": room.name, "state": "finishing", "doing": room.chapter}
        if finishing.exception() is not None:
            room.finishing = None  # it may be tried again
        found: dict[str, Any] = finishing.result().model_dump(mode="json")
        return {"run": room.name, "state": "finished", **found}

    async def _ended(self, room: Room, numbers: tuple[int, ...], until: float) -> dict[str, Any]:
        """Wait for these experiments (for all, and the search); tell of them, or of those nobody was told of."""
        while await self._of(room, lambda desk: desk.waiting_for(numbers)) and time.monotonic() < until:
            await asyncio.sleep(PAUSE)

        def look(desk: "Desk") -> tuple[Any, Any]:
            new = sorted(desk.ended() - room.told)[:ROWS]
            return desk.rows(numbers or new), desk.standing()

        rows, standing = await self._of(room, look)
        room.told |= {row.number for row in rows if row.status != "running"}
        return {
            "experiments": [row.model_dump(mode="json") for row in rows],
            "standing": standing.model_dump(mode="json"),
        }


def _step(given: str | tools.StepGiven) -> str | Step:
    return given if isinstance(given, str) else Step(name=given.name, params=given.params)


def _runs(office: Office) -> dict[str, Any]:
    from . import api

    found = []
    for root in office.roots:
        for run in api.runs(root / "runs") if (root / "runs").is_dir() else ():
            try:
                row = {"run": run.path.name, "folder": str(run.path), "state": run.state, "metric": run.problem.metric}
            except (ModelwrightError, OSError, ValueError):  # one bad folder must not hide the others
                continue
            found.append(row)
    return {"open": list(office.rooms), "runs": found[:LISTED], "runs_in_all": len(found)}


async def _settled(future: "Future[Any]", patience: float) -> None:
    """Wait until it is done, or so many seconds. Its exception stays in it."""
    until = time.monotonic() + patience
    while not future.done() and time.monotonic() < until:
        await asyncio.sleep(PAUSE / 2)


async def answer(clerk: Clerk, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a tool says, as plain JSON. Raises ModelwrightError in one sentence, whatever went wrong."""
    takes = tools.TOOLS.get(name)
    if takes is None:
        raise SettingsError(f"no tool is called {name!r}: choose one of {', '.join(tools.TOOLS)}.")
    try:
        found = await getattr(clerk, name)(takes.model_validate(arguments))
    except ValidationError as error:
        raise SettingsError(tools.sentence(name, error)) from error
    except ModelwrightError:
        raise
    except Exception as error:
        room = clerk.office.rooms.get(str(arguments.get("run") or next(iter(clerk.office.rooms), "")))
        raise RunError(f"internal error: {in_a_line(error)}{log_bug(room.folder if room else None, error)}.") from error
    return tools.plain(found)
