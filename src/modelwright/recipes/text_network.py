"""Networks on texts, trained from nothing, where torch is installed."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, classifies, marks, number, outputs
from .neural import MISSING, NEEDS, Sizes
from .text import read, why_no_text

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

VISITS = {"bag": 60_000, "convolutions": 200_000, "recurrent": 150_000}  # rows that are learnt from, each several times
FEWEST_EPOCHS, MOST_EPOCHS = 3, 20
MANY = 100_000  # rows from which words in their order can be learnt from nothing


def sizes(style: str, rows: int, given: "dict[str, Any]") -> Sizes:
    """Sizes for so many rows; what `given` holds that is not None is kept to."""
    bag = style == "bag"
    batch = next(b for most, b in ((3000, 32), (20_000, 64), (60_000, 128), (10**12, 256)) if rows < most)
    chosen: dict[str, Any] = {
        "bags": 1,
        "piles": 10,
        "epochs": int(min(MOST_EPOCHS, max(FEWEST_EPOCHS, VISITS[style] / rows))),
        "batch": batch,
        "width": 32 if bag else 64,
        "learning_rate": 0.005 if bag else 0.002,
        "dropout": 0.5 if bag else 0.3,
    }
    given = {**given, "epochs": given.get("cycle")}  # Sizes.epochs is the cycle; the parameter is where to stop
    return Sizes(**{name: value if given.get(name) is None else given[name] for name, value in chosen.items()})


class TextNetwork:
    """A network on words and pieces of words, or on words in their order."""

    name = "text-network"
    family = "text-network"
    imports: ClassVar[tuple[str, ...]] = NEEDS

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """A table with text, where torch is installed."""
        reason = why_no_text(problem, profile)
        return reason or (None if all(find_spec(name) for name in NEEDS) else MISSING)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `textual.TextNetworked`."""
        from .textual import TextNetworkClassifier, TextNetworkLabels, TextNetworkRegressor

        known: Any = dict(params)
        if classifies(problem):
            return TextNetworkClassifier(**known)
        if marks(problem):
            return TextNetworkLabels(**known)
        return TextNetworkRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters of a bag."""
        return {
            "width": Choice(values=(32, 16, 64)),
            "hidden": Choice(values=(0, 32)),
            "linear": Choice(values=(False, True)),
            "forget": Real(low=0.0, high=0.4),
            "learning_rate": Real(low=0.001, high=0.02, log=True),
            "dropout": Real(low=0.0, high=0.7),
            "longest": Choice(values=(5, 4, 6, 1)),
            "keep_case": Choice(values=(True, False)),
            "across": Choice(values=(False, True)),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """Words in their order, where there are rows enough to learn what words mean; a bag without a layer."""
        plain: Params = {"linear": True}
        return [{"style": "convolutions"}, plain, {"style": "recurrent"}] if profile.rows >= MANY else [plain]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By what is read, steps and what each changes; early stopping often saves a part."""
        style = str(params.get("style", "bag"))
        length = sum(c.length for c in read(profile))
        size = sizes(style, rows, dict(params))
        epochs = number(params, "epochs", size.epochs)
        if style == "bag":
            weights = min(200_000, 0.05 * rows * length) * size.width
            grams = length * (1 + 0.7 * number(params, "longest", 5))
            each = grams * size.width * 4e-9 + weights * 6e-9 / size.batch
            return 0.3 + 1.5e-6 * rows * length + epochs * rows * (each + 2e-6 * outputs(problem))
        work = size.width**2 * (11 if style == "convolutions" else 12)
        return 0.5 + 4e-7 * rows * length + epochs * rows * min(512, length / 5) * work * 4e-10
