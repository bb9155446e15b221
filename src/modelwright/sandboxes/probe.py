"""Walls are tried out before they are believed: a program inside attempts what each claims to stop.

The attempts are real: a file planted outside is read and one is written, a connection is made to a port that listens,
the process that started it is looked at and signalled, a key planted in the environment is looked for, and a process in
a session of its own tries to stay behind. Faults of the kernel are beyond any trial.
"""

import contextlib
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..records.base import Record
from .cell import Cell, CellError
from .walls import Claim, Limits, Wall, birth

PLANTED = "MODELWRIGHT_PROBE_KEY"  # a secret in the environment, while a level is tried out
SECONDS = 20.0  # that a trial may take
WORDS = {
    Claim.READS: "reading other files",
    Claim.WRITES: "writing elsewhere",
    Claim.NETWORK: "the network",
    Claim.PROCESSES: "reaching other processes",
    Claim.SECRETS: "keys in the environment",
    Claim.ORPHANS: "outliving its job",
}
SMALL = Limits(memory_mb=2048, disk_mb=16, log_kb=16, answer_mb=1)


class Tried(Record):
    """What came of trying a level out."""

    wall: str
    works: bool  # it started, and stopped all that it claims to stop
    stops: tuple[Claim, ...] = ()
    told: str = ""  # in words


def try_out(wall: Wall, name: str = "") -> Tried:
    """Start a program behind the wall that attempts what it should not be able to do."""
    name = name or wall.name
    if missing := wall.missing():
        return Tried(wall=name, works=False, told=missing)
    secret = secrets.token_hex(8)
    with _temptations(secret) as (folder, port):
        os.environ[PLANTED] = secret
        try:
            with Cell(wall, SMALL, hidden=[folder]) as cell:
                parent = {"parent": os.getpid(), "born": birth(os.getpid())}
                cell.send({"do": "attempt", "folder": str(folder), "port": port, "secret": secret, **parent})
                header, _ = cell.receive(SECONDS)
        except (CellError, TimeoutError) as error:
            detail = error.detail.strip().splitlines()[-1:] if isinstance(error, CellError) else []
            return Tried(wall=name, works=False, told=" ".join([f"it does not work here: {error}", *detail]))
        finally:
            del os.environ[PLANTED]
        managed = [str(item) for item in header.get("managed", [])]
        if (folder / "written").exists():
            managed.append(Claim.WRITES)
        if cell.outlived:
            managed.append(Claim.ORPHANS)
    stops = tuple(claim for claim in wall.claims if claim not in managed)
    broken = [claim for claim in wall.claims if claim in managed]
    told = f"keeps it from {_listed(stops)}" if stops else "hides nothing, it only sets limits"
    if broken:
        told = f"does not keep it from {_listed(broken)}, which it claims to"
    return Tried(wall=name, works=not broken, stops=stops, told=told)


def _listed(claims: Sequence[Claim]) -> str:
    """What is stopped, in words."""
    words = [WORDS[claim] for claim in claims]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@contextlib.contextmanager
def _temptations(secret: str) -> Iterator[tuple[Path, int]]:
    """A folder with a secret file, and a port that listens."""
    with tempfile.TemporaryDirectory(prefix="modelwright-probe-") as name, socket.socket() as listening:
        folder = Path(name).resolve()
        folder.chmod(0o777)  # so that it is the wall that stops, not another user's rights
        (folder / "secret.txt").write_text(secret)
        (folder / "secret.txt").chmod(0o666)
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        listening.settimeout(0.2)
        ended = threading.Event()

        def answer() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    listening.accept()[0].close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield folder, listening.getsockname()[1]
        finally:
            ended.set()
            thread.join(1.0)
