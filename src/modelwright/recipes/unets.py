"""Networks that draw maps: a small U-Net that learns from scratch, and decoders over pretrained encoders.

U-Net: Ronneberger, Fischer and Brox 2015. The small one has the levels of `convnets`; what each level saw is joined to
what comes up from below. A stem that halves pictures makes it quicker and coarser; maps are brought back to full size.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .convnets import convolution, levels
from .sizes import LEVELS


class UNet(nn.Module):  # type: ignore[misc]
    """Answers (rows, outputs, height, width) for pictures whose sides are multiples of `multiple`."""

    def __init__(self, channels: int, width: int, halvings: int, outputs: int) -> None:
        super().__init__()
        self.halvings = halvings
        self.down = nn.ModuleList(levels(channels, width, halvings))
        self.up = nn.ModuleList(
            nn.Sequential(
                convolution(width * 2**level + width * 2 ** (level + 1), width * 2**level),
                convolution(width * 2**level, width * 2**level),
            )
            for level in reversed(range(LEVELS - 1))
        )
        self.answer = nn.Conv2d(width, outputs, 1)

    @property
    def multiple(self) -> int:
        """Of which the sides of a picture must be."""
        return int(2 ** (LEVELS - 1 + self.halvings))

    def forward(self, pictures: Any) -> Any:
        """Answers of each pixel."""
        seen, size = [], pictures.shape[-2:]
        for level in self.down:
            pictures = level(pictures)
            seen.append(pictures)
        current = seen.pop()
        for step in self.up:
            beside = seen.pop()
            current = functional.interpolate(current, size=beside.shape[-2:], mode="nearest")
            current = step(torch.cat([current, beside], dim=1))
        found = self.answer(current)
        if found.shape[-2:] != size:
            found = functional.interpolate(found, size=size, mode="bilinear", align_corners=False)
        return found


class Decoded(nn.Module):  # type: ignore[misc]
    """A decoder of segmentation-models-pytorch over an encoder of timm."""

    multiple = 32

    def __init__(self, config: dict[str, Any], decoder: str, channels: int, outputs: int) -> None:
        super().__init__()
        import segmentation_models_pytorch as smp

        makers = {"unet": smp.Unet, "fpn": smp.FPN, "deeplab": smp.DeepLabV3Plus}
        self.net = makers[decoder](
            encoder_name=f"tu-{config['architecture']}", encoder_weights=None, in_channels=channels, classes=outputs
        )

    def forward(self, pictures: Any) -> Any:
        """Answers of each pixel."""
        return self.net(pictures)


def load_encoder(module: Decoded, folder: str) -> None:
    """Put pretrained weights into the encoder; a first layer of other channels gets the mean over colours.

    Raises OSError for weights that are broken or of another network.
    """
    from ..seeing import read_weights

    weights = read_weights(folder)
    inner = module.net.encoder.model
    mine = inner.state_dict()
    fitting = {}
    for name, value in mine.items():
        given = weights.get(name)
        if given is None:
            continue
        if given.shape != value.shape and given.ndim == 4 and given.shape[:1] == value.shape[:1]:
            mean = given.mean(1, keepdim=True) * (3.0 / value.shape[1])
            given = mean.expand_as(value)
        if given.shape == value.shape:
            fitting[name] = given
    if len(fitting) < 0.8 * len(mine):
        raise OSError(
            f"the pretrained model in {folder} is of another network: {len(fitting)} of {len(mine)} weights fit"
        )
    inner.load_state_dict({**mine, **fitting})


def mask_loss(answers: Any, target: Any, how: str, weights: Any, soft: Any = None) -> Any:
    """The mean loss of maps.

    Args:
        answers: (rows, 1 or classes, height, width), before any squashing.
        target: codes (rows, height, width); below 0 where a pixel does not count.
        how: "cross-entropy", or "mixed": focal loss (Lin et al. 2017) and Dice loss (Milletari et al. 2016) together.
        weights: of the classes (classes,), or of a marked pixel (1,).
        soft: shares of annotators that marked each pixel (rows, height, width), in place of the codes of one class.
    """
    counted = (target >= 0).to(answers.dtype)
    if answers.shape[1] == 1:
        logits = answers[:, 0]
        aim = (target > 0).to(answers.dtype) if soft is None else soft
        plain = functional.binary_cross_entropy_with_logits(logits, aim, reduction="none")
        chances = logits.sigmoid()
        if how == "cross-entropy":
            return (plain * counted).sum() / counted.sum().clamp(min=1)
        missed = (aim - chances).abs()
        focal = (plain * missed**FOCUS * (1 + (weights[0] - 1) * aim) * counted).sum() / counted.sum().clamp(min=1)
        return FOCAL * focal + _dice(chances * counted, aim * counted)
    known = target.clamp(min=0).long()
    logarithms = functional.log_softmax(answers, dim=1)
    told = logarithms.gather(1, known[:, None])[:, 0]
    plain = -(1 - SMOOTHED) * told - SMOOTHED * logarithms.mean(1)
    share = counted if weights is None else counted * weights[known]
    each = (plain * share).sum() / share.sum().clamp(min=1e-6)
    if how == "cross-entropy":
        return each
    # Dice of each class without a map of zeros and ones for it: what a pixel is held to be counts where it is that
    chances = logarithms.exp()
    empty = torch.zeros(answers.shape[1], dtype=answers.dtype, device=answers.device)
    both = empty.index_add(0, known.flatten(), (told.exp() * counted).flatten())
    truths = empty.index_add(0, known.flatten(), counted.flatten())
    sizes = (chances * counted[:, None]).sum((0, 2, 3)) + truths
    found = 1 - (2 * both + 1) / (sizes + 1)
    there = (truths > 0).to(found.dtype)
    return each + 0.5 * (found * there).sum() / there.sum().clamp(min=1)


SMOOTHED = 0.02  # share of a label that is spread over all classes
FOCUS = 2.0
FOCAL = 10.0  # focal loss is small where nearly all pixels are easy


def _dice(chances: Any, aim: Any) -> Any:
    """One minus the Dice coefficient of shares, over all pixels of the batch together."""
    return 1 - (2 * (chances * aim).sum() + 1) / (chances.sum() + aim.sum() + 1)
