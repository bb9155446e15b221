"""A container, where the user names an image: `--sandbox container:IMAGE`, run by docker or podman.

The image must hold the same version of this package with the extras that scripts shall use; it is never fetched. What
the wall is worth is that of the container engine; it is tried out like the others.
"""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache

from . import guard
from .plain import MARKS, clean
from .walls import STRONG, Claim, Given, Limits

ENGINES = ("docker", "podman")
PATIENCE = 20.0  # seconds for a word with an engine
INSIDE = "/tmp"  # noqa: S108  # in the container
PASSED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CUDA_HOME")  # those of the image are meant, not ours


class Container:
    """The program in a container of an image."""

    name = "container"
    claims: tuple[Claim, ...] = STRONG
    own_folder = False
    ending = guard.GRACE + 5.0  # killing the engine's program would not end it; its guard does, and sooner

    def __init__(self, image: str) -> None:
        self.image = image

    def missing(self) -> str:
        """Whether an engine has the image; whether that can be started is found by trying."""
        engines = [name for name in ENGINES if shutil.which(name)]
        if not engines:
            return f"no container engine was found ({' or '.join(ENGINES)})"
        if engine_with(self.image):
            return ""
        told = "; ".join(f"{name}: {_has(name, self.image)}" for name in engines)
        return f"no container engine has an image {self.image!r} ({told}); build it first, it is not fetched"

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """No network, a read-only system, as many processes and as much memory as the limits say."""
        engine = engine_with(self.image) or ENGINES[0]
        command = [engine, "run", "--rm", "--interactive", "--pull", "never"]
        command += ["--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        command += ["--pids-limit", str(limits.processes), "--user", "65534:65534", "--memory", f"{limits.memory_mb}m"]
        command += ["--tmpfs", f"{INSIDE}:size={limits.disk_mb}m,mode=1777", "--workdir", INSIDE]
        for path in given.read:
            command += ["--mount", _row("type=bind", f"source={path}", f"target={path}", "readonly")]
        for name, value in self._inside.items():
            command += ["--env", f"{name}={value}"]
        guarded = [*program[1:]]
        guarded[guarded.index("-m") : guarded.index("-m") + 1] = ["-m", guard.__name__]
        command += [self.image, "python", *guarded]
        return [*command, "--walls", self.name, "--folder", INSIDE, "--limits", limits.model_dump_json()]

    @property
    def _inside(self) -> dict[str, str]:
        passed = {name: value for name, value in clean(os.environ).items() if name not in PASSED}
        return passed | {"HOME": INSIDE, "TMPDIR": INSIDE, "MPLCONFIGDIR": INSIDE}

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """That of the engine, which needs to find its service; the container gets none of it.

        Without the marks by which leftover processes are found and killed: what an engine leaves behind for a while
        ends the container and takes it away.
        """
        return {name: value for name, value in base.items() if name not in MARKS}


@lru_cache
def engine_with(image: str) -> str:
    """The first engine that runs here and has the image; "" without one."""
    return next((name for name in ENGINES if shutil.which(name) and not _has(name, image)), "")


def _has(engine: str, image: str) -> str:
    """Why an engine cannot run an image, in its own last words; "" when it has it."""
    try:
        done = _ask(engine, "image", "inspect", "--format", "{{.Id}}", image)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it does not say why"])[-1]


def _ask(engine: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([engine, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)


def _row(*fields: str) -> str:
    """Fields as one row of CSV, as engines read the description of a mount: a path may hold commas and colons."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()
