from typing import Any

from modelwright.chapters.doubts import verdict
from modelwright.records.experiment import Experiment
from modelwright.records.finding import Finding
from modelwright.testing.records import experiment


def finding(*, out: bool) -> Finding:
    return Finding(sort="too-good", columns=("x",), evidence="e", compare=True, left_out=out)


def run(value: float, **more: Any) -> list[Experiment]:
    return [experiment(1, 0.80, recipe="a"), experiment(2, value, recipe="a", parent=1, **more)]


WITHOUT = [{"name": "without", "params": {"columns": ["x"]}}]


def test_a_column_that_stays_in_is_told_with_both_scores() -> None:
    told = verdict(finding(out=False), run(0.75, features=WITHOUT, move="drop"), True)
    assert "With `x` the score was 0.8000, without 0.7500" in told
    assert "is worse than experiment 1" in told
    assert "it stayed in" in told


def test_a_column_whose_absence_helps_is_told_to_have_gone() -> None:
    assert "models without it went before" in verdict(
        finding(out=False), run(0.85, features=WITHOUT, move="drop"), True
    )


def test_a_column_left_out_is_told_with_what_it_would_have_made_of_the_score() -> None:
    told = verdict(finding(out=True), run(0.99, move="compare"), True)
    assert "With `x` the score was 0.9900, without 0.8000" in told
    assert "the answer is made without" in told


def test_a_comparison_that_did_not_happen_is_told_too() -> None:
    assert "no comparison" in verdict(finding(out=True), run(0.99), True)
