import numpy as np
import pandas as pd
import pytest

from modelwright.records.finding import Severity
from modelwright.records.plan import Scheme
from modelwright.records.problem import Problem
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.records import plan
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


def test_files_may_be_named_after_their_class(table, codes):
    profile = Profile(rows=ROWS, test_rows=0, columns=(Column(name="file", role=Role.PATH),))
    files = [f"train/{'abc'[c]}.{n}.jpg" for n, c in enumerate(codes)]
    assert told(table.assign(file=files), codes, CLASSES, profile) == ()
    assert len(told(table.assign(text=files), codes, CLASSES, profile)) == 1  # but no text may be


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


# What the rows asked for say


def task(leak, asked_leak, rows=3000, seed=0):
    """Features of training rows with a planted column, those asked for, and the class."""
    random = np.random.default_rng(seed)

    def features(size, plant):
        x = random.normal(size=(size, 4))
        y = (x[:, 0] + x[:, 1] + random.normal(size=size) > 0).astype(int)
        return pd.DataFrame(x, columns=list("abcd")).assign(plant=plant(y, random)), y

    train, y = features(rows, leak)
    asked, _ = features(rows // 2, asked_leak)
    return train, asked, y


def flipped(y, random):
    return np.where(random.random(len(y)) < 0.04, 1 - y, y).astype(float)


def shuffled(y, random):
    return random.permutation(flipped(y, random))


def planted(leak, asked_leak, **more):
    train, asked, y = task(leak, asked_leak)
    return [f for f in find(train, y, problem((0, 1)), PROFILE, asked=asked, **more) if "plant" in f.columns]


@pytest.mark.parametrize(
    ("asked_leak", "words"),
    [
        (shuffled, "other columns foretell it"),
        (lambda y, r: np.zeros(len(y)), "one value"),
        (lambda y, r: np.full(len(y), np.nan), "empty"),
        (lambda y, r: flipped(y, r) + (r.random(len(y)) < 0.5), "tells rows asked for from training rows"),
    ],
    ids=["random", "constant", "empty", "otherwise distributed"],
)
def test_a_strong_column_that_is_broken_in_the_rows_asked_for_is_left_out_of_the_answer(asked_leak, words):
    (finding,) = planted(flipped, asked_leak)
    assert finding.severity is Severity.SERIOUS
    assert finding.compare
    assert finding.left_out
    assert words in finding.evidence


def test_a_strong_column_that_holds_in_the_rows_asked_for_is_used_whatever_it_tells():
    for leak in (flipped, lambda y, r: y + 0.1 * r.normal(size=len(y))):
        assert not any(finding.left_out for finding in planted(leak, leak))


def test_a_too_good_column_says_what_speaks_for_it_and_against_it():
    def leak(y, r):
        return y + 0.22 * r.normal(size=len(y))

    (finding,) = planted(leak, leak)
    assert "for it" in finding.evidence
    assert "the next column alone tells" in finding.evidence
    assert finding.compare
    assert "stays in" in finding.done


def test_of_two_too_good_columns_a_broken_one_does_not_break_the_other():
    train, asked, y = task(flipped, shuffled)
    random = np.random.default_rng(1)
    train["honest"] = train["a"] + train["b"] + 0.05 * random.normal(size=len(train)) + y
    asked["honest"] = asked["a"] + asked["b"] + 0.05 * random.normal(size=len(asked)) + (asked["a"] + asked["b"] > 0)
    broken = {name for f in find(train, y, problem((0, 1)), PROFILE, asked=asked) if f.left_out for name in f.columns}
    assert broken == {"plant"}


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_honest_columns_with_a_shift_are_not_left_out(noise):
    random = np.random.default_rng(0)
    x = random.normal(size=(3000, 4))
    y = (x.sum(axis=1) + noise * random.normal(size=3000) > 0).astype(int)
    train = pd.DataFrame(x, columns=list("abcd"))
    asked = pd.DataFrame(random.normal(0.8, 1, size=(1000, 4)), columns=list("abcd"))
    assert not any(finding.left_out for finding in find(train, y, problem((0, 1)), PROFILE, asked=asked))


def test_a_column_filled_only_when_it_happened_is_told():
    def leak(y, r):
        return np.where((y == 1) & (r.random(len(y)) < 0.97), r.normal(size=len(y)), np.nan)

    (finding,) = planted(leak, leak)
    assert finding.sort == "future"
    assert finding.compare
    assert not finding.left_out
    assert "is missing follows" in finding.evidence


@pytest.mark.parametrize("step", [0.5, 1.0])
def test_a_rounding_of_the_target_is_a_near_copy(table, numbers, step):
    (finding,) = find(table.assign(about=np.round(numbers / step) * step * 1000 + 5), numbers, NUMBER, PROFILE)
    assert (finding.sort, finding.columns) == ("near-copy", ("about",))


def test_a_date_after_the_rows_own_time_is_told(table, numbers, random):
    later = table["when"] + pd.to_timedelta(random.integers(1, 90, ROWS), "D")
    found = find(table.assign(paid=later), numbers, problem(time="when"), PROFILE)
    assert [(f.sort, f.columns, f.compare) for f in found] == [("future", ("paid",), True)]
    assert find(table.assign(born=table["when"] - pd.Timedelta("9999D")), numbers, problem(time="when"), PROFILE) == ()


def test_what_the_description_says_is_known_later_is_told(table, numbers):
    text = "The target is y. The column rare is only known after the case was closed. We like x."
    found = find(table, numbers, problem(description=text), PROFILE)
    assert [f.columns for f in found] == [("rare",)]
    assert "only known after" in found[0].evidence


def test_a_name_alone_is_no_reason_but_a_name_and_a_strong_column_are(table, codes, random):
    honest = find(table.assign(result=random.normal(size=ROWS)), codes, CLASSES, PROFILE)
    told_by = find(table.assign(result=codes + 0.35 * random.normal(size=ROWS)), codes, CLASSES, PROFILE)
    assert honest == ()
    assert [f.sort for f in told_by] == ["future"]


def test_columns_absent_from_test_are_told_with_what_they_would_tell(table, codes):
    profile = Profile(rows=ROWS, test_rows=10, columns=(Column(name="later", role=Role.NUMBER, in_test=False),))
    (finding,) = find(table, codes, CLASSES, profile, raw=table.assign(later=codes + 0.0))
    assert (finding.sort, finding.severity, finding.done) == ("absent", Severity.NOTE, "Not used.")
    assert "`later` alone would tell" in finding.evidence


def test_copies_in_other_folds_are_told_with_their_answers(table, codes):
    twice = pd.concat([table.drop(columns="id")] * 2, ignore_index=True)
    folds = np.random.default_rng(0).integers(0, 5, 2 * ROWS)
    found = find(twice, np.tile(codes, 2), CLASSES, PROFILE, folds=folds)
    (finding,) = [f for f in found if f.sort == "copies"]
    assert "100% of these have the same answer" in finding.evidence
    kept = find(twice, np.tile(codes, 2), CLASSES, PROFILE, folds=np.tile(folds[:ROWS], 2))
    assert not any(f.sort == "copies" for f in kept)


def test_a_regular_panel_breaks_no_column():
    random = np.random.default_rng(0)

    def panel(days):
        axes = pd.MultiIndex.from_product([range(days), list("pqrst"), list("abc"), list("vwxyz")])
        return pd.DataFrame(axes.to_list(), columns=["day", "land", "shop", "good"])

    train, asked = panel(900), panel(330).assign(day=lambda t: t["day"] + 900)
    y = train["shop"].map({"a": 1.0, "b": 3.0, "c": 6.0}).to_numpy() + 0.5 * random.normal(size=len(train))
    assert not any(f.left_out for f in find(train, y, NUMBER, PROFILE, asked=asked))


def test_columns_that_tell_copies_of_a_row_from_others_are_no_near_copies(random):
    table = pd.DataFrame(random.normal(size=(500, 3)), columns=list("abc"))
    y = random.integers(0, 2, 500)
    assert find(pd.concat([table] * 3, ignore_index=True), np.tile(y, 3), problem((0, 1)), PROFILE) == ()


def test_what_is_fixed_for_a_person_does_not_tell_the_answer_of_the_others(random):
    who = np.repeat(np.arange(300), 10)
    table = pd.DataFrame({"height": random.normal(size=300)[who], "x": random.normal(size=3000)})
    y = random.integers(0, 2, 300)[who]
    grouped = plan(scheme=Scheme.STRATIFIED_GROUP, group="who", group_rule="value")
    assert find(table, y, problem((0, 1)), PROFILE, plan=grouped, members=who) == ()
    assert find(table, y, problem((0, 1)), PROFILE) != ()


def test_rows_nearly_in_order_of_the_target_are_told_unless_a_time_orders_them(table, codes, random):
    place = np.argsort(codes + random.normal(0, 0.3, ROWS), kind="stable")
    (sentence,) = told(table, codes[place], CLASSES, PROFILE)
    assert "stand in order of `y`" in sentence
    assert told(table, codes[place], CLASSES.model_copy(update={"time": "a"}), PROFILE) == ()
