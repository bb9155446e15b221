from modelwright.records.experiment import Params
from modelwright.records.space import Choice, Real, Space, Whole
from modelwright.strategists.tune import suggest

Trials = list[tuple[Params, float]]
SPACE: Space = {"x": Real(low=0.0, high=1.0), "n": Whole(low=1, high=64, log=True), "c": Choice(values=("a", "b"))}


def test_suggestions_lie_in_the_space() -> None:
    for seed in range(20):
        point = suggest(SPACE, [], seed)
        assert 0 <= float(str(point["x"])) <= 1
        assert point["n"] in range(1, 65)
        assert point["c"] in ("a", "b")


def test_the_same_trials_and_seed_give_the_same_point() -> None:
    tried: Trials = [({"x": 0.1 * k, "n": k, "c": "a"}, 0.1 * k) for k in range(1, 9)]
    assert suggest(SPACE, tried, 3) == suggest(SPACE, tried, 3)


def test_it_learns_where_the_good_points_are() -> None:
    tried: Trials = []
    for k in range(40):
        point = suggest(SPACE, tried, seed=k)
        tried.append((point, -abs(float(str(point["x"])) - 0.9)))
    early, late = (sum(gain for _, gain in part) / 10 for part in (tried[:10], tried[-10:]))
    assert late > early / 2


def test_params_outside_the_space_are_left_out_not_refused() -> None:
    tried: Trials = [({"x": 7.0, "unknown": 1}, 0.5), ({}, 0.6)]
    assert set(suggest(SPACE, tried, 0)) == {"x", "n", "c"}
