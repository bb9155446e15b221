"""Kernel ridge regression (Saunders et al. 1998) with learnt axes: for smooth answers on not too many rows."""

from typing import TYPE_CHECKING, Any

from ..records.space import Choice, Real, Space
from .base import classifies, marks, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

MOST = 12_000  # rows; of more than 5,000 only some are centres, and trees are better by then


class KernelRidge:
    """The mean of a Gaussian process: a row is told by all others, the nearer the more; text is left out."""

    name = "kernel"
    family = "kernel"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text or has too many rows."""
        if profile.rows > MOST:
            return f"it holds rows against each other, and {profile.rows:,} are too many for that"
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `kernels.Kernel`."""
        from .kernels import KernelClassifier, KernelLabels, KernelRegressor

        known: Any = dict(params)
        if marks(problem):
            return KernelLabels(**known)
        return KernelClassifier(**known) if classifies(problem) else KernelRegressor(**known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What fitting else chooses by leaving out one row at a time."""
        return {
            "shape": Choice(values=("laplace", "matern")),
            "width": Real(low=0.3, high=15.0, log=True),
            "stretch": Choice(values=(0.5, 1.0, 0.0)),
            "ridge": Real(low=0.001, high=10.0, log=True),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Choosing, then solving: with the cube of the rows, or by rows from where not each is a centre."""
        machines = 1 if classifies(problem) or marks(problem) else outputs(problem)
        solving = 8e-11 * rows**3 if rows <= 5000 else 4e-4 * rows
        return machines * (0.2 + 3.0 * min(1.0, rows / 900) ** 3 + solving)
