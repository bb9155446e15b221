"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.deliver import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.81234, "0.8123"),
        (0.8, "0.8000"),
        (1.0, "1.000"),
        (12345.678, "12,346"),
        (-0.5, "\N{MINUS SIGN}0.5000"),
        (0.00012345, "0.0001234"),
        (0.0, "0.000"),
        (3.2e-8, "3.200e-08"),
        (math.nan, "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
        (math.inf, "\N{INFINITY}"),
    ],
)
def test_four_significant_digits(value: float | None, text: str) -> None:
    assert figures.number(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.81234, 0.00419, "0.8123 ± 0.0042"),
        (0.812345, 0.000021, "0.81234 ± 0.00002"),
        (29345.2, 410.7, "29,345 ± 411"),
        (0.5, 0.0, "0.5000 ± 0.0000"),
        (0.5, math.nan, "0.5000"),
        (math.nan, 0.1, "\N{EN DASH}"),
    ],
)
def test_an_error_is_never_rounded_away(value: float, error: float, text: str) -> None:
    assert figures.with_error(value, error) == text


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_a_number_is_off_by_at_most_half_a_unit_of_its_fourth_digit(value: float) -> None:
    text = figures.number(value).replace(",", "").replace(figures.MINUS, "-")
    assert float(text) == pytest.approx(value, rel=5.1e-4, abs=1e-300)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (12.2, "12 s"), (125, "2 min 5 s"), (120, "2 min"), (3780, "1 h 03 min"), (None, "\N{EN DASH}")],
)
def test_durations_in_words(seconds: float | None, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.0004, "< 0.1 %"), (0.025, "2.5 %"), (0.37, "37 %"), (0.9999, "> 99.9 %")]
)
def test_a_share_that_is_not_zero_does_not_look_like_zero(share: float, text: str) -> None:
    assert figures.percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(0.05, "0.05"), (79.5, "79.5"), (0.0, "0"), (12000.0, "12,000")])
def test_plain_numbers_have_no_zeros_behind(value: float, text: str) -> None:
    assert figures.plain(value) == text


@pytest.mark.parametrize(
    ("gain", "error", "text"),
    [
        (0.00412, 0.00118, "+0.0041 ± 0.0012"),
        (-0.5, 2.0, "\N{MINUS SIGN}0.5 ± 2.0"),
        (0.0, 0.001, "0.0000 ± 0.0010"),
        (0.25, 0.0, "+0.25"),
        (math.nan, 0.1, "\N{EN DASH}"),
    ],
)
def test_a_difference_has_a_sign_and_the_places_of_its_error(gain: float, error: float, text: str) -> None:
    assert figures.change(gain, error) == text
