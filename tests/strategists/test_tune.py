from modelwright.records.space import Choice, Real, Space, Whole
from modelwright.strategists.tune import suggest
from modelwright.testing.records import experiment

SPACE: Space = {"x": Real(low=0.0, high=1.0), "n": Whole(low=1, high=64, log=True), "c": Choice(values=("a", "b"))}


def test_suggestions_lie_in_the_space() -> None:
    for seed in range(20):
        point = suggest(SPACE, {}, [], seed, higher_is_better=True)
        assert 0 <= float(str(point["x"])) <= 1
        assert point["n"] in range(1, 65)
        assert point["c"] in ("a", "b")


def test_the_same_trials_and_seed_give_the_same_point() -> None:
    tried = [experiment(k, 0.1 * k, params={"x": 0.1 * k, "n": k, "c": "a"}) for k in range(1, 9)]
    assert suggest(SPACE, {}, tried, 3, higher_is_better=True) == suggest(SPACE, {}, tried, 3, higher_is_better=True)


def test_it_learns_where_the_good_points_are() -> None:
    tried = []
    for k in range(40):
        point = suggest(SPACE, {}, tried, seed=k, higher_is_better=False)
        tried.append(experiment(k, abs(float(str(point["x"])) - 0.9), params=point))
    early = sum(abs(float(str(e.proposal.params["x"])) - 0.9) for e in tried[:10]) / 10
    late = sum(abs(float(str(e.proposal.params["x"])) - 0.9) for e in tried[-10:]) / 10
    assert late < early / 2


def test_params_outside_the_space_are_left_out_not_refused() -> None:
    tried = [experiment(1, 0.5, params={"x": 7.0, "unknown": 1}), experiment(2, 0.6, params={})]
    assert set(suggest(SPACE, {}, tried, 0, higher_is_better=True)) == {"x", "n", "c"}
