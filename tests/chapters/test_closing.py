"""What is handed over."""

import pytest

from modelwright.chapters.closing import OF_FOLDS, share_of_folds


@pytest.mark.parametrize("recipe", ["lightgbm", "catboost", "linear", "extra-trees"])
def test_the_models_of_the_folds_weigh_less_the_more_refits_there_are(recipe: str) -> None:
    shares = [share_of_folds(recipe, refits) for refits in (1, 2, 3, 4)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[3] < shares[0] <= OF_FOLDS


def test_one_refit_of_a_recipe_without_chance_counts_as_several() -> None:
    assert share_of_folds("linear", 1) == share_of_folds("lightgbm", 3)
