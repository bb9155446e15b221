"""Overlaps that make a box or a mask right, as people write them."""

import pytest

from modelwright.task.overlaps import USUAL_RANGE, counted, levels
from modelwright.task.prose import parse

TO_75 = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mAP at an IoU threshold of 0.75", (0.75,)),
        ("An overlap of at least 50 % is right.", (0.5,)),
        ("Averaged over IoU thresholds from 0.5 to 0.95.", USUAL_RANGE),
        ("mAP@[.5:.95]", USUAL_RANGE),
        ("mAP@0.5:0.05:0.95", USUAL_RANGE),
        ("mAP 50-95", USUAL_RANGE),
        ("The threshold values range from 0.5 to 0.75 with a step size of 0.05.", TO_75),
        ("The thresholds are 0.5, 0.55, ..., 0.75.", TO_75),
        ("Thresholds range from 0.5 to 0.7 in steps of 0.1: (0.5, 0.6, 0.7).", (0.5, 0.6, 0.7)),
        ("The IoU thresholds are 0.5, 0.75 and 0.9.", (0.5, 0.75, 0.9)),
        ("mean average precision", ()),
        ("Take learning rates from 0.5 to 0.9.", ()),
        ("An IoU of 0.9 comes before one of 0.5.", (0.9,)),
    ],
)
def test_overlaps_are_read_as_one_a_list_or_a_range(text: str, found: tuple[float, ...]) -> None:
    assert levels(parse(f"Find the birds. {text}")) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"$$\frac{TP(t)}{TP(t) + FP(t) + FN(t)}.$$", True),
        ("The precision is TP / (TP + FP + FN).", True),
        ("It is this:\n\n    TP(t) / (TP(t) + FN(t) + FP(t))\n", True),
        ("The recall is TP / (TP + FN).", False),
        ("The F1 is 2 TP / (2 TP + FP + FN).", False),
    ],
)
def test_hits_held_against_all_of_hits_errors_and_misses_are_told_from_other_formulas(text: str, found: bool) -> None:
    assert bool(counted(parse(f"The score of a picture. {text}"))) is found
