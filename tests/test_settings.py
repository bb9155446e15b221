import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import SettingsError
from modelwright.settings import Settings, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        ("90s", 90),
        ("2m", 120),
        ("2min", 120),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1 hour 30 minutes", 5400),
        ("24 h", 86400),
        ("2 days", 172800),
        ("an hour", 3600),
        ("Half an hour", 1800),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_hours_minutes_and_seconds_add_up(h: int, m: int, s: int) -> None:
    assert seconds(f"{h}h{m}m{s}s") == 3600 * h + 60 * m + s


@pytest.mark.parametrize("text", ["", "soon", "-5m", "0", "0s", "5 apples", "1h30x", "m", "1..5h", "ten minutes"])
def test_anything_else_is_one_sentence_with_the_value(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        seconds(text)
    assert repr(text) in str(caught.value)


def test_every_setting_has_a_sentence_of_its_own() -> None:
    sentences = [field.description for field in Settings.model_fields.values()]
    assert all(sentences)
    assert len(set(sentences)) == len(sentences)
