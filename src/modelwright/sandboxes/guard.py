"""The first process of a container: it starts what shall run there, and ends with whoever asked for it.

An engine goes on with a container whose client was killed. All that is left of the client then is that the container's
standard input has no writer any more, which this process watches for. Nothing in the container outlives its first
process, and nothing in there can signal it.

    python -m modelwright.sandboxes.guard MODULE ARGUMENT ...
"""

import contextlib
import ctypes
import select
import subprocess
import sys
import time

LOOK = 0.05  # seconds between looks
GRACE = 1.0  # seconds for what sees the end of its input itself
UNDUMPABLE = (4, 0)  # prctl(PR_SET_DUMPABLE, 0): not to be traced by those of the same user


def main() -> int:
    """Run the module in a process of its own; exit as it does."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        ctypes.CDLL(None).prctl(*UNDUMPABLE)
    process = subprocess.Popen([sys.executable, "-P", "-s", "-m", *sys.argv[1:]])
    ended = 0.0
    hangs = select.poll()
    hangs.register(0, 0)  # no event but that the other end is gone
    while process.poll() is None:
        if ended:
            if time.monotonic() > ended + GRACE:
                process.kill()
                return 1
            time.sleep(LOOK)
        elif hangs.poll(LOOK * 1000):
            ended = time.monotonic()
    code = process.returncode
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
