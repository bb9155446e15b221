"""How large networks of pictures are, and what they cost, told without importing torch."""

from typing import TYPE_CHECKING

from .. import checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..records.experiment import Params

LEVELS = 4  # of detail, each half as fine and twice as wide as the one before
FINE = 80  # pixels of a side that the first level sees at most
CONVOLUTIONS = 5e10  # operations a second of one thread
BACKWARD = 3.3  # times the operations of an answer that a training step takes


def stem_steps(side: int) -> int:
    """How often a stem halves pictures of that side before the first level."""
    steps = 0
    while side > FINE and steps < 3:
        side, steps = side // 2, steps + 1
    return steps


def operations(width: float, side: float, halvings: int, channels: int = 3) -> float:
    """Multiplications and additions of one answer of the residual network (`convnets.Residual`)."""
    fine = side / 2.0**halvings
    stem = 9 * channels * width * (side / 2) ** 2 if halvings else 9 * channels * width * fine**2
    stem += sum(9 * width**2 * (side / 2 ** (k + 1)) ** 2 for k in range(1, halvings))
    return float(2 * (stem + 67.5 * width**2 * fine**2))


def speed() -> float:
    """Operations a second of one core, or of this machine's other device, about."""
    return CONVOLUTIONS if checkpoints.device() == "cpu" else checkpoints.speed(1)


def largest(
    sizes: "Iterable[tuple[Params, float]]", effort: "Callable[[Params], float]", seconds: float, least: int, most: int
) -> "Params":
    """The last of the sizes that can be trained as long as it must be, and its epochs in so many seconds.

    Args:
        sizes: the cheapest first, each with the epochs it must be given to be worth it.
        effort: seconds of a fit with such params and `epochs`.
        seconds: there are.
        least: epochs of the first size where not even that fits.
        most: epochs that still help.
    """
    best: Params | None = None
    for params, wanted in sizes:
        base = effort({**params, "epochs": 0})
        epochs = int(max(0.0, seconds - base) / (effort({**params, "epochs": 1}) - base))
        if best is None:
            best = {**params, "epochs": least}
        if epochs >= wanted:
            best = {**params, "epochs": min(most, epochs)}
    assert best is not None, "there is a size"
    return best
