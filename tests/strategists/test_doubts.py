from typing import Any

import pytest

from modelwright.records.experiment import Step
from modelwright.records.finding import Finding, Severity
from modelwright.records.profile import Profile, Role
from modelwright.strategists.doubts import comparisons, left_out, missing_from
from modelwright.testing.records import experiment, profile


def doubting(*, out: bool) -> Profile:
    finding = Finding(
        sort="too-good", columns=("number0",), evidence="e", severity=Severity.SERIOUS, compare=True, left_out=out
    )
    return profile(Role.NUMBER, Role.DATE).model_copy(update={"findings": (finding,)})


def without(*columns: str) -> dict[str, Any]:
    return {"name": "without", "params": {"columns": list(columns)}}


FOLDS = (0, 1, 2, 3, 4)


def test_a_doubtful_column_stays_in_and_the_incumbent_is_run_without_it_once() -> None:
    incumbent = experiment(2, 0.8, recipe="a", features=[{"name": "dates"}])
    (proposal,) = comparisons(doubting(out=False), incumbent, [incumbent], FOLDS)
    assert proposal.move == "drop"
    assert [s.name for s in proposal.features] == ["without", "dates"]
    assert missing_from(proposal) == {"number0"}
    done = experiment(3, 0.7, **proposal.model_dump())
    assert list(comparisons(doubting(out=False), incumbent, [incumbent, done], FOLDS)) == []


def test_a_column_left_out_is_kept_from_all_and_the_incumbent_is_run_with_it_for_comparison_only() -> None:
    assert left_out(doubting(out=False)) == ()
    assert left_out(doubting(out=True)) == (Step(name="without", params={"columns": ["number0"]}),)
    incumbent = experiment(2, 0.8, recipe="a", features=[without("number0"), {"name": "dates"}])
    (proposal,) = comparisons(doubting(out=True), incumbent, [incumbent], FOLDS)
    assert proposal.move == "compare"
    assert not proposal.for_answer
    assert missing_from(proposal) == set()
    done = experiment(3, 0.9, **proposal.model_dump())
    assert list(comparisons(doubting(out=True), incumbent, [incumbent, done], FOLDS)) == []


@pytest.mark.parametrize("change", [{"compare": False}, {"columns": ("unknown",)}, {"columns": ()}])
def test_findings_about_nothing_that_recipes_see_ask_for_no_comparison(change: dict[str, Any]) -> None:
    found = doubting(out=True)
    found = found.model_copy(update={"findings": (found.findings[0].model_copy(update=change),)})
    incumbent = experiment(2, 0.8, recipe="a")
    assert list(comparisons(found, incumbent, [incumbent], FOLDS)) == []
    assert left_out(found) == ()
