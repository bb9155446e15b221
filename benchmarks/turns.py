"""Two ways to train the same network take turns: what each reaches a second, and what memory it takes at most.

Shared by `deep.py` and `deep_images.py`. Two that take turns see the same noise of a shared machine, so that the median
of their ratios says more than either figure.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Training:
    """One training: rows a second, peak memory in GiB (0 where the device does not tell)."""

    speed: float
    peak: float


def measured(train: Callable[[], int], where: str, begin: Callable[[], None] | None = None) -> Training:
    """Train, and measure it.

    Args:
        train: trains, and returns how many rows it saw; to be warm, it must have run before.
        where: the device.
        begin: called when the clock starts.
    """
    if where == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    if begin is not None:
        begin()
    began = time.perf_counter()
    rows = train()
    if where == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    return Training(rows / seconds, torch.cuda.max_memory_allocated() / 2**30 if where == "cuda" else 0.0)


@dataclass(frozen=True)
class Pairs:
    """What came of all turns."""

    recipe: list[Training]
    hand: list[Training]

    @property
    def ratio(self) -> float:
        """Speed of the recipe by that of the loop by hand: the median over the turns."""
        return statistics.median(a.speed / b.speed for a, b in zip(self.recipe, self.hand, strict=True))

    @property
    def memory(self) -> float:
        """Peak memory of the recipe by that of the loop by hand; 1 where the device does not tell."""
        found = zip(self.recipe, self.hand, strict=True)
        return statistics.median(a.peak / b.peak if b.peak else 1.0 for a, b in found)

    def table(self, rows: str, busy: float | None = None) -> str:
        """Both in a table; rows: what is counted; busy: share of the time in which the recipe kept the device busy."""
        lines = [f"| | {rows} a second | peak GiB | device busy |\n|---|---|---|---|"]
        for name, found in (("recipe", self.recipe), ("by hand", self.hand)):
            speed, peak = statistics.median(f.speed for f in found), statistics.median(f.peak for f in found)
            told = f"{busy:.0%}" if busy is not None and name == "recipe" else ""
            lines.append(f"| {name} | {speed:.1f} | {peak:.2f} | {told} |")
        return "\n".join([*lines, f"| ratio | {self.ratio:.2f} | {self.memory:.2f} | |"])


def by_turns(recipe: Callable[[], Training], hand: Callable[[], Training], turns: int) -> Pairs:
    """Let both train that many times, each of them first in turn."""
    found = Pairs([], [])
    both = ((found.hand, hand), (found.recipe, recipe))
    for turn in range(turns):
        for kept, train in both if turn % 2 == 0 else both[::-1]:
            kept.append(train())
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
    return found
