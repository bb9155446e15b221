"""Pretrained models of pictures: which are at hand, and which suits a problem. No network, and nothing heavy imported.

A backbone is a folder as `timm` writes it for the hub: `config.json` with an architecture, and weights. The user names
one, or it lies in the Hugging Face cache, where only those of the table below are looked at.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import checkpoints
from .checkpoints import Checkpoint, Device

EPOCHS = 8
BACKWARD = 3  # times the operations of an answer that one training step takes
TRANSFORMERS = ("vit", "deit", "beit", "eva", "swin", "cait", "xcit", "maxvit", "volo", "flexivit", "mvit", "twins")


@dataclass(frozen=True)
class Known:
    """A public backbone, as its authors describe it."""

    name: str  # on the Hugging Face hub
    giga: float  # billions of multiplications for a picture of its size
    side: int  # of the pictures it was trained on
    rank: int  # how well it does once fine-tuned, where it fits; higher is better
    because: str = ""


KNOWN = (
    Known("timm/convnext_base.fb_in22k_ft_in1k", 15.4, 224, 10, "strong and convolutional, trained on 14 million"),
    Known("timm/convnext_small.fb_in22k_ft_in1k", 8.7, 224, 9, "the same, smaller"),
    Known("timm/convnext_tiny.fb_in22k_ft_in1k", 4.5, 224, 8, "the same, small"),
    Known("timm/convnextv2_nano.fcmae_ft_in22k_in1k", 2.5, 224, 7, "small, and strong for its size"),
    Known("timm/tf_efficientnetv2_s.in21k_ft_in1k", 5.4, 300, 8, "quick to train, looks closely"),
    Known("timm/tf_efficientnet_b3.ns_jft_in1k", 1.6, 300, 7, "few operations, looks closely"),
    Known("timm/tf_efficientnet_b0.ns_jft_in1k", 0.4, 224, 5, "few operations"),
    Known("timm/resnet50.a1_in1k", 4.1, 224, 6, "well understood"),
    Known("timm/resnet18.a1_in1k", 1.8, 224, 4, "small, well understood"),
    Known("timm/mobilenetv4_conv_small.e2400_r224_in1k", 0.2, 224, 3, "very few operations"),
    Known("timm/vit_base_patch16_224.augreg2_in21k_ft_in1k", 16.9, 224, 9, "a transformer, trained on 14 million"),
    Known("timm/vit_small_patch16_224.augreg_in21k_ft_in1k", 4.3, 224, 7, "the same, small"),
    Known("timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k", 1.1, 224, 4, "the same, tiny"),
    Known("timm/swin_small_patch4_window7_224.ms_in22k_ft_in1k", 8.8, 224, 9, "a transformer of windows"),
    Known("timm/swin_tiny_patch4_window7_224.ms_in1k", 4.5, 224, 7, "a transformer of windows, small"),
)


@dataclass(frozen=True)
class Task:
    """What the choice depends on."""

    rows: int
    budget: float | None  # seconds
    device: Device
    threads: int


def config(folder: str | Path) -> dict[str, Any]:
    """What `config.json` of a backbone says. Raises OSError or ValueError where it cannot be read."""
    found: dict[str, Any] = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    return found


def is_backbone(folder: str | Path) -> bool:
    """Whether the folder of a pretrained model holds one of pictures."""
    return "architecture" in config(folder)


def weights_file(folder: str | Path) -> Path:
    """The file with the weights."""
    return next(p for p in (Path(folder) / name for name in checkpoints.WEIGHTS) if p.exists())


def is_transformer(folder: str | Path) -> bool:
    """Whether the backbone is a transformer, by the name of its architecture; else it is convolutional."""
    return str(config(folder).get("architecture", "")).startswith(TRANSFORMERS)


def side(folder: str | Path) -> int:
    """The side of the pictures it was trained on."""
    told = config(folder).get("pretrained_cfg") or {}
    return int((told.get("input_size") or (3, 224, 224))[1])


def giga(folder: str | Path) -> float:
    """Billions of multiplications for a picture of its side: of the table, else by the size of its weights."""
    told = config(folder).get("pretrained_cfg") or {}
    name = f"{config(folder)['architecture']}.{told.get('tag', '')}"
    for known in KNOWN:
        if known.name.removeprefix("timm/") == name:
            return known.giga
    millions = weights_file(folder).stat().st_size / 4e6
    return 0.17 * millions * (side(folder) / 224) ** 2


def fitting(task: Task) -> list[tuple[Known, str]]:
    """The backbones that suit a task, the best first, each with the reason in words."""
    speed = checkpoints.SPEED[task.device] * (task.threads if task.device == "cpu" else 1)
    allowed = (task.budget or 3600.0) * checkpoints.SHARE
    found = []
    for known in KNOWN:
        seconds = task.rows * EPOCHS * 2e9 * known.giga * BACKWARD / speed
        if seconds <= allowed:
            where = "a GPU" if task.device != "cpu" else f"{task.threads} thread{'s' * (task.threads > 1)}"
            reason = f"{known.because}; about {seconds:.0f} s for a fold on {where}"
            found.append((known, reason))
    return sorted(found, key=lambda item: (-item[0].rank, item[0].giga))


def at_hand(task: Task) -> list[Checkpoint]:
    """What the cache holds that suits the task, the best of each sort first: they differ more than two of one sort."""
    there = [(k, folder, why) for k, why in fitting(task) if (folder := checkpoints.cached_folder(k.name)) is not None]
    found = [Checkpoint(k.name, str(folder), k.giga, why) for k, folder, why in there]
    first = {is_transformer(c.folder): c for c in reversed(found)}
    return [c for c in found if c in first.values()] + [c for c in found if c not in first.values()]
