import math

import pytest

from modelwright.chapters.refits import FEWEST, SHORT, SURELY, share_in


@pytest.mark.parametrize(("left", "needed", "share"), [(100.0, 10.0, 1.0), (math.inf, 1e9, 1.0), (0.1, 1e4, 0.0)])
def test_a_refit_takes_all_rows_where_there_is_time_and_none_where_there_is_hardly_any(
    left: float, needed: float, share: float
) -> None:
    assert share_in(left, needed) == share


@pytest.mark.parametrize("left", [15.0, 30.0, 80.0])
def test_a_refit_that_would_be_late_takes_the_rows_that_fit_the_time(left: float) -> None:
    needed = 100.0
    share = share_in(left, needed)
    assert 0 < share < 1
    assert share * needed <= SURELY * left


def test_a_quick_refit_is_worth_a_try_in_what_time_there_is() -> None:
    assert share_in(0.6, SHORT - 1) == 1.0
    assert share_in(0.4, SHORT - 1) == 0.0


def test_too_few_rows_are_not_worth_a_refit() -> None:
    needed = 1000.0
    assert share_in(0.9 * FEWEST * needed, needed) == 0.0
