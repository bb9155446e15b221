"""Networks that draw a mask for each scene: a U-Net that learns from nothing, and decoders over pretrained encoders."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from .. import backbones, checkpoints
from ..records.space import Choice, Real, Space
from . import views
from .base import number
from .image import reading
from .sizes import BACKWARD, largest, speed

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

MISSING = "it needs torch: install modelwright[images]"
MISSING_DECODERS = "it needs segmentation-models-pytorch and timm: install modelwright[images]"
NONE = "no pretrained model of pictures is at hand: give --checkpoint FOLDER, or --hub"
SIDE = 128  # of scenes where their size is not known
CROP = 256
PER_PIXEL = 350.0  # operations of the U-Net for each pixel of its first level, times the square of its width
PER_ANSWER = 2_000.0  # operations for each pixel and class of a map, in memory more than in thought
# how often the stem halves a scene, the width of the first level, and the epochs it must be given to be worth its size
SIZES = (
    (2, 12, 12),
    (1, 12, 16),
    (0, 8, 16),
    (1, 16, 20),
    (0, 12, 22),
    (1, 24, 26),
    (0, 16, 30),
    (0, 24, 45),
    (0, 32, 70),
)
LEAST, MOST = 6, 200  # epochs


class UNet:
    """A small U-Net that begins with nothing, as wide, fine and long trained as there is time for."""

    name = "unet"
    family = "unet"
    imports: ClassVar[tuple[str, ...]] = ("torch",)
    patient = True  # one fold of it may take long: it is few experiments that count
    sure = True  # what it guesses of its time is counted, not felt

    meanings: ClassVar[dict[str, str]] = {
        "loss cross-entropy": "plain cross-entropy, not focal loss with Dice",
        "flip all": "scenes in every rotation and mirrored, not left and right only",
        "view ash": "the composite of infrared bands that shows ice clouds, not the raw bands",
        "view differences": "differences of bands, not the raw bands",
    }

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Tasks that ask for masks of scenes."""
        if problem.kind != "segmentation":
            return f"it draws masks, and the kind {problem.kind} asks for none"
        if not problem.options.get("path_column"):
            return "no column names the scenes"
        return None if find_spec("torch") else MISSING

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `segmenting.Drawing`, without the first three."""
        from .segmenting import Drawing

        known: Any = {"annotators": str(problem.options.get("annotators") or ""), **params}
        return Drawing(
            column=str(problem.options["path_column"]), inputs=_inputs(problem), classes=len(problem.classes), **known
        )

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters beside size and time."""
        return {
            "learning_rate": Real(low=0.001, high=0.01, log=True),
            "weight_decay": Real(low=0.005, high=0.1, log=True),
            "zoom": Choice(values=(0.0, 0.2)),
            "rotate": Choice(values=(0.0, 15.0)),
        }

    def trials(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """What a short training can tell: what is seen of the bands, the loss, and how scenes may be turned."""
        bands = _inputs(problem)
        found: list[Params] = [{"loss": "cross-entropy"}, {"flip": "all"}]
        if len(bands) > 1:
            found.insert(0, {"view": "ash" if views.ash_bands(bands) else "differences"})
        return found

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """Other ways to see the bands, other changes, all frames, what each annotator marked."""
        found: list[Params] = [{"flip": "none"}, {"zoom": 0.2, "rotate": 10.0}, {"view": "scaled"}]
        if len(_inputs(problem)) > 1:
            found = [{"view": "differences"}, {"frames": "all"}, *found]
        if problem.options.get("annotators"):
            found.insert(0, {"soft": True})
        return found

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Size and epochs of a fit on that many rows that takes about so long."""
        sizes: list[tuple[Params, float]] = [({"halvings": h, "width": w}, wanted) for h, w, wanted in SIZES]
        return largest(sizes, lambda params: self.effort(problem, profile, params, rows), seconds, LEAST, MOST)

    def enough(self, params: "Params") -> bool:
        """Whether a fit of that size is good enough for time to be better spent on trying other settings."""
        return number(params, "halvings", 1) == 0 and number(params, "width", 0) >= 12

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device: of training, and of the maps of other rows."""
        pixels, crop = _pixels(problem), number(params, "crop", CROP)
        width, halvings = number(params, "width", 16), int(number(params, "halvings", 0))
        looks = {"none": 1, "sides": 2, "all": 4}[str(params.get("flip", "sides"))]
        learnt = rows * number(params, "epochs", 20) * min(pixels, crop**2)
        asked = looks * (0.3 * rows + profile.test_rows) * pixels
        one, told = PER_PIXEL * width**2 * 0.25**halvings, PER_ANSWER * max(1, len(problem.classes))
        work = learnt * (BACKWARD * one + told) + asked * (one + told)
        return 2.0 + 2 * reading(problem, profile) + work / speed()


class TunedSegmenter(UNet):
    """A decoder (U-Net and others) over a pretrained encoder of timm."""

    name = "segmenter"
    family = "segmenter"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Masks of scenes, and a pretrained model."""
        reason = super().applies(problem, profile)
        if reason is not None:
            return reason
        if not self._folders(problem):
            return NONE
        return None if find_spec("segmentation_models_pytorch") and find_spec("timm") else MISSING_DECODERS

    def _folders(self, problem: "Problem") -> list[str]:
        return [f for f in checkpoints.named(problem) if not backbones.is_transformer(f)]

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `segmenting.Drawing`, without the first three."""
        fixed: Params = {
            "checkpoint": next(iter(self._folders(problem)), ""),
            "epochs": 20,
            "learning_rate": 5e-4,
            "zoom": 0.2,
            "colour": 0.2 if not _inputs(problem) else 0.0,
        }
        return super().build(problem, {**fixed, **params})

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """Other decoders, then those of a network from nothing."""
        return [{"decoder": "fpn"}, {"decoder": "deeplab"}, *super().presets(problem, profile)]

    def enough(self, params: "Params") -> bool:
        """Whether a fit of that size is good enough for time to be better spent on trying other settings."""
        return number(params, "epochs", 0) >= 20

    def within(self, problem: "Problem", profile: "Profile", rows: int, seconds: float) -> "Params":
        """Epochs of a fit that takes about so long."""
        base = self.effort(problem, profile, {"epochs": 0}, rows)
        each = self.effort(problem, profile, {"epochs": 1}, rows) - base
        return {"epochs": max(2, min(60, int(max(0.0, seconds - base) / each)))}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By operations, on this machine's device: the decoder takes about as many as the encoder."""
        folder = str(params.get("checkpoint") or next(iter(self._folders(problem)), ""))
        one = 2 * 2e9 * (backbones.giga(folder) if folder else 4.0) / (backbones.side(folder) if folder else 224) ** 2
        visits = (
            rows * number(params, "epochs", 20) * BACKWARD * min(_pixels(problem), number(params, "crop", CROP) ** 2)
        )
        visits += 2 * (0.3 * rows + profile.test_rows) * _pixels(problem)
        return 2 * reading(problem, profile) + visits * one / speed()


def _inputs(problem: "Problem") -> tuple[str, ...]:
    found: Any = problem.options.get("inputs") or ()
    return tuple(str(name) for name in found)


def _pixels(problem: "Problem") -> float:
    told: Any = problem.options.get("pictures") or {}
    return float(told.get("height", SIDE)) * float(told.get("width", SIDE))
