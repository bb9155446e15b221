import numpy as np

from modelwright.ensemble.candidates import Candidate, affordable, bill, shortlist

NOTHING = np.zeros(1)


def model(number: int, family: str = "any", score: float = 1.0, **fields: object) -> Candidate:
    return Candidate(number, NOTHING, 1.0, family, dict.fromkeys(range(4), score), **fields)  # type: ignore[arg-type]


def test_the_shortlist_takes_a_few_of_each_family() -> None:
    many = [model(k, "trees", 0.1 + k / 1e6) for k in range(20)] + [model(99, "linear", 3.0)]
    chosen = shortlist(many, [0, 1, 2, 3], higher_is_better=False)
    assert sum(c.family == "trees" for c in chosen) == 5
    assert any(c.family == "linear" for c in chosen)


def test_two_that_do_exactly_alike_are_one() -> None:
    chosen = shortlist([model(1, "trees"), model(2, "trees"), model(3, "linear")], [0, 1], higher_is_better=True)
    assert [c.number for c in chosen] == [1, 3]


def test_the_shortlist_of_some_folds_does_not_look_at_the_others() -> None:
    lucky = Candidate(1, NOTHING, 0.0, "any", {0: 9.0, 1: 0.0})
    steady = Candidate(2, NOTHING, 0.0, "any", {0: 1.0, 1: 1.0})
    assert shortlist([lucky, steady], [0], higher_is_better=False)[0] is steady


def test_models_that_two_are_stacked_on_are_paid_for_once() -> None:
    below = {1: 10.0, 2: 5.0}
    assert bill([model(3, below=below), model(4, below=below), model(1)]) == 1 + 1 + 1 + 5


def test_the_first_is_taken_whatever_it_costs() -> None:
    assert [c.number for c in affordable([model(1, below={9: 50.0}), model(2), model(3)], afford=52.0)] == [1, 2]
    assert [c.number for c in affordable([model(1)], afford=0.0)] == [1]


def test_a_first_member_that_takes_too_long_may_have_cheap_company() -> None:
    first, cheap, dear = (
        Candidate(k, np.zeros(3), cost, "a", {0: 1.0}) for k, cost in ((1, 100.0), (2, 10.0), (3, 40.0))
    )
    assert [c.number for c in affordable([first, dear, cheap], 30.0)] == [1, 2]
    assert [c.number for c in affordable([first, dear, cheap], 150.0)] == [1, 3, 2]
