from modelwright.records.experiment import Step
from modelwright.strategists.menu import with_step


def test_what_reads_dates_stands_before_the_step_that_drops_them() -> None:
    dates, gaps, without = Step(name="dates"), Step(name="date-gaps"), Step(name="without", params={"columns": ["x"]})
    assert with_step((dates,), gaps) == (gaps, dates)
    assert with_step((without, dates), gaps) == (without, gaps, dates)


def test_other_steps_come_last() -> None:
    dates, ranks = Step(name="dates"), Step(name="ranks")
    assert with_step((dates,), ranks) == (dates, ranks)


def test_a_step_that_judges_columns_stays_the_last() -> None:
    dates, missing, select = Step(name="dates"), Step(name="missing"), Step(name="select")
    assert with_step((dates,), select) == (dates, select)
    assert with_step((dates, select), missing) == (dates, missing, select)
