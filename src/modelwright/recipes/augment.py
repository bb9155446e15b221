"""Changes of pictures that leave their answer as it is, for whole batches on their device.

Pictures are float tensors (rows, channels, height, width), values 0 to 1. Maps that belong to them (masks) move with
them. Mixed pictures: mixup (Zhang et al. 2018), and cutmix (Yun et al. 2019).
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.nn import functional

Flip = Literal["none", "sides", "all"]
Mix = Literal["none", "mixup", "cutmix"]
MIXED = 0.5  # of the batches, where pictures are mixed


@dataclass(frozen=True)
class Policy:
    """What may be done to a picture."""

    flip: Flip = "sides"  # left and right; or upside down and quarter turns too
    shift: float = 0.125  # of a side, at most
    zoom: float = 0.0  # at most by so much larger or smaller, as a logarithm
    rotate: float = 0.0  # degrees at most
    colour: float = 0.0  # of brightness, contrast and saturation
    erase: float = 0.25  # side of a square that is blanked, as a share of the picture's
    mix: Mix = "none"


def augmented(pictures: Any, policy: Policy, dice: torch.Generator, maps: Any = None) -> Any:
    """The pictures, each changed by chance; with maps (rows, height, width) a pair, where -1 is what came from outside.

    Args:
        pictures: float (rows, channels, height, width).
        policy: what may be done.
        dice: a generator on the device of the pictures.
        maps: whole numbers that belong to the pixels.
    """
    pictures, maps = _flipped(pictures, maps, policy.flip, dice)
    if policy.zoom or policy.rotate:
        pictures, maps = _moved(pictures, maps, policy, dice)
    elif policy.shift:
        pictures, maps = _shifted(pictures, maps, policy.shift, dice)
    if policy.colour:
        pictures = _recoloured(pictures, policy.colour, dice)
    if policy.erase and maps is None:
        pictures = _erased(pictures, policy.erase, dice)
    return pictures if maps is None else (pictures, maps)


def _chance(pictures: Any, dice: torch.Generator, *shape: int) -> Any:
    """Numbers from 0 to 1, (rows, *shape)."""
    return torch.rand((len(pictures), *shape), generator=dice, device=pictures.device)


def _flipped(pictures: Any, maps: Any, flip: Flip, dice: torch.Generator) -> tuple[Any, Any]:
    if flip == "none":
        return pictures, maps
    pictures, maps = _where(_chance(pictures, dice) < 0.5, lambda t: t.flip(-1), pictures, maps)
    if flip == "all":
        pictures, maps = _where(_chance(pictures, dice) < 0.5, lambda t: t.flip(-2), pictures, maps)
        if pictures.shape[-1] == pictures.shape[-2]:
            pictures, maps = _where(_chance(pictures, dice) < 0.5, lambda t: t.transpose(-1, -2), pictures, maps)
    return pictures, maps


def _where(chosen: Any, change: Any, pictures: Any, maps: Any) -> tuple[Any, Any]:
    changed = torch.where(chosen[:, None, None, None], change(pictures), pictures)
    return changed, None if maps is None else torch.where(chosen[:, None, None], change(maps), maps)


def _shifted(pictures: Any, maps: Any, shift: float, dice: torch.Generator) -> tuple[Any, Any]:
    """Moved by whole pixels; what comes in is mirrored."""
    rows, _, height, width = pictures.shape
    down, right = max(1, round(shift * height)), max(1, round(shift * width))
    padded = functional.pad(pictures, (right, right, down, down), mode="reflect")
    low = (_chance(pictures, dice, 2) * torch.tensor([2 * down + 1, 2 * right + 1], device=pictures.device)).long()
    lines = low[:, :1] + torch.arange(height, device=pictures.device)
    columns = low[:, 1:] + torch.arange(width, device=pictures.device)
    every = torch.arange(rows, device=pictures.device)[:, None, None]
    # channels last: one gather of whole pixels
    moved = padded.permute(0, 2, 3, 1)[every, lines[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    if maps is not None:
        around = functional.pad(maps, (right, right, down, down), value=-1)
        maps = around[every, lines[:, :, None], columns[:, None, :]]
    return moved, maps


def _moved(pictures: Any, maps: Any, policy: Policy, dice: torch.Generator) -> tuple[Any, Any]:
    """Turned, made larger or smaller, and moved, in one step."""
    height, width = pictures.shape[-2:]
    angle = (2 * _chance(pictures, dice) - 1) * math.radians(policy.rotate)
    scale = torch.exp((2 * _chance(pictures, dice) - 1) * policy.zoom)
    shift = (2 * _chance(pictures, dice, 2) - 1) * 2 * policy.shift
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    ratio = height / width
    rows = (torch.stack([cosine, -sine * ratio, shift[:, 0]], 1), torch.stack([sine / ratio, cosine, shift[:, 1]], 1))
    grid = functional.affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    if maps is not None:
        # one more, so that 0 is what came from outside
        layer = (maps + 1)[:, None].to(pictures.dtype)
        layer = functional.grid_sample(layer, grid, mode="nearest", align_corners=False)
        maps = layer[:, 0].round().to(maps.dtype) - 1
    return moved, maps


def _recoloured(pictures: Any, strength: float, dice: torch.Generator) -> Any:
    """Brightness, contrast and saturation changed."""
    change = 1 + strength * (2 * _chance(pictures, dice, 3) - 1)
    bright, contrast, saturated = (change[:, k, None, None, None] for k in range(3))
    pictures = pictures * bright
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    pictures = mean + contrast * (pictures - mean)
    grey = pictures.mean(dim=1, keepdim=True)
    return grey + saturated * (pictures - grey)


def _erased(pictures: Any, share: float, dice: torch.Generator) -> Any:
    """A square of each blanked to the mean of its batch."""
    height, width = pictures.shape[-2:]
    centre = _chance(pictures, dice, 2)
    lines = (torch.arange(height, device=pictures.device) + 0.5) / height
    columns = (torch.arange(width, device=pictures.device) + 0.5) / width
    inside = ((lines - centre[:, :1]).abs() < share / 2)[:, :, None] & ((columns - centre[:, 1:]).abs() < share / 2)[
        :, None, :
    ]
    return torch.where(inside[:, None], pictures.mean(dim=(0, 2, 3), keepdim=True), pictures)


def mixed(pictures: Any, how: Mix, dice: torch.Generator) -> tuple[Any, Any, float]:
    """Pictures with others mixed in, which others (rows,), and the share of the first."""
    if how == "none" or float(torch.rand((), generator=dice, device=pictures.device)) >= MIXED:
        return pictures, None, 1.0
    others = torch.randperm(len(pictures), generator=dice, device=pictures.device)
    share = float(torch.rand((), generator=dice, device=pictures.device))
    if how == "mixup":
        return share * pictures + (1 - share) * pictures[others], others, share
    height, width = pictures.shape[-2:]
    tall, wide = round(height * math.sqrt(1 - share)), round(width * math.sqrt(1 - share))
    places = torch.rand(2, generator=dice, device=pictures.device).tolist()
    top, left = int(places[0] * (height - tall + 1)), int(places[1] * (width - wide + 1))
    patched = pictures.clone()
    patched[:, :, top : top + tall, left : left + wide] = pictures[others, :, top : top + tall, left : left + wide]
    return patched, others, 1 - tall * wide / (height * width)


def turned(pictures: Any, flip: Flip) -> list[Any]:
    """The ways to look at pictures that a policy makes equal; `undone` turns maps of them back."""
    looks = [pictures]
    if flip != "none":
        looks.append(pictures.flip(-1))
    if flip == "all":
        looks += [look.flip(-2) for look in looks[:2]]
    return looks


def undone(maps: list[Any]) -> list[Any]:
    """Maps of what `turned` gave, turned back; a mirror is its own way back."""
    mirrors: list[tuple[int, ...]] = [(), (-1,), (-2,), (-1, -2)]
    return [layer.flip(axes) if axes else layer for layer, axes in zip(maps, mirrors, strict=False)]
