"""One job folder: predictions for each fold, an outcome, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.kinds.regression import Regression
from modelwright.records.experiment import Outcome, Status, Step
from modelwright.testing.executors import GOOD, add_job, tiny_run
from modelwright.testing.recipes import ConstantEstimator, Good
from modelwright.turns import one_at_a_time
from modelwright.worker.data import Shelf
from modelwright.worker.job import FEWEST, leading, median, run, share
from modelwright.workspace import Workspace

RECIPES = "modelwright.testing.recipes:"
load = Regression().load


class Double:
    """A row step: adds twice the number. Declines the letter. Counts its fits."""

    needs: ClassVar[Literal["row"]] = "row"
    fits: ClassVar[list[int]] = []

    def __init__(self, times: float = 2.0) -> None:
        self.times = times

    def fit(self, table: pd.DataFrame, y: Any = None) -> "Double":
        assert y is None
        self.fits.append(len(table))
        self.notes_, self.declined_ = ("double: two columns",), ("letter: not a number",)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(double=table["number"] * self.times)


class Mean:
    """A label step: adds the mean of the labels it was fitted with, and how many there were."""

    needs: ClassVar[Literal["labels"]] = "labels"

    def fit_transform(self, table: pd.DataFrame, y: Any) -> pd.DataFrame:
        assert len(table) == len(y)
        self.mean_, self.rows_ = float(np.mean(y)), len(y)
        return self.transform(table)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(mean=self.mean_, rows=self.rows_)


class Broken(Double):
    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        raise KeyError("no such column")


class Scribbling(Double):
    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        table["number"].to_numpy()[:] = 0.0
        return table


class EchoEstimator(ConstantEstimator):
    """Predicts a column."""

    def predict(self, X: pd.DataFrame) -> Any:
        return X[str(self.params["column"])].to_numpy(dtype=float)


class Echo(Good):
    estimator = EchoEstimator


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Double.fits.clear()


def here(name: str) -> str:
    return f"{__name__}:{name}"


def go(workspace: Workspace, number: int, recipe: str = GOOD, **fields: Any) -> tuple[Outcome, Path]:
    _, folder = add_job(workspace, number, recipe, **fields)
    return run(folder, Shelf()), folder


def test_every_fold_leaves_predictions_for_its_score_rows_and_for_the_rows_asked(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, folds=(0, 2))
    assert outcome.status is Status.DONE, outcome
    target = load(workspace.data / "target.npz")
    for fold in (0, 2):
        expected = target[np.arange(60) % 3 != fold].mean()
        np.testing.assert_allclose(load(folder / f"fold_{fold}.npz"), np.full(20, expected))
        np.testing.assert_allclose(load(folder / f"asked_{fold}.npz"), np.full(30, expected))
    assert not (folder / "fold_1.npz").exists()


def test_predictions_are_for_the_right_rows_in_their_order(workspace: Workspace) -> None:
    _, folder = go(workspace, 1, here("Echo"), params={"column": "number"}, folds=(1,))
    numbers = pd.read_feather(workspace.data / "features.feather")["number"].to_numpy()
    np.testing.assert_array_equal(load(folder / "fold_1.npz"), numbers[:60][np.arange(60) % 3 == 1])
    np.testing.assert_array_equal(load(folder / "asked_1.npz"), numbers[60:])


def test_the_result_file_is_the_outcome(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, folds=(0, 1))
    assert Outcome.model_validate_json((folder / "result.json").read_bytes()) == outcome
    assert [c.fold for c in outcome.costs] == [0, 1]
    assert [c.rows for c in outcome.costs] == [40, 40]
    assert outcome.learned == {"rows": 40}
    assert outcome.peak_mb > 10
    assert 0 < outcome.work <= outcome.seconds


def test_classes_are_predicted_as_probabilities(tmp_path: Path, workspace: Workspace) -> None:
    binary = tiny_run(tmp_path / "binary", kind="binary")
    outcome, folder = go(binary, 1)
    assert outcome.status is Status.DONE, outcome
    assert load(folder / "fold_0.npz").shape == (20, 2)


def test_an_exception_becomes_one_line_and_a_traceback(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, RECIPES + "Raising")
    assert (outcome.status, outcome.error) == (Status.FAILED, "ValueError: this recipe always raises")
    assert "testing/recipes.py" in outcome.traceback
    assert Outcome.model_validate_json((folder / "result.json").read_bytes()) == outcome


@pytest.mark.parametrize(
    ("recipe", "status"),
    [("Greedy", Status.MEMORY), ("NanRecipe", Status.INVALID), ("Silent", Status.INVALID), ("Nobody", Status.FAILED)],
)
def test_other_failures_have_their_own_status(workspace: Workspace, recipe: str, status: Status) -> None:
    outcome, folder = go(workspace, 1, RECIPES + recipe)
    assert outcome.status is status
    assert not list(folder.glob("*.npz"))


class SecondFitEstimator(ConstantEstimator):
    fits: ClassVar[list[int]] = []

    def fit(self, X: pd.DataFrame, y: Any) -> ConstantEstimator:
        self.fits.append(1)
        if len(self.fits) == 2:
            raise ValueError("not twice")
        return super().fit(X, y)


class FailsInItsSecondFit(Good):
    estimator = SecondFitEstimator


def test_a_failure_half_way_keeps_the_costs_of_what_was_done(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, here("FailsInItsSecondFit"), folds=(0, 1))
    assert outcome.status is Status.FAILED
    assert [c.fold for c in outcome.costs] == [0]
    assert (folder / "fold_0.npz").exists()


def test_warnings_are_no_errors(workspace: Workspace) -> None:
    with pytest.warns(UserWarning, match="not converged"):
        outcome, _ = go(workspace, 1, here("Warning"))
    assert outcome.status is Status.DONE, outcome


class WarningEstimator(ConstantEstimator):
    def fit(self, X: pd.DataFrame, y: Any) -> ConstantEstimator:
        import warnings

        warnings.warn("not converged", stacklevel=1)
        return super().fit(X, y)


class Warning(Good):  # noqa: A001
    estimator = WarningEstimator


def test_a_row_step_is_computed_once_for_all_rows_and_its_notes_are_told(workspace: Workspace) -> None:
    steps = (Step(name=here("Double")),)
    outcome, folder = go(workspace, 1, here("Echo"), params={"column": "double"}, features=steps, folds=(0, 1, 2))
    assert outcome.status is Status.DONE, outcome
    assert Double.fits == [90]
    assert outcome.notes == ("double: two columns", "letter: not a number")
    numbers = pd.read_feather(workspace.data / "features.feather")["number"].to_numpy()
    np.testing.assert_array_equal(load(folder / "asked_0.npz"), 2 * numbers[60:])


def test_another_process_finds_the_table_in_the_cache(workspace: Workspace) -> None:
    steps = (Step(name=here("Double")),)
    first, a = go(workspace, 1, here("Echo"), params={"column": "double"}, features=steps)
    second, b = go(workspace, 2, here("Echo"), params={"column": "double"}, features=steps)
    assert Double.fits == [90]
    assert (a / "fold_0.npz").read_bytes() == (b / "fold_0.npz").read_bytes()
    assert first.notes == second.notes


def test_a_table_that_another_worker_makes_meanwhile_is_waited_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (Step(name=here("Double")),)

    @contextmanager
    def the_other_comes_first(lock: Path) -> Iterator[None]:
        with monkeypatch.context() as here_only:
            here_only.setattr("modelwright.worker.data.one_at_a_time", one_at_a_time)
            go(workspace, 1, features=steps)
        with one_at_a_time(lock):
            yield

    monkeypatch.setattr("modelwright.worker.data.one_at_a_time", the_other_comes_first)
    assert go(workspace, 2, features=steps)[0].status is Status.DONE
    assert Double.fits == [90]


def test_a_longer_run_of_steps_starts_from_the_one_that_is_there(workspace: Workspace) -> None:
    go(workspace, 1, features=(Step(name=here("Double")),))
    go(workspace, 2, features=(Step(name=here("Double")), Step(name=here("Double"), params={"times": 3.0})))
    assert Double.fits == [90, 90]


def test_changed_data_are_not_served_from_the_cache(workspace: Workspace) -> None:
    steps, shelf = (Step(name=here("Double")),), Shelf()
    _, folder = add_job(workspace, 1, features=steps)
    run(folder, shelf)
    table = pd.read_feather(workspace.data / "features.feather")
    table.assign(number=1.0, more=2.0).to_feather(workspace.data / "features.feather", compression="uncompressed")
    _, folder = add_job(workspace, 2, here("Echo"), params={"column": "double"}, features=steps)
    assert run(folder, shelf).status is Status.DONE
    assert Double.fits == [90, 90]
    np.testing.assert_array_equal(load(folder / "fold_0.npz"), np.full(20, 2.0))


def test_a_label_step_sees_the_fit_rows_of_its_fold_only(workspace: Workspace) -> None:
    steps = (Step(name=here("Mean")),)
    _, folder = go(workspace, 1, here("Echo"), params={"column": "mean"}, features=steps, folds=(0, 1))
    target = load(workspace.data / "target.npz")
    for fold in (0, 1):
        expected = target[np.arange(60) % 3 != fold].mean()
        np.testing.assert_allclose(load(folder / f"fold_{fold}.npz"), np.full(20, expected))


def test_a_step_after_a_label_step_is_fitted_inside_the_fold(workspace: Workspace) -> None:
    steps = (Step(name=here("Mean")), Step(name=here("Double")))
    outcome, _ = go(workspace, 1, here("Echo"), params={"column": "double"}, features=steps, folds=(0, 1))
    assert outcome.status is Status.DONE, outcome
    assert Double.fits == [40, 40]


def test_a_step_that_fails_is_a_failed_experiment(workspace: Workspace) -> None:
    outcome, _ = go(workspace, 1, features=(Step(name=here("Broken")),))
    assert outcome.status is Status.FAILED
    assert "no such column" in outcome.error
    assert not list(workspace.cache.glob("*.feather"))


def test_a_candidate_cannot_write_into_the_shared_table(workspace: Workspace) -> None:
    outcome, _ = go(workspace, 1, features=(Step(name=here("Scribbling")),))
    assert outcome.status is Status.FAILED
    assert "read-only" in outcome.error


def test_folds_of_an_experiment_with_the_same_model_are_taken_over(workspace: Workspace) -> None:
    _, first = go(workspace, 1, RECIPES + "Noisy", folds=(0,))
    outcome, second = go(workspace, 2, RECIPES + "Noisy", folds=(0, 1), reuse=("../0001",))
    assert [(c.fold, c.reused) for c in outcome.costs] == [(0, True), (1, False)]
    assert [c.fold for c in outcome.fresh] == [1]
    for name in ("fold_0.npz", "asked_0.npz"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_fold_does_not_depend_on_those_run_before_it(workspace: Workspace) -> None:
    _, both = go(workspace, 1, RECIPES + "Noisy", folds=(0, 1))
    _, alone = go(workspace, 2, RECIPES + "Noisy", folds=(1,))
    assert (both / "fold_1.npz").read_bytes() == (alone / "fold_1.npz").read_bytes()


def test_the_seed_of_the_proposal_changes_what_is_random(workspace: Workspace) -> None:
    _, one = go(workspace, 1, RECIPES + "Noisy", seed=1)
    _, two = go(workspace, 2, RECIPES + "Noisy", seed=2)
    assert (one / "fold_0.npz").read_bytes() != (two / "fold_0.npz").read_bytes()


def test_a_share_of_the_rows_is_fitted_and_all_score_rows_are_predicted(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, rows=0.25)
    assert outcome.costs[0].rows == 10
    assert len(load(folder / "fold_0.npz")) == 20


def test_a_refit_before_the_seal_is_opened_uses_the_visible_rows(workspace: Workspace) -> None:
    outcome, folder = go(workspace, 1, folds=(), refit=True)
    assert outcome.costs[0].rows == 60
    assert len(load(folder / "asked.npz")) == 20


def test_a_refit_uses_the_opened_holdout_predicts_the_test_rows_and_keeps_the_model(workspace: Workspace) -> None:
    Regression().save(workspace.data / "opened.npz", np.full(10, 5.0))
    steps = (Step(name=here("Double")), Step(name=here("Mean")))
    fields = {"params": {"column": "mean"}, "features": steps, "folds": (), "refit": True}
    outcome, folder = go(workspace, 1, here("Echo"), **fields)
    assert outcome.status is Status.DONE, outcome
    assert outcome.costs[0].rows == 70
    target = load(workspace.data / "target.npz")
    np.testing.assert_allclose(load(folder / "asked.npz"), np.full(20, (target.sum() + 50) / 70))
    model = joblib.load(folder / "model.joblib")
    assert [type(step).__name__ for step in model["steps"]] == ["Double", "Mean"]
    table = pd.read_feather(workspace.data / "features.feather").iloc[70:]
    for step in model["steps"]:
        table = step.transform(table)
    np.testing.assert_array_equal(model["estimator"].predict(table), load(folder / "asked.npz"))


class PupilEstimator(ConstantEstimator):
    """Remembers of how many of its rows it was told what others think, and what that is on average."""

    def fit(self, X: pd.DataFrame, y: Any, believed: Any = None) -> ConstantEstimator:
        super().fit(X, y)
        self.learned_ = {} if believed is None else {"rows": len(believed), "last": float(believed[-1])}
        return self


class Pupil(Good):
    estimator = PupilEstimator


@pytest.mark.parametrize(("opened", "rows"), [(True, 70), (False, 60)])
def test_a_refit_is_told_what_the_answer_thinks_of_its_rows(workspace: Workspace, *, opened: bool, rows: int) -> None:
    Regression().save(workspace.data / "believed.npz", np.arange(70.0))
    if opened:
        Regression().save(workspace.data / "opened.npz", np.full(10, 5.0))
    told = {"folds": (), "refit": True, "teachers": (1,)}
    outcome, _ = go(workspace, 1, f"{__name__}:Pupil", **told)
    assert outcome.status is Status.DONE, outcome
    assert outcome.learned == {"rows": rows, "last": rows - 1.0}
    untold, _ = go(workspace, 2, f"{__name__}:Pupil", folds=(0,))
    assert untold.learned == {}


def test_without_holdout_and_test_rows_there_is_nothing_asked(tmp_path: Path, workspace: Workspace) -> None:
    small = tiny_run(tmp_path / "small", holdout=0, test=0)
    outcome, folder = go(small, 1)
    assert outcome.status is Status.DONE, outcome
    assert sorted(p.name for p in folder.glob("*.npz")) == ["fold_0.npz"]


def test_the_data_are_read_once_in_a_warm_process(workspace: Workspace) -> None:
    shelf = Shelf()
    for number in (1, 2):
        _, folder = add_job(workspace, number)
        run(folder, shelf)
        if number == 1:
            first = shelf.data(workspace.data)
    assert shelf.data(workspace.data) is first


def test_leading_steps_end_at_the_first_that_needs_labels() -> None:
    row, labels = Step(name=here("Double")), Step(name=here("Mean"))
    assert leading((row, row, labels, row)) == ((row, row), (labels, row))
    assert leading((row,)) == ((row,), ())
    assert leading(()) == ((), ())


@given(
    codes=st.lists(st.integers(0, 4), min_size=1, max_size=200),
    rows=st.floats(0.01, 1.0),
    seed=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
def test_a_share_of_the_rows_is_ascending_repeatable_and_keeps_a_few_of_each_class(
    codes: list[int], rows: float, seed: tuple[int, int]
) -> None:
    y = np.array(codes)
    chosen = share(y, rows, seed)
    assert np.array_equal(chosen, share(y, rows, seed))
    assert (np.diff(chosen) > 0).all()
    assert len(chosen) >= round(rows * len(y))
    for code in np.unique(y):
        assert (y[chosen] == code).sum() >= min(FEWEST, (y == code).sum())


@given(
    groups=st.lists(st.integers(0, 20), min_size=1, max_size=200),
    rows=st.floats(0.01, 1.0),
    seed=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
def test_a_share_of_grouped_rows_is_made_of_whole_groups_but_for_one(
    groups: list[int], rows: float, seed: tuple[int, int]
) -> None:
    members = np.array(groups)
    chosen = share(np.zeros(len(members)), rows, seed, members)
    assert len(chosen) == max(1, round(rows * len(members)))
    taken = {g: (members[chosen] == g).sum() for g in np.unique(members[chosen])}
    assert sum(count < (members == g).sum() for g, count in taken.items()) <= 1


def test_what_folds_learned_is_put_together_by_the_median() -> None:
    learned = [
        {"rounds": 10, "rate": 0.1, "mode": "a", "flag": True},
        {"rounds": 13, "rate": 0.3, "mode": "b", "flag": True},
        {"rounds": 100, "rate": 0.2, "mode": "b", "flag": False},
    ]
    assert median(learned) == {"rounds": 13, "rate": 0.2, "mode": "b", "flag": True}
    assert median([]) == {}
    assert isinstance(median(learned[:2])["rounds"], int)
    json.dumps(median(learned))


def test_what_each_target_learned_is_put_together_entry_by_entry() -> None:
    assert median([{"n": [10, 200]}, {"n": [30, 100]}, {"n": [20, 900]}]) == {"n": [20, 200]}


def test_a_fold_of_a_further_repeat_is_fitted_on_the_rows_outside_it(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "repeated", repeats=2)
    _, folder = go(workspace, 1, folds=(1, 5))
    target = load(workspace.data / "target.npz")
    outside = np.arange(60) // 3 % 3 != 2  # fold 5 is the third of the second repeat
    np.testing.assert_allclose(load(folder / "fold_5.npz"), np.full(60 - outside.sum(), target[outside].mean()))
    assert json.loads((folder / "result.json").read_text())["costs"][1]["rows"] == outside.sum()


def test_many_rows_are_predicted_in_chunks(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = go(workspace, 1, here("Echo"), params={"column": "number"}, folds=(1,))
    monkeypatch.setattr("modelwright.worker.job.CHUNK", 7)
    _, folder = go(workspace, 2, here("Echo"), params={"column": "number"}, folds=(1,))
    for name in ("fold_1.npz", "asked_1.npz"):
        np.testing.assert_array_equal(load(folder / name), load(whole / name))
