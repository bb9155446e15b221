"""Which wall a run uses, and whether code that a model wrote may run behind it."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..records.base import Record
from ..workspace import write_whole
from .bubblewrap import Bubblewrap
from .container import Container
from .landlock import Landlock
from .plain import Plain
from .probe import Tried, try_out
from .walls import STRONG, Limits, Wall

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "sandbox.json"  # in the data folder of a run
LEVELS = ("bubblewrap", "landlock", "plain")  # those that `auto` chooses from, the strongest first
ENOUGH = ("container", "bubblewrap")


class Shut(Record):
    """How free code is shut in, as a run has it on record."""

    wall: str  # a level, or container:IMAGE
    allowed: bool  # whether code that a model wrote may run behind it
    limits: Limits = Limits()
    tried: tuple[Tried, ...] = ()  # every level that was tried out, and what it stopped
    why: str = ""  # in a sentence

    def write(self, data: Path) -> None:
        """Into the data folder of a run."""
        write_whole(data / FILE, self.model_dump_json(indent=1))


def read(data: Path) -> Shut:
    """How the run of that data folder shuts free code in. Nothing is allowed where that was never decided."""
    path = data / FILE
    if not path.exists():
        return Shut(wall="plain", allowed=False, why="nothing was decided about free code when this run was set up")
    return Shut.model_validate_json(path.read_bytes())


def wall(name: str) -> Wall:
    """The wall of that name. Raises SettingsError for one that nobody knows."""
    level, _, image = name.partition(":")
    if level == "container" and image:
        return Container(image)
    walls: dict[str, Callable[[], Wall]] = {"bubblewrap": Bubblewrap, "landlock": Landlock, "plain": Plain}
    if level not in walls or image:
        raise SettingsError(
            f"no sandbox is called {name!r}: choose auto, {', '.join(LEVELS)}, or container:IMAGE with an image's name."
        )
    return walls[level]()


def decide(name: str, unsandboxed: bool, limits: Limits) -> Shut:
    """Try out the level asked for, or with `auto` each until one does all that it claims.

    Args:
        name: of the level, or `auto`.
        unsandboxed: whether code that a model wrote may run behind a weak wall too.
        limits: for each job.

    Raises:
        SettingsError: no level has that name, or the one asked for does not work here.
    """
    tried: list[Tried] = []
    for level in LEVELS if name == "auto" else (name,):
        tried.append(try_out(wall(level), level))
        if tried[-1].works:
            strong = level.partition(":")[0] in ENOUGH and set(tried[-1].stops) >= set(STRONG)
            why = f"{level}, which {tried[-1].told}"
            if not strong and not unsandboxed:
                why += "; too weak for code that a model wrote, which --allow-unsandboxed would run all the same"
            return Shut(wall=level, allowed=strong or unsandboxed, limits=limits, tried=tuple(tried), why=why)
    if name != "auto":
        raise SettingsError(f"--sandbox {name} does not work here: {tried[-1].told}.")
    return Shut(wall="plain", allowed=False, limits=limits, tried=tuple(tried), why=f"no level works: {tried[-1].told}")
