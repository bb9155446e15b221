"""Neural networks for tables, where torch is installed: TabM, and a network of codes and numbers in two branches."""

from dataclasses import dataclass, fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from ..records.profile import Role
from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, classifies, marks, number, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

NEEDS = ("torch", "tabm", "rtdl_num_embeddings")
MISSING = "it needs torch: install modelwright[neural]"
SMALL = 5000  # rows below which several networks, each stopped on another part of the rows, are averaged
MANY = 20_000  # rows from which nothing is dropped out


@dataclass(frozen=True)
class Sizes:
    """What a fit depends on besides the data; by the number of rows, where it is not given."""

    bags: int
    piles: int
    epochs: int  # of the whole cycle
    batch: int
    width: int
    learning_rate: float
    dropout: float
    members: int = 1
    embedding_size: int = 8
    widest: int = 1500  # numbers into which all columns together are embedded


def sizes(style: str, rows: int, given: "dict[str, Any]") -> Sizes:
    """Sizes for so many rows; what `given` holds that is not None is kept to."""
    small = rows < SMALL
    ensemble = style == "tabm"
    batch = next(b for most, b in ((1000, 32), (3000, 64), (8000, 128), (25_000, 256), (10**12, 512)) if rows < most)
    visits = 500_000 if ensemble else 1_500_000  # rows that are learnt from, each as often as there are epochs
    epochs = int(min(40, max(3, visits / rows)))
    chosen: dict[str, Any] = {
        "bags": 2 if small and not ensemble else 1,  # more seeds come from the blend and its refits
        "piles": 5 if small else 10,
        "epochs": epochs,
        "batch": batch,
        "members": 8 if ensemble else 1,
        "width": 128 if ensemble else 192,
        "learning_rate": 0.003,
        "dropout": 0.1 if rows < MANY else 0.0,  # drawing it takes time, and many rows need it less
    }
    given = {**given, "epochs": given.get("cycle")}  # Sizes.epochs is the cycle; the parameter is where to stop
    chosen |= {f.name: given[f.name] for f in fields(Sizes) if given.get(f.name) is not None}
    return Sizes(**chosen)


class Network:
    """A network of two branches: codes (levels, characters) in one, numbers in the other, joined by wide layers."""

    name = "network"
    family = "network"
    imports: ClassVar[tuple[str, ...]] = NEEDS
    style: ClassVar[str] = "network"
    for_classes: ClassVar["Params"] = {"norm": True, "weight_decay": 3.0, "dropout": 0.1}
    for_values: ClassVar["Params"] = {}  # the norm of a batch blurs the scale of a value

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text, and where torch is installed."""
        reason = why_not_columns(problem, profile)
        return reason or (None if all(find_spec(name) for name in NEEDS) else MISSING)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `networked.Networked`."""
        from .networked import NetworkClassifier, NetworkLabels, NetworkRegressor

        defaults = self.for_classes if classifies(problem) or marks(problem) else self.for_values
        known: Any = {"style": self.style, **defaults, **params}
        if classifies(problem):
            return NetworkClassifier(**known)
        if marks(problem):
            return NetworkLabels(**known)
        return NetworkRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """How fast it learns, how wide it is, what holds it back."""
        return {
            "learning_rate": Real(low=0.001, high=0.02, log=True),
            "weight_decay": Real(low=0.01, high=10.0, log=True),
            "dropout": Real(low=0.0, high=0.4),
            "width": Choice(values=(128, 192, 256)),
            "depth": Choice(values=(2, 1, 3)),
            "embedding": Choice(values=("piecewise", "none", "periodic")),
            "frequency": Real(low=0.03, high=1.0, log=True),
            "norm": Choice(values=(True, False)),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By steps and by the multiplications of a step; early stopping often saves a part."""
        numbers = len(profile.names(Role.NUMBER, Role.DATE, Role.ORDERED))
        letters = sum(int(c.length) for c in profile.columns if c.role is Role.CODE)
        columns = max(1, len(profile.features) + letters)
        size = sizes(self.style, rows, dict(params))
        embedded = min(size.widest, numbers * size.embedding_size) + 6 * (columns - numbers)
        inputs = columns + embedded
        depth = number(params, "depth", 2)
        members = size.members if self.style == "tabm" else 1
        work = members * size.width * (inputs + depth * size.width) + outputs(problem) * members * size.width
        visits = size.epochs * rows * size.bags
        return 0.5 + visits * (2e-6 + 1.2e-10 * work) + visits / size.batch * 1.5e-3


class TabM(Network):
    """TabM: several networks that share most of their weights, with numbers embedded in straight pieces."""

    name = "tabm"
    family = "neural"
    style = "tabm"
    for_classes = {}

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """How fast it learns, how many members there are and how wide they are, what holds them back."""
        return {
            "learning_rate": Real(low=0.0005, high=0.01, log=True),
            "weight_decay": Real(low=0.001, high=0.3, log=True),
            "dropout": Real(low=0.0, high=0.5),
            "width": Choice(values=(64, 128, 192)),
            "members": Choice(values=(8, 16, 4)),
            "embedding": Choice(values=("piecewise", "periodic")),
            "embedding_size": Choice(values=(8, 16)),
        }
