"""How a network is trained: AdamW, one cycle of the learning rate, the best weights kept.

The number of epochs of the cycle is fixed before, by the number of rows, so that a fit takes the same steps on any
machine. On rows held out the loss is measured after each epoch; the weights of the best one are kept.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import torch
from torch.nn import functional

from ..encoders import threads
from .eager import uncompiled

if TYPE_CHECKING:
    from ..interfaces import Array

Loss = Literal["binary", "classes", "squared", "absolute"]
LARGEST_BATCH = 4096  # rows that are predicted at once
WARM = 0.15  # of the cycle
STEEP = 1.0  # norm of the gradient at which it is cut


@dataclass(frozen=True)
class Schedule:
    """One training: `epochs` of the whole cycle, of which `stop` are run (None: all, unless patience ends it)."""

    epochs: int
    stop: int | None
    patience: int
    batch: int
    learning_rate: float
    weight_decay: float


class Rows(Protocol):
    """What a network learns from, on its device; `inputs` are the arguments of the network for all of these rows."""

    @property
    def target(self) -> Any:
        """What is to be learnt of them: (rows, outputs), class codes (rows,), or None."""

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the network is called with."""

    @property
    def device(self) -> Any:
        """Where they are."""

    @property
    def at_once(self) -> int:
        """How many of them can be predicted at once."""

    def __getitem__(self, chosen: Any) -> "Rows":
        """Some of the rows, by a tensor of their places."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, eq=False)
class TableRows:
    """Numbers (rows, columns) float32, codes (rows, columns) int64, target (rows, outputs) or class codes (rows,)."""

    numbers: Any
    codes: Any
    target: Any = None

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Numbers and codes."""
        return self.numbers, self.codes

    @property
    def device(self) -> Any:
        """Where they are."""
        return self.numbers.device

    @property
    def at_once(self) -> int:
        """How many can be predicted at once."""
        return LARGEST_BATCH

    def __getitem__(self, chosen: Any) -> "TableRows":
        return TableRows(self.numbers[chosen], self.codes[chosen], None if self.target is None else self.target[chosen])

    def __len__(self) -> int:
        return len(self.numbers)


@contextmanager
def quiet(seed: int) -> Iterator[None]:
    """As many threads as OMP_NUM_THREADS allows, and generators seeded; both are put back afterwards. No compiler."""
    cuda = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with uncompiled(), threads(), torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        yield


def tensor(array: "Array", where: str) -> Any:
    """The array on a device."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(where)


def with_target(rows: Any, target: "Array") -> Any:
    """The rows with what is to be learnt of them."""
    return replace(rows, target=tensor(target, rows.device))


def losses(answers: Any, target: Any, loss: Loss) -> Any:
    """Mean loss of the answers (rows, members, outputs), each member by itself."""
    members = answers.shape[1]
    if loss == "classes":
        return functional.cross_entropy(answers.flatten(0, 1), target.repeat_interleave(members))
    aim = target[:, None].expand(-1, members, -1)
    if loss == "binary":
        return functional.binary_cross_entropy_with_logits(answers, aim)
    if loss == "absolute":
        return functional.smooth_l1_loss(answers, aim, beta=0.05)
    return functional.mse_loss(answers, aim)


def blend(answers: Any, loss: Loss) -> Any:
    """Predictions (rows, outputs) from answers (rows, members, outputs): probabilities or values, averaged."""
    if loss == "classes":
        return answers.softmax(-1).mean(1)
    return answers.sigmoid().mean(1) if loss == "binary" else answers.mean(1)


def predict(module: Any, rows: Rows, loss: Loss) -> "Array":
    """Predictions (rows, outputs) float64, a batch at a time."""
    module.eval()
    with torch.inference_mode():
        places = torch.arange(len(rows), device=rows.device)
        parts = [blend(module(*rows[some].inputs), loss) for some in places.split(rows.at_once)]
        return np.asarray(torch.cat(parts).double().cpu().numpy())


def train(module: Any, rows: Rows, held: Rows | None, loss: Loss, schedule: Schedule, seed: int) -> int:
    """Train the module in place; returns the epoch whose weights it has, from 1."""
    count = len(rows)
    batch = min(schedule.batch, count)
    steps = max(1, count // batch)  # what is left over comes in another epoch's order
    optimizer = torch.optim.AdamW(_groups(module, schedule.weight_decay), lr=schedule.learning_rate, fused=True)
    total = max(schedule.epochs * steps, 1)
    order = torch.Generator().manual_seed(seed)
    best, best_epoch, kept = float("inf"), 0, None
    parameters = list(module.parameters())
    epoch = 0
    for epoch in range(1, (schedule.stop or schedule.epochs) + 1):
        module.train()
        shuffled = torch.randperm(count, generator=order).to(rows.device)
        for step in range(steps):
            chosen = rows[shuffled[step * batch : (step + 1) * batch]]
            rate = schedule.learning_rate * cycle(((epoch - 1) * steps + step + 0.5) / total)
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
            losses(module(*chosen.inputs), chosen.target, loss).backward()
            torch.nn.utils.clip_grad_norm_(parameters, STEEP)
            optimizer.step()
        if held is None:
            continue
        now = loss_of(predict(module, held, loss), held.target.cpu().numpy(), loss)
        if now < best:
            best, best_epoch, kept = now, epoch, {k: v.detach().clone() for k, v in module.state_dict().items()}
        elif epoch - best_epoch >= schedule.patience:
            break
    if kept is not None:
        module.load_state_dict(kept)
    return best_epoch or epoch


def cycle(done: float) -> float:
    """Share of the largest learning rate when a share of the steps is done: up from a tenth, then down to nothing."""
    if done < WARM:
        return 0.1 + 0.9 * done / WARM
    return 0.5 + 0.5 * math.cos(math.pi * (done - WARM) / (1 - WARM))


def _groups(module: Any, weight_decay: float) -> list[dict[str, Any]]:
    """Weights of layers and embeddings decay, biases and scales do not."""
    decays = [p for p in module.parameters() if p.ndim > 1]
    rest = [p for p in module.parameters() if p.ndim <= 1]
    return [{"params": decays, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def loss_of(found: "Array", target: "Array", loss: Loss) -> float:
    """Mean loss of predictions (rows, outputs) of rows held out."""
    if loss == "classes":
        return float(-np.log(np.clip(found[np.arange(len(found)), target], 1e-7, None)).mean())
    if loss == "binary":
        chance = np.clip(np.where(target > 0.5, found, 1 - found), 1e-7, None)
        return float(-np.log(chance).mean())
    error = np.abs(found - target)
    return float(error.mean() if loss == "absolute" else (error**2).mean())
