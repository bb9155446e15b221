import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Problem
from modelwright.records.profile import Column, Profile, Role
from modelwright.validation.leaks import find

ROWS = 3000
PROFILE = Profile(rows=ROWS, test_rows=0, columns=(Column(name="key", role=Role.ID),))


def problem(classes=(), targets=("y",), **more):
    kind = "multiclass" if classes else "regression"
    return Problem(
        name="p", root="", kind=kind, targets=targets, metric="m", higher_is_better=True, classes=classes, **more
    )


CLASSES = problem(("a", "b", "c"), id="id")
NUMBER = problem(id="id")


def told(*args):
    """The findings as the sentences that people read."""
    return tuple(map(str, find(*args)))


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def table(random):
    """Honest columns, one of them good."""
    return pd.DataFrame(
        {
            "id": [f"row{n:06d}" for n in random.permutation(ROWS)],
            "x": random.normal(size=ROWS),
            "gap": np.where(random.random(ROWS) < 0.5, np.nan, 1.0),
            "colour": pd.Categorical(random.choice(["red", "green", "blue"], ROWS)),
            "rare": random.integers(0, ROWS, ROWS),
            "flag": random.random(ROWS) < 0.5,
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 10**6, ROWS), "s"),
            "text": [f"some words {n} and {n % 7} more" for n in random.integers(0, 10**6, ROWS)],
        }
    )


@pytest.fixture
def codes(random):
    return random.integers(0, 3, ROWS)


@pytest.fixture
def numbers(random):
    return random.normal(size=ROWS)


def test_honest_columns_are_left_in_peace(table, codes, numbers):
    assert find(table, codes, CLASSES, PROFILE) == ()
    assert find(table, numbers, NUMBER, PROFILE) == ()


def test_a_strong_but_honest_column_is_left_in_peace(table, codes, numbers, random):
    noise = random.normal(size=ROWS)
    assert find(table.assign(x=codes + 0.3 * noise), codes, CLASSES, PROFILE) == ()
    assert find(table.assign(x=numbers + 0.2 * noise), numbers, NUMBER, PROFILE) == ()


@pytest.mark.parametrize(
    "copy",
    [
        lambda y, r: y,
        lambda y, r: np.array(["no", "yes", "perhaps"])[y],
        lambda y, r: y + r.random(ROWS),
        lambda y, r: -2.0 * y + 1e-9 * r.random(ROWS),
        lambda y, r: (y * 100 + r.integers(0, 100, ROWS)).astype(str),
        lambda y, r: pd.Timestamp("2020-01-01") + pd.to_timedelta(y * 100 + r.integers(0, 50, ROWS), "D"),
        lambda y, r: [f"{'abc'[c]}/{n}.png" for c, n in zip(y, r.permutation(ROWS), strict=True)],
    ],
    ids=["same", "words", "near", "negative", "many values each of one class", "date", "folder"],
)
def test_a_column_that_names_the_class_is_told(table, codes, random, copy):
    (sentence,) = told(table.assign(answer=copy(codes, random)), codes, CLASSES, PROFILE)
    assert sentence.startswith("`answer` alone tells `y`")


@pytest.mark.parametrize(
    "copy",
    [lambda y, r: y, lambda y, r: -np.exp(y), lambda y, r: y + 0.001 * r.normal(size=ROWS)],
    ids=["same", "falling", "near"],
)
def test_a_column_that_follows_the_number_is_told(table, numbers, random, copy):
    (sentence,) = told(table.assign(answer=copy(numbers, random)), numbers, NUMBER, PROFILE)
    assert sentence.startswith("`answer` alone tells `y`")
    assert "rank correlation" in sentence


def test_a_category_with_one_number_each_is_told(table, random):
    code = random.integers(0, 40, ROWS)
    numbers = random.normal(size=40)[code]
    (sentence,) = told(table.assign(code=[f"c{n}" for n in code]), numbers, NUMBER, PROFILE)
    assert "`code` alone" in sentence


def test_of_several_targets_the_one_that_is_told_is_named(table, numbers, random):
    both = np.column_stack([random.normal(size=ROWS), numbers])
    (sentence,) = told(table.assign(answer=numbers), both, problem(targets=("first", "second")), PROFILE)
    assert "`second`" in sentence


@pytest.mark.parametrize("name", ["id", "key"])
def test_an_id_numbered_by_class_is_told(table, codes, name):
    order = np.empty(ROWS, int)
    order[np.argsort(codes, kind="stable")] = np.arange(ROWS)
    (sentence,) = told(table.assign(**{name: [f"r{n}" for n in order]}), codes, CLASSES, PROFILE)
    assert sentence.startswith(f"The id `{name}`")


def test_an_id_that_spells_the_class_is_told(table, codes, random):
    ids = [f"{'abc'[c]}-{n}" for c, n in zip(codes, random.permutation(ROWS), strict=True)]
    (sentence,) = told(table.assign(id=ids), codes, CLASSES, PROFILE)
    assert sentence.startswith("The id `id`")


def test_rows_in_order_of_the_target_are_told(table, codes, numbers):
    assert "stand in order of `y`" in told(table, np.sort(codes), CLASSES, PROFILE)[-1]
    assert "stand in order of `y`" in told(table, np.sort(numbers), NUMBER, PROFILE)[-1]


def test_a_series_that_wanders_is_not_taken_for_sorted_rows(table, random):
    assert find(table, np.sin(np.arange(ROWS) / 100) + random.normal(size=ROWS), NUMBER, PROFILE) == ()


@pytest.mark.parametrize("target", [np.zeros(ROWS, int), np.full(ROWS, None, object)])
def test_a_target_that_cannot_be_told_is_passed_over(table, target):
    assert find(table, target, CLASSES, PROFILE) == ()


def test_few_rows_say_nothing(table):
    assert find(table.iloc[:10].assign(x=range(10)), np.arange(10), NUMBER, PROFILE) == ()


def test_columns_of_lists_are_passed_over(table, codes):
    assert find(table.assign(box=[[1, 2]] * ROWS), codes, CLASSES, PROFILE) == ()


def test_a_class_with_a_little_noise_on_it_is_named(random):
    y = np.arange(ROWS) % 2
    table = pd.DataFrame({"a": y * 2.0 + random.normal(0, 0.01, ROWS), "b": random.normal(size=ROWS)})
    found = told(table, y, problem((0, 1)), PROFILE)
    assert any("`a`" in sentence for sentence in found)
    assert not any("`b`" in sentence for sentence in found)
