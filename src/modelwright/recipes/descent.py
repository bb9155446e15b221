"""What trainings of networks of pictures share: steps of AdamW, their learning rate, memory, averaged weights."""

import math
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .finetuning import precision

STEEP = 5.0  # norm of the gradient at which it is cut
EVERY = 2  # steps between two looks of the moving average


@dataclass(frozen=True)
class Course:
    """How long and how fast is learnt."""

    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    full: bool = False  # single precision, whatever the device could do
    warm: float = 0.2  # share of the steps in which the learning rate rises
    average: float = 0.998  # of the moving average of the weights, from one step to the next


class Descent:
    """The steps of one training; the weights at its end are the moving average (Polyak averaging).

    Args:
        module: what is trained, in place.
        course: how fast.
        rows: how many there are.
        where: the device.
        groups: parameters with learning rates of their own; None: all alike, biases and scales without decay.
    """

    def __init__(
        self, module: Any, course: Course, rows: int, where: str, groups: Sequence[dict[str, Any]] | None = None
    ) -> None:
        self.module, self.course, self.where = module, course, where
        self.dtype = precision(where, full=course.full)
        self.size = min(course.batch, rows)
        self.steps = max(1, rows // self.size)  # of an epoch; what is left over comes in another one's order
        self.done, self.total = 0, self.steps * course.epochs
        self.scaler = torch.amp.GradScaler(where, enabled=self.dtype is torch.float16)
        chosen = list(groups) if groups is not None else plain_groups(module, course)
        self.optimizer = torch.optim.AdamW(chosen, lr=course.learning_rate, fused=True)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average, self.portions = Average(module, course.average), Portions(self.size)
        module.train()

    @property
    def progress(self) -> float:
        """The share of the steps that is done."""
        return self.done / self.total

    def step(self, found: Callable[[slice], Any], rows: int) -> None:
        """One step; `found(part)` gives the mean loss of a slice of the batch of so many rows."""
        scale = cycle((self.done + 0.5) / self.total, self.course.warm)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * scale
        self.portions.add_up(found, rows, self.optimizer, self.scaler, self.where)
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.module.parameters(), STEEP)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.done += 1
        if self.done % EVERY == 0 or self.done == self.total:
            self.average.look(self.done)

    def end(self) -> None:
        """Put the average into the module."""
        self.average.give(self.module)
        self.module.eval()


def plain_groups(module: Any, course: Course) -> list[dict[str, Any]]:
    """All parameters: weights of layers decay, biases and scales do not."""
    trained = [p for p in module.parameters() if p.requires_grad]
    shared = {"lr": course.learning_rate}
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": course.weight_decay, **shared},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0, **shared},
    ]


class Portions:
    """How many rows fit at once; learnt when they do not."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def add_up(self, found: Any, rows: int, optimizer: Any, scaler: Any, where: str) -> None:
        """Gradients of a batch, a part of it at a time where not all fits. Raises MemoryError where nothing does.

        `found(part)` gives the mean loss of a slice of the batch.
        """
        while True:
            optimizer.zero_grad(set_to_none=True)
            try:
                for start in range(0, rows, self.rows):
                    part = slice(start, min(rows, start + self.rows))
                    scaler.scale(found(part) * ((part.stop - start) / rows)).backward()
            except torch.OutOfMemoryError:
                if where == "cuda":
                    torch.cuda.empty_cache()
                if self.rows < 2:
                    raise MemoryError("a single picture does not fit into the memory of the device") from None
                self.rows //= 2
                sys.stderr.write(f"the memory of the device ran out: {self.rows} pictures at once from now on\n")
            else:
                return


class Average:
    """The moving average of a module's weights; of few steps, the average of about the last tenth."""

    def __init__(self, module: Any, share: float) -> None:
        self.share = share
        self.kept = deepcopy(module).eval()
        pairs = list(zip(self.kept.state_dict().values(), module.state_dict().values(), strict=True))
        drawn = [(mine, theirs) for mine, theirs in pairs if mine.is_floating_point()]
        self.mine, self.theirs = [mine for mine, _ in drawn], [theirs for _, theirs in drawn]  # in the modules' memory
        self.counts = [(mine, theirs) for mine, theirs in pairs if not mine.is_floating_point()]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def look(self, done: int) -> None:
        """Take in the weights after so many steps."""
        stays = min(self.share, 1 - 10 / (done + 10)) ** EVERY
        torch._foreach_lerp_(self.mine, self.theirs, 1 - stays)  # hundreds of small layers at once
        for mine, theirs in self.counts:
            mine.copy_(theirs)

    def give(self, module: Any) -> None:
        """Put the average into the module."""
        module.load_state_dict(self.kept.state_dict())


def cycle(done: float, warm: float) -> float:
    """Share of the largest learning rate: up in a straight line, then down along a cosine."""
    if done < warm:
        return 0.02 + 0.98 * done / warm
    return 0.5 + 0.5 * math.cos(math.pi * (done - warm) / (1 - warm))
