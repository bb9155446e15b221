"""The estimators behind `neural`: a network, or an average of some, stopped early on rows split off the fit rows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..parameters import Parameters
from . import frames
from .heads import ClassHead, Head, LabelHead, ValueHead
from .neural import Sizes, sizes

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .training import Loss, Rows

FEWEST = 40  # rows; with fewer none are split off, and the number of epochs is a guess
GUESS = 0.5  # of the epochs of a cycle
EDGES = 24  # pieces of a number at most
ROWS_PER_EDGE = 40


class Networked(Head, Parameters):
    """One network or several; the base of the three below.

    Without `epochs`, each network is stopped on rows split off, another part of them for each; `learned_` tells the
    epochs, and an estimator that is given them fits on all rows. Parameters that are None are chosen by the number of
    rows (see `neural.sizes`); `style` is "tabm" or "network", `embedding` "piecewise", "periodic" or "none", `loss`
    "squared" or "absolute", for values. After fit the weights are numpy arrays: a pickle needs no device.
    """

    def __init__(
        self,
        style: str = "network",
        epochs: int | None = None,
        cycle: int | None = None,
        bags: int | None = None,
        members: int | None = None,
        width: int | None = None,
        depth: int = 2,
        embedding: str = "piecewise",
        embedding_size: int = 8,
        frequency: float = 0.3,
        batch: int | None = None,
        learning_rate: float | None = None,
        weight_decay: float = 0.01,
        dropout: float | None = None,
        norm: bool = False,
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.style = style
        self.epochs = epochs
        self.cycle = cycle
        self.bags = bags
        self.members = members
        self.width = width
        self.depth = depth
        self.embedding = embedding
        self.embedding_size = embedding_size
        self.frequency = frequency
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.norm = norm
        self.loss = loss
        self.seed = seed

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_modules"}

    def _fit_rows(self, X: "pd.DataFrame", y: "Array", target: "Array", loss: "Loss", outputs: int) -> None:
        """Fit on targets (rows, outputs) float32 or class codes (rows,); y is what rows are dealt by."""
        from . import training

        self.loss_ = loss
        read = self._learn(X)
        size = self._sizes(len(y))
        self.plan_ = self._plan(read, size, outputs)
        rows = training.with_target(self._rows(read, self._device()), target)
        classes = loss in ("classes", "binary") and y.ndim == 1
        pile = frames.deal(y, max(size.bags, size.piles), self.seed, classes)
        fitted = [self._fit_one(rows, np.flatnonzero(pile == bag), size, bag) for bag in range(size.bags)]
        self.weights_ = [weights for weights, _ in fitted]
        self.learned_ = {"epochs": max(1, round(float(np.mean([epochs for _, epochs in fitted]))))}
        self._modules: list[Any] = []

    def _fit_one(self, rows: "Rows", apart: "Array", size: Sizes, bag: int) -> tuple[dict[str, "Array"], int]:
        """The weights of one network, and its epochs."""
        import torch

        from . import training

        stop, held, count = self.epochs, None, len(rows)
        if stop is None and (count < FEWEST or not len(apart)):
            stop = max(1, round(GUESS * size.epochs))
        if stop is None:
            kept = np.ones(count, dtype=bool)
            kept[apart] = False
            held = rows[torch.from_numpy(apart).to(rows.device)]
            rows = rows[torch.from_numpy(np.flatnonzero(kept)).to(rows.device)]
        schedule = training.Schedule(
            epochs=max(size.epochs, stop or 0),
            stop=stop,
            patience=max(self._patience, size.epochs // 3),
            batch=size.batch,
            learning_rate=size.learning_rate,
            weight_decay=self.weight_decay,
        )
        with training.quiet(self.seed * 101 + bag):
            module = self._make(self.plan_).to(rows.device)
            epochs = training.train(module, rows, held, self.loss_, schedule, self.seed * 101 + bag)
        weights = {name: value.detach().cpu().numpy() for name, value in module.state_dict().items()}
        return weights, epochs

    def _predict_rows(self, X: "pd.DataFrame") -> "Array":
        """Probabilities or values (rows, outputs), averaged over the networks."""
        from . import training

        rows = self._rows(self._read(X), self._device())
        with training.quiet(0):
            if not getattr(self, "_modules", None):
                self._modules = [self._module(weights) for weights in self.weights_]
            return np.asarray(np.mean([training.predict(m, rows, self.loss_) for m in self._modules], axis=0))

    def _module(self, weights: dict[str, "Array"]) -> Any:
        import torch

        module = self._make(self.plan_)
        module.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
        return module.to(self._device())

    def _device(self) -> str:
        from .. import encoders

        return encoders.where()

    # --- what depends on the sort of network: these are of networks for tables ------------------

    _patience = 4  # epochs without gain, at least

    def _learn(self, X: "pd.DataFrame") -> Any:
        """Learn how to read tables, and read this one."""
        from .coder import Coder

        self.coder_ = Coder(X)
        return self._read(X)

    def _read(self, X: "pd.DataFrame") -> Any:
        """Arrays of a table: numbers and codes."""
        numbers, codes = self.coder_.encode(X)
        if not numbers.shape[1] + codes.shape[1]:
            numbers = np.zeros((len(X), 1), dtype=np.float32)  # nothing to learn from: the target's middle
        return numbers, codes

    def _rows(self, read: Any, where: str) -> "Rows":
        """What was read, on a device."""
        from . import training

        return training.TableRows(*(training.tensor(array, where) for array in read))

    def _sizes(self, count: int) -> Sizes:
        return sizes(self.style, count, vars(self))

    def _make(self, plan: dict[str, Any]) -> Any:
        from . import nets

        return nets.make(plan)

    def _plan(self, read: Any, size: Sizes, outputs: int) -> dict[str, Any]:
        """What `_make` needs to make the network anew."""
        numbers = read[0]
        embed = [k for k in np.flatnonzero(self.coder_.curved).tolist() if k < numbers.shape[1]]
        edges: list[Array] | None = None
        if self.embedding == "piecewise":
            pieces = int(np.clip(len(numbers) // ROWS_PER_EDGE, 3, EDGES))
            some = numbers[:: max(1, len(numbers) // 100_000)]
            found = {k: np.unique(np.quantile(some[:, k], np.linspace(0, 1, pieces + 1))) for k in embed}
            embed = [k for k in embed if len(found[k]) > 3]
            edges = [found[k].astype(np.float32) for k in embed]
        if self.embedding == "none" or len(embed) * size.embedding_size > size.widest:
            embed, edges = [], None
        inputs = {
            "width": numbers.shape[1],
            "sizes": self.coder_.sizes,
            "embed": embed,
            "edges": edges,
            "size": size.embedding_size,
            "scale": self.frequency,
        }
        shared = {"style": self.style, "inputs": inputs, "width": size.width, "depth": self.depth, "outputs": outputs}
        if self.style == "tabm":
            return {**shared, "dropout": size.dropout, "members": size.members}
        return {**shared, "dropout": size.dropout, "norm": self.norm and len(numbers) > FEWEST}


class NetworkClassifier(ClassHead, Networked):
    """Probabilities of the classes."""


class NetworkLabels(LabelHead, Networked):
    """Probabilities of labels that do not exclude each other, from one network."""


class NetworkRegressor(ValueHead, Networked):
    """Values, of one target or several, from one network."""
