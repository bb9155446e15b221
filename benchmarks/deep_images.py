"""Fine-tuning of pictures: pictures a second and peak memory of the recipes against a loop of torch written by hand.

    python benchmarks/deep_images.py            # on a GPU: ResNet-50 and ViT-S, 224 pixels, half precision
    python benchmarks/deep_images.py --small    # and so on a CPU: a small network of each sort, to see that it runs

Weights and pictures are random, decoded before, and both do the same steps on the same rows: forward, loss, backward,
cut gradients, AdamW. The recipe also changes pictures by chance as it does by default, and averages weights; the loop
by hand mirrors half of them. The two take turns, several times; the figure is the median of the ratios. On a GPU it
is also told how busy the device was while the recipe trained (nvidia-smi, five times a second, from the second epoch
on). Exit status 1 when the recipe is below 90 % of the loop, or the device busy for less.
"""

import argparse
import statistics
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import timm
import torch
import turns

from modelwright.encoders import where as device
from modelwright.recipes import augment, finetuning, visual

AIM = 0.9
FULL = ("resnet50", "vit_small_patch16_224")
SMALL = ("resnet18", "vit_tiny_patch16_224")
CLASSES = 10


@dataclass(frozen=True)
class Setting:
    """What is trained on what."""

    name: str
    side: int
    batch: int
    pixels: Any  # (rows, side, side, 3) bytes
    target: Any  # (rows,) codes

    def network(self, where: str) -> Any:
        """A network, its weights random and the same each time."""
        torch.manual_seed(0)
        given = {"img_size": self.side} if self.name.startswith("vit") else {}
        return timm.create_model(self.name, pretrained=False, num_classes=CLASSES, **given).to(where)


def setting(name: str, rows: int, side: int, batch: int) -> Setting:
    """Random pictures with random classes."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (rows, side, side, 3), dtype=np.uint8)
    return Setting(name, side, batch, pixels, rng.integers(0, CLASSES, rows))


class Busy(threading.Thread):
    """Looks how busy a GPU is until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Look, five times a second."""
        ask = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0"]
        while not self.over.wait(0.2):
            self.seen.append(float(subprocess.run(ask, capture_output=True, text=True, check=True).stdout))

    def stop(self) -> float:
        """The share of the time in which it worked."""
        self.over.set()
        self.join()
        return statistics.mean(self.seen) / 100 if self.seen else float("nan")


def recipe(module: Any, some: Setting, where: str, epochs: int) -> None:
    """Epochs as the recipe trains."""
    schedule = visual.Schedule(epochs, some.batch, 3e-4, 0.05)
    policy = augment.Policy(zoom=0.15, colour=0.2)
    visual.train(module, visual.Feed(some.pixels, where), some.target, "classes", schedule, policy, 0)


def by_hand(module: Any, some: Setting, where: str, epochs: int) -> None:
    """Epochs as somebody would write them who has only this network to train."""
    pixels, target = torch.from_numpy(some.pixels).to(where), torch.from_numpy(some.target).to(where)
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-4, weight_decay=0.05, fused=True)
    cycle = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * (len(target) // some.batch))
    dtype = finetuning.precision(where, full=False)
    module.train().to(memory_format=torch.channels_last)
    for _ in range(epochs):
        order = torch.randperm(len(target), device=where)
        for rows in order[: len(order) // some.batch * some.batch].split(some.batch):
            batch = pixels[rows].permute(0, 3, 1, 2).float().div_(255)
            batch = torch.where(torch.rand(len(rows), 1, 1, 1, device=where) < 0.5, batch.flip(-1), batch)
            batch = batch.contiguous(memory_format=torch.channels_last)
            with finetuning.autocast(where, dtype):
                answers = module(batch)
            loss = torch.nn.functional.cross_entropy(answers.float(), target[rows], label_smoothing=0.1)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 5.0)
            optimizer.step()
            cycle.step()


def measured(train: Any, some: Setting, where: str, epochs: int, busy: Busy | None = None) -> turns.Training:
    """Epochs of a new network, once it has run one."""
    module = some.network(where)
    train(module, some, where, 1)

    def run() -> int:
        train(module, some, where, epochs)
        return epochs * (len(some.target) // some.batch) * some.batch

    return turns.measured(run, where, busy.start if busy is not None else None)


def compared(some: Setting, where: str, count: int, epochs: int) -> bool:
    """Measure both in turn, print a table; whether the aims are met."""
    shares: list[float] = []

    def watched() -> turns.Training:
        busy = Busy() if where == "cuda" else None
        found = measured(recipe, some, where, epochs, busy)
        if busy is not None:
            shares.append(busy.stop())
        return found

    found = turns.by_turns(watched, lambda: measured(by_hand, some, where, epochs), count)
    worked = statistics.median(shares) if shares else None
    print(f"\n{some.name}, {where}, {some.side} pixels, batches of {some.batch}, {len(some.target)} pictures")
    print(found.table("pictures", worked))
    return found.ratio >= AIM and (worked is None or worked >= AIM)


def main() -> int:
    """Measure each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small networks and pictures; the default without a GPU")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    where = device()
    small = args.small or where == "cpu"
    rows, batch = args.rows or (128 if small else 8192), args.batch or (32 if small else 128)
    found = [
        compared(setting(name, rows, 64 if small else 224, batch), where, args.turns, args.epochs)
        for name in (SMALL if small else FULL)
    ]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
