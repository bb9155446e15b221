"""Workers that need the same thing made take turns: the first makes it, the others wait and find it there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Hold the lock file while the block runs; waits for whoever holds it.

    The system gives it back when its holder ends, however that happens. The file stays, since another worker may be
    waiting for it.
    """
    import fcntl

    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        yield
