"""Networks for pictures: a small residual one that learns from scratch on a CPU, and whatever timm knows by name.

The residual network (He et al. 2016) has four levels of detail, each half as fine and twice as wide as the one
before, and one block of two convolutions at each of the last three. A stem makes large pictures smaller first.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .sizes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence


class Scaled(nn.Module):  # type: ignore[misc]
    """Pictures from 0..1 to mean 0 and spread 1, by channel."""

    def __init__(self, mean: "Sequence[float]", spread: "Sequence[float]") -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32)[:, None, None])
        self.register_buffer("spread", torch.tensor(spread, dtype=torch.float32)[:, None, None])

    def forward(self, pictures: Any) -> Any:
        """Scaled."""
        return (pictures - self.mean) / self.spread


class Residual(nn.Module):  # type: ignore[misc]
    """Answers (rows, outputs) for pictures (rows, channels, height, width)."""

    def __init__(self, channels: int, width: int, halvings: int, outputs: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.levels = nn.ModuleList(levels(channels, width, halvings))
        self.dropout = nn.Dropout(dropout)
        self.answer = nn.Linear(width * 2 ** (LEVELS - 1), outputs)

    def forward(self, pictures: Any) -> Any:
        """The mean over the picture of what the last level sees, answered."""
        for level in self.levels:
            pictures = level(pictures)
        return self.answer(self.dropout(pictures.mean(dim=(2, 3))))


def levels(channels: int, width: int, halvings: int) -> list[Any]:
    """Four modules, each from what the one before gives."""
    first: list[Any] = [convolution(channels, width, 2 if halvings else 1)]
    first += [convolution(width, width, 2) for _ in range(halvings - 1)]
    found = [nn.Sequential(*first)]
    for level in range(1, LEVELS):
        wide = width * 2**level
        found.append(nn.Sequential(convolution(wide // 2, wide, 2), Block(wide)))
    return found


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a way past them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, values: Any) -> Any:
        """What came in, and what was made of it."""
        return values + self.steps(values)


def convolution(inputs: int, outputs: int, step: int = 1) -> Any:
    """A convolution of three by three, normed over the batch, then SiLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, step, 1, bias=False), nn.BatchNorm2d(outputs), nn.SiLU(inplace=True)
    )


class Pretrained(nn.Module):  # type: ignore[misc]
    """A network of timm with a new last layer, behind the scaling that its makers used."""

    def __init__(self, config: dict[str, Any], outputs: int) -> None:
        super().__init__()
        import timm

        told: dict[str, Any] = config.get("pretrained_cfg") or {}
        self.scaled = Scaled(told.get("mean") or (0.485, 0.456, 0.406), told.get("std") or (0.229, 0.224, 0.225))
        given: dict[str, Any] = config.get("model_args") or {}
        arguments = {name: value for name, value in given.items() if name != "num_classes"}
        self.pretrained = timm.create_model(config["architecture"], pretrained=False, num_classes=outputs, **arguments)

    def forward(self, pictures: Any) -> Any:
        """Answers (rows, outputs)."""
        return self.pretrained(self.scaled(pictures))


def read_weights(folder: str) -> dict[str, Any]:
    """The weights in a folder. Raises OSError for a file that is broken."""
    from ..backbones import weights_file

    file = weights_file(folder)
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(str(file)))
        return dict(torch.load(str(file), map_location="cpu", weights_only=True))
    except Exception as error:  # of many kinds, by what is broken
        told = " ".join(str(error).split())[:200]
        raise OSError(f"the pretrained model in {folder} cannot be read: {told}") from error


def load(module: Pretrained, folder: str) -> None:
    """Put the weights in a folder into the network, all but those of the last layer.

    Raises OSError for weights that are broken or of another network.
    """
    weights, mine = read_weights(folder), module.pretrained.state_dict()
    last = {name for name in mine if name.startswith(_last_layer(module.pretrained))}
    fitting = {name: value for name, value in weights.items() if name in mine and mine[name].shape == value.shape}
    lacking = sorted(set(mine) - set(fitting) - last)
    if lacking:
        raise OSError(
            f"the pretrained model in {folder} cannot be read: {len(lacking)} weights are missing or of another shape, "
            f"such as {lacking[0]}"
        )
    kept = {name: value for name, value in fitting.items() if name not in last}
    module.pretrained.load_state_dict(kept, strict=False)


def _last_layer(network: Any) -> tuple[str, ...]:
    """Names of the weights of the layer that gives classes."""
    named = network.default_cfg.get("classifier") or ()
    return tuple(f"{name}." for name in ((named,) if isinstance(named, str) else named))
