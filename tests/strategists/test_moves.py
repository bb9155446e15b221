import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytest

from modelwright import plugins
from modelwright.metrics.replay import State
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.records.profile import Profile, Role
from modelwright.records.space import Real
from modelwright.strategists.ledger import Ledger
from modelwright.strategists.menu import Menu
from modelwright.strategists.moves import STACKS, Moves
from modelwright.testing.records import experiment, plan, problem, profile


class Recipe:
    def __init__(self, name: str, family: str, presets: Sequence[Any] = ()) -> None:
        self.name, self.family, self._presets = name, family, presets

    def applies(self, _problem: Any, _profile: Any) -> None:
        return None

    def space(self, _problem: Any, _profile: Any) -> dict[str, Real]:
        return {} if self.name == "dummy" else {"x": Real(low=0.0, high=1.0)}

    def presets(self, _problem: Any, _profile: Any) -> Sequence[Any]:
        return self._presets


class Step:
    variants = ({"most": 5}, {"most": 50})

    @classmethod
    def applies(cls, _problem: Any, _profile: Any) -> None:
        return None


RECIPES = {
    "dummy": Recipe("dummy", "dummy"),
    "linear": Recipe("linear", "linear"),
    "lightgbm": Recipe("lightgbm", "boosting", ({"x": 0.25}, {"x": 0.75})),
    "xgboost": Recipe("xgboost", "boosting"),
    "script": Recipe("script", "script"),
}


@pytest.fixture(autouse=True)
def _scripted_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"recipes": list(RECIPES), "features": ["ranks", "pairs", "counts"]}
    monkeypatch.setattr(plugins, "names", lambda group: groups[group])
    monkeypatch.setattr(plugins, "load", lambda group, name: RECIPES[name] if group == "recipes" else Step)


def moves(history: Sequence[Experiment], rows: int = 1000, progress: float = 0.9) -> Moves:
    menu = Menu(problem(), many(rows))
    state = State(history, plan(5), higher_is_better=True, family_of=menu.family_of)
    return Moves(menu, state, Ledger(state, progress), (0, 1, 2, 3, 4), lambda p: float(len(p.folds)), seed=0)


def many(rows: int) -> Profile:
    return profile(Role.NUMBER, rows=rows)


def drafts() -> list[Experiment]:
    return [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.745, recipe="linear"),
        experiment(3, 0.75, recipe="lightgbm"),
    ]


def added(number: int, value: float, recipe: str, parent: int, *steps: str) -> Experiment:
    features = [{"name": name} for name in steps]
    return experiment(number, value, recipe=recipe, parent=parent, move="add", features=features)


def names(proposals: Sequence[Proposal]) -> list[str]:
    return [p.features[-1].name for p in proposals]


def test_a_step_that_helped_one_family_is_the_first_to_be_tried_in_another_and_one_that_did_not_the_last() -> None:
    history = [*drafts(), added(4, 0.749, "lightgbm", 3, "ranks"), added(5, 0.78, "lightgbm", 3, "counts")]
    assert names(list(moves(history).adds(history[1]))) == ["counts", "pairs", "ranks"]


def test_a_step_that_changed_nothing_at_all_is_not_tried_in_other_families() -> None:
    history = [*drafts(), added(4, 0.75, "lightgbm", 3, "ranks")]
    assert names(list(moves(history).adds(history[1]))) == ["pairs", "counts"]


def written(number: int, value: float, code: str, **fields: Any) -> Experiment:
    return experiment(number, value, recipe="script", params={"code": code}, **fields)


def test_code_that_reads_no_added_column_gets_no_further_steps_and_says_nothing_of_them() -> None:
    script = written(4, 0.76, "a")
    history = [*drafts(), script, written(5, 0.76, "a", parent=4, move="add", features=[{"name": "ranks"}])]
    found = moves(history)
    assert list(found.adds(script)) == []
    assert names(list(found.adds(history[2]))) == ["ranks", "pairs", "counts"]


def test_other_code_may_read_what_steps_make() -> None:
    history = [
        *drafts(),
        written(4, 0.76, "a"),
        written(5, 0.76, "a", parent=4, move="add", features=[{"name": "ranks"}]),
    ]
    other = written(6, 0.79, "b", parent=4, move="draft")
    assert names(list(moves([*history, other]).adds(other))) == ["pairs", "counts"]


def test_a_step_is_added_once_in_a_family_whatever_came_of_it() -> None:
    history = [*drafts(), added(4, 0.74, "lightgbm", 3, "ranks")]
    assert names(list(moves(history).adds(history[2]))) == ["pairs", "counts"]


def test_presets_are_tried_in_order_before_parameters_are_searched_for() -> None:
    history = drafts()
    points = []
    for number in range(4, 7):
        found = moves(history)
        proposal = next(chain(found.presets(history[2]), found.tunes(history[2])))
        points.append(proposal.params["x"])
        history.append(experiment(number, 0.7, **dict(proposal)))
    assert points[:2] == [0.25, 0.75]
    assert points[2] not in (0.25, 0.75)


def test_the_step_whose_absence_hurt_most_is_refined_first() -> None:
    both = added(4, 0.80, "lightgbm", 3, "ranks", "pairs")
    without_pairs = experiment(5, 0.70, recipe="lightgbm", parent=4, move="drop", features=[{"name": "ranks"}])
    without_ranks = experiment(6, 0.79, recipe="lightgbm", parent=4, move="drop", features=[{"name": "pairs"}])
    history = [*drafts(), both, without_pairs, without_ranks]
    first = next(iter(moves(history).refines(both)))
    assert [s.title for s in first.features] == ["ranks", "pairs(5)"]


def test_a_parameter_that_made_no_difference_at_all_is_not_refined_again() -> None:
    added_step = added(4, 0.80, "lightgbm", 3, "ranks")
    same = [{"name": "ranks", "params": {"most": 5}}]
    idle = experiment(5, 0.80, recipe="lightgbm", parent=4, move="refine", features=same)
    assert [p.features[0].title for p in moves([*drafts(), added_step]).refines(added_step)] == [
        "ranks(5)",
        "ranks(50)",
    ]
    assert not list(moves([*drafts(), added_step, idle]).refines(added_step))


def test_a_second_level_needs_two_families_and_sees_whole_experiments_only() -> None:
    look = experiment(4, 0.9, recipe="lightgbm", folds=(4,), params={"x": 0.3})
    stacked = [p for p in moves([*drafts(), look]).ranked() if p.move == "stack"]
    assert {p.stack for p in stacked} == {(2, 3)}
    alone = [drafts()[0], drafts()[2], look]
    assert not [p for p in moves(alone).ranked() if p.move == "stack"]


def test_a_second_level_sees_no_model_far_behind() -> None:
    far = [*drafts(), experiment(4, 0.6, recipe="other")]
    RECIPES["other"] = Recipe("other", "other")
    try:
        assert {p.stack for p in moves(far).ranked() if p.move == "stack"} == {(2, 3)}
    finally:
        del RECIPES["other"]


def test_few_rows_are_not_stacked() -> None:
    assert not [p for p in moves(drafts(), rows=200).ranked() if p.move == "stack"]


def test_the_same_members_are_stacked_once_by_each_recipe_and_not_for_ever() -> None:
    history = drafts()
    for number in range(4, 30):
        stacked = [p for p in moves(history).ranked() if p.move == "stack"]
        if not stacked:
            break
        history.append(experiment(number, 0.76, **dict(stacked[0])))
    made = [e.proposal for e in history if e.proposal.stack]
    assert [(p.recipe, bool(p.params)) for p in made] == [("lightgbm", False), ("lightgbm", True), ("linear", True)]
    assert len(made) <= STACKS


def test_stacked_models_are_no_incumbents_of_the_family_of_their_recipe() -> None:
    stacked = experiment(4, 0.9, recipe="lightgbm", stack=(2, 3), move="stack")
    assert moves([*drafts(), stacked]).state.families["boosting"].incumbent.number == 3


def test_each_proposal_of_the_ranking_is_a_change_of_an_incumbent_or_a_stack() -> None:
    ranked = list(moves(drafts()).ranked())
    assert {p.move for p in ranked} >= {"add", "tune", "swap", "stack", "seed"}
    assert all(p.parent in (2, 3) or p.move == "stack" for p in ranked)
    assert all(math.isfinite(p.rows) and p.reason for p in ranked)


def test_a_running_model_is_not_proposed_again() -> None:
    running = experiment(4, status=Status.RUNNING, recipe="xgboost", parent=3, move="swap")
    assert all(p.recipe != "xgboost" for p in moves([*drafts(), running]).ranked())


def transferred(history: Sequence[Experiment]) -> list[tuple[str, str]]:
    return [(p.recipe, p.features[-1].name) for p in moves(history).transfers()]


def test_a_step_that_brought_much_goes_to_all_other_families_even_those_that_have_run_one_fold() -> None:
    history = [*drafts(), experiment(4, 0.72, recipe="script", folds=(4,)), added(5, 0.9, "lightgbm", 3, "counts")]
    assert transferred(history) == [("linear", "counts"), ("script", "counts")]
    assert [p.parent for p in moves(history).transfers()] == [2, 4]


def test_a_step_that_brought_little_or_nothing_certain_goes_nowhere() -> None:
    assert transferred([*drafts(), added(4, 0.753, "lightgbm", 3, "counts")]) == []
    unsure = experiment(4, 0.9, noise=0.5, recipe="lightgbm", parent=3, move="add", features=[{"name": "counts"}])
    assert transferred([*drafts(), unsure]) == []


def test_a_step_goes_to_no_family_that_has_tried_it_or_says_too_little() -> None:
    history = [*drafts(), experiment(4, 0.55, recipe="script", folds=(4,)), added(5, 0.9, "lightgbm", 3, "counts")]
    history.append(added(6, 0.7, "linear", 2, "counts"))
    assert transferred(history) == []


def test_other_steps_stay_out_of_a_transfer() -> None:
    history = [*drafts(), added(4, 0.8, "lightgbm", 3, "counts"), added(5, 0.802, "lightgbm", 4, "counts", "ranks")]
    assert transferred(history) == [("linear", "counts")]
