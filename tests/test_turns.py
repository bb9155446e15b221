"""One worker at a time, whatever happens to it."""

import subprocess
import sys
from pathlib import Path

from modelwright.turns import one_at_a_time

HOLD = """
import sys, time
from pathlib import Path
from modelwright.turns import one_at_a_time
with one_at_a_time(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(float(sys.argv[2]))
    with Path(sys.argv[3]).open("a") as log:
        log.write(f"out {time.monotonic()}\\n")
"""


def holder(lock: Path, seconds: float, log: Path) -> "subprocess.Popen[str]":
    """A process that has just taken the lock."""
    command = [sys.executable, "-c", HOLD, str(lock), str(seconds), str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def test_a_second_worker_waits_until_the_first_is_done(tmp_path: Path) -> None:
    lock, log = tmp_path / "new" / "folder" / "lock", tmp_path / "log"
    with holder(lock, 0.5, log) as process, one_at_a_time(lock):
        assert log.read_text().startswith("out")
    assert process.returncode == 0


def test_a_worker_that_is_killed_keeps_nobody_waiting(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with holder(lock, 60, tmp_path / "log") as process:
        process.kill()
        with one_at_a_time(lock):
            assert not (tmp_path / "log").exists()
