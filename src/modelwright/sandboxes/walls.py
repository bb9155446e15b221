"""What shuts free code in: levels from strong to weak, what they claim, and what all of them are told.

Every level starts the same program (`worker.inside`), which talks to us over its standard input and output, with an
environment of its own and limits that it sets on itself before any free code runs. What differs is what the system
keeps from it, see `docs/integrity.md`.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ..records.base import Record


class Claim(StrEnum):
    """What a wall may stop; each is tried out by `probe`."""

    READS = "reads"  # files that were not given to it: answers, sealed labels, other experiments, keys in files
    WRITES = "writes"  # files outside its own folder
    NETWORK = "network"  # connections to other programs, on this machine or elsewhere
    PROCESSES = "processes"  # seeing other processes, and signals to them
    SECRETS = "secrets"  # the environment of the program that started it
    ORPHANS = "orphans"  # processes that outlive the job


STRONG = (Claim.READS, Claim.WRITES, Claim.NETWORK, Claim.PROCESSES, Claim.SECRETS, Claim.ORPHANS)


class Limits(Record):
    """What one job of free code may use."""

    memory_mb: int = 4096  # private memory of each process; what all use together is watched by the executor
    disk_mb: int = 1024  # written to its own folder
    file_mb: int = 512  # of one file
    processes: int = 256  # with threads
    files: int = 512  # open at a time
    log_kb: int = 256  # of output that is kept
    answer_mb: int = 1024  # of what it hands back, a fitted model included


class Given(Record):
    """What one job is given beside the system, Python and the installed packages."""

    read: tuple[str, ...] = ()  # files and folders it may read
    folder: str = ""  # its own folder, where the level needs one on the disk; it may be written to
    hidden: tuple[str, ...] = ()  # folders that stay empty, whatever else is shown


class Wall(Protocol):
    """One level."""

    name: str
    claims: tuple[Claim, ...]

    def missing(self) -> str:
        """Why it cannot be used here; "" when it seems that it can, which `probe` then tries."""

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """The command that runs the program inside."""

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The environment of that command."""


def birth(pid: int) -> str:
    """When a process was started, as Linux tells it; "" elsewhere. Raises OSError where it cannot be seen."""
    if sys.platform != "linux":
        return ""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]  # field 22 of proc(5)


def names_of_gpus() -> list[str]:
    """Device files of GPUs, which every level lets through. Linux only."""
    patterns = ("nvidia*", "dri", "kfd")
    return sorted(str(path) for pattern in patterns for path in Path("/dev").glob(pattern))
