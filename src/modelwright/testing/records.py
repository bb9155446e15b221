"""Small records for tests: a problem, a profile, a plan, experiments with scores, all with sensible defaults."""

from collections.abc import Sequence
from typing import Any

from ..records.experiment import Experiment, FoldCost, Outcome, Proposal, Score, Status
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Output, Problem
from ..records.profile import Column, Profile, Role


def problem(**change: Any) -> Problem:
    """A binary problem judged by the area under the ROC curve."""
    fields = {
        "name": "scripted",
        "root": "",
        "kind": "binary",
        "targets": ("y",),
        "metric": "auc",
        "higher_is_better": True,
        "classes": (0, 1),
        "output": Output.PROBABILITIES,
        "header": ("id", "y"),
    }
    return Problem.model_validate({**fields, **change})


def profile(*roles: Role, rows: int = 1000) -> Profile:
    """A profile with one column for each role, named after it and its place."""
    columns = tuple(Column(name=f"{role}{k}", role=role, distinct=10) for k, role in enumerate(roles or (Role.NUMBER,)))
    return Profile(rows=rows, test_rows=rows // 10, columns=columns)


def plan(folds: int = 5, **change: Any) -> ValidationPlan:
    """A stratified plan."""
    fields = {"scheme": Scheme.STRATIFIED, "folds": folds, "holdout": 0.1, "why": "scripted"}
    return ValidationPlan.model_validate({**fields, **change})


def score(value: float, folds: Sequence[int] = range(5), noise: float = 0.001, shift: float = 0.0) -> Score:
    """A score whose ten replicates scatter by `noise` around the value; `shift` makes scores differ block by block."""
    replicates = tuple(value + noise * ((-1) ** b) * (1 + shift * b) / 10 for b in range(10))
    return Score(value=value, error=noise, folds=dict.fromkeys(folds, value), replicates=replicates)


def experiment(
    number: int,
    value: float | None = None,
    *,
    status: Status = Status.DONE,
    seconds: float = 1.0,
    noise: float = 0.001,
    shift: float = 0.0,
    error: str = "",
    **proposal: Any,
) -> Experiment:
    """A finished experiment (or one with another status); keyword arguments are fields of its proposal."""
    fields = {"recipe": "linear", "folds": tuple(range(5)), **proposal}
    proposed = Proposal.model_validate(fields)
    costs = tuple(FoldCost(fold=k, fit=seconds, predict=seconds / 10, rows=800) for k in proposed.folds)
    outcome = None
    if status is not Status.RUNNING:
        outcome = Outcome(number=number, status=status, error=error, seconds=seconds * max(1, len(costs)), costs=costs)
    scored = score(value, proposed.folds, noise, shift) if value is not None and status is Status.DONE else None
    return Experiment(number=number, proposal=proposed, status=status, outcome=outcome, score=scored)
