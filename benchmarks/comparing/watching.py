"""A process tree watched from outside: its peak memory, its time on the processors, and that of everything else."""

import threading
from typing import Any

import psutil

EVERY = 1.0  # seconds between two looks: each reads the memory maps of every process, and that is not free


class Watch(threading.Thread):
    """Looks at a process and all its descendants once a second until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.halt = psutil.Process(pid), threading.Event()
        self.rss, self.pss = 0, 0
        self.used: dict[tuple[int, float], float] = {}  # seconds of each process ever seen, by its id and start
        self.before = self.after = _busy()

    def run(self) -> None:
        """Look until told to stop."""
        self.look()
        while not self.halt.wait(EVERY):
            self.look()

    def look(self) -> None:
        """One look at all processes of the tree."""
        try:
            tree = [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return
        rss = pss = 0
        for each in tree:
            try:
                memory = each.memory_full_info()
                times = each.cpu_times()
                self.used[each.pid, each.create_time()] = times.user + times.system
            except psutil.Error:
                continue  # it ended between being listed and being asked
            rss, pss = rss + memory.rss, pss + getattr(memory, "pss", 0)
        self.rss, self.pss = max(self.rss, rss), max(self.pss, pss)
        self.after = _busy()

    def stop(self) -> dict[str, Any]:
        """End, and say what was seen, under the names of a row's fields; PSS is None where the system has none."""
        self.halt.set()
        self.join()
        own = sum(self.used.values())
        return {
            "peak_rss_mb": round(self.rss / 2**20),
            "peak_pss_mb": round(self.pss / 2**20) if self.pss else None,
            "cpu_s": round(own, 1),
            "other_cpu_s": round(max(0.0, self.after - self.before - own), 1),
        }


def _busy() -> float:
    """Seconds that all processors together have worked since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
