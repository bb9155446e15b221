"""Networks for pictures that get one answer each: one that learns from nothing, and pretrained ones, fine-tuned."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from .. import backbones, checkpoints
from ..grids import OPTION
from ..records.problem import Modality
from ..records.profile import Role
from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, CLASSES, SETS, VALUES, classifies, marks, number
from .sizes import BACKWARD, largest, operations, speed, stem_steps

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

MISSING = "it needs torch, torchvision and timm: install modelwright[images]"
SMALL = 32  # side of pictures where their own is not known
LARGEST = 224  # side to which pictures are shrunk at most
WIDTHS = (16, 24, 32, 48, 64)
SIDES = (32, 48, 64, 96, 128, 160, 224)
LEAST, MOST = 5, 150  # epochs
BATCH = 64  # pictures of a step
# epochs from which a network of the smallest width learns by heart, and mixed pictures pay (docs/log.md); fewer for a
# wider one, by its width
LONG = 40
OPENING, DECODING = 5e-4, 8e-9  # seconds for a file, and for each pixel in it


def why_no_pictures(problem: "Problem", profile: "Profile") -> str | None:
    """None where rows are pictures that get a class, labels or values, else the reason why not."""
    named = bool(profile.names(Role.PATH)) or OPTION in problem.options
    if problem.modality is not Modality.IMAGE or not named:
        return "the rows are no pictures"
    if problem.kind not in CLASSES + VALUES + SETS:
        return f"it answers for a picture as a whole, which is not what the kind {problem.kind} asks for"
    return None


def column(problem: "Problem", profile: "Profile | None" = None) -> str | None:
    """The column of paths: the one that the problem is about, else the first."""
    named = [name for name in problem.inputs if profile is None or name in profile.names(Role.PATH)]
    return named[0] if named else (profile.names(Role.PATH)[0] if profile else None)


def native(problem: "Problem") -> int:
    """The side to which pictures can be shrunk without a loss, in steps of 8; at most LARGEST."""
    told: Any = problem.options.get("pictures") or {}
    shorter = min(int(told.get("height", SMALL)), int(told.get("width", SMALL)))
    return max(16, min(LARGEST, round(shorter / 8) * 8))


def build(problem: "Problem", params: "Params") -> Any:
    """The estimator of `picturing` for the kind of answer."""
    from .picturing import PictureClassifier, PictureLabels, PictureRegressor

    known: Any = {"column": column(problem), "grid": problem.options.get(OPTION), **params}
    if classifies(problem):
        return PictureClassifier(**known)
    if marks(problem):
        return PictureLabels(**known)
    return PictureRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})


def reading(problem: "Problem", profile: "Profile") -> float:
    """Seconds for reading all pictures once, and for what begins a fit."""
    told: Any = problem.options.get("pictures") or {}
    pixels = float(told.get("height", SMALL)) * float(told.get("width", SMALL))
    return 1.0 + (OPENING + DECODING * pixels) * (profile.rows + profile.test_rows)


class ImageNetwork:
    """A small residual network that begins with nothing, as wide and as long trained as there is time for."""

    name = "image-network"
    family = "convolution"
    imports: ClassVar[tuple[str, ...]] = ("torch",)
    patient = True  # one fold of it may take long: it is few experiments that count
    teachable = True  # by predictions of models that have not seen a label, where labels seem wrong
    sure = True  # what it guesses of its time is counted, not felt

    steps = 1000  # of training that a wider network must be given where pictures are mixed: that is learnt slowly

    meanings: ClassVar[dict[str, str]] = {"flip none": "pictures never mirrored"}

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Pictures that get a class, labels or values."""
        reason = why_no_pictures(problem, profile)
        return reason or (None if find_spec("torch") else MISSING)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `picturing.Pictured`."""
        return build(problem, {"side": native(problem), **params})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters beside size and time."""
        return {
            "learning_rate": Real(low=0.002, high=0.01, log=True),
            "weight_decay": Real(low=0.005, high=0.2, log=True),
            "zoom": Choice(values=(0.0, 0.2)),
            "colour": Choice(values=(0.0, 0.2, 0.4)),
            "erase": Choice(values=(0.25, 0.0, 0.4)),
            "smaller": Choice(values=(1.0, 0.5)),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """No mirrors, where the orientation may say something; other changes; mixed; ways to doubt labels.

        The last come first where many labels seem to be wrong, or the task says so.
        """
        found: list[Params] = [{"flip": "none"}, {"zoom": 0.2, "rotate": 10.0, "colour": 0.2}, {"mix": "cutmix"}]
        doubts: list[Params] = []
        if classifies(problem) or marks(problem):
            doubts = [{"noise": "correct"}, {"noise": "bi-tempered"}]
        if problem.kind in ("binary", "multiclass") and find_spec("cleanlab"):
            doubts += [{"cleaning": "drop"}, {"cleaning": "relabel"}, {"cleaning": "soften"}]
        doubts += [{"noise": "early"}] if problem.kind == "multiclass" else []
        doubted = bool(problem.options.get("wrong_labels")) or (profile.noise is not None and profile.noise.likely)
        return [*doubts, *found] if doubted else [*found, *doubts]

    def trials(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """What a short training can tell: whether mirrored pictures have the same answer."""
        return [{"flip": "none"}]

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Side, width and epochs of a fit on that many rows that takes about so long, and what so many ask for."""
        whole, mixes = native(problem), classifies(problem) or marks(problem)
        least = self.steps * BATCH / rows if mixes else 0.0
        sizes: list[tuple[Params, float]] = [
            ({"side": side, "width": width}, max(wanted(width, side), least if width > WIDTHS[0] else 0.0))
            for side in [s for s in SIDES if s <= whole] or [whole]
            for width in WIDTHS
        ]
        found = largest(sizes, lambda params: self.effort(problem, profile, params, rows), seconds, LEAST, MOST)
        learnt = number(found, "epochs", 0) * number(found, "width", WIDTHS[0]) / WIDTHS[0]
        if learnt < LONG or not mixes:
            return found
        doubting: Params = {"noise": "correct"} if problem.options.get("wrong_labels") else {}
        return {**found, "mix": "cutmix", **doubting}

    def enough(self, params: "Params") -> bool:
        """Whether a fit of that size is good enough for time to be better spent on trying other settings."""
        return number(params, "width", 0) > WIDTHS[0]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device: of training, and of the answers for other rows."""
        side, width = int(number(params, "side", native(problem))), int(number(params, "width", WIDTHS[0]))
        looks = {"none": 1, "sides": 2, "all": 4}[str(params.get("flip", "sides"))]
        trained = 1.0 if params.get("cleaning", "none") == "none" else 2.0
        visits = trained * rows * number(params, "epochs", 20) * BACKWARD * pixels_seen(params)
        visits += looks * (0.3 * rows + profile.test_rows)
        return reading(problem, profile) + visits * operations(width, side, stem_steps(side)) / speed()


def wanted(width: int, side: int) -> float:
    """Epochs that a network of that width and side must be given to be better than a smaller one given more."""
    return float(20.0 * (width / WIDTHS[0]) ** 1.4 * (side / SIDES[0]) ** 0.3)


def pixels_seen(params: "Params") -> float:
    """The share of all pixels that a training sees which begins on smaller pictures, as `visual.side` grows them."""
    smaller = number(params, "smaller", 1.0)
    return (2 / 3) * (1 + smaller + smaller**2) / 3 + 1 / 3


class Tuned(ImageNetwork):
    """The base of the two below: a pretrained network, all of it trained for a few epochs."""

    transformer: ClassVar[bool]

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Pictures, and a pretrained model of the sort."""
        reason = super().applies(problem, profile)
        if reason is not None:
            return reason
        if not self._folders(problem):
            sort = "transformer" if self.transformer else "convolutional network"
            return f"no pretrained {sort} of pictures is at hand: give --checkpoint FOLDER, or --hub"
        return None if find_spec("timm") else MISSING

    def _folders(self, problem: "Problem") -> list[str]:
        return [f for f in checkpoints.named(problem) if backbones.is_transformer(f) is self.transformer]

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `picturing.Pictured`."""
        folder = str(params.get("checkpoint") or next(iter(self._folders(problem)), ""))
        fixed: Params = {
            "checkpoint": folder,
            "side": backbones.side(folder) if folder else LARGEST,
            "epochs": 8,
            "batch": 32,
            "learning_rate": 3e-4 if not self.transformer else 1e-4,
            "decay": 0.8,
            "zoom": 0.15,
            "colour": 0.2,
        }
        return build(problem, {**fixed, **params})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters beside time."""
        return {
            "learning_rate": Real(low=3e-5, high=1e-3, log=True),
            "decay": Choice(values=(0.8, 0.65, 0.9)),
            "colour": Choice(values=(0.2, 0.0, 0.4)),
            "mix": Choice(values=("none", "cutmix", "mixup")),
            **({} if self.transformer else {"smaller": Choice(values=(1.0, 0.6))}),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """Those of a network from nothing, and the other checkpoints."""
        others: list[Params] = [{"checkpoint": folder} for folder in self._folders(problem)[1:]]
        return [*others, *super().presets(problem, profile)]

    def enough(self, params: "Params") -> bool:
        """Whether a fit of that size is good enough for time to be better spent on trying other settings."""
        return number(params, "epochs", 0) >= 8

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Epochs of a fit that takes about so long; pictures stay as large as the network knows them."""
        base = self.effort(problem, profile, {"epochs": 0}, rows)
        each = self.effort(problem, profile, {"epochs": 1}, rows) - base
        return {"epochs": max(2, min(20, int(max(0.0, seconds - base) / each)))}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device: of training, and of the answers for other rows."""
        folder = str(params.get("checkpoint") or next(iter(self._folders(problem)), ""))
        trained = backbones.side(folder) if folder else LARGEST
        one = 2e9 * (backbones.giga(folder) if folder else 4.0) * (number(params, "side", trained) / trained) ** 2
        visits = rows * number(params, "epochs", 8) * BACKWARD * pixels_seen(params)
        visits += 2 * (0.3 * rows + profile.test_rows)
        return reading(problem, profile) + visits * one / speed()


class TunedConvolution(Tuned):
    """A pretrained convolutional network of timm."""

    name = "image-tuned"
    family = "convolution-tuned"
    transformer = False


class TunedTransformer(Tuned):
    """A pretrained vision transformer of timm."""

    name = "image-transformer"
    family = "vision-transformer"
    transformer = True
