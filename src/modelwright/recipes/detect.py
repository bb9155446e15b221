"""Networks that find boxes in pictures: one that learns from nothing, and one over a pretrained network."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from .. import backbones, checkpoints
from ..records.space import Choice, Real, Space
from .base import number
from .image import reading
from .sizes import BACKWARD, largest, speed

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

MISSING = "it needs torch, torchvision and timm: install modelwright[images]"
NONE = "no pretrained model of pictures is at hand: give --checkpoint FOLDER, or --hub"
SIDE = 320  # of pictures whose size is not known
PER_PIXEL = 34.0  # operations of the small network for each pixel, times the square of its width, and of the head
HEAD = 9_000.0
# the longer side of pictures, the width of the first level, and the epochs it must be given to be worth its size
SIZES = ((160, 12, 8), (224, 12, 16), (256, 16, 24), (320, 16, 40), (320, 24, 60), (480, 24, 70), (640, 32, 80))
LEAST, MOST = 6, 150  # epochs
STEP = 32  # of sides


class BoxNetwork:
    """A small one-stage detector that begins with nothing, as fine, wide and long trained as there is time for."""

    name = "boxes"
    family = "detector"
    imports: ClassVar[tuple[str, ...]] = ("torch",)
    patient = True  # one fold of it may take long: it is few experiments that count
    sure = True  # what it guesses of its time is counted, not felt

    meanings: ClassVar[dict[str, str]] = {
        "flip all": "pictures in every rotation and mirrored, not left and right only",
        "zoom 0.0": "pictures as large as they are, not zoomed at random",
    }

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Tasks that ask for boxes in pictures."""
        if problem.kind != "detection":
            return f"it finds boxes, and the kind {problem.kind} asks for none"
        if not problem.options.get("path_column"):
            return "no column names the pictures"
        return None if find_spec("torch") and find_spec("torchvision") else MISSING

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `detecting.BoxFinder`, without the first three, and `side`: of the longer side."""
        from .detecting import BoxFinder

        told: Any = problem.options.get("boxes") or {}
        known: Any = {name: value for name, value in params.items() if name != "side"}
        height, length = shape(problem, int(number(params, "side", SIDE)))
        return BoxFinder(
            column=str(problem.options["path_column"]),
            classes=len(problem.classes),
            shares=told.get("unit") == "share",
            height=height,
            length=length,
            **known,
        )

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters beside size and time."""
        return {
            "learning_rate": Real(low=0.0007, high=0.006, log=True),
            "zoom": Choice(values=(0.3, 0.0, 0.5)),
            "colour": Choice(values=(0.2, 0.0, 0.4)),
        }

    def trials(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """What a short training can tell: how pictures may be turned."""
        return [{"flip": "all"}, {"zoom": 0.0}]

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """Other changes."""
        return [{"flip": "none"}, {"zoom": 0.5, "colour": 0.3}]

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Size and epochs of a fit on that many rows that takes about so long."""
        longest = max(_told(problem)) + STEP
        fine = [size for size in SIZES if size[0] <= longest] or SIZES[:1]
        sizes: list[tuple[Params, float]] = [({"side": side, "width": width}, wanted) for side, width, wanted in fine]
        return largest(sizes, lambda params: self.effort(problem, profile, params, rows), seconds, LEAST, MOST)

    def enough(self, params: "Params") -> bool:
        """Whether a fit of that size is good enough for time to be better spent on trying other settings."""
        return number(params, "side", 0) >= 320

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device: of training, and of the answers for other rows."""
        height, length = shape(problem, int(number(params, "side", SIDE)))
        one = height * length * (PER_PIXEL * number(params, "width", 16) ** 2 + HEAD)
        looks = 1 if params.get("flip") == "none" else 2
        visits = rows * number(params, "epochs", 30) * BACKWARD + looks * (0.3 * rows + profile.test_rows)
        return 2 * reading(problem, profile) + visits * one / speed()


class TunedBoxes(BoxNetwork):
    """The same detector over a pretrained network of timm."""

    name = "boxes-tuned"
    family = "detector-tuned"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Boxes in pictures, and a pretrained model."""
        reason = super().applies(problem, profile)
        if reason is not None:
            return reason
        if not self._folders(problem):
            return NONE
        return None if find_spec("timm") else MISSING

    def _folders(self, problem: "Problem") -> list[str]:
        return [f for f in checkpoints.named(problem) if not backbones.is_transformer(f)]

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: as those of the network from nothing."""
        fixed: Params = {
            "checkpoint": next(iter(self._folders(problem)), ""),
            "side": 512,
            "epochs": 25,
            "learning_rate": 5e-4,
        }
        return super().build(problem, {**fixed, **params})

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Side and epochs of a fit that takes about so long."""
        best: Params = {"side": 256, "epochs": 4}
        for side in (256, 384, 512, 640):
            base = self.effort(problem, profile, {"side": side, "epochs": 0}, rows)
            each = self.effort(problem, profile, {"side": side, "epochs": 1}, rows) - base
            epochs = int(max(0.0, seconds - base) / each)
            if epochs >= 12 and side <= max(_told(problem)) + STEP:
                best = {"side": side, "epochs": min(60, epochs)}
        return best

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device."""
        folder = str(params.get("checkpoint") or next(iter(self._folders(problem)), ""))
        height, length = shape(problem, int(number(params, "side", 512)))
        each = 2e9 * backbones.giga(folder) / backbones.side(folder) ** 2 if folder else 2e5
        visits = rows * number(params, "epochs", 25) * BACKWARD + 2 * (0.3 * rows + profile.test_rows)
        return 2 * reading(problem, profile) + visits * height * length * (each + HEAD) / speed()


def shape(problem: "Problem", side: int) -> tuple[int, int]:
    """Height and width to which pictures are brought: the longer side as given, in steps that the network can halve."""
    height, width = _told(problem)
    ratio = side / max(height, width)
    return max(STEP, round(height * ratio / STEP) * STEP), max(STEP, round(width * ratio / STEP) * STEP)


def _told(problem: "Problem") -> tuple[float, float]:
    told: Any = problem.options.get("pictures") or {}
    return float(told.get("height", SIDE)), float(told.get("width", SIDE))
