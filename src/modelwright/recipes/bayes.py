"""Naive Bayes on text: quick, good with few rows, and unlike the linear models in what it gets wrong."""

from typing import TYPE_CHECKING, Any

from ..records.space import Choice, Real, Space
from .base import classifies, marks, outputs
from .text import read, why_no_text

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile


class NaiveBayes:
    """Log ratios of words and pieces of words, added up, then held against rows that were left out."""

    name = "naive-bayes"
    family = "bayes"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """A table with text, and classes or labels to tell."""
        if not (classifies(problem) or marks(problem)):
            return f"it tells classes apart, and the kind {problem.kind} asks for none"
        return why_no_text(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `naive.NaiveText`."""
        from .naive import NaiveClassifier, NaiveLabels

        known: Any = dict(params)
        return NaiveLabels(**known) if marks(problem) else NaiveClassifier(**known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """How much a rare gram counts, and which grams."""
        space: Space = {
            "smoothing": Real(low=0.02, high=2.0, log=True),
            "words": Choice(values=(2, 1, 3)),
            "longest": Choice(values=(6, 5, 7, 1)),
            "keep_case": Choice(values=(True, False)),
            "across": Choice(values=(True, False)),
        }
        if classifies(problem) and outputs(problem) > 1:
            space["complement"] = Choice(values=(False, True))
        return space

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """By characters: reading them, and counting for each class."""
        length = sum(c.length for c in read(profile))
        return 0.1 + rows * length * (1.2e-6 + 6e-8 * outputs(problem)) + rows * 2e-5 * outputs(problem)
