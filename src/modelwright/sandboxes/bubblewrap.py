"""bubblewrap: namespaces of its own for files, processes, network, users and hosts, without any privilege.

The program sees the system and Python read-only, what it was given read-only, its own /proc, no network but a loopback
of its own, and a small /tmp in memory that is gone with it. Linux only; from the package `bubblewrap` of the
distribution.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .plain import clean
from .shown import SYS, pythons, shortest, system
from .walls import STRONG, Claim, Given, Limits, names_of_gpus

HOME = "/tmp"  # noqa: S108  # inside: a file system of its own
SHARED = "/dev/shm"  # noqa: S108  # the same


class Bubblewrap:
    """The program in namespaces of its own."""

    name = "bubblewrap"
    claims: tuple[Claim, ...] = STRONG
    own_folder = False

    def missing(self) -> str:
        """Whether there is such a program; whether namespaces are allowed is found by trying."""
        if shutil.which("bwrap") is None:
            return "bubblewrap is not installed (bwrap; package `bubblewrap` on Debian, Ubuntu and Fedora)"
        return ""

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """Mounts in order: what is hidden comes after what is shown, what is given after that."""
        bwrap = shutil.which("bwrap") or "bwrap"
        command = [bwrap, "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--hostname", "inside"]
        command += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        for path in shortest([*system(), *pythons()]):
            command += ["--ro-bind", path, path]
        for path in given.hidden:
            if Path(path).is_dir() and _is_shown(path):
                command += ["--tmpfs", path]
        command += ["--proc", "/proc", "--dev", "/dev"]
        for path in (*SYS, *names_of_gpus()):
            if Path(path).exists():
                command += ["--dev-bind" if path.startswith("/dev/") else "--ro-bind", path, path]
        command += ["--size", str(limits.disk_mb * 2**20), "--tmpfs", HOME]
        command += ["--size", str(64 * 2**20), "--tmpfs", SHARED]
        for path in given.read:
            command += ["--ro-bind", path, path]
        command += ["--chdir", HOME, "--", *program]
        return [*command, "--walls", self.name, "--folder", HOME, "--limits", limits.model_dump_json()]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """No secrets; nothing else is inherited either, as bubblewrap passes on what it gets."""
        return clean(base) | {"HOME": HOME, "TMPDIR": HOME, "MPLCONFIGDIR": HOME}


def _is_shown(path: str) -> bool:
    """Whether a folder lies in one that is shown, so that it must be covered."""
    real = os.path.realpath(path)
    return any(Path(real).is_relative_to(os.path.realpath(shown)) for shown in (*system(), *pythons()))
