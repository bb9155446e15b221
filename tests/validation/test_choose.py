import numpy as np
import pandas as pd
import pytest

from modelwright.records.plan import Scheme
from modelwright.records.problem import Modality, Problem
from modelwright.records.profile import Drift
from modelwright.validation import folds
from modelwright.validation.choose import choose
from modelwright.validation.seal import seal

from ..pace import takes_less_than


def problem(kind="regression", **more):
    return Problem(name="p", root="", kind=kind, targets=("y",), metric="rmse", higher_is_better=False, **more)


def features(rows, seed=0):
    """A table without structure: measurements, categories, a text, an id."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": random.permutation(rows),
            "x": random.normal(size=rows),
            "rounded": random.normal(size=rows).round(2),
            "rare": random.zipf(1.5, rows) % 5000,
            "colour": random.choice(["red", "green", None], rows),
            "remark": [f"seen at {n} o'clock" for n in random.integers(0, 10**6, rows)],
            "y": random.normal(size=rows),
        }
    )


def halves(table, asked):
    """The train and the test table."""
    return table[~asked].reset_index(drop=True), table[asked].drop(columns="y").reset_index(drop=True)


def at_random(rows, share=0.2, seed=1):
    return np.random.default_rng(seed).random(rows) < share


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ("binary", Scheme.STRATIFIED),
        ("multiclass", Scheme.STRATIFIED),
        ("ordinal", Scheme.STRATIFIED),
        ("regression", Scheme.PLAIN),
        ("multilabel", Scheme.STRATIFIED),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_random_split_without_structure_needs_none(kind, scheme, seed):
    plan = choose(problem(kind, id="id"), *halves(features(2000, seed), at_random(2000)))
    assert (plan.scheme, plan.group, plan.time, plan.folds) == (scheme, None, None, 5)


@pytest.mark.parametrize("size", [2, 5, 40])
@pytest.mark.parametrize("key", [lambda n: n, lambda n: f"patient {n}"])
def test_rows_of_new_entities_are_grouped(size, key):
    table = features(2000)
    entity = np.random.default_rng(2).permutation(2000) // size
    table["who"] = [key(n) for n in entity]
    plan = choose(problem("binary"), *halves(table, entity % 5 == 0))
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.STRATIFIED_GROUP, "who", "value")
    assert "`who`" in plan.why


@pytest.mark.parametrize("size", [2, 5, 40])
def test_rows_of_entities_split_at_random_are_not_grouped_and_that_is_said(size):
    table = features(2000)
    table["customer_id"] = np.random.default_rng(2).permutation(2000) // size
    plan = choose(problem(), *halves(table, at_random(2000)))
    assert plan.scheme is Scheme.PLAIN
    assert "`customer_id`" in plan.why


@pytest.mark.parametrize(("separator", "rule"), [("_", "prefix:_"), ("-", "prefix:-"), ("/", "prefix:/")])
def test_groups_are_found_in_the_leading_part_of_an_id(separator, rule):
    table = features(1500)
    group = np.arange(1500) // 3
    table["id"] = [f"{g:04d}{separator}{n % 3:02d}" for n, g in enumerate(group)]
    plan = choose(problem(id="id"), *halves(table, group % 5 == 0))
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.GROUP, "id", rule)


def test_an_id_of_three_parts_is_grouped_by_the_coarsest_part_that_is_new():
    table = features(3000)
    patient = np.arange(3000) // 10
    table["id"] = [f"site{g % 4}_{g}_{n}" for n, g in enumerate(patient)]
    plan = choose(problem(id="id"), *halves(table, patient % 5 == 0))
    assert plan.group_rule == "prefix:_:2"


def test_an_id_whose_groups_were_split_at_random_is_not_grouped():
    table = features(1500)
    table["id"] = [f"{n // 3:04d}_{n % 3:02d}" for n in range(1500)]
    plan = choose(problem(id="id"), *halves(table, at_random(1500)))
    assert plan.group is None
    assert "`id`" in plan.why


def test_numbers_that_start_again_in_test_say_nothing():
    train, test = halves(features(2000), at_random(2000))
    train["id"], test["id"] = range(len(train)), range(len(test))
    plan = choose(problem(id="id"), train, test)
    assert plan.group is None
    assert "`id`" not in plan.why


def test_a_key_that_counts_upwards_is_a_group_and_not_a_time():
    table = features(2000)
    table["user"] = np.arange(2000) // 8
    plan = choose(problem(), *halves(table, table["user"] >= 200))
    assert (plan.group, plan.time) == ("user", None)


@pytest.mark.parametrize("form", [None, "%Y-%m-%d", "%d/%m/%Y"])
def test_a_later_test_is_judged_by_time(form):
    table = features(2000)
    dates = pd.Series(pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(2000) // 2, "D"))
    table["when"] = dates if form is None else dates.dt.strftime(form)
    plan = choose(problem("binary"), *halves(table, (dates >= "2020-06-01").to_numpy()))
    assert (plan.scheme, plan.time, plan.group_rule[-1]) == (Scheme.ROLLING, "when", "D")
    assert "2020-05-31" in plan.why


def test_folds_by_time_are_about_as_long_as_the_test_rows():
    table = features(4000)
    table["date"] = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(4000) // 4, "D")
    train, test = halves(table, np.arange(4000) >= 3400)  # 850 days and 150 days
    plan = choose(problem(time="date"), train, test)
    assert plan.folds in (3, 4, 5)
    assert 100 < float(plan.group_rule.removeprefix("horizon:").removesuffix("D")) <= 150


def test_later_years_as_plain_numbers_are_a_time():
    table = features(2000)
    table["year"] = 2000 + np.arange(2000) // 100
    plan = choose(problem(), *halves(table, (table["year"] >= 2017).to_numpy()))
    assert (plan.scheme, plan.time) == (Scheme.ROLLING, "year")


def test_few_times_leave_fewer_folds_and_nothing_to_seal():
    table = features(2000)
    table["year"] = 2000 + np.arange(2000) // 500
    train, test = halves(table, (table["year"] >= 2003).to_numpy())
    plan = choose(problem(), train, test)
    assert (plan.folds, plan.holdout) == (2, 0)
    assert set(folds.assign(plan, train, None)) == {-1, 0, 1}


def test_days_taken_out_of_each_month_are_held_out_in_stretches_as_long():
    hours = pd.date_range("2019-01-01", "2020-12-31 23:00", freq="h")
    hours = hours[hours.day <= 19]
    table = features(len(hours)).assign(hour=hours.strftime("%Y-%m-%d %H:%M:%S"))
    train, test = halves(table, hours.day >= 17)
    plan = choose(problem(id="hour"), train, test)
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.BLOCKS, "hour", "block:3D")
    assert np.ptp(np.bincount(folds.assign(plan, train, None))) < 0.1 * len(train) / 5


def test_days_drawn_at_random_are_held_out_whole():
    day = np.arange(4000) // 20
    table = features(4000).assign(day=pd.Timestamp("2020-01-01") + pd.to_timedelta(day, "D"))
    plan = choose(problem("binary"), *halves(table, np.isin(day, np.random.default_rng(0).choice(200, 40, False))))
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.BLOCKS, "day", "block:1D")


@pytest.mark.parametrize("repeat", [1, 20])
def test_rows_drawn_at_random_from_all_times_need_no_stretches(repeat):
    table = features(4000).assign(day=pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(4000) // repeat, "D"))
    plan = choose(problem(), *halves(table, at_random(4000)))
    assert (plan.scheme, plan.group) == (Scheme.PLAIN, None)
    assert "`day`" in plan.why


def test_without_a_test_table_only_the_problems_own_time_counts():
    table = features(2000).assign(when=pd.date_range("2000-01-01", periods=2000), batch=np.arange(2000) // 5)
    assert choose(problem(), table, None).scheme is Scheme.PLAIN
    assert choose(problem(time="when"), table, None).scheme is Scheme.ROLLING


@pytest.mark.parametrize(
    ("rows", "count", "sealed"), [(200, 10, 0), (1000, 10, 100), (5000, 5, 500), (400_000, 3, 20_000)]
)
def test_folds_and_seal_follow_the_number_of_rows(rows, count, sealed):
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=rows), "y": 0})
    plan = choose(problem(), table, table[["x"]].iloc[:100])
    assert (plan.folds, round(plan.holdout * rows)) == (count, sealed)


@pytest.mark.parametrize(("rows", "holdout"), [(40, 0), (180, 0.1)])
def test_scenes_are_sealed_even_when_there_are_few(rows, holdout):
    table = pd.DataFrame({"id": [f"s{n}" for n in range(rows)], "y": ""})
    plan = choose(problem("segmentation", id="id"), table, table[["id"]].iloc[:5] + "t")
    assert (plan.scheme, plan.folds, plan.holdout) == (Scheme.PLAIN, 5, holdout)


def test_the_target_is_not_looked_at():
    train, test = halves(features(1000), at_random(1000))
    assert choose(problem(), train, test) == choose(problem(), train.assign(y="?"), test.assign(y=[None] * len(test)))


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_tiny_tables_get_a_plan(rows):
    plan = choose(problem(id="id"), features(rows), features(rows).drop(columns="y"))
    assert (plan.folds, plan.holdout) == (2, 0)


@pytest.mark.parametrize(
    "values",
    [[None] * 400, [[1, 2], [3]] * 200, [True, False] * 200, ["2020-01-01", None] * 200, [b"a", 1, "x", 2.5] * 100],
)
def test_odd_columns_do_no_harm(values):
    table = features(400).assign(odd=pd.Series(values, dtype=object))
    train, test = halves(table, at_random(400))
    assert choose(problem(), train, test).scheme is Scheme.PLAIN
    assert choose(problem(), train, test.iloc[:0]).scheme is Scheme.PLAIN


@pytest.mark.parametrize("shape", ["group", "block", "time"])
def test_every_chosen_plan_can_be_carried_out(shape):
    random = np.random.default_rng(0)
    for units in (4, 12, 25, 300):
        table = features(1200)
        unit = np.sort(random.integers(0, units, 1200))
        table["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(unit, "D")
        table["who"] = random.permutation(unit)
        asked = {
            "group": table["who"] % 4 == 0,
            "block": pd.Series(unit % 4 == 0),
            "time": pd.Series(unit >= 0.8 * units),
        }[shape]
        train, test = halves(table if shape != "group" else table.drop(columns="day"), asked.to_numpy())
        plan = choose(problem("binary"), train, test)
        strata = random.integers(0, 2, len(train))
        sealed = seal(plan, train, strata)
        assert sealed.any() == (plan.holdout > 0)
        found = folds.assign(plan, train[~sealed], strata[~sealed])
        assert set(range(plan.folds)) <= set(found)


@pytest.mark.alone
def test_a_wide_table_takes_little_time():
    random = np.random.default_rng(0)
    whole = pd.DataFrame(random.integers(0, 3000, (40_000, 40))).add_prefix("whole")
    text = whole.iloc[:, :10].astype(str).add_prefix("text")
    real = pd.DataFrame(random.normal(size=(40_000, 30))).add_prefix("real")
    table = pd.concat([whole, text, real], axis=1).assign(y=0)
    train, test = halves(table, at_random(40_000))
    assert takes_less_than(0.5, lambda: choose(problem(), train, test))


def test_without_a_test_table_people_with_several_rows_are_taken_to_be_new_and_the_other_reading_is_said():
    table = features(2000).assign(patient=np.random.default_rng(0).permutation(2000) // 5)
    plan = choose(problem("binary"), table, None)
    assert (plan.scheme, plan.group) == (Scheme.STRATIFIED_GROUP, "patient")
    assert "other reading" in plan.why


def test_without_a_test_table_an_id_of_repeated_parts_is_grouped():
    table = features(1500)
    table["id"] = [f"{n // 3:04d}_{n % 3:02d}" for n in range(1500)]
    assert choose(problem(id="id"), table, None).group_rule == "prefix:_"


def sentences(rows, copies, seed=0):
    """Texts of made-up words, each written so many times with other case, blanks and one other word."""
    random = np.random.default_rng(seed)
    words = np.array(["".join(random.choice(list("abcdefghijklmnop"), 5)) for _ in range(3000)])
    texts = []
    for _ in range(rows // copies):
        text = list(random.choice(words, 14))
        for k in range(copies):
            changed = [*text[:k], str(random.choice(words)), *text[k + 1 :]]
            texts.append("  ".join(changed).upper() if k % 2 else " ".join(changed) + "!")
    return texts


def test_nearly_the_same_texts_stay_in_one_fold_where_those_of_test_are_new():
    table = features(1200).assign(text=sentences(1200, 4))
    group = np.arange(1200) // 4
    train, test = halves(table, group % 5 == 0)
    plan = choose(problem("binary"), train, test)
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.STRATIFIED_GROUP, "text", "near:0.4")
    fold = folds.assign(plan, train, None)
    assert np.mean([len(set(fold[group[group % 5 != 0] == g])) == 1 for g in set(group[group % 5 != 0])]) > 0.95


def test_nearly_the_same_texts_split_at_random_are_not_grouped():
    plan = choose(problem(), *halves(features(1200).assign(text=sentences(1200, 4)), at_random(1200)))
    assert plan.scheme is Scheme.PLAIN
    assert "nearly their whole `text`" in plan.why


def test_copies_of_rows_stay_in_one_fold_where_test_rows_are_no_copies():
    table = features(1000).drop(columns=["id", "remark"])
    train, test = halves(table, at_random(1000))
    train = train.iloc[np.arange(3 * len(train)) % len(train)].reset_index(drop=True)
    plan = choose(problem(), train, test)
    assert (plan.scheme, plan.group, plan.group_rule) == (Scheme.GROUP, None, "copies")
    fold = folds.assign(plan, train, None)
    np.testing.assert_array_equal(fold[: len(fold) // 3], fold[len(fold) // 3 : 2 * len(fold) // 3])


def test_copies_shared_with_test_as_a_random_split_shares_them_are_left_alone():
    table = features(1000).drop(columns="id")
    plan = choose(problem(), *halves(pd.concat([table] * 3, ignore_index=True), at_random(3000)))
    assert (plan.scheme, plan.group_rule) == (Scheme.PLAIN, "")


def test_half_of_the_entities_being_new_is_a_mixture_and_the_plan_says_so():
    table = features(4000)
    table["customer_id"] = np.random.default_rng(2).permutation(4000) // 10
    new = (table["customer_id"] % 5 == 0).to_numpy()
    asked = new | (at_random(4000, 0.15) & ~new)
    plan = choose(problem(), *halves(table, asked))
    assert plan.group == "customer_id"
    assert "too modest" in plan.why
    more = choose(problem(), *halves(table, (new & (table["customer_id"] % 10 == 0)) | (at_random(4000, 0.3) & ~new)))
    assert more.group is None
    assert "too good for the others" in more.why


@pytest.mark.parametrize(("share", "scheme"), [(0.7, Scheme.ROLLING), (0.2, Scheme.PLAIN)])
def test_where_only_a_part_of_the_test_rows_is_later_the_nearer_scheme_is_taken_and_said(share, scheme):
    table = features(4000).assign(date=pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(4000) // 4, "D"))
    late = np.arange(4000) >= 3600
    asked = late | (at_random(4000, 400 * (1 - share) / share / 3600) & ~late)
    plan = choose(problem(), *halves(table, asked))
    assert plan.scheme is scheme
    assert "later" in plan.why


def test_a_few_wrong_dates_do_not_hide_that_the_test_rows_are_later():
    table = features(4000).assign(date=pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(4000) // 4, "D"))
    train, test = halves(table, np.arange(4000) >= 3400)
    train.loc[[5, 60], "date"] = pd.Timestamp("2099-01-01")
    assert choose(problem(), train, test).scheme is Scheme.ROLLING


def test_what_was_measured_is_listed():
    table = features(2000)
    table["who"] = np.random.default_rng(2).permutation(2000) // 5
    table["when"] = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(2000), "h")
    plan = choose(problem(), *halves(table, table["who"] % 5 == 0), drift=Drift(auc=0.52, error=0.01))
    told = "\n".join(plan.evidence)
    assert "`when` runs from 2018-01-01" in told
    assert "0% of the test rows share their `who`" in told or "of the test rows share their `who`" in plan.why
    assert "AUC of 0.520" in told


def test_a_difference_that_no_structure_explains_is_said_with_its_columns():
    train, test = halves(features(2000), at_random(2000))
    drift = Drift(auc=0.9, error=0.01, columns=(("x", 0.88),))
    plan = choose(problem(), train, test, drift=drift)
    assert plan.scheme is Scheme.PLAIN
    assert "`x` (0.88)" in plan.why
    assert "may be off" in plan.why
    assert "may be off" not in choose(problem(), train, test, drift=Drift(auc=0.52, error=0.01)).why


def test_many_rows_for_a_short_budget_get_three_folds():
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=50_000), "y": 0})
    assert choose(problem(), table, table[["x"]].iloc[:100], budget=30).folds == 3
    assert choose(problem(), table, table[["x"]].iloc[:100], budget=3600).folds == 5


@pytest.mark.parametrize(("rows", "budget", "repeats"), [(200, 600, 3), (800, 600, 2), (800, 60, 1), (2000, 600, 1)])
def test_few_rows_are_folded_several_times_where_there_is_time(rows, budget, repeats):
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=rows), "y": 0})
    plan = choose(problem(), table, table[["x"]].iloc[:100], budget=budget)
    assert plan.repeats == repeats
    assert ("times anew" in plan.why) == (repeats > 1)
    assert choose(problem(), table, table[["x"]].iloc[:100]).repeats == 1


def test_folds_that_follow_time_are_not_repeated():
    table = features(400).assign(when=pd.date_range("2000-01-01", periods=400))
    train, test = halves(table, np.arange(400) >= 320)
    assert choose(problem(time="when"), train, test, budget=3600).repeats == 1
    assert "rows that the final one does" not in choose(problem(time="when"), train, test).why


@pytest.mark.parametrize(("count", "repeats"), [(12, 1), (60, 3)])
def test_groups_are_folded_several_times_only_where_they_can_fall_otherwise(count, repeats):
    table = features(600).assign(who=np.arange(600) % (count + 20))
    train, test = halves(table, table["who"] >= count)
    plan = choose(problem(), train, test, budget=3600)
    assert (plan.group, plan.repeats) == ("who", repeats)


def test_the_plan_says_from_how_many_of_the_final_models_rows_a_folds_model_learns():
    table = features(1000)
    assert "81% of the rows that the final one does" in choose(problem(), table, None).why


def test_codes_of_which_most_are_new_in_test_are_groups_whatever_their_name():
    random = np.random.default_rng(0)
    who = np.array([f"K{n:03d}" for n in random.integers(0, 120, 1000)])
    new = np.array([int(name[1:]) >= 80 for name in who])
    table = features(1000).assign(debtor=who)
    test = new | (random.random(1000) < 0.05)
    plan = choose(problem(), *halves(table, test))
    assert (plan.group, plan.group_rule) == ("debtor", "value")


@pytest.mark.parametrize(("budget", "folds"), [(300.0, 5), (1200.0, 10), (None, 5)])
def test_where_there_is_time_a_table_of_a_few_thousand_rows_has_ten_folds(budget, folds):
    table = features(3000).assign(y=np.arange(3000) % 2)
    assert choose(problem("binary"), table, None, budget=budget).folds == folds


def test_pictures_have_four_folds_however_few_they_are():
    table = pd.DataFrame({"x": [f"{n}.png" for n in range(900)], "y": np.arange(900) % 2})
    pictured = problem("binary").model_copy(update={"modality": Modality.IMAGE, "inputs": ("x",)})
    assert choose(pictured, table, None, budget=600.0).folds == 4
