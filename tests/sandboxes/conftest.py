"""Runs of free code behind the walls that work here; tests of others are skipped with the reason."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from modelwright.executors.processes import THREADS
from modelwright.records.experiment import Outcome
from modelwright.sandboxes.choose import Shut, wall
from modelwright.sandboxes.probe import Tried, try_out
from modelwright.sandboxes.walls import Limits
from modelwright.testing.executors import add_job, tiny_run
from modelwright.worker.data import Shelf
from modelwright.worker.job import run
from modelwright.workspace import Workspace

HONEST = """
class Mean:
    def fit(self, X, y):
        self.mean_ = float(y.mean())
        return self
    def predict(self, X):
        import numpy as np
        return np.full(len(X), self.mean_)

def build(problem, params):
    return Mean()
"""


@lru_cache
def tried(level: str) -> Tried:
    return try_out(wall(level))


def need(level: str) -> str:
    """The level, where it works; skips the test otherwise."""
    if not tried(level).works:
        pytest.skip(f"{level}: {tried(level).told}")
    return level


IMAGE = os.environ.get("MODELWRIGHT_TEST_IMAGE")  # with this version of the package; see CONTRIBUTING.md
STRONG = ["bubblewrap", *([f"container:{IMAGE}"] if IMAGE else [])]


@pytest.fixture(params=[*STRONG, "landlock"])
def level(request: pytest.FixtureRequest) -> str:
    """Each level that claims to hide files."""
    return need(request.param)


@pytest.fixture(params=STRONG)
def strong(request: pytest.FixtureRequest) -> str:
    """Each level that code of a model may run behind."""
    return need(request.param)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    return tiny_run(tmp_path / "run")


@pytest.fixture
def go(workspace: Workspace) -> Callable[..., tuple[Outcome, Path]]:
    """Run code as one fold of an experiment behind a level."""

    def act(code: str, level: str, limits: Limits | None = None, **fields: Any) -> tuple[Outcome, Path]:
        Shut(wall=level, allowed=True, limits=limits or Limits()).write(workspace.data)
        fields.setdefault("folds", (0,))
        number = len(list(workspace.experiments.iterdir())) + 1
        _, folder = add_job(workspace, number, "script", params={"code": code, **fields.pop("params", {})}, **fields)
        return run(folder, Shelf()), folder

    return act
