"""Linear models on words and pieces of words: what to beat on any text (Wang and Manning 2012)."""

from typing import TYPE_CHECKING, Any

from ..records.profile import Role
from ..records.space import Choice, Real, Space
from .base import classifies, marks, outputs, why_not_a_table

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Column, Profile


READ = (Role.TEXT, Role.LIST)
LONG_CODE = 20  # characters; of shorter codes the step `characters` tells all


class TfidfLinear:
    """TF-IDF of words and characters of each text column, other columns beside them, then a linear model."""

    name = "tfidf-linear"
    family = "text"
    steady = True

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """A table with at least one column of text, or of lists and long codes, whose pieces it counts like words."""
        return why_no_text(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `ngrams.TextClassifier`, or of `ngrams.TextRegressor` for values."""
        from .ngrams import TextClassifier, TextLabels, TextRegressor

        known: Any = dict(params)
        if classifies(problem):
            return TextClassifier(**known)
        if marks(problem):
            return TextLabels(**known)
        known.pop("seed", None)
        return TextRegressor(**known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """How firmly the model believes its words, and how long pieces of words are."""
        shared: Space = {
            "longest": Choice(values=(5, 4, 6, 1)),
            "keep_case": Choice(values=(True, False)),
            "words": Choice(values=(2, 1, 3)),
            "across": Choice(values=(False, True)),
        }
        if not (classifies(problem) or marks(problem)):
            return {"penalty": Real(low=0.1, high=30.0, log=True), **shared}
        strength: Space = {
            "strength": Real(low=0.5, high=64.0, log=True),
            "smoothing": Real(low=0.03, high=3.0, log=True),
            "ratios": Choice(values=(True, False)),
        }
        return {**strength, **shared}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By characters: reading them, and fitting a few times for each class."""
        length = sum(c.length for c in read(profile))
        times = 3 if params.get("strength") is None else 1
        return 0.05 + rows * length * (5e-7 + 6e-7 * times * outputs(problem))


def why_no_text(problem: "Problem", profile: "Profile") -> str | None:
    """None when a model of texts can answer the problem, else the reason why not."""
    return why_not_a_table(problem, profile) or (None if read(profile) else "the table has no column of text")


def read(profile: "Profile") -> "list[Column]":
    """The columns that models of texts read."""
    columns = [c for c in profile.columns if c.in_test]
    return [c for c in columns if c.role in READ or (c.role is Role.CODE and c.length >= LONG_CODE)]
