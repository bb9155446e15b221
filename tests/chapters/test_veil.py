import numpy as np
import pytest

from modelwright.chapters.veil import HIDDEN, LONGEST, Veil, cut, stack
from modelwright.records.experiment import Outcome, Status

ANSWERS = np.array([[31234.5], [77.25], [904217.0], [0.123456789]])
VEIL = Veil.over(ANSWERS, words=False)


@pytest.mark.parametrize(
    "said",
    [
        "31234.5",
        "y = [31234.5, 904217]",
        "3.12345e+04",
        "-1 904217.000",
        f"log1p {np.log1p(904217.0):.9f}",
        f"log {np.log(31234.5):.9f}",
        "0.123456789",
    ],
)
def test_an_answer_is_hidden_however_it_is_written(said: str) -> None:
    hidden = VEIL.hide(said)
    assert HIDDEN in hidden
    assert not any(answer in hidden for answer in ("31234", "904217", "123456", "3.12345"))


@pytest.mark.parametrize("said", ["line 77", "fold 3 of 31234", "31235.5", "0.5 and 904", "v31234.5x", "alpha=1e-05"])
def test_other_numbers_stay(said: str) -> None:
    assert VEIL.hide(said) == said


def test_codes_of_classes_are_not_hidden_since_their_list_is_known() -> None:
    assert Veil.over(np.array([12345.0]), words=True).hide("12345") == "12345"


def test_a_missing_answer_hides_nothing() -> None:
    assert Veil.over(np.array([np.nan, np.inf]), words=False).hide("nan inf 12345") == "nan inf 12345"


def test_of_a_long_traceback_the_end_is_told() -> None:
    lines = [f'  File "model.py", line {k}, in fit' for k in range(900)]
    trace = "\n".join(["Traceback (most recent call last):", *lines, "ValueError: no"])
    told = stack(Outcome(number=1, status=Status.FAILED, traceback=trace))
    assert told.endswith("line 899, in fit\nValueError: no")
    assert len(told) <= LONGEST


def test_of_a_log_only_stacks_are_told() -> None:
    log = 'answers: 1 2 3\nFatal Python error: Segmentation fault\n  File "model.py", line 3 in fit\nbye 4 5 6'
    told = stack(Outcome(number=1, status=Status.CRASHED, traceback=log))
    assert told == 'Fatal Python error: Segmentation fault\n  File "model.py", line 3 in fit'


def test_a_text_that_is_cut_says_how_long_it_was() -> None:
    assert cut("abcdef", 3) == "abc ... (6 characters)"
    assert cut("abc", 3) == "abc"
