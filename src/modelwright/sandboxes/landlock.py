"""landlock: the process gives up, for itself and all it starts, every file that it was not given. Linux 5.13 and later.

Capabilities go with them: started by root, it could look into other processes otherwise.

Since Linux 6.7 also TCP connections, since 6.12 signals to other processes and abstract sockets. What is not covered:
UDP, seeing that other processes exist, and processes that stay behind (the executor looks for these). So it is weaker
than namespaces, and code that a model wrote needs leave to run in it.

The rules are those of the kernel's own documentation, userspace-api/landlock; there is no C library wrapper, so the
three system calls are made by number.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .plain import Plain, clean
from .shown import SYS, pythons, shortest, system
from .walls import Claim, Given, Limits, names_of_gpus

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on all architectures
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38  # of prctl
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READING = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15  # rights that a rule for a single file may have
ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}  # by version
CAPABILITIES = 0x20080522  # the version of capset's header
TCP = 0b11  # bind and connect, since version 4
SCOPES = 0b11  # abstract sockets and signals, since version 6
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm")  # noqa: S108


class Landlock(Plain):
    """The plain level, and files, TCP and signals given up."""

    name = "landlock"

    def __init__(self) -> None:
        network = (Claim.NETWORK,) if version() >= 4 else ()
        self.claims = (Claim.READS, Claim.WRITES, Claim.SECRETS, *network)

    def missing(self) -> str:
        """Whether this kernel has it."""
        if sys.platform != "linux":
            return "landlock is a part of Linux"
        return "" if version() >= 1 else f"the kernel ({platform.release()}) has no landlock, or has it switched off"

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """The program, which is told what it may still read after it has given up the rest."""
        shown = [*system(), *pythons(), *SYS, "/proc", *given.read]
        allowed = [item for path in shown for item in ("--read", path)]
        return [*super().command(program, given, limits), *allowed]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """As the plain level has it."""
        return clean(base) | {k: v for k, v in super().environment(base).items() if k.startswith("MODELWRIGHT_")}


def version() -> int:
    """The version of landlock that the kernel speaks; 0 for none."""
    if sys.platform != "linux":
        return 0
    found = int(_call(CREATE_RULESET, None, 0, 1))
    return max(0, found)


def give_up(read: Iterable[str], write: Iterable[str]) -> None:
    """Give up all files but these, for this process and its children, for ever. Raises OSError where it cannot be."""
    speaks = version()
    if speaks < 1:
        raise OSError("the kernel has no landlock")
    handled = ALL[min(speaks, max(ALL))]
    fields = [handled, TCP if speaks >= 4 else 0, SCOPES if speaks >= 6 else 0]
    attributes = struct.pack("QQQ", *fields)[: 8 * (1 if speaks < 4 else 2 if speaks < 6 else 3)]
    ruleset = _checked(_call(CREATE_RULESET, attributes, len(attributes), 0), "create a ruleset")
    try:
        for path in shortest(read):
            _allow(ruleset, path, READING & handled)
        for path in (*write, *names_of_gpus()):
            _allow(ruleset, path, handled)
        for path in DEVICES:
            _allow(ruleset, path, handled)
        if ctypes.CDLL(None, use_errno=True).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "new privileges could not be given up")
        _checked(_call(RESTRICT_SELF, ruleset, 0), "restrict this process")
    finally:
        os.close(ruleset)
    _drop_capabilities()


def _drop_capabilities() -> None:
    """Give up what root may do beyond files: one of these (CAP_PERFMON) lets it read the environment of any process."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, none = struct.pack("=Ii", CAPABILITIES, 0), bytes(24)
    if libc.capset(header, none):
        raise OSError(ctypes.get_errno(), "capabilities could not be given up")


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Leave a path its rights; one that is not there needs none."""
    if not Path(path).exists():
        return
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if Path(path).is_dir() else rights & OF_FILES
        rule = struct.pack("=Qi", allowed, descriptor)
        _checked(_call(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"allow {path}")
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock could not {what}: {os.strerror(ctypes.get_errno())}")
    return result
