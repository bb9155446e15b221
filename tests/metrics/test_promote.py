import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.metrics.promote import best, compare, jackknife, number, sentence
from modelwright.records.experiment import Experiment, Score, Status
from modelwright.testing.records import experiment, score


def test_the_jackknife_of_a_mean_is_its_textbook_standard_error() -> None:
    blocks = np.random.default_rng(0).normal(size=12)
    replicates = [(blocks.sum() - b) / 11 for b in blocks]
    assert jackknife(replicates) == pytest.approx(blocks.std(ddof=1) / math.sqrt(12))


def test_a_gain_that_all_blocks_share_is_better_however_noisy_the_scores_are() -> None:
    old, new = score(0.70, noise=0.05), score(0.702, noise=0.05)
    assert old.error > 10 * (new.value - old.value)
    assert compare(new, old, higher_is_better=True).verdict == "better"


def test_a_gain_that_comes_from_single_blocks_is_a_tie() -> None:
    old = score(0.70, noise=0.0)
    rough = Score(
        value=0.702, error=0.01, folds=old.folds, replicates=tuple(0.702 + 0.01 * (-1) ** b for b in range(10))
    )
    assert compare(rough, old, higher_is_better=True).verdict == "tie"


def test_the_direction_of_the_metric_decides_what_better_means() -> None:
    low, high = score(0.1), score(0.2)
    assert compare(low, high, higher_is_better=False).verdict == "better"
    assert compare(low, high, higher_is_better=True).verdict == "worse"


@given(a=st.floats(0, 1), b=st.floats(0, 1), higher=st.booleans())
def test_comparing_is_antisymmetric(a: float, b: float, higher: bool) -> None:
    one, two = score(a), score(b, shift=0.1)
    forth, back = compare(one, two, higher), compare(two, one, higher)
    assert forth.gain == -back.gain
    assert forth.error == pytest.approx(back.error)


def test_a_look_is_compared_on_the_fold_it_has_run() -> None:
    whole = Score(value=0.5, error=0.01, folds={0: 0.9, 1: 0.1}, replicates=(0.5, 0.5))
    look = Score(value=0.8, error=0.01, folds={0: 0.8}, replicates=(0.8, 0.8))
    found = compare(look, whole, higher_is_better=True)
    assert found.gain == pytest.approx(-0.1)
    assert not found.paired


def test_all_folds_rank_before_a_lucky_first_look() -> None:
    whole, look = experiment(1, 0.70), experiment(2, 0.7015, folds=(4,))
    assert best([whole, look], higher_is_better=True) == whole


def test_refits_and_failures_are_never_the_best() -> None:
    refit = experiment(2, 0.9, move="refit")
    failed = experiment(3, 0.9, status=Status.FAILED)
    assert best([refit, failed], higher_is_better=True) is None


def test_a_verdict_names_the_parent_and_the_size_of_the_gain() -> None:
    parent, child = experiment(1, 0.70), experiment(2, 0.71, parent=1, move="tune")
    assert sentence(child, [parent, child], higher_is_better=True).startswith("better than experiment 1 by 0.01")


@pytest.mark.parametrize(("value", "text"), [(0.81234, "0.8123"), (123.456, "123.5"), (12345.6, "12346"), (0.0, "0")])
def test_numbers_have_four_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_look_that_beats_the_dummy_ranks_before_it() -> None:
    dummy, look, poor = (
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.7, folds=(4,)),
        experiment(3, 0.4, folds=(4,)),
    )
    assert best([dummy, look, poor], higher_is_better=True) == look
    assert best([dummy, poor], higher_is_better=True) == dummy


def test_a_look_that_is_clearly_better_ranks_before_whole_experiments() -> None:
    whole, look, lucky = experiment(1, 0.70), experiment(2, 0.90, folds=(4,)), experiment(3, 0.701, folds=(4,))
    assert best([whole, look], higher_is_better=True) == look
    assert best([whole, lucky], higher_is_better=True) == whole


def test_of_several_clearly_better_looks_the_one_with_more_folds_leads() -> None:
    whole, short, longer = experiment(1, 0.70), experiment(2, 0.9005, folds=(4,)), experiment(3, 0.90, folds=(3, 4))
    assert best([whole, short, longer], higher_is_better=True) == longer


def repeated(value: float, first: float, noise: float = 0.001) -> Score:
    """A score over two repeats of five folds, with another value over the first."""
    whole = score(value, range(10), noise)
    folds = {k: first if k < 5 else 2 * value - first for k in range(10)}
    return whole.model_copy(update={"folds": folds, "first": score(first, range(5), noise)})


def test_one_repeat_against_several_is_compared_in_pairs_on_the_first() -> None:
    found = compare(score(0.703, range(5)), repeated(0.71, first=0.70), higher_is_better=True)
    assert found.paired
    assert found.gain == pytest.approx(0.003)
    assert compare(repeated(0.71, first=0.70), repeated(0.70, first=0.72), True).gain == pytest.approx(0.01)


def test_a_model_that_ran_one_repeat_leads_when_it_is_better_there_by_more_than_noise() -> None:
    def against(value: float, shift: float) -> Experiment:
        whole = experiment(1, 0.70).model_copy(update={"score": repeated(0.70, first=0.70)})
        once = experiment(2, value, shift=shift)
        found = best([whole, once], higher_is_better=True)
        assert found is not None
        return found

    assert against(0.702, shift=1.0).number == 2
    assert against(0.7001, shift=9.0).number == 1


def test_an_extension_to_further_repeats_says_what_the_first_folds_gave() -> None:
    parent = experiment(1, 0.70)
    child = experiment(2, 0.69, parent=1, move="extend").model_copy(update={"score": repeated(0.69, first=0.70)})
    assert sentence(child, [parent, child], True) == "0.6900 over all 10 folds, where the first 5 gave 0.7000"


def test_a_piece_on_another_fold_is_not_said_to_be_all_folds() -> None:
    parent = experiment(1, 0.70, folds=(4,))
    piece = experiment(2, 0.69, folds=(3,), parent=1, move="extend")
    assert sentence(piece, [parent, piece], True) == "fold 3 gave 0.6900; fold 4 gave 0.7000"


def test_a_look_at_a_fold_where_all_losses_are_small_does_not_outrank_a_model_that_has_run_all_folds() -> None:
    folds = [0.02, *([0.09] * 9)]
    whole = experiment(1, 0.083, folds=range(10), noise=0.018)
    assert whole.score is not None
    whole = whole.model_copy(update={"score": whole.score.model_copy(update={"folds": dict(enumerate(folds))})})
    lucky = experiment(2, 0.008, folds=(0,), noise=0.0014, params={"k": 1}, parent=1, move="tune")
    assert best([whole, lucky], higher_is_better=False) == whole


def test_where_the_metric_counts_labels_the_guides_decide_and_the_verdict_says_so() -> None:
    def guided(value: float, loss: float) -> Score:
        return score(value).model_copy(update={"guide": score(-loss).model_copy(update={"of": "log loss"})})

    lucky, sound = guided(0.82, 0.5), guided(0.81, 0.4)
    assert compare(sound, lucky, higher_is_better=True).verdict == "better"
    rivals = [experiment(1).model_copy(update={"score": lucky}), experiment(2).model_copy(update={"score": sound})]
    assert best(rivals, higher_is_better=True) == rivals[1]
    assert sentence(rivals[1], rivals[:1], higher_is_better=True).endswith("of log loss")
