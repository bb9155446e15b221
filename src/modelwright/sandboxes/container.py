"""A container, where the user names an image: `--sandbox container:IMAGE`, run by docker or podman.

The image must hold the same version of this package with the extras that scripts shall use. What the wall is worth is
that of the container engine; it is tried out like the others.
"""

import os
import shutil
from collections.abc import Mapping, Sequence

from .plain import clean
from .walls import STRONG, Claim, Given, Limits

ENGINES = ("docker", "podman")
INSIDE = "/tmp"  # noqa: S108  # in the container
PASSED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CUDA_HOME")  # those of the image are meant, not ours


class Container:
    """The program in a container of an image."""

    name = "container"
    claims: tuple[Claim, ...] = STRONG
    own_folder = False

    def __init__(self, image: str, engine: str | None = None) -> None:
        self.image = image
        self.engine = engine or next((name for name in ENGINES if shutil.which(name)), "")

    def missing(self) -> str:
        """Whether there is an engine; whether the image is there is found by trying."""
        return "" if self.engine else f"no container engine was found ({' or '.join(ENGINES)})"

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """No network, a read-only system, as many processes and as much memory as the limits say."""
        size = f"size={limits.disk_mb}m"
        command = [self.engine, "run", "--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL"]
        command += [
            "--security-opt",
            "no-new-privileges",
            "--pids-limit",
            str(limits.processes),
            "--user",
            "65534:65534",
        ]
        command += ["--memory", f"{limits.memory_mb}m", "--tmpfs", f"{INSIDE}:{size},mode=1777", "--workdir", INSIDE]
        for path in given.read:
            command += ["--volume", f"{path}:{path}:ro"]
        for name, value in self._inside.items():
            command += ["--env", f"{name}={value}"]
        command += [self.image, "python", *program[1:]]
        return [*command, "--walls", self.name, "--folder", INSIDE, "--limits", limits.model_dump_json()]

    @property
    def _inside(self) -> dict[str, str]:
        passed = {name: value for name, value in clean(os.environ).items() if name not in PASSED}
        return passed | {"HOME": INSIDE, "TMPDIR": INSIDE, "MPLCONFIGDIR": INSIDE}

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """That of the engine, which needs to find its service; the container gets none of it."""
        return dict(base)
