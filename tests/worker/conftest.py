from pathlib import Path

import pytest

from modelwright.executors.processes import THREADS
from modelwright.testing.executors import tiny_run
from modelwright.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in THREADS:
        monkeypatch.setenv(name, "1")  # jobs run in this process, and may change it
    return tiny_run(tmp_path / "run")
