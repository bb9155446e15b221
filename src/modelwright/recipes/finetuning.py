"""How a pretrained encoder is fine-tuned: a head on its tokens, batches of like length, one cycle of the learning rate.

Layers near the words learn more slowly than those near the answer (Howard and Ruder, "Universal language model
fine-tuning for text classification", 2018). Where memory runs out, half as many rows are taken at once, and their
gradients added up; at the last, activations are computed twice instead of kept.
"""

import math
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from .training import Loss, blend, loss_of, losses

if TYPE_CHECKING:
    from ..interfaces import Array

ROUND = 8  # tokens; on a GPU batches are padded to a multiple, which its units like
NEARBY = 50  # batches among which rows of like length are brought together
STEEP = 1.0  # norm of the gradient at which it is cut
HEAD = 5.0  # times the learning rate, for what begins untrained
PREDICTED = 16_384  # tokens that are predicted at once


@dataclass(frozen=True)
class Schedule:
    """One fine-tuning."""

    epochs: int  # of the whole cycle
    stop: int | None  # after so many; None: the best on the rows held out
    batch: int
    learning_rate: float
    decay: float  # of the learning rate, from layer to layer downwards
    warm: float  # share of the steps
    weight_decay: float
    full: bool  # single precision, whatever the device could do


class Head(nn.Module):  # type: ignore[misc]
    """The encoder, one vector made of its tokens, and the answer: (rows, 1, outputs)."""

    def __init__(self, encoder: Any, pooling: str, dropout: float, outputs: int) -> None:
        super().__init__()
        self.encoder, self.pooling = encoder, pooling
        width = encoder.config.hidden_size
        self.attention = nn.Linear(width, 1) if pooling == "attention" else None
        self.dropout = nn.Dropout(dropout)
        self.answer = nn.Linear(width, outputs)
        nn.init.normal_(self.answer.weight, std=0.02)
        nn.init.zeros_(self.answer.bias)

    def forward(self, **tokens: Any) -> Any:
        """Answers for a batch of the tokenizer."""
        hidden = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"]
        if self.attention is not None:
            weights = self.attention(hidden).squeeze(-1).float().masked_fill(mask == 0, -1e4).softmax(-1)
            pooled = (hidden * weights[..., None].to(hidden.dtype)).sum(1)
        elif self.pooling == "cls":
            pooled = hidden[:, 0]
        else:
            shares = (mask / mask.sum(1, keepdim=True).clamp(min=1)).to(hidden.dtype)
            pooled = (hidden * shares[..., None]).sum(1)
        return self.answer(self.dropout(pooled)).float()[:, None]


@dataclass(frozen=True, eq=False)
class Tokens:
    """The tokens of rows, one row after the other, and where each begins; kinds tell the texts of a pair apart."""

    ids: "Array"
    kinds: "Array | None"
    starts: "Array"  # (rows + 1,)
    pad: int

    @property
    def lengths(self) -> "Array":
        """Tokens of each row."""
        return np.diff(self.starts)

    def batch(self, rows: "Array", where: str) -> dict[str, Any]:
        """Some rows as the encoder reads them, padded to the longest."""
        lengths = self.lengths[rows]
        step = ROUND if where == "cuda" else 1  # a CPU gains nothing by it, and short texts would grow by a third
        width = math.ceil(max(1, int(lengths.max())) / step) * step
        steps = np.arange(width)
        inside = steps < lengths[:, None]
        places = np.minimum(self.starts[rows][:, None] + steps, len(self.ids) - 1)
        found = {"input_ids": np.where(inside, self.ids[places], self.pad), "attention_mask": inside.astype(np.int64)}
        if self.kinds is not None:
            found["token_type_ids"] = np.where(inside, self.kinds[places], 0)
        return {name: torch.from_numpy(np.ascontiguousarray(a)).to(where) for name, a in found.items()}


def precision(where: str, *, full: bool) -> Any:
    """The half precision that a device computes well in; None for single precision."""
    if full or where != "cuda":
        return None  # of CPUs only few gain by it, and MPS has gaps
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def autocast(where: str, dtype: Any) -> AbstractContextManager[Any]:
    """Half precision where it is wanted: the same for training and for prediction."""
    return nullcontext() if dtype is None else torch.autocast(where, dtype=dtype)


def train(
    module: Any,
    tokens: Tokens,
    target: "Array",
    apart: "Array",
    loss: Loss,
    schedule: Schedule,
    seed: int,
    where: str,
) -> int:
    """Train in place on the rows that are not `apart`, on which the best epoch is found.

    Returns that epoch, from 1.
    """
    rng = np.random.default_rng(seed)
    fit = np.setdiff1d(np.arange(len(target)), apart)
    aim = torch.from_numpy(target).to(where)
    dtype = precision(where, full=schedule.full)
    scaler = torch.amp.GradScaler(where, enabled=dtype is torch.float16)
    optimizer = torch.optim.AdamW(_groups(module, schedule), lr=schedule.learning_rate, fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = max(1, math.ceil(len(fit) / schedule.batch))
    total, done = steps * schedule.epochs, 0
    best, best_epoch, kept = float("inf"), 0, None
    memory = _Memory(schedule.batch)
    epoch = 0
    for epoch in range(1, (schedule.stop or schedule.epochs) + 1):
        module.train()
        for rows in _like_lengths(fit, tokens.lengths, schedule.batch, rng):
            scale = _cycle((done + 0.5) / total, schedule.warm)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale
            memory.add_up(module, tokens, aim, rows, loss, optimizer, scaler, where, dtype)
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(module.parameters(), STEEP)
            scaler.step(optimizer)
            scaler.update()
            done += 1
        if schedule.stop is None and len(apart):
            now = loss_of(predict(module, tokens, apart, loss, where, dtype), target[apart], loss)
            if now < best:
                best, best_epoch = now, epoch
                kept = {k: v.detach().to("cpu", copy=True) for k, v in module.state_dict().items()}
    if kept is not None:
        module.load_state_dict(kept)
    return best_epoch or epoch


class _Memory:
    """How many rows fit at once; learnt when they do not."""

    def __init__(self, rows: int) -> None:
        self.rows, self.recomputes = rows, False

    def add_up(
        self,
        module: Any,
        tokens: Tokens,
        aim: Any,
        rows: "Array",
        loss: Loss,
        optimizer: Any,
        scaler: Any,
        where: str,
        dtype: Any,
    ) -> None:
        """Gradients of a batch, a part of it at a time where not all fits. Raises MemoryError where nothing does."""
        while True:
            optimizer.zero_grad(set_to_none=True)
            try:
                for start in range(0, len(rows), self.rows):
                    some = rows[start : start + self.rows]
                    with autocast(where, dtype):
                        answers = module(**tokens.batch(some, where))
                    found = losses(answers, aim[torch.from_numpy(some).to(where)], loss)
                    scaler.scale(found * (len(some) / len(rows))).backward()
            except torch.OutOfMemoryError:
                self._give_way(module, where)
            else:
                return

    def _give_way(self, module: Any, where: str) -> None:
        if where == "cuda":
            torch.cuda.empty_cache()
        if self.rows > 1:
            self.rows //= 2
        elif not self.recomputes and (enable := _recompute(module.encoder)) is not None:
            enable()
            self.recomputes = True
        else:
            raise MemoryError("a single row of text does not fit into the memory of the device")
        again = ", activations computed twice" if self.recomputes else ""
        sys.stderr.write(f"the memory of the device ran out: {self.rows} rows at once from now on{again}\n")


def _recompute(encoder: Any) -> Any:
    """What makes an encoder compute activations twice instead of keeping them; None where it cannot."""
    named = ("activation_checkpointing_enable", "gradient_checkpointing_enable")  # the second: before transformers 5
    return next((getattr(encoder, name) for name in named if hasattr(encoder, name)), None)


def predict(module: Any, tokens: Tokens, rows: "Array", loss: Loss, where: str, dtype: Any) -> "Array":
    """Predictions (rows, outputs) float64 for those rows: like lengths together, as many at once as fit."""
    module.eval()
    order = np.argsort(tokens.lengths[rows], kind="stable")
    found, start, most = None, 0, PREDICTED
    while start < len(rows):
        longest = int(tokens.lengths[rows[order[min(start + 255, len(rows) - 1)]]]) + ROUND
        some = order[start : start + max(1, min(256, most // longest))]
        try:
            with torch.inference_mode(), autocast(where, dtype):
                answers = blend(module(**tokens.batch(rows[some], where)), loss).double().cpu().numpy()
        except torch.OutOfMemoryError:
            if len(some) == 1:
                raise MemoryError("a single row of text does not fit into the memory of the device") from None
            most //= 2
            continue
        found = np.empty((len(rows), answers.shape[1])) if found is None else found
        found[some] = answers
        start += len(some)
    return np.empty((0, module.answer.out_features)) if found is None else found


def _like_lengths(fit: "Array", lengths: "Array", batch: int, rng: np.random.Generator) -> Iterator["Array"]:
    """Batches of rows of about one length, in an order of chance."""
    order = rng.permutation(fit)
    batches = []
    for start in range(0, len(order), batch * NEARBY):
        near = order[start : start + batch * NEARBY]
        near = near[np.argsort(lengths[near], kind="stable")]
        batches += [near[k : k + batch] for k in range(0, len(near), batch)]
    for k in rng.permutation(len(batches)):
        yield batches[k]


def _cycle(done: float, warm: float) -> float:
    """Share of the largest learning rate: up in a straight line, then down along a cosine."""
    return done / warm if done < warm else 0.5 + 0.5 * math.cos(math.pi * (done - warm) / (1 - warm))


def _groups(module: Any, schedule: Schedule) -> list[dict[str, Any]]:
    """Parameters by layer, each with its learning rate; biases and scales do not decay."""
    depth = int(getattr(module.encoder.config, "num_hidden_layers", 12))
    groups: dict[tuple[float, bool], list[Any]] = {}
    for name, parameter in module.named_parameters():
        rate = schedule.learning_rate * HEAD
        if name.startswith("encoder."):
            layer = next((int(part) + 1 for part in name.split(".") if part.isdigit()), 0)
            rate = schedule.learning_rate * schedule.decay ** (depth - min(layer, depth))
        groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": found, "lr": rate, "weight_decay": schedule.weight_decay if decays else 0.0}
        for (rate, decays), found in groups.items()
    ]


def shortened(schedule: Schedule, stop: int) -> Schedule:
    """The same, ended after so many epochs."""
    return replace(schedule, stop=stop, epochs=max(schedule.epochs, stop))
