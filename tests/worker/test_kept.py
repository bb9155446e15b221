"""Feature steps kept from experiment to experiment: the same predictions, less time, nothing broken by others."""

import os
import time
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pytest

from modelwright.features.categories import TargetEncode
from modelwright.records.experiment import Status, Step
from modelwright.testing.executors import add_job
from modelwright.worker import kept
from modelwright.worker.data import Shelf
from modelwright.worker.job import run
from modelwright.workspace import Workspace

ROWS = 200


class Encode(TargetEncode):
    """The step that gives other values to the rows it was fitted on than `transform` would; counts its fits."""

    fits: ClassVar[list[int]] = []

    def fit_transform(self, table: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        self.fits.append(len(table))
        return super().fit_transform(table, y)


class Mean:
    """Adds the mean of the labels, the same to all rows; draws from a generator that it did not seed."""

    needs: ClassVar[Literal["labels"]] = "labels"
    same_rows: ClassVar[bool] = True
    fits: ClassVar[list[int]] = []

    def fit_transform(self, table: pd.DataFrame, y: Any) -> pd.DataFrame:
        self.fits.append(len(table))
        self.mean_ = float(np.mean(y)) + np.random.random()
        return self.transform(table)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(mean=self.mean_)


@pytest.fixture(autouse=True)
def _worth(monkeypatch: pytest.MonkeyPatch) -> None:
    Encode.fits.clear()
    Mean.fits.clear()
    monkeypatch.setattr(kept, "WORTH", 0.0)


def here(name: str) -> Step:
    return Step(name=f"{__name__}:{name}")


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    letters = pd.Categorical(rng.choice(list("abcd"), ROWS))
    return pd.DataFrame({"letter": letters, "number": rng.normal(size=ROWS)}, index=np.arange(5, 5 + ROWS))


def labels() -> Any:
    return np.random.default_rng(1).integers(0, 2, ROWS)


def fit(folder: Path, *steps: Step, y: Any = None, content: str = "these data") -> kept.Fitted:
    return kept.fit(steps, table(), labels() if y is None else y, None, folder, content)


def test_what_was_kept_is_what_was_made(tmp_path: Path) -> None:
    steps = here("Encode"), here("Mean")
    made = fit(tmp_path / "one", *steps)
    again, fresh = fit(tmp_path / "one", *steps), fit(tmp_path / "other", *steps)
    assert len(Encode.fits) == len(Mean.fits) == 2
    for other in (again, fresh):
        pd.testing.assert_frame_equal(made.table, other.table, check_exact=True)
        for one, two in zip(made.steps, other.steps, strict=True):
            pd.testing.assert_frame_equal(one.transform(made.table), two.transform(made.table), check_exact=True)


def test_rows_that_were_fitted_on_keep_the_values_that_fitting_gave_them(tmp_path: Path) -> None:
    fit(tmp_path, here("Encode"))
    again = fit(tmp_path, here("Encode"))
    assert not again.table.equals(again.steps[0].transform(table()))


def test_other_labels_other_data_and_other_steps_are_fitted_anew(tmp_path: Path) -> None:
    fit(tmp_path, here("Encode"))
    fit(tmp_path, here("Encode"), y=1 - labels())
    fit(tmp_path, here("Encode"), content="other data")
    fit(tmp_path, here("Mean"), here("Encode"))
    assert len(Encode.fits) == 4


def test_only_what_took_time_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WORTH", 60.0)
    fit(tmp_path, here("Mean"))
    assert not list(tmp_path.iterdir())


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit(tmp_path, here("Encode"))
    (old,) = tmp_path.iterdir()
    os.utime(old, (1, 1))
    monkeypatch.setattr(kept, "MOST", old.stat().st_size + 100)
    fit(tmp_path, here("Encode"), content="other data")
    (left,) = tmp_path.iterdir()
    assert left != old


def test_columns_too_large_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 10)
    fit(tmp_path, here("Encode"))
    assert not list(tmp_path.glob("*"))


def test_a_step_that_cannot_be_stored_is_fitted_again(tmp_path: Path) -> None:
    class Local(Mean):
        """Cannot be pickled, being local."""

    step = Local()
    kept._write(tmp_path / "a.joblib", kept._Entry(step, 1.0))
    assert not list(tmp_path.iterdir())


def test_the_cost_of_a_fold_tells_what_was_spent_and_what_its_steps_take(workspace: Workspace) -> None:
    outcomes = []
    for number in (1, 2):
        _, folder = add_job(workspace, number, folds=(0,), features=(here("Sleepy"),))
        outcomes.append(run(folder, Shelf()))
    first, second = (o.costs[0] for o in outcomes)
    assert all(o.status is Status.DONE for o in outcomes)
    assert first.features > 0.3 > second.features
    assert second.steps == first.steps
    assert second.steps[here("Sleepy").title] > 0.3


class Sleepy(Mean):
    def fit_transform(self, table: pd.DataFrame, y: Any) -> pd.DataFrame:
        time.sleep(0.3)
        return super().fit_transform(table, y)
