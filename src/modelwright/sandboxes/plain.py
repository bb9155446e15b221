"""The weakest level: a process with limits, a clean environment and a folder of its own. It hides nothing."""

import os
import sys
from collections.abc import Mapping, Sequence

from .walls import Claim, Given, Limits

# what a program needs to know of the machine; keys and tokens are never among it
KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_HOME",
    "NVIDIA_VISIBLE_DEVICES",
)
MARKS = ("MODELWRIGHT_RUN", "MODELWRIGHT_WORKER")  # by which a leftover process is found


class Plain:
    """Limits, and no secrets in its own environment; that of its parent can be read where the system lets it."""

    name = "plain"
    claims: tuple[Claim, ...] = ()
    own_folder = True  # it writes to a folder on the disk

    def missing(self) -> str:
        """It works wherever Python does."""
        return ""

    def command(self, program: Sequence[str], given: Given, limits: Limits) -> list[str]:
        """The program as it is."""
        return [*program, "--walls", self.name, "--folder", given.folder, "--limits", limits.model_dump_json()]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Only what names no secret."""
        return clean(base) | {name: base[name] for name in MARKS if name in base}


def clean(base: Mapping[str, str]) -> dict[str, str]:
    """An environment without anything that could be a secret; threads as in the base."""
    from ..executors.processes import THREADS
    from .shown import package

    found = {name: base[name] for name in (*KEPT, *THREADS, "OMP_WAIT_POLICY") if name in base}
    found.setdefault("PATH", os.defpath)
    return found | {
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(package().parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "USER": "nobody",
        "LOGNAME": "nobody",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "MPLBACKEND": "agg",
    }


def program() -> list[str]:
    """What runs inside every wall."""
    return [sys.executable, "-P", "-s", "-m", "modelwright.worker.inside"]
