"""Threads for tests that fit in this process: as workers have them, or two suites on two cores wait for each other.

OpenMP's threads spin while they wait, and on busy cores a fit of a second then takes minutes. This has to be said
before the first library that starts threads is imported.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no worker is left with one at the end: whole runs, which lie here, then slow ones."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: (item.path.parent != HERE, -slow[item.path]))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a very small pretrained model, its weights of chance."""
    pytest.importorskip("transformers", reason="the extra text is not installed")
    from modelwright.testing.checkpoints import tiny_checkpoint

    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny")
