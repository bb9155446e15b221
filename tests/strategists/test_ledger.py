import pytest

from modelwright.metrics.replay import State
from modelwright.records.experiment import Experiment
from modelwright.strategists.ledger import GUESS, HOPE, LATE, Ledger
from modelwright.testing.records import experiment, plan


def ledger(*history: Experiment, progress: float = 0.5) -> Ledger:
    families = {"lightgbm": "boosting", "linear": "linear"}
    state = State(history, plan(5), higher_is_better=True, family_of=lambda name: families.get(name, name))
    return Ledger(state, progress)


DRAFTS = (
    experiment(1, 0.70, recipe="linear"),
    experiment(2, 0.75, recipe="lightgbm"),
    experiment(100, 0.5, recipe="dummy"),
)


def tried(number: int, value: float, move: str, recipe: str = "lightgbm") -> Experiment:
    parent = 2 if recipe == "lightgbm" else 1
    return experiment(number, value, recipe=recipe, params={"k": number}, move=move, parent=parent)


def test_before_anything_was_tried_moves_are_worth_what_is_guessed() -> None:
    found = ledger(*DRAFTS)
    assert found.expected("add", "boosting") == pytest.approx(GUESS["add"] * found.unit)
    assert found.expected("add", "boosting") > found.expected("seed", "boosting")


def test_a_kind_of_move_that_brought_much_is_worth_more_and_one_that_brought_nothing_less() -> None:
    before = ledger(*DRAFTS).expected("add", "boosting")
    assert ledger(*DRAFTS, tried(3, 0.78, "add")).expected("add", "boosting") > before
    assert ledger(*DRAFTS, tried(3, 0.70, "add")).expected("add", "boosting") < before
    assert ledger(*DRAFTS, tried(3, 0.70, "tune")).expected("add", "boosting") == before


def test_what_a_move_brought_elsewhere_counts_for_less() -> None:
    here = ledger(*DRAFTS, tried(3, 0.80, "add")).expected("add", "boosting")
    elsewhere = ledger(*DRAFTS, tried(3, 0.75, "add", recipe="linear")).expected("add", "boosting")
    assert here > elsewhere > ledger(*DRAFTS).expected("add", "boosting")


def test_a_family_far_behind_or_at_its_ceiling_matters_less() -> None:
    found = ledger(*DRAFTS)
    boosting, linear = (found.state.families[name] for name in ("boosting", "linear"))
    assert found.matters(boosting) == 1.0
    assert found.matters(linear) == HOPE
    stale = ledger(*DRAFTS, *(tried(k, 0.7, "tune") for k in range(3, 11)))
    assert stale.matters(stale.state.families["boosting"]) == pytest.approx(0.25)


def test_the_hope_for_a_family_behind_goes_with_its_trials_and_is_none_for_one_that_is_of_no_use() -> None:
    one = ledger(*DRAFTS, *(tried(k, 0.69, "tune", recipe="linear") for k in range(3, 7)))
    assert 0 < one.matters(one.state.families["linear"]) < 0.5 * HOPE
    useless = ledger(*DRAFTS, experiment(3, 0.6, recipe="kernel"))
    assert useless.matters(useless.state.families["kernel"]) < 0.05


def test_seeds_wait_until_the_search_is_nearly_over() -> None:
    early, late = ledger(*DRAFTS, progress=0.1), ledger(*DRAFTS, progress=LATE["seed"])
    boosting = early.state.families["boosting"]
    assert early.rate("seed", boosting, 1.0) == 0.0
    assert late.rate("seed", boosting, 1.0) > 0.0


def test_the_cheaper_of_two_moves_of_a_kind_is_worth_more_for_its_seconds() -> None:
    found = ledger(*DRAFTS)
    boosting = found.state.families["boosting"]
    assert found.rate("add", boosting, 2.0) == pytest.approx(2 * found.rate("add", boosting, 4.0))


def test_a_big_gain_of_long_ago_is_expected_no_more() -> None:
    won = (*DRAFTS, tried(3, 0.80, "tune"))
    later = (*won, *(tried(k, 0.70, "tune") for k in range(4, 16)))
    assert ledger(*later).expected("tune", "boosting") < 0.2 * ledger(*won).expected("tune", "boosting")


def test_another_idea_nearly_as_good_matters_though_it_is_many_errors_behind() -> None:
    near = ledger(*DRAFTS, experiment(3, 0.74, recipe="catboost"))
    assert near.state.distance(near.state.families["catboost"].incumbent, near.state.families["boosting"].incumbent) > 5
    assert near.matters(near.state.families["catboost"]) > 0.5
