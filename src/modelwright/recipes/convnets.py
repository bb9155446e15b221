"""Networks for pictures: a small residual one that learns from scratch on a CPU, and whatever timm knows by name.

The residual network (He et al. 2016) has four levels of detail, each half as fine and twice as wide as the one
before, and one block of two convolutions at each of the last three. A stem makes large pictures smaller first.
"""

from typing import Any

from torch import nn

from .sizes import LEVELS


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
