import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelwright import crossing

RNG = np.random.default_rng(0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=60), st.integers(1, 4))
def test_a_cell_is_a_combination_that_stands_often_enough(rows: list[tuple[int, int]], least: int) -> None:
    codes = np.array(rows)
    cross = crossing.Cross.of(codes, (0, 1), (4, 5), least)
    cells = cross.cells(codes)
    for row, cell in zip(rows, cells, strict=True):
        assert (cell < cross.size - 1) == (rows.count(row) >= least)
        if cell < cross.size - 1:
            assert cross.counts[cell] == rows.count(row)
    assert cross.counts.sum() == len(rows)


def test_a_combination_never_seen_is_in_the_last_cell() -> None:
    cross = crossing.Cross.of(np.array([[0, 0], [0, 0], [1, 1]]), (0, 1), (3, 3), 2)
    assert cross.cells(np.array([[0, 0], [1, 1], [2, 2], [0, 1]])).tolist() == [0, 1, 1, 1]


@given(st.integers(0, 39))
def test_the_target_of_a_row_says_nothing_about_its_own_step(row: int) -> None:
    cells = np.arange(40) % 7
    target = RNG.normal(size=40)
    changed = target.copy()
    changed[row] += 100.0
    first, second = (crossing.steps(cells, 7, t, np.ones(40), 1.0) for t in (target, changed))
    assert np.isclose(first[row], second[row])
    assert not np.allclose(first[cells == cells[row]], second[cells == cells[row]])


def test_combinations_that_say_what_a_part_of_them_does_are_no_candidates() -> None:
    a, b = RNG.integers(0, 8, (2, 500))
    codes = np.column_stack([a, b, a // 2])  # the third follows from the first
    found = crossing.candidates(codes, (8, 8, 4), (0, 1, 2), 3)
    assert (0, 1) in found
    assert (1, 2) in found
    assert (0, 2) not in found
    assert (0, 1, 2) not in found


def test_a_constant_is_no_candidate_nor_are_keys_too_large_for_a_number() -> None:
    codes = np.column_stack([np.zeros(100, dtype=int), np.arange(100), np.arange(100) % 9])
    assert crossing.candidates(codes, (1, 100, 9), (0, 1, 2), 2) == [(1,), (2,)]
    assert (1, 2) not in crossing.candidates(codes[:, [2, 1, 2]] % 7, (2**40, 2**40, 2**40), (0, 1, 2), 2)


def test_a_combination_that_tells_something_gains_and_noise_does_not() -> None:
    cells, noise = RNG.integers(0, 20, (2, 4000))
    target = (RNG.random(4000) < np.linspace(0.1, 0.9, 20)[cells]).astype(float)
    known = crossing.Known([crossing.start(target, "logistic")], [target], "logistic")
    assert crossing.gain(cells, 20, known) > 0.1
    assert crossing.gain(noise, 20, known) < 0.005
    assert crossing.gain(np.arange(4000), 4000, known) <= 0


def test_targets_are_taken_apart() -> None:
    one, loss = crossing.aims(np.array([0, 1, 1]))
    assert loss == "logistic"
    assert [t.tolist() for t in one] == [[0, 1, 1]]
    classes, _ = crossing.aims(np.array([0, 1, 2, 2, 2, 1]), most=2)
    assert [t.tolist() for t in classes] == [[0, 1, 0, 0, 0, 1], [0, 0, 1, 1, 1, 0]]
    values, loss = crossing.aims(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert loss == "squared"
    assert [t.tolist() for t in values] == [[-1, 1], [0, 0]]
    labels, loss = crossing.aims(np.array([[1, 0], [0, 0], [1, 0]]))
    assert loss == "logistic"
    assert len(labels) == 2
