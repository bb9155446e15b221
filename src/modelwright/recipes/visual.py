"""How a network of pictures is trained: batches changed by chance, one cycle of the learning rate, averaged weights.

Pixels stay bytes until a batch is on its device, where it is changed and scaled. What is kept at the end is the moving
average of the weights (Polyak averaging), and predictions average what a picture looks like turned, where that is
allowed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch.nn import functional

from . import augment, tempered
from .descent import Course, Descent
from .finetuning import autocast

if TYPE_CHECKING:
    from ..interfaces import Array
    from .training import Loss

Noise = Literal["none", "bi-tempered", "early", "correct"]
LOW, HIGH = 0.8, 1.2  # temperatures of the bi-tempered loss
TRUST, REMEMBERED = 3.0, 0.7  # weight of what the network believed early, and how slowly that changes
LEARNT, LABELLED = 0.4, 0.2  # share of a training after which labels are corrected; weight of a label at its end
PREDICTED = 256 * 64 * 64  # pixels that are predicted at once
ON_DEVICE = 0.25  # of the memory of a GPU that is free, which pixels may take for the whole training


@dataclass(frozen=True)
class Schedule(Course):
    """One training."""

    smoothing: float = 0.1
    smaller: float = 1.0  # share of the side at which training begins; it ends at the whole
    noise: Noise = "none"
    decay: float = 1.0  # of the learning rate, from layer to layer downwards, for what comes pretrained


class Feed:
    """Pixels (rows, height, width, channels) as batches on a device: all there at once where they fit."""

    def __init__(self, pixels: "Array", where: str) -> None:
        self.where = where
        self.pixels: Any = pixels
        self.ready = False
        if where == "cuda" and pixels.nbytes < ON_DEVICE * torch.cuda.mem_get_info()[0]:
            self.pixels, self.ready = torch.from_numpy(np.ascontiguousarray(pixels)).to(where), True

    def batch(self, rows: "Array") -> Any:
        """Those rows as floats 0 to 1, (rows, channels, height, width), channels last in memory."""
        if self.ready:
            some = self.pixels[torch.from_numpy(rows).to(self.where)]
        else:
            some = torch.from_numpy(np.ascontiguousarray(self.pixels[rows])).to(self.where, non_blocking=True)
        return some.permute(0, 3, 1, 2).float().div_(255)

    def batches(self, order: "Array", size: int) -> Iterator[tuple["Array", Any]]:
        """Places and pictures, batch by batch; the next one is brought while the last is worked on."""
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        if self.ready or self.where == "cpu":
            for part in parts:
                yield part, self.batch(part)
            return
        with ThreadPoolExecutor(1) as pool:
            coming = [pool.submit(self.batch, part) for part in parts[:2]]
            for k, part in enumerate(parts):
                pictures = coming[k].result()
                if k + 2 < len(parts):
                    coming.append(pool.submit(self.batch, parts[k + 2]))
                yield part, pictures


def train(
    module: Any,
    feed: Feed,
    target: "Array",
    loss: "Loss",
    schedule: Schedule,
    policy: augment.Policy,
    seed: int,
    drawn: "Array | None" = None,
) -> None:
    """Train in place.

    Args:
        module: pictures of 0 to 1 in, answers (rows, outputs) out.
        feed: the pictures.
        target: class codes (rows,) or shares of classes (rows, classes), or numbers (rows, outputs).
        loss: what for.
        schedule: how long and how fast.
        policy: how pictures are changed.
        seed: of order and changes.
        drawn: chances by which rows are drawn (rows,); None: each once an epoch.
    """
    where, rng = feed.where, np.random.default_rng(seed)
    dice = torch.Generator(where).manual_seed(seed)
    descent = Descent(module, schedule, len(target), where, groups(module, schedule))
    aim = torch.from_numpy(np.ascontiguousarray(target)).to(where)
    criterion = Criterion(loss, schedule, aim)
    for _ in range(schedule.epochs):
        order = rng.permutation(len(target)) if drawn is None else rng.choice(len(target), len(target), p=drawn)
        for rows, pictures in feed.batches(order[: descent.steps * descent.size], descent.size):
            changed = augment.augmented(pictures, policy, dice)
            changed, others, share = augment.mixed(changed, policy.mix, dice)
            changed = resized(changed, side(descent.progress, schedule.smaller, changed.shape[-1]))
            places = torch.from_numpy(rows).to(where)
            batch = Mixed(changed, places, None if others is None else places[others], share)
            criterion.done = descent.progress
            descent.step(partial(_loss, module, criterion, batch, where, descent.dtype), len(rows))
    descent.end()


@dataclass(frozen=True, eq=False)
class Mixed:
    """A batch as the network sees it: pictures, their places, and of which others they have the rest."""

    pictures: Any
    places: Any
    partners: Any
    share: float


def _loss(module: Any, criterion: "Criterion", batch: Mixed, where: str, dtype: Any, part: slice) -> Any:
    """The mean loss of a part of a batch."""
    with autocast(where, dtype):
        answers = module(_last(batch.pictures[part]))
    partners = None if batch.partners is None else batch.partners[part]
    return criterion(answers.float(), batch.places[part], partners, batch.share)


class Criterion:
    """The mean loss of a batch; `done` is the share of the steps before it.

    With noise "early", what the network believed of each row before is held against it: early-learning regularisation
    (Liu et al., "Early-learning regularization prevents memorization of noisy labels", NeurIPS 2020). With "correct",
    targets become what it says of the row, averaged over the epochs, from a time on at which it has hardly begun to
    learn wrong labels by heart: self-ensemble label correction (Lu and He, "SELC", IJCAI 2022).
    """

    def __init__(self, loss: "Loss", schedule: Schedule, aim: Any) -> None:
        self.loss, self.schedule, self.aim = loss, schedule, aim
        self.done = 0.0
        self.believed: Any = None
        self.corrected: Any = None
        self.stays = LABELLED ** (1 / max(1.0, (1 - LEARNT) * schedule.epochs))  # of a target, from epoch to epoch

    def __call__(self, answers: Any, places: Any, partners: Any, share: float) -> Any:
        """Of answers (rows, outputs) for those places, mixed with those of partners."""
        if self.loss == "classes":
            return self._of_classes(answers, places, partners, share)
        aim = self._targets(places, 1)
        if partners is not None:
            aim = share * aim + (1 - share) * self._targets(partners, 1)
        if self.loss == "binary":
            smoothed = aim * (1 - self.schedule.smoothing) + 0.5 * self.schedule.smoothing
            if partners is None:
                self._correct(answers.sigmoid(), places)
            return self._of_chances(answers, smoothed)
        if self.loss == "absolute":
            return functional.smooth_l1_loss(answers, aim, beta=0.05)
        return functional.mse_loss(answers, aim)

    def _of_chances(self, answers: Any, aim: Any) -> Any:
        if self.schedule.noise == "bi-tempered":
            both = torch.stack([answers, torch.zeros_like(answers)], dim=-1)
            return tempered.bi_tempered(both, torch.stack([aim, 1 - aim], dim=-1), LOW, HIGH).mean()
        return functional.binary_cross_entropy_with_logits(answers, aim)

    def _of_classes(self, answers: Any, places: Any, partners: Any, share: float) -> Any:
        classes = answers.shape[1]
        aim = self._targets(places, classes)
        if partners is not None:
            aim = share * aim + (1 - share) * self._targets(partners, classes)
        smoothed = aim * (1 - self.schedule.smoothing) + self.schedule.smoothing / classes
        if self.schedule.noise == "bi-tempered":
            return tempered.bi_tempered(answers, smoothed, LOW, HIGH).mean()
        plain = -(smoothed * answers.log_softmax(1)).sum(1).mean()
        if partners is not None:
            return plain
        self._correct(answers.softmax(1), places)
        return plain + self._early(answers, places) if self.schedule.noise == "early" else plain

    def _targets(self, places: Any, outputs: int) -> Any:
        """Targets (rows, outputs): shares of the classes, chances or values, corrected as far as they are."""
        if self.corrected is not None:
            return self.corrected[places]
        return self._told(self.aim[places], outputs)

    def _told(self, aim: Any, outputs: int) -> Any:
        return aim.float() if aim.ndim > 1 else functional.one_hot(aim, outputs).float()

    def _correct(self, chances: Any, places: Any) -> None:
        """Move the targets of these rows towards what is said of them now."""
        if self.schedule.noise != "correct" or self.done < LEARNT:
            return
        with torch.no_grad():
            if self.corrected is None:
                self.corrected = self._told(self.aim, chances.shape[1]).clone()
            self.corrected[places] = self.stays * self.corrected[places] + (1 - self.stays) * chances

    def _early(self, answers: Any, places: Any) -> Any:
        chances = answers.softmax(1).clamp(1e-4, 1 - 1e-4)
        if self.believed is None:
            self.believed = torch.zeros((len(self.aim), answers.shape[1]), device=answers.device)
        with torch.no_grad():
            now = chances / chances.sum(1, keepdim=True)
            self.believed[places] = REMEMBERED * self.believed[places] + (1 - REMEMBERED) * now
        agreed = (self.believed[places] * chances).sum(1).clamp(max=1 - 1e-4)
        return TRUST * (1 - agreed).log().mean()


def side(done: float, smaller: float, whole: int) -> int:
    """The side of a picture when a share of the steps is done: from `smaller` up to the whole, a step of 8 at a time.

    Progressive resizing; the last third sees whole pictures.
    """
    share = min(1.0, smaller + (1 - smaller) * done / (2 / 3))
    return whole if share >= 1 else max(8, round(share * whole / 8) * 8)


def resized(pictures: Any, to: int) -> Any:
    """The pictures with another side."""
    if pictures.shape[-1] == to:
        return pictures
    return functional.interpolate(pictures, size=(to, to), mode="bilinear", antialias=True, align_corners=False)


def groups(module: Any, schedule: Schedule) -> list[dict[str, Any]] | None:
    """Parameters of a timm model by their depth, each with its learning rate; None for a network from nothing."""
    inner = getattr(module, "pretrained", None)
    if inner is None or schedule.decay >= 1:
        return None
    from timm.optim import param_groups_layer_decay

    found = param_groups_layer_decay(inner, weight_decay=schedule.weight_decay, layer_decay=schedule.decay)
    return [
        {
            "params": group["params"],
            "lr": schedule.learning_rate * group["lr_scale"],
            "weight_decay": group["weight_decay"],
        }
        for group in found
    ]


def predict(module: Any, feed: Feed, loss: "Loss", flip: augment.Flip, noise: Noise, dtype: Any) -> "Array":
    """Predictions (rows, outputs) float64: the mean over the ways to look at a picture."""
    rows = np.arange(len(feed.pixels))
    module.eval()
    most, found, start = PREDICTED, None, 0
    while start < len(rows):
        tall, wide = feed.pixels.shape[1:3]
        some = rows[start : start + max(1, most // (tall * wide))]
        try:
            with torch.inference_mode(), autocast(feed.where, dtype):
                pictures = feed.batch(some)
                looks = [chances(module(_last(look)).float(), loss, noise) for look in augment.turned(pictures, flip)]
                answers = torch.stack(looks).mean(0).double().cpu().numpy()
        except torch.OutOfMemoryError:
            if len(some) == 1:
                raise MemoryError("a single picture does not fit into the memory of the device") from None
            most //= 2
            continue
        found = np.empty((len(rows), answers.shape[1])) if found is None else found
        found[start : start + len(some)] = answers
        start += len(some)
    return np.empty((0, 1)) if found is None else found


def _last(pictures: Any) -> Any:
    return pictures.contiguous(memory_format=torch.channels_last)


def chances(answers: Any, loss: "Loss", noise: Noise) -> Any:
    """Probabilities or values of answers, as the loss means them."""
    if loss == "classes":
        return tempered.probabilities(answers, HIGH) if noise == "bi-tempered" else answers.softmax(-1)
    if loss == "binary" and noise == "bi-tempered":
        return tempered.probabilities(torch.stack([answers, torch.zeros_like(answers)], dim=-1), HIGH)[..., 0]
    return answers.sigmoid() if loss == "binary" else answers
