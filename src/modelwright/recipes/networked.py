"""The estimators behind `neural`: a network, or an average of some, stopped early on rows split off the fit rows."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..parameters import Parameters
from . import frames
from .neural import Sizes, sizes

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .training import Loss, Rows

FEWEST = 40  # rows; with fewer none are split off, and the number of epochs is a guess
GUESS = 0.5  # of the epochs of a cycle
EDGES = 24  # pieces of a number at most
ROWS_PER_EDGE = 40
ROOM = 0.05  # of the range of a target, by which a prediction may leave it


class Networked(Parameters):
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
        from .coder import Coder

        self.coder_ = Coder(X)
        self.loss_ = loss
        numbers, codes = self.coder_.encode(X)
        if not numbers.shape[1] + codes.shape[1]:
            numbers = np.zeros((len(X), 1), dtype=np.float32)  # nothing to learn from: the target's middle
        size = sizes(self.style, len(y), vars(self))
        self.plan_ = self._plan(numbers, size, outputs)
        classes = loss in ("classes", "binary") and y.ndim == 1
        pile = frames.deal(y, max(size.bags, size.piles), self.seed, classes)
        fitted = [
            self._fit_one(numbers, codes, target, np.flatnonzero(pile == bag), size, bag) for bag in range(size.bags)
        ]
        self.weights_ = [weights for weights, _ in fitted]
        self.learned_ = {"epochs": max(1, round(float(np.mean([epochs for _, epochs in fitted]))))}
        self._modules: list[Any] = []

    def _fit_one(
        self, numbers: "Array", codes: "Array", target: "Array", apart: "Array", size: Sizes, bag: int
    ) -> tuple[dict[str, "Array"], int]:
        """The weights of one network, and its epochs."""
        import torch

        from . import nets, training

        stop, held = self.epochs, None
        where = training.device()
        if stop is None and (len(target) < FEWEST or not len(apart)):
            stop = max(1, round(GUESS * size.epochs))
        rows = training.tensors(numbers, codes, target, where)
        if stop is None:
            kept = np.ones(len(target), dtype=bool)
            kept[apart] = False
            held = rows[torch.from_numpy(apart).to(where)]
            rows = rows[torch.from_numpy(np.flatnonzero(kept)).to(where)]
        schedule = training.Schedule(
            epochs=max(size.epochs, stop or 0),
            stop=stop,
            patience=max(4, size.epochs // 3),
            batch=size.batch,
            learning_rate=size.learning_rate,
            weight_decay=self.weight_decay,
        )
        with training.quiet(self.seed * 101 + bag):
            module = nets.make(self.plan_).to(where)
            epochs = training.train(module, rows, held, self.loss_, schedule, self.seed * 101 + bag)
        weights = {name: value.detach().cpu().numpy() for name, value in module.state_dict().items()}
        return weights, epochs

    def _plan(self, numbers: "Array", size: Sizes, outputs: int) -> dict[str, Any]:
        """What `nets.make` needs to make the network anew."""
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

    def _predict_rows(self, X: "pd.DataFrame") -> "Array":
        """Probabilities or values (rows, outputs), averaged over the networks."""
        from . import training

        numbers, codes = self.coder_.encode(X)
        if not numbers.shape[1] + codes.shape[1]:
            numbers = np.zeros((len(X), 1), dtype=np.float32)
        with training.quiet(0):
            if not getattr(self, "_modules", None):
                self._modules = [self._module(weights) for weights in self.weights_]
            rows: Rows = training.tensors(numbers, codes, None, training.device())
            return np.asarray(np.mean([training.predict(m, rows, self.loss_) for m in self._modules], axis=0))

    def _module(self, weights: dict[str, "Array"]) -> Any:
        import torch

        from . import nets, training

        module = nets.make(self.plan_)
        module.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
        return module.to(training.device())


class NetworkClassifier(Networked):
    """Probabilities of the classes."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        self.classes_, coded = np.unique(y, return_inverse=True)
        if len(self.classes_) == 2:
            self._fit_rows(X, coded, coded.astype(np.float32)[:, None], "binary", 1)
        elif len(self.classes_) > 2:
            self._fit_rows(X, coded, coded.astype(np.int64), "classes", len(self.classes_))
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        found = self._predict_rows(X)
        if len(self.classes_) == 2:
            return np.column_stack([1 - found[:, 0], found[:, 0]])
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class NetworkLabels(Networked):
    """Probabilities of labels that do not exclude each other, from one network."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1."""
        self._fit_rows(X, y, np.asarray(y, dtype=np.float32), "binary", y.shape[1])
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        return self._predict_rows(X)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class NetworkRegressor(Networked):
    """Values, of one target or several, from one network."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        self.flat_ = y.ndim == 1
        middle = np.median(columns, axis=0) if self.loss == "absolute" else columns.mean(axis=0)
        spread = columns.std(axis=0)
        spread[~(spread > 0)] = 1.0
        self.middle_, self.spread_ = middle, spread
        low, high = columns.min(axis=0), columns.max(axis=0)
        self.bounds_ = low - ROOM * (high - low), high + ROOM * (high - low)
        target = ((columns - middle) / spread).astype(np.float32)
        loss: Loss = "absolute" if self.loss == "absolute" else "squared"
        self._fit_rows(X, y, target, loss, columns.shape[1])
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was, hardly beyond the range of those that were seen."""
        found = np.clip(self._predict_rows(X) * self.spread_ + self.middle_, *self.bounds_)
        return np.asarray(found[:, 0] if self.flat_ else found)
