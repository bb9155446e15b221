"""Cases run: in this process through the Python interface, or as a command."""

import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright import api
from modelwright.errors import ModelwrightError
from modelwright.records.plan import ValidationPlan
from modelwright.records.problem import Problem
from modelwright.records.profile import Profile

from .case import Case, Expect
from .marking import Answer, Mark, marks

COMMAND_SECONDS = 60  # a command that takes longer is stopped and counts as wrong
COMMAND_BYTES = 6 * 1024**3  # of address space: an archive that expands without end must not take the machine


@dataclass(frozen=True)
class Result:
    """The marks of one case."""

    suite: str
    name: str
    about: str
    marks: tuple[Mark, ...]
    seconds: float
    error: str = ""

    @property
    def right(self) -> int:
        """Fields answered right."""
        return sum(m.right for m in self.marks)


def by_api(source: Path, asked: Mapping[str, str]) -> Answer:
    """`plan` in this process; what goes wrong is an answer too."""
    start = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = api.plan(source, asked.get("target"), metric=asked.get("metric"), about=asked.get("about"))
    except ModelwrightError as error:
        return Answer(error=" ".join(str(error).split()), code=2, seconds=time.monotonic() - start)
    except Exception as error:  # noqa: BLE001 - a bug is what this benchmark looks for
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"bug: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return Answer(error=" ".join(told.split()), code=1, seconds=time.monotonic() - start)
    return Answer(said.problem, said.profile, said.plan, tuple(said.doubts), seconds=time.monotonic() - start)


def by_command(source: Path, asked: Mapping[str, str]) -> Answer:
    """`modelwright plan SOURCE --json` as a command of its own, with a limit on time and memory."""
    flags = [x for name, value in asked.items() for x in (f"--{name}", value)]
    command = [sys.executable, "-m", "modelwright", "plan", str(source), "--json", *flags]
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS, preexec_fn=_limit
        )
    except subprocess.TimeoutExpired:
        return Answer(error=f"stopped after {COMMAND_SECONDS} s", code=124, seconds=COMMAND_SECONDS)
    took = time.monotonic() - start
    if done.returncode != 0:
        return Answer(error=done.stderr.strip(), code=done.returncode, seconds=took)
    try:
        said: dict[str, Any] = json.loads(done.stdout)
        return Answer(
            Problem.model_validate(said["problem"]),
            Profile.model_validate(said["profile"]),
            ValidationPlan.model_validate(said["plan"]),
            tuple(said.get("doubts", ())),
            seconds=took,
        )
    except (ValueError, KeyError) as error:
        return Answer(error=f"the printed JSON is no record: {error}", code=1, seconds=took)


def _limit() -> None:
    """Keep a command from taking all memory (Linux; elsewhere the limit is not kept by the system)."""
    import resource

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (COMMAND_BYTES, COMMAND_BYTES))


def run_case(case: Case, keep: Path | None = None) -> Result:
    """Write the folder of a case, ask `plan` about it, and mark the answer."""
    with tempfile.TemporaryDirectory(prefix="formulation-") as scratch:
        base = Path(scratch) if keep is None else keep
        source = case.make(base / case.suite / case.name)
        answer = (by_command if case.cli else by_api)(source, case.asked)
    return _result(case.suite, case.name, case.about, case.expect, answer)


def run_folder(folder: Path, expect: Expect) -> Result:
    """The same for a task folder that is there already."""
    return _result("root", folder.parent.name, "", expect, by_api(folder, {}))


def _result(suite: str, name: str, about: str, expect: Expect, answer: Answer) -> Result:
    return Result(suite, name, about, tuple(marks(expect, answer)), answer.seconds, answer.error)


def one_thread() -> None:
    """For a process among others: libraries use one thread each."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
