"""On simulated tasks the chosen plan's estimate holds on truly new rows, and that of random folds does not."""

import pytest

from modelwright.testing import simulated
from modelwright.testing.honesty import both

pytestmark = pytest.mark.slow

SEED = 2  # one of those that `benchmarks/splits.py` goes through; about one estimate in twenty is off by chance
OPTIMISTIC = [name for name in simulated.ALL if not simulated.ALL[name](SEED).honest]


@pytest.mark.parametrize("name", OPTIMISTIC)
def test_the_chosen_plan_keeps_its_promise_on_new_rows_and_random_folds_do_not(name: str) -> None:
    task = simulated.ALL[name](SEED)
    chosen, naive = both(task)
    assert chosen.plan.scheme in task.schemes
    assert chosen.left_out == (("hint",) if name == "leak" else ())
    assert chosen.off <= 2
    assert naive.off > 2
    worse = naive.value > naive.new if task.metric == "auc" else naive.value < naive.new
    assert worse, "random folds promise too much"


@pytest.mark.parametrize("name", [name for name in simulated.ALL if name not in OPTIMISTIC])
def test_where_the_test_rows_are_a_random_draw_random_folds_are_chosen_and_right(name: str) -> None:
    task = simulated.ALL[name](SEED)
    chosen, _ = both(task)
    assert chosen.plan.scheme in task.schemes
    assert chosen.left_out == ()
    assert chosen.off <= 2
