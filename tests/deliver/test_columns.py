from typing import Any

from modelwright.deliver import columns
from modelwright.records.finding import Finding, Severity
from modelwright.records.profile import Column, Drift, Entity, LabelNoise, Profile, Role, TableSummary, TimeSpan


def column(role: Role = Role.NUMBER, **fields: Any) -> Column:
    return Column(**{"name": "x", "role": role, "distinct": 10, **fields})


def profile(*found: Column, **fields: Any) -> Profile:
    return Profile(**{"rows": 1000, "test_rows": 500, "columns": found, **fields})


def test_numbers_tell_range_and_quartiles() -> None:
    told = columns.line(column(low=0.0, high=80.0, quartiles=(20.0, 28.0, 38.5)), 100)
    assert told.values == "0 to 80, median 28, half within 20 to 38.5"


def test_an_order_is_told_from_the_lowest_and_categories_by_their_shares() -> None:
    assert columns.line(column(Role.ORDERED, order=("S", "M", "L")), 100).values == "S < M < L"
    told = columns.line(column(Role.CATEGORY, top=(("a", 60), ("b", 30))), 100)
    assert told.values == "a 60 %, b 30 %, ..."


def test_bars_of_an_order_stand_in_its_order() -> None:
    chart = columns.line(column(Role.ORDERED, distinct=3, order=("S", "M", "L"), top=(("L", 60), ("S", 40))), 100).chart
    assert chart.index("S: 40") < chart.index("L: 60")


def test_texts_show_examples_on_one_line_and_shortened() -> None:
    told = columns.line(column(Role.TEXT, examples=("one\ntwo", "x" * 200)), 100)
    assert told.values.startswith("one two · xxx")
    assert len(told.values) < 80


def test_ids_constants_and_columns_that_test_lacks_are_not_used() -> None:
    found = [column(Role.ID), column(Role.CONSTANT), column(in_test=False), column()]
    assert [columns.line(c, 100).used for c in found] == [False, False, False, True]


def test_new_values_are_told_of_categories_only() -> None:
    assert columns.line(column(Role.CATEGORY, unseen=0.4), 100).unseen == 0.4
    assert columns.line(column(Role.NUMBER, integer=True, unseen=0.4), 100).unseen is None


def test_suspects_come_first() -> None:
    found = profile(column(name="a"), column(name="b", suspect="tells all"), column(name="c"))
    assert [line.name for line in columns.lines(found)] == ["b", "a", "c"]


def test_a_table_of_which_nothing_was_found_has_no_facts() -> None:
    assert list(columns.facts(profile())) == []


def test_every_fact_has_its_line_with_its_numbers() -> None:
    found = profile(
        duplicates=30,
        conflicts=4,
        shared=7,
        drift=Drift(auc=0.8, error=0.01, columns=(("a", 0.79), ("b", 0.52))),
        entities=(Entity(column="id", rule="prefix:_", count=400, largest=8, seen=0.0, expected=0.9),),
        time=TimeSpan(
            column="day",
            first="2021-01-01",
            last="2021-03-01",
            test_first="2021-03-02",
            test_last="2021-03-09",
            step="1 day",
        ),
        noise=LabelNoise(share=0.1, error=0.012, rows=450, how="as the model says"),
        coordinates=(("lat", "lon"),),
        tables=(TableSummary(name="orders", rows=5000, columns=3, note="by id"),),
        sampled=20_000_000,
    )
    told = dict(columns.facts(found))
    assert told == {
        "sample": "the run works on 1,000 of 20,000,000 rows",
        "repeats": "30 training rows repeat another in every feature (4 with another answer), 7 rows wanted repeat one",
        "drift": "AUC 0.8000 ± 0.0100 of test rows against training rows (0.5: alike); most by a 0.79",
        "entities": "id (prefix:_): 400 in train, the largest of 8 rows; 0 % of the test rows belong to one of them, "
        "where a random split would give 90 %",
        "time": "day from 2021-01-01 to 2021-03-01, in steps of 1 day, rows not in its order; "
        "test from 2021-03-02 to 2021-03-09",
        "label noise": "about 10 % ± 1.2 % are wrong, by 450 rows: as the model says",
        "places": "lat and lon",
        "other table": "orders, 5,000 rows by 3 columns: by id",
    }


def test_findings_come_the_gravest_first() -> None:
    notes = [Finding(sort="x", evidence=s, severity=s) for s in (Severity.NOTE, Severity.SERIOUS, Severity.WARNING)]
    tones = [tone for tone, _ in columns.findings(profile(findings=tuple(notes)))]
    assert tones == ["bad", "warn", "note"]
