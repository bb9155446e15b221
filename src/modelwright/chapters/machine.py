"""The machine a run has: its cores and memory, how experiments share them, and what to note of it."""

import os
import platform
import sys
import time
from importlib.metadata import version
from typing import Any

from ..settings import Settings
from ..task.addresses import hide


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares(settings: Settings) -> tuple[int, int, int]:
    """Jobs at a time, threads of each and its memory in MB: the machine divided, unless the settings say otherwise."""
    import psutil

    available = cores()
    jobs = settings.jobs or max(1, min(available, 8))
    threads = settings.threads or max(1, available // jobs)
    total = psutil.virtual_memory().total / 2**20
    return jobs, threads, settings.memory_mb or int(0.8 * total / jobs)


def facts_of_run(settings: Settings) -> dict[str, Any]:
    """What a reader needs to know to run it again."""
    import psutil

    jobs, threads, memory = shares(settings)
    return {
        "version": version("modelwright"),
        "started": time.time(),
        **settings.model_dump(),
        "jobs": jobs,
        "threads": threads,
        "memory_mb": memory,
        "command": hide(" ".join(sys.argv)),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": cores(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        },
    }
