"""Scripted recipes, one for each way in which a candidate can behave; named `modelwright.testing.recipes:Hanging`.

`Good` is well behaved. Each of the others misbehaves in `fit`, or in what it predicts, and is otherwise as good.
"""

import ctypes
import os
import subprocess
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..recipes.boosting import LightGBM

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile
    from ..records.space import Space

FOREVER = 10_000.0  # seconds: longer than any test, yet it ends


class ConstantEstimator:
    """Predicts the share of each class, or the mean of the values, for every row."""

    def __init__(self, problem: "Problem", params: "Params") -> None:
        self.problem, self.params = problem, params

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantEstimator":
        """Learn the shares or the mean."""
        self.learned_: dict[str, Any] = {"rows": len(X)}
        if self.problem.classes:
            self.answer_ = np.bincount(y, minlength=len(self.problem.classes)) / len(y)
        else:
            self.answer_ = np.mean(y, axis=0)
        return self

    def predict(self, X: "pd.DataFrame") -> Any:
        """The mean for each row, or the code of the most frequent class."""
        if self.problem.classes:
            return np.full(len(X), self.answer_.argmax())
        return np.broadcast_to(self.answer_, (len(X), *self.answer_.shape)).copy()

    def predict_proba(self, X: "pd.DataFrame") -> Any:
        """The shares for each row, (n, classes)."""
        return np.tile(self.answer_, (len(X), 1))


class Good:
    """Well behaved. The base of the others, which override `estimator`."""

    name = "constant"
    family = "scripted"
    estimator: ClassVar[type[ConstantEstimator]] = ConstantEstimator

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Always."""
        return None

    def build(self, problem: "Problem", params: "Params") -> ConstantEstimator:
        """The estimator, which finds its parameters in `params`."""
        return self.estimator(problem, params)

    def space(self, problem: "Problem", profile: "Profile") -> "Space":  # noqa: ARG002
        """Nothing to try."""
        return {}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Next to nothing."""
        return 0.001


class _NoisyEstimator(ConstantEstimator):
    def predict_proba(self, X: "pd.DataFrame") -> Any:
        found = np.random.default_rng(int(self.params["seed"])).random((len(X), len(self.answer_)))  # type: ignore[arg-type]
        return found / found.sum(axis=1, keepdims=True)

    def predict(self, X: "pd.DataFrame") -> Any:
        return np.random.normal(super().predict(X))  # from the seed that the worker set


class Noisy(Good):
    """Predictions drawn at random, from its seed: the same only where seeds are kept."""

    estimator = _NoisyEstimator


class _SlowEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        time.sleep(float(self.params.get("seconds", 0.5)))  # type: ignore[arg-type]
        return super().fit(X, y)


class Slow(Good):
    """Sleeps for `seconds` in each fit, half a second unless told."""

    estimator = _SlowEstimator


class _HangingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        end = time.monotonic() + FOREVER
        while time.monotonic() < end:
            time.sleep(0.1)
        return super().fit(X, y)


class Hanging(Good):
    """Never comes back."""

    estimator = _HangingEstimator


class _DeafEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        end, sleep = time.monotonic() + FOREVER, ctypes.PyDLL(None).sleep  # PyDLL keeps the interpreter's lock
        while time.monotonic() < end:  # a signal wakes it up
            sleep(int(FOREVER))
        return super().fit(X, y)


class Deaf(Good):
    """Never comes back from C code, where it holds the interpreter's lock: no other thread runs any more."""

    estimator = _DeafEstimator


class _HungryEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        eaten = []
        for _ in range(int(self.params.get("megabytes", 4000)) // 20):  # type: ignore[arg-type]
            eaten.append(np.ones(20 * 2**17))  # 20 MB, touched
            time.sleep(0.01)
        time.sleep(FOREVER)
        return super().fit(X, y)


class Hungry(Good):
    """Takes memory, 20 MB at a time, up to `megabytes`, and keeps it."""

    estimator = _HungryEstimator


class _HungryChildEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        size = int(self.params.get("megabytes", 1500))  # type: ignore[arg-type]
        script = f"import time; eaten = b'x' * ({size} << 20); time.sleep({FOREVER})"
        subprocess.run([sys.executable, "-S", "-c", script], check=True)
        return super().fit(X, y)


class HungryChild(Good):
    """Waits for a child that takes `megabytes` of memory."""

    estimator = _HungryChildEstimator


class _GreedyEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        np.ones((2**30, 2**20))
        return super().fit(X, y)


class Greedy(Good):
    """Asks for more memory at once than there is: a MemoryError."""

    estimator = _GreedyEstimator


class _SegfaultingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        ctypes.string_at(0)
        return super().fit(X, y)


class Segfaulting(Good):
    """Reads where there is no memory."""

    estimator = _SegfaultingEstimator


def start_child(*, escape: bool) -> None:
    """A child that sleeps for ever; with `escape` it has left our session, and its parent is gone."""
    script = f"import time; time.sleep({FOREVER})"
    if escape:
        script = f"import os, time\nif os.fork(): os._exit(0)\nos.setsid()\ntime.sleep({FOREVER})"
    child = subprocess.Popen([sys.executable, "-S", "-c", script], start_new_session=escape)
    if escape:
        child.wait()


class _ForkingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that threads and forks do not mix
            start_child(escape=False)
            start_child(escape=bool(self.params.get("escape", False)))
            if os.fork() == 0:
                if self.params.get("escape", False):
                    os.setsid()
                time.sleep(FOREVER)
                os._exit(0)
        if "then" in self.params:
            return {"hang": _HangingEstimator, "exit": _ExitingEstimator}[str(self.params["then"])].fit(self, X, y)
        return super().fit(X, y)


class Forking(Good):
    """Starts children that sleep for ever, with `escape` in sessions of their own; `then` is nothing, hang or exit."""

    estimator = _ForkingEstimator


class _ThreadingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        threading.Thread(target=time.sleep, args=(FOREVER,), daemon=True).start()
        return super().fit(X, y)


class Threading(Good):
    """Leaves a thread behind."""

    estimator = _ThreadingEstimator


class _NanEstimator(ConstantEstimator):
    def predict(self, X: "pd.DataFrame") -> Any:
        return np.full(np.shape(super().predict(X)), np.nan)

    def predict_proba(self, X: "pd.DataFrame") -> Any:
        return np.full((len(X), len(self.answer_)), np.nan)


class NanRecipe(Good):
    """Predicts what is not a number."""

    estimator = _NanEstimator


class _WrongShapeEstimator(ConstantEstimator):
    def predict(self, X: "pd.DataFrame") -> Any:
        return super().predict(X)[:-1]

    def predict_proba(self, X: "pd.DataFrame") -> Any:
        return super().predict_proba(X)[:-1]


class WrongShape(Good):
    """Predicts one row too few."""

    estimator = _WrongShapeEstimator


class _SilentEstimator(ConstantEstimator):
    def predict(self, X: "pd.DataFrame") -> Any:  # noqa: ARG002
        return None

    def predict_proba(self, X: "pd.DataFrame") -> Any:  # noqa: ARG002
        return None


class Silent(Good):
    """Predicts nothing."""

    estimator = _SilentEstimator


class _RaisingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:  # noqa: ARG002
        raise ValueError("this recipe\nalways raises")


class Raising(Good):
    """Raises in fit."""

    estimator = _RaisingEstimator


class _ExitingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        os._exit(int(self.params.get("code", 3)))  # type: ignore[arg-type]
        return super().fit(X, y)


class Exiting(Good):
    """Ends its process with `code`, 3 unless told, without a word."""

    estimator = _ExitingEstimator


class _PrintingEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        sys.stdout.write('{"threads": 0}\n')
        os.write(1, b'{"threads": 0}\n')
        os.system("echo loud")  # noqa: S605
        warnings.warn("a warning of the recipe", stacklevel=2)
        os.chdir("/")
        os.environ["OMP_NUM_THREADS"] = "77"
        return super().fit(X, y)


class Printing(Good):
    """Prints, warns, and moves to another folder; harmless all the same."""

    estimator = _PrintingEstimator


class _LoadedEstimator(ConstantEstimator):
    def fit(self, X: "pd.DataFrame", y: "Array") -> ConstantEstimator:
        sys.stdout.write("\n".join(sorted(sys.modules)))
        return super().fit(X, y)


class Loaded(Good):
    """Prints the names of the modules that its process has imported."""

    estimator = _LoadedEstimator


class Patient(LightGBM):
    """Boosted trees that say that one fold of them may take long."""

    name = "patient"
    family = "patient"
    patient = True


class _AutocastEstimator:
    """A small network for two classes, trained in half precision; predictions follow in full."""

    def __init__(self, precision: str = "auto", seed: int = 0) -> None:
        self.precision, self.seed = precision, seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> "_AutocastEstimator":
        """Learn from the columns of numbers."""
        import torch

        numbers, aim = self._numbers(X), torch.from_numpy(np.asarray(y, dtype=np.float32))[:, None]
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.net_ = torch.nn.Sequential(
                torch.nn.Linear(numbers.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
            )
            optimizer = torch.optim.Adam(self.net_.parameters(), lr=0.05)
            for _ in range(12):  # so that no chance is near 0 or 1, where precision does not show
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision != "full"):
                    answers = self.net_(numbers).float()
                optimizer.zero_grad()
                torch.nn.functional.binary_cross_entropy_with_logits(answers, aim).backward()
                optimizer.step()
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision != "full"):
                told = self.net_(numbers).float().sigmoid().numpy()
        rows = np.arange(min(64, len(X)))
        self.classes_, self.seen_ = np.unique(y), (rows, told[rows])
        return self

    def again(self, X: "pd.DataFrame") -> "Array":
        """Chances of the second class (rows, 1), without the half precision of training: that is what is wrong."""
        import torch

        with torch.no_grad():
            return np.asarray(self.net_(self._numbers(X)).sigmoid().numpy())

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Chances of both classes (rows, 2)."""
        found = self.again(X).astype(np.float64)
        return np.hstack([1 - found, found])

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likelier class of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    @staticmethod
    def _numbers(X: "pd.DataFrame") -> Any:
        import torch

        found = X.select_dtypes("number").to_numpy(dtype=np.float32)
        return 0.7 * torch.from_numpy(np.nan_to_num(found, posinf=0.0, neginf=0.0))


class AutocastInTraining(Good):
    """Trains in half precision and predicts in full, unless its parameter `precision` is "full". Needs torch."""

    def build(self, problem: "Problem", params: "Params") -> Any:  # noqa: ARG002
        """Params: `precision`, `seed`."""
        known: Any = {name: value for name, value in params.items() if name in ("precision", "seed")}
        return _AutocastEstimator(**known)
