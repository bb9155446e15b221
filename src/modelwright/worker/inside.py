"""Free code's side of the wall: sets limits on itself, gives up what it can, then does what it is asked.

Asked over standard input, it answers over standard output (see `sandboxes.wire`); what code prints goes to standard
error. Nothing here is trusted by the other side: free code runs in this very process and may change all of it.
"""

import argparse
import os
import random
import resource
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..sandboxes import wire
from ..sandboxes.walls import Limits, birth

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Related
    from ..records.problem import Problem

MODULE = "modelwright_script"  # the name that free code has as a module, in the fit and whenever its model is loaded
FILE = "script.py"  # what tracebacks call it
MOST = 1 << 40  # bytes of what we are sent, which we trust
ORPHAN = 5.0  # seconds that a process lives which tries to stay behind
SLACK_MB = 2048  # private memory of an interpreter with its libraries, which is reserved rather than used


def main(arguments: Sequence[str]) -> int:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--walls", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--limits", required=True)
    parser.add_argument("--read", action="append", default=[])
    given = parser.parse_args(arguments)
    asked, answers = _take_over()
    os.environ.update(HOME=given.folder, TMPDIR=given.folder, MPLCONFIGDIR=given.folder)
    os.chdir(given.folder)
    limit(Limits.model_validate_json(given.limits), alone=given.walls in ("bubblewrap", "container"))
    if given.walls == "landlock":
        from ..sandboxes.landlock import give_up

        give_up(given.read, [given.folder])
    while True:
        try:
            header, body = wire.receive(asked, MOST)
        except wire.WireError:
            return 0
        try:
            _serve(header, body, answers)
        except BrokenPipeError:
            return 0
        except (Exception, SystemExit) as error:  # noqa: BLE001  # free code may raise anything
            one_line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            memory = isinstance(error, MemoryError) or "bad_alloc" in str(error)
            malformed = isinstance(error, _MalformedError)
            told = {"error": str(error) if malformed else one_line, "memory": memory, "malformed": malformed}
            wire.send(answers, {**told, "traceback": trace(error)[-6000:]})


def trace(error: BaseException) -> str:
    """The traceback from the code on, without our frames before it, and without where this machine keeps packages."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((k for k, frame in enumerate(frames) if frame.filename == FILE), 0)
    told = "".join(["Traceback (most recent call last):\n", *traceback.format_list(frames[first:])])
    told += "".join(traceback.format_exception_only(error))
    for place in sorted({*sys.path, sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent.parent)}, key=len)[
        ::-1
    ]:
        told = told.replace(f'"{place}/', '"') if len(place) > 1 else told
    return told


class _MalformedError(Exception):
    """A prediction that is not what the kind asks for."""


def _serve(header: dict[str, Any], body: bytes, answers: int) -> None:
    """Do one thing that was asked."""
    if header["do"] == "attempt":
        wire.send(answers, {"managed": attempts(header)})
    elif header["do"] == "fit":
        _fit(Path(header["cell"]), answers)
    elif header["do"] == "load":
        _models.append(_Loaded(header, body))
        wire.send(answers, {"loaded": True})
    elif header["do"] == "answer":
        wire.send(answers, {}, _models[-1].answer(header, body))


def limit(limits: Limits, *, alone: bool) -> None:
    """Set limits that cannot be taken back. `alone`: no other process of the machine counts towards them."""
    mb = 2**20
    kinds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: limits.file_mb * mb,
    }
    if sys.platform == "linux":
        kinds[resource.RLIMIT_DATA] = (limits.memory_mb + SLACK_MB) * mb
        kinds[resource.RLIMIT_NPROC] = limits.processes + (0 if alone else _threads_of_user())
    for kind, value in kinds.items():
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))


def _threads_of_user() -> int:
    """Threads that the user runs already, which count towards the limit of processes where users are not told apart."""
    total, me = 0, os.getuid()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid == me:
                total += len(list((path / "task").iterdir()))
        except OSError:
            continue
    return total


def _take_over() -> tuple[int, int]:
    """Move the two pipes away; code reads nothing, and what it prints goes to standard error."""
    asked, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return asked, answers


# --- code ---------------------------------------------------------------------------------------


def as_module(code: str) -> types.ModuleType:
    """The code as a module, under a name by which a model that was stored finds its classes again."""
    module = types.ModuleType(MODULE)
    module.__file__ = FILE
    sys.modules[MODULE] = module
    import linecache

    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)  # for tracebacks
    exec(compile(code, FILE, "exec"), module.__dict__)  # noqa: S102  # what all the walls are for
    return module


def build(code: str, problem: "Problem", params: dict[str, Any]) -> Any:
    """The estimator that the code builds. Raises ValueError where it breaks its contract."""
    module = as_module(code)
    make = getattr(module, "build", None)
    if not callable(make):
        raise ValueError("the script defines no function build(problem, params)")
    estimator = make(problem, params)
    if not hasattr(estimator, "fit") or not (hasattr(estimator, "predict") or hasattr(estimator, "predict_proba")):
        raise ValueError(f"build returned a {type(estimator).__name__}, which has no fit and predict")
    return estimator


def _fit(cell: Path, answers: int) -> None:
    """Fit one fold, or the whole for good; send predictions, then what was learnt."""
    import json

    import numpy as np
    from pyarrow import feather

    from .. import plugins
    from ..records.experiment import Step
    from ..records.problem import Problem
    from .agreement import disagreement
    from .job import plain

    given = json.loads((cell / "cell.json").read_text())
    problem = Problem.model_validate_json((cell / "problem.json").read_bytes())
    kind = plugins.load("kinds", problem.kind)
    table: pd.DataFrame = feather.read_table(cell / "features.feather", memory_map=True).to_pandas()
    y = kind.load(cell / "target.npz")
    seed_all(given["seed"])
    steps = [Step.model_validate(step) for step in given["steps"]]
    related = _related(cell, problem)
    fitted, table = _make(steps, table, y, len(y), related)
    seed_all(given["seed"])
    estimator = build((cell / "script.py").read_text(), problem, given["params"])
    X = table.iloc[: len(y)].copy()
    estimator.fit(X, y)
    if reason := disagreement(estimator, X):
        raise _MalformedError(reason)
    start = len(y)
    for part, rows in given["parts"].items():
        found = [
            _checked(kind.predict(estimator, table.iloc[at : min(at + given["chunk"], start + rows)].copy(), problem))
            for at in range(start, start + max(rows, 1), given["chunk"])
        ]
        prediction = found[0] if len(found) == 1 else np.concatenate(found)
        if reason := kind.check(prediction, rows, problem):
            raise _MalformedError(f"{part}: {reason}")
        wire.send(answers, {"part": part}, _as_file(kind, prediction))
        start += rows
    if given["keep"]:
        import cloudpickle

        wire.send(answers, {"part": "model"}, cloudpickle.dumps({"estimator": estimator, "steps": fitted}))
    notes = [str(note) for step in fitted for note in (*getattr(step, "notes_", ()), *getattr(step, "declined_", ()))]
    learned = plain(getattr(estimator, "learned_", {}))
    wire.send(answers, {"done": True, "learned": learned, "notes": notes[:50]})


def _checked(prediction: Any) -> Any:
    """Something with rows."""
    if not hasattr(prediction, "__len__"):
        raise _MalformedError(f"the prediction is a {type(prediction).__name__}, not an array")
    return prediction


def _make(
    steps: Sequence[Any], table: "pd.DataFrame", y: "Array", fit: int, related: "Related | None"
) -> "tuple[list[Any], pd.DataFrame]":
    """Feature steps as the worker has them: those before the first with labels on all rows, the others on fit rows."""
    import pandas as pd

    from .data import make_step

    fitted: list[Any] = []
    within = False
    for step in steps:
        transformer = make_step(step, related)
        within = within or transformer.needs == "labels"
        if not within:
            table = transformer.fit(table).transform(table)
        else:
            own, rest = table.iloc[:fit], table.iloc[fit:]
            if transformer.needs == "labels":
                made = transformer.fit_transform(own, y)
            else:
                made = transformer.fit(own).transform(own)
            table = pd.concat([made, transformer.transform(rest)]) if len(rest) else made
        fitted.append(transformer)
    return fitted, table


def _related(cell: Path, problem: "Problem") -> "Related | None":
    """The other tables, where there are some."""
    if not problem.relations:
        return None
    from pyarrow import feather

    from ..interfaces import Related

    def read(path: Path) -> "pd.DataFrame":
        found: pd.DataFrame = feather.read_table(path, memory_map=True).to_pandas()
        return found

    return Related(
        problem.relations, read(cell / "rows.feather"), lambda name: read(cell / "tables" / f"{name}.feather")
    )


def seed_all(seed: int) -> None:
    """Seed the generators that code may use without asking."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)


def _as_file(kind: Any, prediction: "Array") -> bytes:
    """What the kind would store, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        kind.save(Path(folder) / "prediction.npz", prediction)
        return (Path(folder) / "prediction.npz").read_bytes()


# --- a fitted model at work ---------------------------------------------------------------------


class _Loaded:
    """A model that was fitted earlier, and answers."""

    def __init__(self, header: dict[str, Any], body: bytes) -> None:
        import pickle

        from .. import plugins
        from ..records.problem import Problem

        self.problem = Problem.model_validate(header["problem"])
        self.kind = plugins.load("kinds", self.problem.kind)
        as_module(header["code"])
        self.model = pickle.loads(body)  # noqa: S301  # inside the wall

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """The prediction for a table, which comes as the bytes of a feather file."""
        import io

        from pyarrow import feather

        table: pd.DataFrame = feather.read_table(io.BytesIO(body)).to_pandas()
        related = _related(Path(header["tables"]), self.problem) if header.get("tables") else None
        for step in self.model["steps"]:
            if hasattr(step, "bind"):
                step.bind(related)
            table = step.transform(table)
        return _as_file(self.kind, self.kind.predict(self.model["estimator"], table, self.problem))


_models: list[_Loaded] = []  # that this process serves: one, once it was asked to load it


# --- trying out a wall --------------------------------------------------------------------------


def attempts(header: dict[str, Any]) -> list[str]:
    """Attempt what a wall should stop, by the names of `sandboxes.walls.Claim`; those that succeeded."""
    folder, secret, parent = Path(header["folder"]), header["secret"], int(header["parent"])
    born = header.get("born", "")
    trials: dict[str, Callable[[], bool]] = {
        "reads": lambda: (folder / "secret.txt").read_text() == secret,
        "writes": lambda: bool((folder / "written").write_text("x")),
        "network": lambda: _connects(int(header["port"])),
        "processes": lambda: _reaches(parent, born),
        "secrets": lambda: secret in os.environ.values() or (_is(parent, born) and _environment(parent)),
    }
    managed = []
    for name, trial in trials.items():
        try:
            if trial():
                managed.append(name)
        except (OSError, ValueError):
            continue
    _stay_behind()
    return managed


def _stay_behind() -> None:
    """Leave a process of a session of its own; it holds our output open for as long as it lives."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.environ.clear()
            os.close(1)
            os.execv(sys.executable, [sys.executable, "-I", "-c", f"import time; time.sleep({ORPHAN})"])  # noqa: S606
        os._exit(0)
    os.wait()


def _connects(port: int) -> bool:
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=2.0):
        return True


def _is(pid: int, born: str) -> bool:
    """Whether that process is there, and not another one that has the number here."""
    return sys.platform != "linux" or birth(pid) == born


def _environment(pid: int) -> bool:
    """Whether the environment that a process was started with can be read."""
    return bool(Path(f"/proc/{pid}/environ").read_bytes())


def _reaches(pid: int, born: str) -> bool:
    """Whether a signal would reach it."""
    if not _is(pid, born):
        return False
    os.kill(pid, 0)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
