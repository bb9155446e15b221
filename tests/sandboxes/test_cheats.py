"""Free code that cheats: none of it is accepted, at any level that claims to stop it (see docs/integrity.md)."""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import psutil
import pytest

from modelwright.deliver import bundle, packing
from modelwright.errors import RunError
from modelwright.executors.local import LocalExecutor
from modelwright.kinds.regression import Regression
from modelwright.metrics.predictions import fold_file
from modelwright.records.experiment import Outcome, Rule, Status
from modelwright.records.problem import Problem
from modelwright.records.profile import Schema
from modelwright.sandboxes.bubblewrap import Bubblewrap
from modelwright.sandboxes.choose import Shut
from modelwright.sandboxes.walls import Limits
from modelwright.testing.executors import add_job, tiny_run, wait_for
from modelwright.worker.data import Shelf
from modelwright.worker.inside import MODULE, as_module
from modelwright.worker.job import run
from modelwright.workspace import Workspace

from .conftest import HONEST, STRONG, need

Go = Callable[..., tuple[Outcome, Path]]
load = Regression().load

TEMPTED = """
import os, pathlib, socket
import numpy as np

def tried(action):
    try:
        return bool(action())
    except BaseException as error:
        return False

def text(path):
    return lambda: len(pathlib.Path(path).read_bytes()) > 0

def linked(path):
    def act():
        os.symlink(path, "link")
        return len(open("link", "rb").read()) > 0
    return act

def connects(port, kind):
    def act():
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(2)
            s.connect(("127.0.0.1", port))
            s.send(b"labels")
            return kind == socket.SOCK_STREAM or s.recv(10) == b"heard"
    return act

def everywhere(word):
    def act():
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    if word.encode() in open(f"/proc/{pid}/environ", "rb").read():
                        return True
                except OSError:
                    pass
        return word in os.environ.values()
    return act

class Tempted:
    def __init__(self, p):
        self.p = p
    def fit(self, X, y):
        p = self.p
        up = "/".join([".."] * 30)
        self.learned_ = {
            "answers": tried(text(p["task"] + "/answers.csv")),
            "copy": tried(text(p["task"] + "/train.csv")),
            "sealed": tried(text(p["run"] + "/sealed/labels.feather")),
            "target": tried(text(p["run"] + "/data/target.npz")),
            "features": tried(text(p["run"] + "/data/features.feather")),
            "journal": tried(text(p["run"] + "/journal.db")),
            "others": tried(text(p["run"] + "/experiments/0001/fold_0.npz")),
            "listing": tried(lambda: os.listdir(p["run"] + "/experiments/0001")),
            "climbing": tried(text(up + p["run"] + "/data/target.npz")),
            "symlink": tried(linked(p["run"] + "/data/target.npz")),
            "home": tried(text(p["home"] + "/key.txt")),
            "result": tried(lambda: pathlib.Path(p["run"] + "/experiments/0001/result.json").write_text("{}")),
            "planting": tried(lambda: pathlib.Path(p["run"] + "/cache/planted.joblib").write_bytes(b"x")),
            "package": tried(lambda: pathlib.Path(p["package"] + "/planted.py").write_text("x")),
            "tcp": tried(connects(p["port"], socket.SOCK_STREAM)),
            "udp": tried(connects(p["port"], socket.SOCK_DGRAM)),
            "keys": tried(everywhere(p["key"])),
            "signal": tried(lambda: os.kill(p["pid"], 0) is None and open(f"/proc/{p['pid']}/cmdline").read()),
            "scored_rows_have_labels": len(y) > p["fit_rows"],
        }
        self.mean_ = float(np.mean(y))
        return self
    def predict(self, X):
        return np.full(len(X), self.mean_)

def build(problem, params):
    return Tempted(params)
"""
KEY = "sk-temptation-5551212"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """What the tempted code managed, by level; run once for each."""
    kept: dict[str, dict[str, Any]] = {}

    def at(level: str) -> dict[str, Any]:
        if level not in kept:
            kept[level] = _tempt(tmp_path_factory.mktemp(level.partition(":")[0]), need(level))
        return kept[level]

    return at


def _tempt(root: Path, level: str) -> dict[str, Any]:
    import modelwright

    workspace = tiny_run(root / "run")
    (root / "task").mkdir()
    for name in ("answers.csv", "train.csv"):
        (root / "task" / name).write_text("id,y\n1,2\n")
    (root / "key.txt").write_text(KEY)
    (workspace.sealed / "labels.feather").write_bytes(b"labels")
    workspace.journal.write_bytes(b"journal")
    problem = json.loads((workspace.data / "problem.json").read_text()) | {"root": str(root / "task")}
    (workspace.data / "problem.json").write_text(json.dumps(problem))
    earlier = workspace.experiment(1)
    earlier.mkdir()
    (earlier / "fold_0.npz").write_bytes(b"predictions")
    Shut(wall=level, allowed=True).write(workspace.data)
    os.environ["ANTHROPIC_API_KEY"] = KEY
    try:
        with _listening() as port:
            params = {
                "code": TEMPTED, "task": str(root / "task"), "run": str(workspace.root), "home": str(root),
                "port": port, "package": str(Path(modelwright.__file__).parent), "key": KEY, "pid": os.getpid(),
                "fit_rows": 40,
            }  # fmt: skip
            _, folder = add_job(workspace, 2, "script", params=params, folds=(0,))
            outcome = run(folder, Shelf())
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    assert outcome.status is Status.DONE, outcome
    planted = Path(modelwright.__file__).parent / "planted.py"
    outside = {"written": (earlier / "result.json").exists() or (workspace.cache / "planted.joblib").exists()}
    outside["written"] = outside["written"] or planted.exists()
    return {**outcome.learned, **outside}


@contextmanager
def _listening() -> Iterator[int]:
    """A port where somebody listens, over TCP and UDP."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(4)
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        tcp.settimeout(0.2)
        udp.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    tcp.accept()[0].close()
                with suppress(OSError):
                    udp.sendto(b"heard", udp.recvfrom(100)[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield port
        over.set()
        thread.join(2)


@pytest.mark.parametrize("level", [*STRONG, "landlock"])
@pytest.mark.parametrize(
    "cheat",
    [
        "answers", "copy", "sealed", "target", "features", "journal", "others", "listing", "climbing", "symlink",
        "home", "result", "planting", "package", "written", "tcp", "scored_rows_have_labels",
    ],
)  # fmt: skip
def test_what_lies_outside_can_neither_be_read_nor_written_nor_told(
    found: Callable[[str], dict[str, Any]], level: str, cheat: str
) -> None:
    assert found(level)[cheat] is False


@pytest.mark.parametrize("level", STRONG)
@pytest.mark.parametrize("cheat", ["udp", "keys", "signal"])
def test_keys_of_other_processes_and_their_existence_are_hidden_by_namespaces(
    found: Callable[[str], dict[str, Any]], level: str, cheat: str
) -> None:
    assert found(level)[cheat] is False


def test_the_environment_holds_no_key_at_any_level(go: Go) -> None:
    code = "import os\nKEYS = sorted(k for k in os.environ if 'KEY' in k or 'TOKEN' in k)\n" + HONEST.replace(
        "self.mean_ = float(y.mean())", "self.mean_ = 0.0; self.learned_ = {'keys': str(KEYS)}"
    )
    os.environ["OPENAI_API_KEY"] = KEY
    try:
        outcome, _ = go(code, "plain")
    finally:
        del os.environ["OPENAI_API_KEY"]
    assert outcome.learned == {"keys": "[]"}


def test_the_row_order_tells_nothing_of_the_target(workspace: Workspace, go: Go, strong: str) -> None:
    rows = len(load(workspace.data / "target.npz"))
    Regression().save(workspace.data / "target.npz", np.arange(rows, dtype=float))  # sorted, as files often are
    code = """
import numpy as np
class Order:
    def fit(self, X, y):
        self.places_ = np.polyfit(X.index.to_numpy(), y, 1)
        return self
    def predict(self, X):
        return np.polyval(self.places_, X.index.to_numpy())
def build(problem, params):
    return Order()
"""
    _, folder = go(code, strong, folds=(0, 1, 2))
    truth, scored = (
        np.arange(rows, dtype=float),
        np.concatenate([np.flatnonzero(np.arange(rows) % 3 == k) for k in range(3)]),
    )
    told = np.concatenate([load(fold_file(folder, k)) for k in range(3)])
    assert abs(np.corrcoef(truth[scored], told)[0, 1]) < 0.4


def test_predictions_go_to_the_rows_they_were_made_for(workspace: Workspace, go: Go, strong: str) -> None:
    code = """
class Echo:
    def fit(self, X, y):
        return self
    def predict(self, X):
        return X["number"].to_numpy()
def build(problem, params):
    return Echo()
"""
    _, folder = go(code, strong, folds=(1,))
    numbers = pd.read_feather(workspace.data / "features.feather")["number"].to_numpy()
    np.testing.assert_allclose(load(folder / "fold_1.npz"), numbers[:60][np.arange(60) % 3 == 1], rtol=1e-6)
    np.testing.assert_allclose(load(folder / "asked_1.npz"), numbers[60:], rtol=1e-6)


@pytest.mark.parametrize(
    "answer", ["[0.0] * (len(X) + 5)", "[0.0] * 3", "np.full(len(X), np.nan)", "'yes'", "np.array([None] * len(X))"]
)
def test_predictions_for_more_or_other_rows_are_none(go: Go, answer: str) -> None:
    code = HONEST.replace("np.full(len(X), self.mean_)", answer)
    outcome, folder = go(code, "plain")
    assert outcome.status in (Status.INVALID, Status.FAILED)
    assert not (folder / "fold_0.npz").exists()


TELLING = """
import json, os, struct
for fd in range(3, 40):
    try:
        %s
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    "deed",
    [
        "os.write(fd, struct.pack('>IQ', 2, 1 << 60) + b'{}')",  # an answer of a size that nobody has room for
        "h = json.dumps({'done': True, 'score': 1.0}).encode(); os.write(fd, struct.pack('>IQ', len(h), 0) + h)",
        "os.write(fd, os.urandom(1000))",
    ],
)
def test_what_it_tells_of_itself_is_no_result(go: Go, deed: str) -> None:
    outcome, folder = go(TELLING % deed + HONEST, "plain")
    assert outcome.status in (Status.INVALID, Status.CRASHED)
    assert not (folder / "fold_0.npz").exists()


def test_patching_numpy_the_metrics_and_the_worker_changes_its_own_process_only(
    workspace: Workspace, go: Go, strong: str
) -> None:
    deed = """
import numpy, sklearn.metrics
import modelwright.metrics.judge as judge, modelwright.worker.job as job, modelwright.metrics.errors as errors
numpy.mean = lambda *a, **k: 0.0
judge.Judge.judge = lambda *a, **k: None
job.write_whole = lambda *a, **k: None
"""
    outcome, folder = go(deed + HONEST, strong)
    assert outcome.status is Status.DONE, outcome
    assert np.mean([1.0, 2.0]) == 1.5
    assert len(load(folder / "fold_0.npz")) == 20
    assert Outcome.model_validate_json((folder / "result.json").read_bytes()) == outcome


PICKLE = """
import numpy as np
class Bomb:
    def __reduce__(self):
        import os
        return (os.system, ("touch %s",))
class Model:
    def fit(self, X, y):
        self.bomb = Bomb()
        return self
    def predict(self, X):
        return np.zeros(len(X))
def build(problem, params):
    return Model()
"""


def test_a_model_that_runs_code_when_it_is_loaded_is_stored_and_never_loaded_by_us(
    workspace: Workspace, go: Go, strong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "went-off"
    outcome, folder = go(PICKLE % mark, strong, folds=(), refit=True)
    assert outcome.status is Status.DONE, outcome
    assert (folder / "model.joblib").stat().st_size > 0
    assert not mark.exists()
    monkeypatch.setitem(sys.modules, MODULE, as_module(PICKLE % mark))
    joblib.load(folder / "model.joblib")  # it is a real bomb
    assert mark.exists()


def test_predictions_that_would_have_to_be_unpickled_are_none(go: Go, tmp_path: Path) -> None:
    mark = tmp_path / "went-off"
    deed = f"""
import modelwright.worker.inside as inside, io, numpy as np
class Bomb:
    def __reduce__(self):
        import os
        return (os.system, ("touch {mark}",))
def as_file(kind, prediction):
    out = io.BytesIO()
    np.savez(out, prediction=np.array([Bomb()] * len(prediction), dtype=object), allow_pickle=True)
    return out.getvalue()
import sys
sys.modules["__main__"]._as_file = as_file
"""
    outcome, _ = go(deed + HONEST, "plain")
    assert outcome.status is Status.INVALID, outcome
    assert not mark.exists()


FORKING = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    os.environ.clear()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(%d)"])
    os._exit(0)
"""


def test_nothing_outlives_the_job(go: Go, strong: str) -> None:
    sign = 86000 + os.getpid() % 9000
    outcome, _ = go(FORKING % sign + HONEST, strong)
    assert outcome.status is Status.DONE, outcome
    assert not _running(f"time.sleep({sign})")


def test_what_hangs_and_forks_is_ended_by_the_limit_of_time(workspace: Workspace, strong: str) -> None:
    sign = 95000 + os.getpid() % 4000
    Shut(wall=strong, allowed=True).write(workspace.data)
    code = (
        FORKING % sign + "\nimport signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)\n"
    )
    with LocalExecutor(1, 1, 4000, workspace.root) as executor:
        executor.start(*add_job(workspace, 1, "script", params={"code": code + HONEST}, seconds=8.0))
        (outcome,) = wait_for(executor)
    assert outcome.status is Status.TIMEOUT, outcome
    assert not _running(f"time.sleep({sign})")


def _running(words: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if words in " ".join(process.cmdline()):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_the_disk_is_not_filled(go: Go, level: str) -> None:
    deed = """
for k in range(100):
    with open(f"big{k}", "wb") as f:
        for _ in range(20):
            f.write(b"x" * 1_000_000)
"""
    outcome, folder = go(deed + HONEST, level, Limits(disk_mb=40, file_mb=30))
    assert outcome.status.failed, outcome
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 2_000_000


def test_memory_beyond_the_limit_is_an_outcome(go: Go, strong: str) -> None:
    outcome, _ = go("hoard = [bytearray(50_000_000) for _ in range(400)]\n" + HONEST, strong, Limits(memory_mb=200))
    assert outcome.status is Status.MEMORY, outcome


def test_the_log_is_not_filled_and_its_beginning_is_kept(go: Go) -> None:
    deed = "print('first words')\nfor _ in range(3000): print('x' * 10_000)\n"
    outcome, folder = go(deed + HONEST, "plain", Limits(log_kb=100))
    assert outcome.status is Status.DONE, outcome
    log = (folder / "log.txt").read_bytes()
    assert log.startswith(b"first words")
    assert len(log) < 120_000


def test_it_cannot_tell_scored_rows_from_rows_asked_for(go: Go, strong: str) -> None:
    code = HONEST.replace("import numpy as np", "import numpy as np; print('SEEN', sorted(X.columns), X.index[0])")
    _, folder = go(code, strong)
    seen = [line for line in (folder / "log.txt").read_text().splitlines() if line.startswith("SEEN")]
    assert len(seen) == 2
    assert seen[0].rsplit(" ", 1)[0] == seen[1].rsplit(" ", 1)[0]


def test_code_is_refused_where_no_wall_is_strong_enough(workspace: Workspace) -> None:
    Shut(wall="plain", allowed=False, why="plain: hides nothing").write(workspace.data)
    _, folder = add_job(workspace, 1, "script", params={"code": HONEST}, folds=(0,))
    outcome = run(folder, Shelf())
    assert outcome.status is Status.FAILED
    assert "plain: hides nothing" in outcome.error


def test_code_is_refused_where_nothing_was_decided(workspace: Workspace) -> None:
    _, folder = add_job(workspace, 1, "script", params={"code": HONEST}, folds=(0,))
    assert run(folder, Shelf()).status is Status.FAILED


def test_its_traceback_is_the_outcome(go: Go, strong: str) -> None:
    outcome, _ = go(HONEST.replace("float(y.mean())", "float(y.mean()) / 0"), strong)
    assert (outcome.status, outcome.error) == (Status.FAILED, "ZeroDivisionError: float division by zero")
    assert "script.py" in outcome.traceback
    assert "float(y.mean()) / 0" in outcome.traceback


def test_it_may_use_our_recipes_and_steps(go: Go, strong: str) -> None:
    code = """
from modelwright import plugins
def build(problem, params):
    return plugins.load("recipes", "lightgbm").build(problem, {"seed": params["seed"]})
"""
    outcome, _ = go(code, strong, features=({"name": "row-statistics"},))
    assert outcome.status is Status.DONE, outcome


def test_it_cannot_be_stacked_on_what_others_predict(go: Go) -> None:
    outcome, _ = go(HONEST, "plain", stack=(1,), below=("../0001",))
    assert outcome.status is Status.INVALID


def test_a_bundle_answers_with_such_a_model_from_behind_a_wall_only(
    workspace: Workspace, go: Go, strong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import os
import numpy as np
class Model:
    def fit(self, X, y):
        return self
    def predict(self, X):
        os.system("touch %s")
        return X["number"].to_numpy() + 1.0
def build(problem, params):
    return Model()
""" % (tmp_path / "went-off")
    outcome, folder = go(code, strong, folds=(), refit=True)
    assert outcome.status is Status.DONE, outcome
    fields = [{"name": "number", "role": "number"}, {"name": "count", "role": "number"}]
    schema = Schema.model_validate(
        {"fields": [*fields, {"name": "letter", "role": "category", "categories": list("abc")}]}
    )
    problem = Problem.model_validate_json((workspace.data / "problem.json").read_bytes())
    packing.write(workspace, problem, schema, Rule(), [(1.0, folder)])
    rows = pd.DataFrame({"number": [1.0, 2.0], "count": [1, 2], "letter": ["a", "b"]})
    answers = bundle.load(workspace.bundle).predict(rows)
    np.testing.assert_allclose(answers["y"], [2.0, 3.0])
    assert not (tmp_path / "went-off").exists()
    monkeypatch.setattr(Bubblewrap, "missing", lambda self: "not here")
    with pytest.raises(RunError, match="install bubblewrap"):
        bundle.load(workspace.bundle).predict(rows)
