"""Small task folders, written on the spot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.metrics.catalogue import ALL
from modelwright.task.folder import scan
from modelwright.task.interpret import Understanding, interpret

METRICS = tuple(ALL.values())
ROWS = 60


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """A table with an id, numbers, categories, gaps and a yes-or-no answer."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "client": np.arange(1000, 1000 + rows),
            "age": rng.integers(18, 90, rows),
            "balance": rng.normal(100, 50, rows).round(2),
            "region": rng.choice(["north", "south", "east"], rows),
            "closed": rng.integers(0, 2, rows),
        }
    )
    table.loc[::7, "balance"] = np.nan
    return table


@pytest.fixture
def table() -> pd.DataFrame:
    return people()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a task folder: tables by name, and a description."""

    def make(description: str | None = None, **tables: Any) -> Path:
        for name, content in tables.items():
            content.to_csv(tmp_path / f"{name}.csv", index=False)
        if description is not None:
            (tmp_path / "description.md").write_text(description, encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture
def understand() -> Callable[..., Understanding]:
    """Interpret a folder with the real catalogue."""

    def run(path: Path, **arguments: Any) -> Understanding:
        return interpret(scan(path), METRICS, **arguments)

    return run


@pytest.fixture
def metrics() -> tuple[Any, ...]:
    return METRICS
