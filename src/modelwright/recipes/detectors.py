"""Networks that find boxes: the one-stage detector of torchvision over a backbone of ours, or a pretrained one of timm.

FCOS (Tian et al., "FCOS: Fully convolutional one-stage object detection", ICCV 2019): each place of a pyramid of
features says what is there and how far the edges of its box are. It needs no anchors of chosen shapes.
"""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.fcos import FCOSHead
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork

from ..seeing import Scaled
from .convnets import convolution, levels

CHANNELS = 64  # of the pyramid
TOWER = 2  # convolutions before an answer
ALIKE = 0.55  # overlap from which the less sure of two boxes of a class is dropped
FOUND = 100  # boxes of a picture at most
CERTAIN = 0.02  # confidence below which a box is dropped


class Pyramid(nn.Module):  # type: ignore[misc]
    """Features of strides 4 (where `fine`), 8, 16 and 32, all CHANNELS wide."""

    out_channels = CHANNELS

    def __init__(self, body: Any, widths: list[int], fine: bool) -> None:
        super().__init__()
        self.body, self.fine = body, fine
        self.pyramid = FeaturePyramidNetwork(widths if fine else widths[1:], CHANNELS)
        self.coarse = convolution(CHANNELS, CHANNELS, 2)

    def forward(self, pictures: Any) -> Any:
        """The features by name, the finest first."""
        seen = self.body(pictures)
        named = OrderedDict((str(k), s) for k, s in enumerate(seen if self.fine else seen[1:]))
        found = self.pyramid(named)
        found["coarse"] = self.coarse(next(reversed(found.values())))
        return found

    @property
    def strides(self) -> list[int]:
        """Of the features."""
        return [4, 8, 16, 32] if self.fine else [8, 16, 32]


class Body(nn.Module):  # type: ignore[misc]
    """The levels of the residual network behind a stem that halves pictures: strides 4, 8 and 16."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(levels(3, width, 1))

    def forward(self, pictures: Any) -> list[Any]:
        """What the last three levels see."""
        seen = []
        for level in self.levels:
            pictures = level(pictures)
            seen.append(pictures)
        return seen[1:]


class Pretrained(nn.Module):  # type: ignore[misc]
    """A network of timm that gives features of strides 4, 8 and 16."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        import timm

        net = timm.create_model(config["architecture"], pretrained=False, features_only=True)
        self.places = [net.feature_info.reduction().index(stride) for stride in (4, 8, 16)]
        self.widths = [net.feature_info.channels()[k] for k in self.places]
        self.net = net

    def forward(self, pictures: Any) -> list[Any]:
        """The three features."""
        found = self.net(pictures)
        return [found[k] for k in self.places]


def load_body(body: Pretrained, folder: str) -> None:
    """Put pretrained weights into the network. Raises OSError for weights that are broken or of another network."""
    from ..seeing import read_weights

    given, mine = read_weights(folder), body.net.state_dict()
    flat = {name.replace(".", "_"): value for name, value in given.items()}  # stages of some are renamed: a.0 to a_0
    fitting = {
        name: value
        for name in mine
        if (value := given.get(name, flat.get(name.replace(".", "_")))) is not None and value.shape == mine[name].shape
    }
    if len(fitting) < 0.8 * len(mine):
        raise OSError(
            f"the pretrained model in {folder} is of another network: {len(fitting)} of {len(mine)} weights fit"
        )
    body.net.load_state_dict({**mine, **fitting})


class AsTheyAre(nn.Module):  # type: ignore[misc]
    """In place of torchvision's transform: pictures come in one size already."""

    def forward(self, images: Any, targets: Any = None) -> tuple[Any, Any]:
        """A batch with its sizes, and the targets."""
        stacked = torch.stack(list(images))
        return ImageList(stacked, [tuple(stacked.shape[-2:])] * len(stacked)), targets

    def postprocess(self, result: Any, image_shapes: Any, original: Any) -> Any:  # noqa: ARG002
        """The boxes as they were found."""
        return result


class Detector(nn.Module):  # type: ignore[misc]
    """Losses while training, boxes with confidence and class otherwise."""

    def __init__(self, body: Any, widths: list[int], classes: int, fine: bool, scale: tuple[Any, Any]) -> None:
        super().__init__()
        self.scaled = Scaled(*scale)
        pyramid = Pyramid(body, widths, fine)
        sizes = tuple((stride,) for stride in pyramid.strides)
        self.net = FCOS(
            pyramid,
            num_classes=classes,
            anchor_generator=AnchorGenerator(sizes, ((1.0,),) * len(sizes)),
            head=FCOSHead(CHANNELS, 1, classes, num_convs=TOWER),
            score_thresh=CERTAIN,
            nms_thresh=ALIKE,
            detections_per_img=FOUND,
        )
        self.net.transform = AsTheyAre()

    def losses(self, pictures: Any, targets: list[dict[str, Any]]) -> Any:
        """The sum of what classes, boxes and their middles cost."""
        return sum(self.net(list(self.scaled(pictures)), targets).values())

    def boxes(self, pictures: Any) -> list[dict[str, Any]]:
        """Boxes, scores and labels of each picture."""
        found: list[dict[str, Any]] = self.net(list(self.scaled(pictures)))
        return found


def from_nothing(width: int, classes: int, fine: bool, scale: tuple[Any, Any]) -> Detector:
    """A detector over the residual network."""
    return Detector(Body(width), [2 * width, 4 * width, 8 * width], classes, fine, scale)


def over(config: dict[str, Any], classes: int, fine: bool) -> Detector:
    """A detector over a network of timm, with the scaling of its makers."""
    told: dict[str, Any] = config.get("pretrained_cfg") or {}
    body = Pretrained(config)
    scale = told.get("mean") or (0.485, 0.456, 0.406), told.get("std") or (0.229, 0.224, 0.225)
    return Detector(body, body.widths, classes, fine, scale)
