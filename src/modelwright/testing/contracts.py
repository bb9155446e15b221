"""What every recipe and every feature step promises, as tests to inherit.

    class TestMine(RecipeContract):
        def recipe(self): return Mine()

pytest then runs each promise below on small tables with a column of every sort. Nothing here needs pytest itself.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ..records.problem import Output, Problem
from ..records.profile import Column, Profile, Role

if TYPE_CHECKING:
    from ..interfaces import Array, Feature, Recipe
    from ..records.experiment import Params

WORDS = ("blue", "heron", "lands", "near", "quiet", "water", "while", "seven", "boats", "drift", "past", "Pier!")
CLOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}  # float32 inside an estimator, and sums in another order


@dataclass(frozen=True)
class Example:
    """A small problem with its data."""

    problem: Problem
    profile: Profile
    table: pd.DataFrame
    y: "Array"


def example(kind: str = "binary", rows: int = 160, seed: int = 0) -> Example:
    """A table with a column of every sort, gaps and infinite values among them, and a target that can be learnt."""
    rng = np.random.default_rng(seed)
    number, city = rng.normal(size=rows), rng.integers(0, 3, rows)
    cities = np.array(["a", "b", "c"], dtype=object)[city]
    cities[rng.random(rows) < 0.1] = None
    notes = [" ".join(rng.choice(WORDS, 8)) for _ in range(rows)]
    table = pd.DataFrame(
        {
            "number": np.where(rng.random(rows) < 0.1, np.nan, number),
            "tail": np.where(rng.random(rows) < 0.02, np.inf, np.exp(3 * rng.normal(size=rows))),
            "huge": rng.integers(2**61, 2**62, rows),
            "whole": rng.integers(0, 30, rows),
            "open": rng.random(rows) < 0.5,
            "city": pd.Categorical(cities, categories=["a", "b", "c", "unused"]),
            "clerk": pd.Categorical([f"k{k}" for k in rng.integers(0, rows // 2, rows)]),
            "constant": 7.0,
            "empty": np.full(rows, np.nan),
            "seen": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "code": [f"{'ABC'[k % 3]}/{k}/P" for k in rng.integers(0, 40, rows)],
            "note": np.array([*notes[:-1], None], dtype=object),
        }
    )
    signal = number + city + 0.3 * rng.normal(size=rows)
    return Example(_problem(kind), _profile(table), table, _target(kind, signal))


def _target(kind: str, signal: "Array") -> "Array":
    if kind == "binary":
        return np.asarray(signal > np.median(signal)).astype(np.int64)
    if kind == "multiclass":
        return np.digitize(signal, np.quantile(signal, [0.4, 0.9])).astype(np.int64)
    if kind == "several targets":
        return np.column_stack([signal, -signal])
    if kind == "multilabel":
        return np.column_stack([signal > c for c in np.quantile(signal, [0.5, 0.9, 1.0])]).astype(np.int64)
    return signal


def _problem(kind: str) -> Problem:
    classes: tuple[Any, ...] = {"binary": (0, 1), "multiclass": (0, 1, 2)}.get(kind, ())
    targets: tuple[str, ...] = ("y", "z") if kind == "several targets" else ("y",)
    if kind == "multilabel":
        targets = classes = ("y", "z", "never")
    return Problem(
        name="example",
        root="",
        kind="regression" if kind == "several targets" else kind,
        targets=targets,
        metric="log-loss" if classes else "rmse",
        higher_is_better=False,
        classes=classes,
        output=Output.PROBABILITIES if classes else Output.VALUES,
    )


def _profile(table: pd.DataFrame) -> Profile:
    roles = {"open": Role.BOOLEAN, "city": Role.CATEGORY, "clerk": Role.CATEGORY, "constant": Role.CONSTANT}
    roles |= {"seen": Role.DATE, "code": Role.COMPOSITE, "note": Role.TEXT}
    columns = [
        Column(
            name=name,
            role=roles.get(name, Role.NUMBER),
            missing=float(table[name].isna().mean()),
            distinct=int(table[name].nunique()),
            integer=table[name].dtype.kind == "i",
            length=40.0 if name == "note" else 0.0,
            **({"separator": "/", "parts": 3} if name == "code" else {}),
        )
        for name in table.columns
    ]
    return Profile(rows=len(table), test_rows=len(table) // 4, columns=tuple(columns))


class RecipeContract:
    """Inherit, and give the recipe. `kinds` are the kinds of answer it is for; "several targets" is one of them.

    The last of three labels of the kind "multilabel" is one that no row has.
    """

    kinds: ClassVar[Sequence[str]] = ("binary", "multiclass", "multilabel", "regression", "ordinal", "several targets")
    params: ClassVar["Params"] = {}

    def recipe(self) -> "Recipe":
        """The recipe to test."""
        raise NotImplementedError

    def _examples(self) -> list[Example]:
        return [example(kind) for kind in self.kinds]

    def _build(self, case: Example, **params: Any) -> Any:
        return self.recipe().build(case.problem, {**self.params, "seed": 3, **params})

    def _fitted(self, case: Example) -> Any:
        return self._build(case).fit(case.table, case.y)

    def test_it_applies_to_what_it_is_for(self) -> None:
        """`applies` gives no reason against these problems, and one against a kind nobody knows."""
        for case in self._examples():
            assert self.recipe().applies(case.problem, case.profile) is None
            unknown = case.problem.model_copy(update={"kind": "riddle"})
            assert isinstance(self.recipe().applies(unknown, case.profile), str)

    def test_its_effort_is_a_time_that_grows_with_the_rows(self) -> None:
        """Seconds above zero, not fewer for more rows."""
        for case in self._examples():
            small, large = (self.recipe().effort(case.problem, case.profile, {"seed": 0}, n) for n in (100, 100_000))
            assert 0 < small <= large < 100_000

    def test_every_corner_of_its_space_can_be_fitted(self) -> None:
        """The lowest and the highest (or first and last) value of each parameter, one at a time."""
        case = self._examples()[0]
        for name, domain in self.recipe().space(case.problem, case.profile).items():
            values = getattr(domain, "values", None) or (domain.low, domain.high)  # type: ignore[union-attr]
            for value in (values[0], values[-1]):
                estimator = self._build(case, **{name: value}).fit(case.table, case.y)
                assert np.isfinite(answer(estimator, case.table)).all()

    def test_a_prediction_has_one_finite_row_for_each_row(self) -> None:
        """Probabilities (rows, classes) that sum to one, or values shaped as the target."""
        for case in self._examples():
            found = answer(self._fitted(case), case.table)
            assert np.isfinite(found).all()
            if case.problem.classes:
                assert found.shape == (len(case.table), len(case.problem.classes))
                if case.problem.kind != "multilabel":  # labels do not exclude each other
                    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
            else:
                assert found.shape == case.y.shape

    def test_the_table_and_the_target_stay_as_they_are(self) -> None:
        """Neither fit nor predict changes what it is given."""
        for case in self._examples():
            table, y = case.table.copy(deep=True), case.y.copy()
            answer(self._fitted(case), case.table)
            pd.testing.assert_frame_equal(case.table, table)
            np.testing.assert_array_equal(case.y, y)

    def test_a_clone_is_unfitted_and_fits_to_the_same(self) -> None:
        """`sklearn.base.clone` works; the same seed gives the same predictions, to the last bit."""
        from sklearn.base import clone

        for case in self._examples():
            first = self._fitted(case)
            second = clone(first)
            assert not [name for name in vars(second) if name.endswith("_") and not name.startswith("_")]
            second.fit(case.table, case.y)
            np.testing.assert_array_equal(answer(first, case.table), answer(second, case.table))

    def test_a_pickled_estimator_predicts_the_same(self) -> None:
        """The bundle holds pickles."""
        for case in self._examples():
            first = self._fitted(case)
            second = pickle.loads(pickle.dumps(first))  # noqa: S301  what was pickled here a moment ago
            np.testing.assert_array_equal(answer(first, case.table), answer(second, case.table))

    def test_rows_one_by_one_and_in_another_order_have_the_same_prediction(self) -> None:
        """A prediction depends on its row alone."""
        for case in self._examples():
            estimator = self._fitted(case)
            at_once = answer(estimator, case.table)
            for row in (0, 17, 101):
                np.testing.assert_allclose(answer(estimator, case.table.iloc[[row]]), at_once[[row]], **CLOSE)
            order = np.random.default_rng(1).permutation(len(case.table))
            np.testing.assert_allclose(answer(estimator, case.table.iloc[order]), at_once[order], **CLOSE)

    def test_strange_values_are_predicted_too(self) -> None:
        """Unseen categories and texts, values missing where fit had none, and infinite ones."""
        for case in self._examples():
            strange = case.table.iloc[:6].copy()
            strange["city"] = pd.Categorical(["new", None, "a", "b", "new", "c"])
            strange["clerk"] = pd.Categorical([None, "nobody", "k1", "k1", "k2", "k3"])
            strange["number"] = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0]
            strange["whole"] = [np.nan, 10.0**12, -1.0, 0.5, 3.0, 4.0]
            strange["note"] = np.array([None, "", "  ", "雪", "unheard of", "?"], dtype=object)
            strange["code"] = np.array([None, "A/1", "Z/9/9/9", "", "A/1/P", "x"], dtype=object)
            strange["seen"] = np.array(["1871-01-01", "NaT", "2099-12-31", "NaT", "NaT", "NaT"], dtype="datetime64[ns]")
            assert np.isfinite(answer(self._fitted(case), strange)).all()

    def test_classes_that_the_fit_rows_lack_are_told_by_classes_(self) -> None:
        """Probabilities have a column for each class in `classes_`, even if that is one class only."""
        for case in (c for c in self._examples() if c.problem.classes and c.y.ndim == 1):
            for known in ([0], list(range(len(case.problem.classes)))[1:]):
                rows = np.flatnonzero(np.isin(case.y, known))
                estimator = self._build(case).fit(case.table.iloc[rows], case.y[rows])
                assert estimator.classes_.tolist() == known
                assert estimator.predict_proba(case.table).shape == (len(case.table), len(known))

    def test_a_class_of_one_row_is_no_trouble(self) -> None:
        """Nor is one of two rows."""
        for case in (c for c in self._examples() if c.problem.classes and c.y.ndim == 1):
            y = np.zeros_like(case.y)
            y[5], y[[20, 90]] = len(case.problem.classes) - 1, 1
            found = answer(self._build(case).fit(case.table, y), case.table)
            assert np.isfinite(found).all()

    def test_columns_that_tell_nothing_are_no_trouble(self) -> None:
        """Constant and empty columns alone, and a table of text alone."""
        for case in self._examples():
            for names in (["constant", "empty"], ["note"]):
                estimator = self._build(case).fit(case.table[names], case.y)
                assert np.isfinite(answer(estimator, case.table[names])).all()

    def test_few_rows_are_enough(self) -> None:
        """Ten of them."""
        for case in self._examples():
            estimator = self._build(case).fit(case.table.iloc[:10], case.y[:10])
            assert np.isfinite(answer(estimator, case.table)).all()

    def test_what_it_learned_is_accepted_as_parameters(self) -> None:
        """A refit takes `learned_` over; it must survive JSON."""
        for case in self._examples():
            learned = getattr(self._fitted(case), "learned_", {})
            for value in learned.values():
                assert isinstance(value, bool | int | float | str | list)
            assert np.isfinite(answer(self._build(case, **learned).fit(case.table, case.y), case.table)).all()


def answer(estimator: Any, table: pd.DataFrame) -> "Array":
    """Probabilities where the estimator gives them, else values."""
    return np.asarray(getattr(estimator, "predict_proba", estimator.predict)(table))


class FeatureContract:
    """Inherit, and give an unfitted feature step."""

    def step(self) -> "Feature":
        """The step to test, not fitted."""
        raise NotImplementedError

    def _made(self, step: Any, case: Example) -> pd.DataFrame:
        found: pd.DataFrame = step.fit_transform(case.table, case.y)
        return found

    def test_it_says_what_fitting_may_see(self) -> None:
        """`needs` is one of three words, and `applies` answers None or a reason."""
        case = example()
        assert self.step().needs in ("row", "rows", "labels")
        assert isinstance(type(self.step()).applies(case.problem, case.profile), str | None)

    def test_the_table_given_stays_as_it_is(self) -> None:
        """Neither fit nor transform changes its input."""
        case = example()
        before = case.table.copy(deep=True)
        step: Any = self.step()
        self._made(step, case)
        step.transform(case.table)
        pd.testing.assert_frame_equal(case.table, before)

    def test_rows_keep_their_index_and_order(self) -> None:
        """Even an index that repeats."""
        case = example()
        case.table.index = pd.Index(np.random.default_rng(1).integers(0, 50, len(case.table)))
        pd.testing.assert_index_equal(self._made(self.step(), case).index, case.table.index)

    def test_column_names_are_distinct_strings(self) -> None:
        """What is made can be written to a file."""
        names = self._made(self.step(), example()).columns
        assert names.is_unique
        assert all(isinstance(name, str) for name in names)

    def test_a_clone_is_unfitted_and_fits_to_the_same(self) -> None:
        """`sklearn.base.clone` works, and fitting has no chance in it that is not seeded."""
        from sklearn.base import clone

        case, first = example(), self.step()
        made = self._made(first, case)
        second = clone(first)
        assert not [name for name in vars(second) if name.endswith("_") and not name.startswith("_")]
        pd.testing.assert_frame_equal(self._made(second, case), made)

    def test_a_pickled_step_gives_the_same(self) -> None:
        """The bundle holds pickles."""
        case, step = example(), self.step()
        self._made(step, case)
        again = pickle.loads(pickle.dumps(step))  # noqa: S301  what was pickled here a moment ago
        pd.testing.assert_frame_equal(again.transform(case.table), step.transform(case.table))

    def test_rows_one_by_one_are_the_same_as_all_at_once(self) -> None:
        """What a row becomes depends on the row and on what was learned."""
        case, step = example(), self.step()
        self._made(step, case)
        at_once = step.transform(case.table)
        for row in (0, 17, 101):
            pd.testing.assert_frame_equal(step.transform(case.table.iloc[[row]]), at_once.iloc[[row]], **CLOSE)

    def test_fit_transform_is_fit_then_transform_unless_it_needs_labels(self) -> None:
        """A step that needs labels is cross-fitted instead."""
        case, step = example(), self.step()
        if step.needs != "labels":
            other: Any = self.step()
            pd.testing.assert_frame_equal(self._made(step, case), other.fit(case.table, case.y).transform(case.table))

    def test_values_never_seen_keep_columns_and_dtypes(self) -> None:
        """And missing ones do."""
        case, step = example(), self.step()
        self._made(step, case)
        strange = case.table.iloc[:2].copy()
        strange["city"] = pd.Categorical(["new", None])
        strange["code"] = np.array([None, "no code"], dtype=object)
        strange["note"] = np.array(["", None], dtype=object)
        strange["whole"] = [10**12, -1]
        made, known = step.transform(strange), step.transform(case.table)
        assert list(made.columns) == list(known.columns)
        new = [c for c in known.columns if c not in case.table.columns]
        pd.testing.assert_series_equal(made[new].dtypes, known[new].dtypes)
