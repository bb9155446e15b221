from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.records.experiment import DISAGREES, Status
from modelwright.testing.executors import add_job, tiny_run
from modelwright.worker.agreement import disagreement
from modelwright.worker.data import Shelf
from modelwright.worker.job import run

TABLE = pd.DataFrame({"x": np.arange(6.0)})


class Estimator:
    """Says what training saw, and gives something else later if told to."""

    def __init__(self, later: Any = lambda values: values, tolerance: float = 1e-3) -> None:
        self.later, self.tolerance_ = later, tolerance
        self.seen_ = np.array([1, 3, 5]), TABLE["x"].to_numpy()[[1, 3, 5]]

    def again(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.later(X["x"].to_numpy()))


def test_what_is_predicted_as_it_was_seen_is_in_order() -> None:
    assert disagreement(Estimator(), TABLE) == ""
    assert disagreement(Estimator(lambda v: v + 1e-4), TABLE) == ""
    assert disagreement(object(), TABLE) == ""


@pytest.mark.parametrize(
    ("later", "how"),
    [
        (lambda v: v + 0.01, ": they are off by 0.01"),
        (lambda v: v + 0.1 * (len(v) == 1), "one by one"),
        (lambda v: v + 0.1 * (v[0] > v[-1]), "another order"),
        (lambda v: v * np.nan, "off by inf"),
        (lambda v: v[:2], "shape (2,)"),
    ],
)
def test_each_way_of_going_wrong_is_told(later: Any, how: str) -> None:
    told = disagreement(Estimator(later), TABLE)
    assert told.startswith(DISAGREES)
    assert how in told


def test_half_precision_may_differ_more() -> None:
    assert disagreement(Estimator(lambda v: v + 0.01, tolerance=0.03), TABLE) == ""


@pytest.mark.parametrize(("params", "status"), [({}, Status.INVALID), ({"precision": "full"}, Status.DONE)])
def test_half_precision_in_training_alone_is_a_failed_experiment(
    tmp_path: Path, params: dict[str, Any], status: Status
) -> None:
    pytest.importorskip("torch", reason="the extra neural is not installed")
    workspace = tiny_run(tmp_path / "run", kind="binary")
    _, folder = add_job(workspace, 1, "modelwright.testing.recipes:AutocastInTraining", params=params)
    outcome = run(folder, Shelf())
    assert outcome.status is status
    assert outcome.error.startswith(DISAGREES) == (status is Status.INVALID)
