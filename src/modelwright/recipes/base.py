"""What recipes share that is light to import: what a problem asks for, a guess of sizes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..records.problem import Modality
from ..records.profile import Role

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

CLASSES = ("binary", "multiclass")  # kinds whose target is a class code; an ordinal answer is fitted as a number
VALUES = ("regression", "forecast", "ordinal")
SETS = ("multilabel",)  # kinds whose target is a matrix of 0 and 1
# metrics that are closest to the absolute error, on the scale on which their kind fits: the median answers them
ABSOLUTE = (
    "mae",
    "mae-log",
    "median-absolute-error",
    "huber",
    "mape",
    "mdape",
    "smape",
    "wape",
    "within",
    "quantile-loss",
)
CELLS = 25_000_000  # of a linear model's splines: 200 MB; where there would be more, there are none


def classifies(problem: "Problem") -> bool:
    """Whether the estimator has to give a probability for each class (otherwise: numbers)."""
    return problem.kind in CLASSES


def marks(problem: "Problem") -> bool:
    """Whether the estimator has to give a probability for each of several labels that do not exclude each other."""
    return problem.kind in SETS


def in_words(recipe: object, params: "Params") -> str:
    """Settings as a reader may understand them: in the recipe's own words where it has such (`meanings`)."""
    meanings = getattr(recipe, "meanings", {})
    said = (f"{name} {value}" for name, value in params.items())
    return ", ".join(meanings.get(setting, setting) for setting in said)


def why_not_a_table(problem: "Problem", profile: "Profile") -> str | None:
    """None when a model of rows and columns can answer the problem, else the reason why not."""
    if problem.kind not in CLASSES + VALUES + SETS:
        return f"it gives a class or a number for each row, which is not what the kind {problem.kind} asks for"
    if _steps_make_columns(problem):
        return None
    if all(c.role is Role.PATH for c in profile.columns if c.name in profile.features):
        return "the table has no column to learn from"
    return None


def _steps_make_columns(problem: "Problem") -> bool:
    """Whether a step gives every draft columns: of pictures, or of other tables with several rows for each row."""
    return problem.modality is Modality.IMAGE or any(relation.many for relation in problem.relations)


def why_not_columns(problem: "Problem", profile: "Profile") -> str | None:
    """The same for a model that reads no text: None when there is any other column."""
    reason = why_not_a_table(problem, profile)
    if (
        reason is None
        and not _steps_make_columns(problem)
        and not profile.names(*(set(Role) - {Role.TEXT, Role.PATH, Role.ID, Role.CONSTANT}))
    ):
        return "the table is nothing but text, which tfidf-linear reads"
    return reason


def outputs(problem: "Problem") -> int:
    """How many numbers a model fits: one for two classes or one target, else one for each class, label or target."""
    if marks(problem):
        return len(problem.classes)
    if classifies(problem):
        return len(problem.classes) if len(problem.classes) > 2 else 1
    return len(problem.targets)


def number(params: "Params", name: str, default: float) -> float:
    """A parameter that is a number."""
    value: Any = params.get(name)
    return default if value is None else float(value)


FEW = 64  # rows that one thread predicts sooner than several, which first have to be woken
WORTH_A_THREAD = 250_000  # cells of a table, for each thread that trees are grown with; measured in docs/log.md


def threads() -> int:
    """How many threads a library may use that does not read OMP_NUM_THREADS itself."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdigit() and int(told) > 0 else os.cpu_count() or 1


def useful_threads(cells: int) -> int:
    """How many of them are worth it for growing trees on a table of so many cells.

    Threads wait for each other after each histogram: on few cells they gain nothing, and on a machine that is busy
    with other things each wait may take as long as the machine gives others their turn.
    """
    return max(1, min(threads(), cells // WORTH_A_THREAD))


@contextmanager
def with_useful_threads(cells: int) -> Iterator[None]:
    """Let linear algebra inside use no more threads than a table or matrix of so many cells is worth.

    Of a sparse matrix those that are stored count. Threads wait for each other by spinning: on few cells they cost
    processor time and gain nothing.
    """
    if useful_threads(cells) == threads():
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=useful_threads(cells), user_api="blas"):
        yield
