import math
from collections.abc import Sequence
from typing import Any

import pytest

from modelwright import plugins
from modelwright.records.experiment import DISAGREES, Experiment, Proposal, Status
from modelwright.records.plan import Scheme
from modelwright.records.profile import LabelNoise, Role
from modelwright.records.space import Real
from modelwright.strategists.rules import Rules
from modelwright.testing.records import experiment, plan, problem, profile


class Recipe:
    def __init__(self, name: str, family: str) -> None:
        self.name, self.family = name, family

    def applies(self, _problem: Any, _profile: Any) -> None:
        return None

    def space(self, _problem: Any, _profile: Any) -> dict[str, Real]:
        return {} if self.name == "dummy" else {"x": Real(low=0.0, high=1.0)}


class Step:
    @classmethod
    def applies(cls, _problem: Any, _profile: Any) -> None:
        return None


RECIPES = {n: Recipe(n, f) for n, f in (("dummy", "dummy"), ("a", "A"), ("b", "B"), ("b2", "B"))}


@pytest.fixture(autouse=True)
def _scripted_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"recipes": list(RECIPES), "features": ["dates", "target-encode", "missing"]}
    monkeypatch.setattr(plugins, "names", lambda group: groups[group])
    monkeypatch.setattr(plugins, "load", lambda group, name: RECIPES[name] if group == "recipes" else Step)


def rules(seconds: float = 1.0, left: float = math.inf, repeats: int = 1, **change: Any) -> Rules:
    def cost(p: Proposal, _history: Sequence[Experiment]) -> float:
        return seconds * len(p.folds) * p.rows

    return Rules(
        problem(**change), profile(Role.NUMBER, Role.DATE), plan(repeats=repeats), cost=cost, left=lambda: left
    )


def with_names(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def drafts() -> list[Experiment]:
    return [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.7, recipe="a", features=[{"name": "dates"}]),
        experiment(3, 0.71, recipe="b", features=[{"name": "dates"}]),
    ]


def test_the_dummy_comes_first_and_each_family_is_drafted_once() -> None:
    proposals = rules().propose([], free=5)
    assert [p.recipe for p in proposals] == ["dummy", "a", "b"]
    assert all(p.move == "draft" and p.reason for p in proposals)


def test_dates_get_their_step_in_every_draft() -> None:
    proposals = rules().propose([], free=3)
    assert [s.name for s in proposals[1].features] == ["dates"]


def test_no_step_looks_at_later_rows_where_the_future_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"recipes": list(RECIPES), "features": ["dates", "date-gaps"]}
    monkeypatch.setattr(plugins, "names", lambda group: groups[group])
    forward = Rules(
        problem(),
        profile(Role.NUMBER, Role.DATE),
        plan(scheme=Scheme.ROLLING),
        cost=lambda *_: 1.0,
        left=lambda: math.inf,
    )
    assert [s.name for s in forward.menu.optional] == []
    assert [s.name for s in rules().menu.optional] == ["date-gaps"]


ORDERS = [
    {"name": name, "table": "t", "keys": [["a", "a"]], "many": name != "shops"}
    for name in ("orders", "visits", "shops")
]
FIRST = ["aggregates(orders)", "aggregates(visits)", "dates"]


def with_orders(*titles: str) -> list[Experiment]:
    """A history whose model of family A has the steps named."""
    steps = [{"name": "aggregates", "params": {"relation": t[11:-1]}} if "(" in t else {"name": t} for t in titles]
    return [experiment(1, 0.5, recipe="dummy"), experiment(2, 0.7, recipe="a", features=steps)]


def test_drafts_begin_with_the_aggregates_of_each_table_of_several_rows() -> None:
    proposals = rules(relations=ORDERS).propose([], free=3)
    assert [[s.title for s in p.features] for p in proposals] == [[], FIRST, FIRST]


def test_one_table_s_aggregates_are_dropped_alone_and_come_back_alone() -> None:
    strategist = rules(relations=ORDERS)
    tried = with_orders(*FIRST)
    dropped = {tuple(s.title for s in p.features) for p in strategist.propose(tried, free=60) if p.move == "drop"}
    assert ("aggregates(visits)", "dates") in dropped
    assert ("aggregates(orders)", "dates") in dropped
    lacking = with_orders("aggregates(orders)", "dates")
    added = {tuple(s.title for s in p.features) for p in strategist.propose(lacking, free=60) if p.move == "add"}
    assert ("aggregates(visits)", "aggregates(orders)", "dates") in added


def test_the_same_history_gives_the_same_proposals() -> None:
    assert rules().propose(drafts(), free=2) == rules().propose(drafts(), free=2)


def test_no_proposal_repeats_what_was_tried_or_is_running() -> None:
    history = drafts()
    for number in range(4, 40):
        proposals = rules().propose(history, free=1)
        if not proposals:
            break
        assert not any(e.proposal.same_model(proposals[0]) for e in history)
        history.append(experiment(number, 0.6, **dict(proposals[0])))
    assert len(history) > 20


def test_every_move_changes_one_thing() -> None:
    history = drafts()
    for number in range(4, 25):
        proposal = rules().propose(history, free=1)[0]
        parent = history[proposal.parent - 1].proposal if proposal.parent else None
        if parent:
            changed = [f for f in ("features", "seed", "rows") if getattr(parent, f) != getattr(proposal, f)]
            changed += ["model"] if (parent.recipe, parent.params) != (proposal.recipe, proposal.params) else []
            assert len(changed) == 1, proposal
        history.append(experiment(number, 0.6, **dict(proposal)))


def test_the_search_ends_when_all_families_are_at_their_ceiling() -> None:
    history = drafts()
    for number in range(4, 200):
        proposals = rules().propose(history, free=1)
        if not proposals:
            break
        history.append(experiment(number, 0.6, **dict(proposals[0])))
    else:
        pytest.fail("it never ends")
    assert history[-1].proposal.move == "seed"


def test_a_ceiling_is_remarked_once_for_an_incumbent_with_where_the_search_turns() -> None:
    history = drafts()
    history += [experiment(k, 0.6, recipe="b", params={"x": k / 100}, parent=3, move="tune") for k in range(4, 12)]
    remarks = rules().remarks(history)
    assert list(remarks) == ["ceiling of B at experiment 3"]
    assert "turns to the A family" in remarks["ceiling of B at experiment 3"]
    assert rules().remarks(history[:-1]) == {}


def test_no_ceiling_is_remarked_while_a_change_before_it_still_runs() -> None:
    late = experiment(4, status=Status.RUNNING, recipe="b", params={"x": 0.9}, parent=3, move="tune")
    tried = [experiment(k, 0.6, recipe="b", params={"x": k / 100}, parent=3, move="tune") for k in range(5, 13)]
    assert rules().remarks([*drafts(), late, *tried]) == {}
    assert rules().remarks([*drafts(), *tried]) != {}


def test_what_brought_one_family_much_is_tried_in_the_others_before_anything_else() -> None:
    history = [*drafts(), experiment(4, 0.8, recipe="b", parent=3, move="add", features=with_names("dates", "missing"))]
    first = rules().propose(history, free=1)[0]
    assert (first.recipe, first.move, [s.name for s in first.features]) == ("a", "add", ["dates", "missing"])


def test_a_draft_that_took_too_long_is_tried_on_fewer_rows() -> None:
    history = [*drafts()[:2], experiment(3, status=Status.TIMEOUT, recipe="b")]
    repair = rules().propose(history, free=1)[0]
    assert (repair.move, repair.recipe, repair.parent) == ("repair", "b", 3)
    assert repair.rows < 0.5


def test_a_draft_whose_predictions_are_not_those_of_training_is_repaired_in_full_precision() -> None:
    failed = experiment(
        3, status=Status.INVALID, recipe="b", error=f"{DISAGREES}: they are off by 0.02", params={"x": 1}
    )
    repair = rules().propose([*drafts()[:2], failed], free=1)[0]
    assert (repair.move, repair.params) == ("repair", {"x": 1, "precision": "full"})
    assert "full precision" in repair.reason


def test_a_failed_draft_is_repaired_twice_at_most() -> None:
    history = drafts()[:2]
    features = [{"name": "dates"}]
    history.append(experiment(3, status=Status.FAILED, recipe="b", features=features))
    history.append(experiment(4, status=Status.FAILED, recipe="b", features=features, move="repair", parent=3))
    history.append(experiment(5, status=Status.FAILED, recipe="b", move="repair", parent=4))
    assert all(p.move != "repair" for p in rules().propose(history, free=5))


def test_an_expensive_model_gets_a_first_look_on_one_fold() -> None:
    proposals = rules(seconds=10.0, left=300.0).propose([experiment(1, 0.5, recipe="dummy")], free=2)
    assert all(len(p.folds) == 1 for p in proposals)


def test_a_model_too_slow_for_the_time_left_is_drafted_on_fewer_rows() -> None:
    proposals = rules(seconds=100.0, left=60.0).propose([experiment(1, 0.5, recipe="dummy")], free=1)
    assert proposals[0].rows < 1
    assert 100.0 * proposals[0].rows < 60


def test_a_promising_look_is_extended_fold_by_fold_where_folds_cost_much() -> None:
    history = [experiment(1, 0.5, recipe="dummy"), experiment(2, 0.72, recipe="a", folds=(4,)), *drafts()[2:]]
    proposals = rules(seconds=5.0, left=300.0).propose(history, free=3)
    extended = [(p.recipe, p.parent, p.folds) for p in proposals if p.move == "extend"]
    assert extended == [("a", 2, (3,)), ("a", 2, (2,)), ("a", 2, (1,))]


def test_nothing_is_proposed_when_nothing_fits() -> None:
    assert rules(seconds=100.0, left=5.0).propose(drafts(), free=2) == []


def test_a_free_slot_runs_another_fold_of_the_only_model_there_is() -> None:
    history = [experiment(1, 0.5, recipe="dummy"), experiment(2, status=Status.RUNNING, recipe="a", folds=(4,))]
    RECIPES["b"].applies = RECIPES["b2"].applies = lambda _problem, _profile: "not here"  # type: ignore[method-assign]
    try:
        spare = rules(seconds=20.0, left=300.0).propose(history, free=1)
    finally:
        del RECIPES["b"].applies, RECIPES["b2"].applies
    assert [(p.recipe, p.folds) for p in spare] == [("a", (3,))]


def look(number: int, value: float, fold: int, **change: Any) -> Experiment:
    return experiment(number, value, recipe="a", folds=(fold,), params={"k": 1}, **change)


def test_cheap_folds_are_run_all_at_once() -> None:
    history = [experiment(1, 0.5, recipe="dummy"), look(2, 0.72, 4), *drafts()[2:]]
    extend = next(p for p in rules(seconds=1.0, left=300.0).propose(history, free=3) if p.move == "extend")
    assert extend.folds == (0, 1, 2, 3, 4)


def test_folds_of_a_costly_model_far_behind_wait_for_better_ideas() -> None:
    history = [experiment(1, 0.5, recipe="dummy"), look(2, 0.62, 4), *drafts()[2:]]
    moves = [p.move for p in rules(seconds=5.0, left=300.0).propose(history, free=60)]
    assert moves.index("extend") > moves.index("add")


@pytest.mark.parametrize(("value", "seconds", "first"), [(0.71, 5.0, True), (0.62, 5.0, False), (0.71, 30.0, False)])
def test_a_family_as_good_as_the_leader_is_completed_before_steps_that_brought_others_much(
    value: float, seconds: float, first: bool
) -> None:
    gained = experiment(4, 0.8, recipe="b", features=with_names("dates", "missing"), parent=3, move="add")
    before = experiment(3, 0.5, recipe="b", features=with_names("dates"))
    tie = experiment(2, value + 0.09, recipe="a", folds=(4,), params={"k": 1}, noise=0.03)
    proposals = rules(seconds=seconds, left=300.0).propose(
        [experiment(1, 0.4, recipe="dummy"), before, gained, tie], free=1
    )
    assert (proposals[0].move == "extend") is first


@pytest.mark.parametrize(("value", "first"), [(0.71, "a"), (0.6, "b")])
def test_a_quick_model_level_with_a_leader_that_takes_long_is_completed_before_it(
    monkeypatch: pytest.MonkeyPatch, value: float, first: str
) -> None:
    for name in ("b", "b2"):
        monkeypatch.setattr(RECIPES[name], "patient", True, raising=False)
    history = [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, value, recipe="a", folds=(4,), noise=0.03),
        experiment(3, 0.72, recipe="b", folds=(4,), noise=0.03),
    ]

    def cost(p: Proposal, _history: Sequence[Experiment]) -> float:
        return (5.0 if p.recipe == "a" else 30.0) * len(p.folds)

    strategist = Rules(problem(), profile(Role.NUMBER, Role.DATE), plan(), cost=cost, left=lambda: 300.0)
    (proposal,) = strategist.propose(history, free=1)
    assert (proposal.recipe, proposal.move) == (first, "extend")


def test_folds_that_were_run_one_by_one_are_put_together() -> None:
    pieces = [look(2, 0.7, 4), *(look(7 - k, 0.7, k, move="extend", parent=2) for k in range(4))]
    proposals = rules(seconds=5.0, left=300.0).propose([experiment(1, 0.5, recipe="dummy"), *pieces], free=3)
    assert [p.folds for p in proposals if p.move == "extend"] == [(0, 1, 2, 3, 4)]


def test_folds_for_which_there_is_no_time_are_left_out() -> None:
    pieces = [look(2, 0.7, 4), look(3, 0.7, 3, move="extend", parent=2)]
    proposals = rules(seconds=20.0, left=22.0).propose([experiment(1, 0.5, recipe="dummy"), *pieces], free=3)
    assert [p.folds for p in proposals if p.move == "extend"] == [(3, 4)]


@pytest.mark.parametrize(("left", "folds"), [(22.0, (3, 4)), (300.0, (2,))])
def test_what_cannot_be_completed_is_put_together_before_cheap_ideas_use_up_the_time(
    left: float, folds: tuple[int, ...]
) -> None:
    pieces = [look(2, 0.7, 4), look(3, 0.7, 3, move="extend", parent=2)]

    def cost(p: Proposal, _history: Sequence[Experiment]) -> float:
        return 20.0 * len(p.folds) if p.recipe == "a" else 0.1

    strategist = Rules(problem(), profile(Role.NUMBER, Role.DATE), plan(), cost=cost, left=lambda: left)
    history = [experiment(1, 0.5, recipe="dummy"), *pieces, experiment(4, 0.6, recipe="b")]
    (first,) = strategist.propose(history, free=1)
    assert (first.recipe, first.move, first.folds) == ("a", "extend", folds)


def test_a_model_that_falls_behind_on_the_way_is_left_there() -> None:
    ahead, behind = look(4, 0.72, 4, parent=2, move="tune"), look(5, 0.6, 3, parent=4, move="extend")
    whole = [*drafts(), ahead]
    strategist = rules(seconds=5.0, left=300.0)
    assert any(p.move == "extend" for p in strategist.propose(whole, free=3))
    assert not any(p.move == "extend" for p in strategist.propose([*whole, behind], free=3))


def test_further_repeats_are_for_models_that_do_well() -> None:
    history = [
        experiment(1, 0.5, recipe="dummy", folds=range(10)),
        experiment(2, 0.70, recipe="a"),
        experiment(3, 0.65, recipe="a", params={"x": 0.1}, parent=2, move="tune"),
        experiment(4, 0.55, recipe="b"),
    ]
    proposals = rules(seconds=0.1, left=300.0, repeats=2).propose(history, free=9)
    extended = [(p.parent, len(p.folds)) for p in proposals if p.move == "extend"]
    assert extended == [(2, 10)]  # neither what lags in its family nor a family that hardly beats the dummy
    assert all(len(p.folds) == 5 for p in proposals if p.move != "extend")


def test_what_is_not_behind_an_incumbent_is_taken_to_further_repeats_once() -> None:
    history = [
        experiment(1, 0.5, recipe="dummy", folds=range(10)),
        experiment(2, 0.70, recipe="a"),
        experiment(3, 0.70, recipe="a", folds=range(10), parent=2, move="extend"),
        experiment(4, 0.6999, recipe="a", params={"x": 0.1}, parent=3, move="tune", shift=3.0, noise=0.05),
        experiment(5, 0.55, recipe="b"),
    ]
    first = rules(seconds=0.1, left=300.0, repeats=2).propose(history, free=1)[0]
    assert (first.move, first.parent, first.params, len(first.folds)) == ("extend", 4, {"x": 0.1}, 10)
    done = experiment(6, 0.70, recipe="a", params={"x": 0.1}, parent=4, move="extend", folds=range(10))
    assert all(p.move != "extend" for p in rules(seconds=0.1, left=300.0, repeats=2).propose([*history, done], free=9))


def test_by_count_new_models_run_all_repeats_at_once() -> None:
    assert all(len(p.folds) == 10 for p in rules(seconds=0.1, repeats=2).propose(drafts()[:1], free=2))


def test_a_costly_model_of_a_large_table_is_shrunk_once_however_the_time_left_changes() -> None:
    history = [experiment(1, 0.5, recipe="dummy"), look(2, 0.72, 4), *drafts()[2:]]

    def shrunk(seen: list[Experiment]) -> list[tuple[int | None, float]]:
        strategist = rules(seconds=50.0, left=300.0)
        strategist.pace.enough = 0.02  # as of a million rows
        return [(p.parent, p.rows) for p in strategist.propose(seen, free=60) if p.move == "shrink"]

    ((parent, rows),) = shrunk(history)
    assert parent == 2
    assert rows < 0.5
    tried = experiment(4, status=Status.FAILED, recipe="a", params={"k": 1}, rows=0.3, move="shrink", parent=2)
    assert shrunk([*history, tried]) == []


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A recipe that says that it is worth a wait."""
    made: Any = Recipe("deep", "deep")
    made.patient = True
    monkeypatch.setitem(RECIPES, "deep", made)
    return made


def test_another_fold_of_a_model_worth_a_wait_runs_beside_the_first(monkeypatch: pytest.MonkeyPatch, deep: Any) -> None:
    monkeypatch.setattr("modelwright.strategists.rules.device", lambda: "cpu")
    waiting = rules(left=300.0)
    waiting.menu.recipes["deep"] = deep
    history = [*drafts(), experiment(9, status=Status.RUNNING, recipe="deep", folds=(4,))]
    proposed = waiting.propose(history, free=1)[0]
    assert (proposed.recipe, proposed.move, proposed.folds, proposed.parent) == ("deep", "extend", (3,), 9)


def test_two_models_do_not_share_a_gpu(monkeypatch: pytest.MonkeyPatch, deep: Any) -> None:
    monkeypatch.setattr("modelwright.strategists.rules.device", lambda: "cuda")
    waiting = rules()
    waiting.menu.recipes["deep"] = deep
    history = [*drafts(), experiment(9, status=Status.RUNNING, recipe="deep", folds=(4,))]
    assert all(p.recipe != "deep" for p in waiting.propose(history, free=4))


class TestPilots:
    """A model worth a wait whose fold would take 60 of 300 seconds, on a table of many rows."""

    @pytest.fixture(autouse=True)
    def _setting(self, monkeypatch: pytest.MonkeyPatch, deep: Any) -> None:
        monkeypatch.setattr("modelwright.strategists.rules.device", lambda: "cpu")
        deep.presets = lambda _problem, _profile: [{"x": 1}, {"x": 2}]
        self.rules = rules(seconds=60.0, left=300.0)
        self.rules.pace.rows = 100_000
        self.rules.menu.recipes["deep"] = deep
        self.before = [*drafts(), experiment(8, 0.7, recipe="b")]

    def deep(self, *pilots: Experiment, free: int = 1) -> list[Proposal]:
        found = self.rules.propose([*self.before, *pilots], free=free)
        return [p for p in found if p.recipe == "deep"]

    @staticmethod
    def pilot(number: int, value: float | None, **fields: Any) -> Experiment:
        return experiment(number, value, recipe="deep", move="pilot", rows=0.2, folds=(4,), **fields)

    def test_it_is_tried_out_on_few_rows_first(self) -> None:
        (first,) = self.deep()
        assert (first.move, first.folds, first.params) == ("pilot", (4,), {})
        assert first.rows == pytest.approx(0.2)
        assert not first.for_answer

    def test_then_its_settings_on_as_few_rows(self) -> None:
        found = self.deep(self.pilot(9, 0.7), free=2)
        assert [(p.move, p.params, p.parent, p.rows) for p in found] == [
            ("pilot", {"x": 1}, 9, 0.2),
            ("pilot", {"x": 2}, 9, 0.2),
        ]

    def test_while_a_pilot_runs_the_whole_waits(self) -> None:
        running = self.pilot(11, None, status=Status.RUNNING, params={"x": 2}, parent=9)
        assert self.deep(self.pilot(9, 0.7), self.pilot(10, 0.7, params={"x": 1}, parent=9), running, free=4) == []

    @pytest.mark.parametrize(("second", "params"), [(0.75, {"x": 2}), (0.7, {})])
    def test_the_whole_is_set_up_as_the_pilot_that_was_better_than_noise(
        self, second: float, params: dict[str, int]
    ) -> None:
        pilots = [self.pilot(9, 0.7), self.pilot(10, 0.7, params={"x": 1}, parent=9)]
        (draft,) = self.deep(*pilots, self.pilot(11, second, params={"x": 2}, parent=9))
        assert (draft.move, draft.params, draft.rows) == ("draft", params, 1.0)

    @pytest.mark.parametrize(("value", "params"), [(0.8, {"x": 1, "y": 2}), (0.74, {"y": 2})])
    def test_settings_that_are_better_alone_are_tried_together(self, value: float, params: dict[str, int]) -> None:
        self.rules.menu.recipes["deep"].presets = lambda _problem, _profile: [{"x": 1}, {"y": 2}]  # type: ignore[attr-defined]
        pilots = [self.pilot(9, 0.7), self.pilot(10, 0.73, params={"x": 1}, parent=9)]
        pilots.append(self.pilot(11, 0.75, params={"y": 2}, parent=9))
        (both,) = self.deep(*pilots)
        assert (both.move, both.params, both.parent) == ("pilot", {"x": 1, "y": 2}, 9)
        (draft,) = self.deep(*pilots, self.pilot(12, value, params=dict(both.params), parent=9))
        assert (draft.move, draft.params) == ("draft", params)

    def test_a_pilot_that_fails_does_not_stop_the_whole(self) -> None:
        (draft,) = self.deep(self.pilot(9, None, status=Status.FAILED))
        assert draft.move == "draft"

    def test_what_takes_little_needs_none(self) -> None:
        quick = rules(seconds=1.0, left=300.0)
        quick.pace.rows = 100_000
        quick.menu.recipes["deep"] = self.rules.menu.recipes["deep"]
        found = [p for p in quick.propose(self.before, free=1) if p.recipe == "deep"]
        assert [p.move for p in found] == ["draft"]


class Elastic:
    """Models that take as many seconds as their size says."""

    name, family, patient = "deep", "deep", True

    def applies(self, _problem: Any, _profile: Any) -> None:
        return None

    def space(self, _problem: Any, _profile: Any) -> dict[str, Real]:
        return {}

    def trials(self, _problem: Any, _profile: Any) -> list[dict[str, Any]]:
        return [{"mirror": True}]

    def within(self, _problem: Any, _profile: Any, _rows: int, seconds: float) -> dict[str, Any]:
        return {"size": max(2.0, round(seconds, 1))}


class TestModelsMadeToFit:
    """A model of any size, four slots, five folds, and 1,000 seconds; each second guessed takes two."""

    @pytest.fixture(autouse=True)
    def _setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("rules", "pace"):
            monkeypatch.setattr(f"modelwright.strategists.{module}.device", lambda: "cpu")
        made: Any = Elastic()
        monkeypatch.setitem(RECIPES, "deep", made)

        def cost(p: Proposal, _history: Sequence[Experiment]) -> float:
            return 2.0 * float(p.params.get("size", 1.0)) * len(p.folds)  # type: ignore[arg-type]

        self.rules = Rules(problem(), profile(Role.NUMBER), plan(), cost=cost, left=lambda: 1000.0, slots=4)
        self.rules.menu.recipes["deep"] = made
        self.before = [*drafts(), experiment(8, 0.7, recipe="b")]

    def deep(self, *pilots: Experiment, free: int = 1) -> list[Proposal]:
        return [p for p in self.rules.propose([*self.before, *pilots], free=free) if p.recipe == "deep"]

    @staticmethod
    def pilot(number: int, value: float | None, **fields: Any) -> Experiment:
        return experiment(number, value, recipe="deep", move="pilot", folds=(4,), **fields)

    def test_a_pilot_is_small_and_on_all_rows(self) -> None:
        (first,) = self.deep()
        assert (first.move, first.rows, first.folds) == ("pilot", 1.0, (4,))
        assert 2 * first.params["size"] == pytest.approx(0.04 * 1000, rel=0.3)  # type: ignore[operator]

    def test_what_a_short_training_can_tell_is_tried_at_the_same_size(self) -> None:
        (second,) = self.deep(self.pilot(9, 0.7, params={"size": 20.0}))
        assert (second.move, second.params) == ("pilot", {"size": 20.0, "mirror": True})

    @pytest.mark.parametrize(("value", "settings"), [(0.75, {"mirror": True}), (0.7, {})])
    def test_the_draft_is_as_large_as_all_folds_and_a_refit_allow(self, value: float, settings: dict[str, Any]) -> None:
        pilots = [self.pilot(9, 0.7, params={"size": 20.0})]
        pilots.append(self.pilot(10, value, params={"size": 20.0, "mirror": True}, parent=9))
        (draft,) = self.deep(*pilots)
        size = draft.params["size"]
        assert draft.params == {"size": size, **settings}
        # two rounds of four slots, and the refit
        assert 2 * size == pytest.approx(0.25 * 1000, rel=0.3)  # type: ignore[operator]

    @pytest.mark.parametrize(("seconds", "refits"), [(12.0, 0), (2.0, 2)])
    def test_where_few_epochs_fit_the_time_of_refits_goes_to_longer_training(
        self, monkeypatch: pytest.MonkeyPatch, seconds: float, refits: int
    ) -> None:
        def within(_problem: Any, _profile: Any, _rows: int, given: float) -> dict[str, Any]:
            return {"size": max(2.0, round(given, 1)), "epochs": int(given / seconds)}

        made: Any = self.rules.menu.recipes["deep"]
        monkeypatch.setattr(made, "within", within, raising=False)
        draft = self.rules._pilots._whole(Proposal(recipe="deep"), self.rules._state(self.before))
        share = self.rules.pace.draft_share(refits)
        assert 2 * draft.params["size"] == pytest.approx(share * 1000, rel=0.3)  # type: ignore[operator]
        assert share < self.rules.pace.draft_share(0) or refits == 0

    def test_a_draft_as_small_as_its_pilot_is_run_all_the_same(self) -> None:
        pilots = [self.pilot(9, 0.7, params={"size": 20.0})]
        pilots.append(self.pilot(10, 0.6, params={"size": 20.0, "mirror": True}, parent=9))
        made: Any = self.rules.menu.recipes["deep"]
        made.within = lambda *_: {"size": 20.0}
        (draft,) = self.deep(*pilots)
        assert (draft.move, draft.params, draft.folds) == ("draft", {"size": 20.0}, (4,))

    def test_it_is_half_as_large_where_that_is_enough(self) -> None:
        self.rules.menu.recipes["deep"].enough = lambda params: params["size"] > 50  # type: ignore[attr-defined]
        pilots = [self.pilot(9, 0.7, params={"size": 20.0})]
        pilots.append(self.pilot(10, 0.7, params={"size": 20.0, "mirror": True}, parent=9))
        (draft,) = self.deep(*pilots)
        assert 2 * draft.params["size"] == pytest.approx(0.125 * 1000, rel=0.3)  # type: ignore[operator]

    def late(self, left: float, *more: Experiment) -> list[Proposal]:
        """What is proposed when so much time is left and one fold of a draft has taken 350 seconds."""
        self.rules.pace.left = lambda: left
        look = experiment(9, 0.9, recipe="deep", params={"size": 175.0, "mirror": True}, move="draft", folds=(4,))
        return list(self.rules._pilots.shorter(self.rules._state([*self.before, look, *more])))

    def test_a_draft_whose_other_folds_do_not_fit_any_more_is_trained_less_on_all_of_them(self) -> None:
        found = self.late(300.0)
        assert [p.folds for p in found] == [(4,), (3,), (2,), (1,), (0,)]
        assert {(p.move, p.parent, p.params["mirror"]) for p in found} == {("draft", 9, True)}
        assert 2 * found[0].params["size"] == pytest.approx(0.4 * 300, rel=0.3)  # type: ignore[operator]
        begun = experiment(10, 0.8, **found[0].model_dump(include={"recipe", "params", "move", "folds", "parent"}))
        assert [p.folds for p in self.late(200.0, begun)] == [(3,), (2,), (1,), (0,)]

    def test_a_draft_that_has_time_for_its_folds_is_left_alone(self) -> None:
        assert self.late(500.0) == []

    def test_a_draft_of_no_use_is_not_tried_shorter(self) -> None:
        useless = experiment(9, 0.51, recipe="deep", params={"size": 175.0}, move="draft", folds=(4,))
        self.rules.pace.left = lambda: 300.0
        assert list(self.rules._pilots.shorter(self.rules._state([*self.before, useless]))) == []

    def test_a_draft_with_most_of_its_folds_is_not_begun_anew(self) -> None:
        fields = {"recipe": "deep", "params": {"size": 175.0, "mirror": True}, "move": "draft"}
        assert self.late(300.0, *(experiment(10 + k, 0.9, folds=(k,), **fields) for k in (1, 2))) == []

    def test_a_setting_is_one_change_of_the_incumbent(self) -> None:
        parent = Proposal(recipe="deep", params={"size": 9.0, "mirror": False})
        assert self.rules.menu.changed(parent, {"mirror": True}) == {"size": 9.0, "mirror": True}
        assert self.rules.menu.changed(Proposal(recipe="a", params={"k": 1}), {"l": 2}) == {"l": 2}

    def test_what_time_is_left_goes_to_another_seed_trained_less(self) -> None:
        leader = experiment(9, 0.9, recipe="deep", params={"size": 350.0, "epochs": 40})
        state = self.rules._state([*self.before, leader])
        again = list(self.rules._pilots.again(state, seed=0))
        assert [p.folds for p in again] == [(4,), (3,), (2,), (1,), (0,)]
        assert {(p.move, p.seed, p.params["size"]) for p in again} == {("seed", 1, 350.0)}
        assert 10 <= again[0].params["epochs"] < 40  # type: ignore[operator]
        begun = experiment(10, 0.8, **again[0].model_dump(include={"recipe", "params", "seed", "move", "folds"}))
        self.rules.pace.left = lambda: 400.0
        state = self.rules._state([*self.before, leader, begun])
        assert [p.model for p in self.rules._pilots.again(state, seed=0)] == [again[0].model] * 5
        self.rules.pace.left = lambda: 100.0
        assert list(self.rules._pilots.again(self.rules._state([*self.before, leader]), seed=0)) == []

    @pytest.mark.parametrize(("left", "waits"), [(1000.0, True), (10_000.0, False)])
    def test_small_ideas_wait_for_it_once_no_change_of_the_leader_fits(self, left: float, waits: bool) -> None:
        leader = experiment(9, 0.9, recipe="deep", params={"size": 350.0, "epochs": 40}, move="extend")
        self.rules.pace.left = lambda: left
        ideas = list(self.rules._ideas(self.rules._state([*self.before, leader])))
        seed = next(k for k, p in enumerate(ideas) if p.move == "seed")
        small = [k for k, p in enumerate(ideas) if p.move not in ("seed", "add", "draft") and p.recipe != "deep"]
        assert small
        assert (seed < min(small)) is waits

    @pytest.mark.parametrize("share", [0.15, 0.02])
    def test_that_other_seed_doubts_labels_where_they_seem_wrong(self, share: float) -> None:
        def presets(_problem: Any, table: Any) -> list[dict[str, str]]:
            noisy = table.noise is not None and table.noise.likely
            return [{"x": "doubt"}, {"x": "usual"}] if noisy else [{"x": "usual"}, {"x": "doubt"}]

        self.rules.menu.recipes["deep"].presets = presets  # type: ignore[attr-defined]
        leader = experiment(9, 0.9, recipe="deep", params={"size": 350.0, "epochs": 40})
        assert leader.score
        noise = LabelNoise(share=share, error=0.02, rows=100, how="scripted")
        noisy = leader.model_copy(update={"score": leader.score.model_copy(update={"noise": noise})})
        first = next(self.rules._pilots.again(self.rules._state([*self.before, noisy]), seed=0))
        assert first.params.get("x") == ("doubt" if share > 0.1 else None)
        assert ("with x doubt" in first.reason) is (share > 0.1)

    def test_where_the_least_takes_much_there_is_no_pilot(self) -> None:
        self.rules.pace.left = lambda: 30.0
        (draft,) = self.deep()
        assert draft.move == "draft"

    def test_no_other_fold_runs_beside_a_pilot(self) -> None:
        running = self.pilot(9, None, params={"size": 20.0}, status=Status.RUNNING)
        assert self.deep(running, free=4) == []


def test_the_first_step_is_tried_on_the_leader_before_other_moves_are_weighed() -> None:
    asked = rules(left=100.0, seconds=0.1)
    whole = [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.7, recipe="a", features=[{"name": "dates"}]),
        experiment(3, 0.8, recipe="b", features=[{"name": "dates"}]),
    ]
    first = asked.propose(whole, free=1)[0]
    assert (first.move, first.recipe, first.parent) == ("add", "b", 3)
    tried = experiment(4, 0.8, recipe="b", move="add", parent=3, features=[{"name": "dates"}, {"name": "missing"}])
    assert not list(asked._first_step(asked._state([*whole, tried]), None))  # type: ignore[arg-type]


@pytest.mark.parametrize(("share", "first"), [(0.15, "doubt"), (0.02, "usual")])
def test_where_labels_seem_wrong_a_recipes_settings_come_in_another_order_and_the_journal_says_why(
    monkeypatch: pytest.MonkeyPatch, share: float, first: str
) -> None:
    doubting = Recipe("a", "A")

    def presets(_problem: Any, table: Any) -> list[dict[str, str]]:
        noisy = table.noise is not None and table.noise.likely
        return [{"x": "doubt"}, {"x": "usual"}] if noisy else [{"x": "usual"}, {"x": "doubt"}]

    doubting.presets = presets  # type: ignore[attr-defined]
    monkeypatch.setitem(RECIPES, "a", doubting)
    done = experiment(2, 0.7, recipe="a")
    assert done.score
    noise = LabelNoise(share=share, error=0.02, rows=100, how="scripted")
    noisy = done.model_copy(update={"score": done.score.model_copy(update={"noise": noise})})
    history = [experiment(1, 0.5, recipe="dummy"), noisy, experiment(3, 0.69, recipe="b")]
    found = [p for p in rules().propose(history, free=9) if p.move == "preset" and p.recipe == "a"]
    assert found[0].params == {"x": first}
    told = rules().remarks(history)
    assert ("wrong labels" in told) is (first == "doubt")


class TestBeforeTuning:
    """Two models of columns, and an encoder of texts that may be fine-tuned, which takes long."""

    @pytest.fixture(autouse=True)
    def _setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        groups = {"recipes": [*RECIPES, "tuned"], "features": ["missing", "text-embeddings"]}
        made: Any = Recipe("tuned", "transformer")
        made.patient = True
        monkeypatch.setitem(RECIPES, "tuned", made)
        monkeypatch.setattr(plugins, "names", lambda group: groups[group])
        self.rules = rules(left=1000.0)
        self.rules.progress = lambda: 0.1

    def next(self, history: Sequence[Experiment]) -> tuple[str, str, list[str]]:
        (found,) = self.rules.propose(history, free=1)
        return found.recipe, found.move, [s.name for s in found.features]

    @staticmethod
    def plain() -> list[Experiment]:
        return [e.model_copy(update={"proposal": e.proposal.model_copy(update={"features": ()})}) for e in drafts()]

    @staticmethod
    def embedded(number: int, value: float, recipe: str, folds: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Experiment:
        features = with_names("text-embeddings")
        return experiment(number, value, recipe=recipe, folds=folds, features=features, move="add", parent=3)

    def test_the_frozen_encoder_goes_first(self) -> None:
        assert self.next(self.plain()) == ("b", "add", ["text-embeddings"])

    def test_where_it_looks_good_it_runs_all_folds_and_then_goes_to_the_others(self) -> None:
        look = self.embedded(4, 0.8, "b", (4,))
        assert self.next([*self.plain(), look]) == ("b", "extend", ["text-embeddings"])
        whole = self.embedded(5, 0.8, "b")
        assert self.next([*self.plain(), look, whole]) == ("a", "add", ["text-embeddings"])

    def test_later_only_the_leader_is_completed_before_the_tuning_begins(self) -> None:
        self.rules.progress = lambda: 0.3
        look = self.embedded(4, 0.8, "b", (4,))
        assert self.next(self.plain()) == ("b", "add", ["text-embeddings"])
        assert self.next([*self.plain(), look]) == ("b", "extend", ["text-embeddings"])
        behind = self.embedded(5, 0.75, "a", (4,))
        assert self.next([*self.plain(), self.embedded(4, 0.8, "b"), behind])[0] == "tuned"

    def test_where_it_is_no_help_or_has_gone_everywhere_the_tuning_begins(self) -> None:
        assert self.next([*self.plain(), self.embedded(4, 0.6, "b")])[0] == "tuned"
        everywhere = [self.embedded(4, 0.8, "b"), self.embedded(5, 0.8, "a")]
        assert self.next([*self.plain(), *everywhere])[0] == "tuned"
