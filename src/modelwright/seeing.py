"""Pretrained networks of timm, loaded from a folder, and the scaling of what networks of pictures see. Needs torch."""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from . import backbones

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
    file = backbones.weights_file(folder)
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


def pretrained(config: dict[str, Any], outputs: int, folder: str) -> Pretrained:
    """The network of a configuration, with the weights in a folder; with weights of chance where that is "".

    Without outputs it gives what its last layer would see. Raises OSError for weights that are broken.
    """
    module = Pretrained(config, outputs)
    if folder:
        load(module, folder)
    module.eval()
    return module
