"""The estimators behind `kernel`: ridge regression in the space of a kernel whose axes are learnt."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from sklearn.linear_model import LogisticRegression

from .answers import ClassAnswer, LabelAnswer, Numeric, ValueAnswer, standardised
from .distances import Points, squared, weigh

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

JUDGED = 900  # rows on which shape, width, stretch and ridge are chosen, each row told by the others
EXACT = 5000  # rows up to which each row is a centre
CENTRES = 2000  # for more rows
BLOCK = 4096  # rows at a time
STRETCHES = (0.0, 0.5, 1.0)
WIDTHS = (0.5, 1.5, 5.0)  # in medians of the distance
SHAPES = ("laplace", "matern")
RIDGES = np.geomspace(1e-4, 30, 24)


class Kernel(Numeric):
    """Kernel ridge regression: a row is told by all others, the nearer the more; the base of the three below.

    The axes are stretched as in `distances.weigh`, to a power (`stretch`); the kernel falls like exp(-d) ("laplace")
    or is smoother ("matern", of 3/2), over a `width`; `ridge` is the noise that is believed in. What is not given is
    chosen by leaving out one row at a time, which for this model takes no second fit (Allen 1974). More than 5,000
    rows are told by 2,000 of them (Williams and Seeger 2001). Classes are fitted as 0 and 1, and a logistic regression
    on answers that each row got without itself turns numbers into probabilities.
    """

    def __init__(
        self,
        shape: str | None = None,
        width: float | None = None,
        stretch: float | None = None,
        ridge: float | None = None,
        seed: int = 0,
    ) -> None:
        self.shape = shape
        self.width = width
        self.stretch = stretch
        self.ridge = ridge
        self.seed = seed

    def _fit_numbers(self, X: "pd.DataFrame", wanted: "Array", classes: bool) -> None:
        self.points_ = Points(self.seed)
        points = self.points_.fit_transform(X, wanted).astype(np.float64)
        target, self.mean_, self.spread_ = standardised(wanted)
        joint = [list(range(wanted.shape[1]))] if classes else [[k] for k in range(wanted.shape[1])]
        self.machines_ = [_Machine(self, points, target[:, numbers]) for numbers in joint]
        self.links_ = self._links(np.hstack([m.left_out for m in self.machines_]), wanted) if classes else None
        for machine in self.machines_:
            del machine.left_out

    def _links(self, left_out: "Array", wanted: "Array") -> "list[Any]":
        """A model from numbers to probabilities: of classes, or of each label by itself; None for a label all share."""
        if isinstance(self, ClassAnswer):
            return [LogisticRegression(C=10, max_iter=300).fit(left_out, wanted.argmax(axis=1))]
        return [
            LogisticRegression(C=10, max_iter=300).fit(own[:, None], label) if 0 < label.mean() < 1 else None
            for own, label in zip(left_out.T, wanted.T, strict=True)
        ]

    def _numbers(self, X: "pd.DataFrame") -> "Array":
        points = self.points_.transform(X).astype(np.float64)
        found = np.hstack([machine.predict(points) for machine in self.machines_])
        if self.links_ is None:
            return np.asarray(found * self.spread_ + self.mean_)
        if isinstance(self, ClassAnswer):
            return np.asarray(self.links_[0].predict_proba(found))
        chances = [
            np.full(len(X), mean) if link is None else link.predict_proba(own[:, None])[:, 1]
            for link, own, mean in zip(self.links_, found.T, self.mean_, strict=True)
        ]
        return np.column_stack(chances)


class _Machine:
    """One kernel and its coefficients; `left_out` are the answers that the fit rows get without themselves."""

    def __init__(self, model: Kernel, points: "Array", target: "Array") -> None:
        weights = weigh(points, target, model.seed)
        self.shape, self.width, stretch, self.ridge = _chosen(model, points, target, weights)
        self.axes = weights ** (stretch / 2)
        scaled = points * self.axes
        self.width *= _median(scaled, model.seed)
        if len(scaled) <= EXACT:
            self.centres = scaled
            self._solve_all(target)
        else:
            self.centres = scaled[np.sort(np.random.default_rng(model.seed).permutation(len(scaled))[:CENTRES])]
            self._solve_some(scaled, target)

    def _kernel(self, scaled: "Array") -> "Array":
        return _fall(np.sqrt(squared(scaled, self.centres)) / self.width, self.shape)

    def _solve_all(self, target: "Array") -> None:
        kernel = self._kernel(self.centres)
        kernel[np.diag_indices_from(kernel)] = 1.0 + self.ridge
        factor = cho_factor(kernel, lower=True, overwrite_a=True)
        self.answer = cho_solve(factor, target)
        inverse = cho_solve(factor, np.eye(len(target)), overwrite_b=True)
        self.left_out = target - self.answer / np.diag(inverse)[:, None]

    def _solve_some(self, scaled: "Array", target: "Array") -> None:
        """Normal equations, summed over blocks of rows."""
        inner = _fall(np.sqrt(squared(self.centres, self.centres)) / self.width, self.shape)
        both = self.ridge * inner
        right = np.zeros((len(inner), target.shape[1]))
        for start in range(0, len(scaled), BLOCK):
            kernel = self._kernel(scaled[start : start + BLOCK])
            both += kernel.T @ kernel
            right += kernel.T @ target[start : start + BLOCK]
        both[np.diag_indices_from(both)] += 1e-8 * np.trace(both) / len(both)
        factor = cho_factor(both, lower=True, overwrite_a=True)
        self.answer = cho_solve(factor, right)
        self.left_out = np.empty_like(target)
        for start in range(0, len(scaled), BLOCK):
            rows = slice(start, start + BLOCK)
            kernel = self._kernel(scaled[rows])
            leverage = np.einsum("ij,ij->i", kernel, cho_solve(factor, kernel.T).T)
            found = kernel @ self.answer
            told = target[rows] - (target[rows] - found) / np.maximum(1 - leverage, 0.05)[:, None]
            self.left_out[rows] = told

    def predict(self, points: "Array") -> "Array":
        """Standardised numbers (rows, numbers) of the points."""
        parts = [
            self._kernel(points[start : start + BLOCK] * self.axes) @ self.answer
            for start in range(0, len(points), BLOCK)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.answer.shape[1]))


def _chosen(model: Kernel, points: "Array", target: "Array", weights: "Array") -> tuple[str, float, float, float]:
    """Shape, width, stretch and ridge with the least squared error of rows told by the others."""
    rows = np.random.default_rng(model.seed + 1).permutation(len(points))[:JUDGED]
    some, wanted = points[rows], target[rows]
    best = (np.inf, SHAPES[0], 1.0, 0.0, 1.0)
    for stretch in STRETCHES if model.stretch is None else (float(model.stretch),):
        scaled = some * weights ** (stretch / 2)
        distance = np.sqrt(squared(scaled, scaled)) / _median(scaled, model.seed)
        for width in WIDTHS if model.width is None else (float(model.width),):
            for shape in SHAPES if model.shape is None else (model.shape,):
                error, ridge = _left_out(_fall(distance / width, shape), wanted, model.ridge)
                best = min(best, (error, shape, width, stretch, ridge))
    return best[1:]


def _left_out(kernel: "Array", wanted: "Array", ridge: float | None) -> tuple[float, float]:
    """The least mean squared error of rows told by the others, and the ridge it takes."""
    values, vectors = eigh(kernel)
    values, turned = np.maximum(values, 0), vectors.T @ wanted
    best = (np.inf, 1.0)
    for tried in RIDGES if ridge is None else (float(ridge),):
        shrunk = tried / (values + tried)
        error = (vectors * shrunk) @ turned / np.maximum((vectors**2) @ shrunk, 1e-9)[:, None]
        best = min(best, (float((error**2).mean()), float(tried)))
    return best


def _fall(distance: "Array", shape: str) -> "Array":
    """The kernel of distances in widths."""
    if shape == "laplace":
        return np.asarray(np.exp(-distance))
    far = np.sqrt(3.0) * distance
    return np.asarray((1 + far) * np.exp(-far))


def _median(points: "Array", seed: int) -> float:
    some = points[np.random.default_rng(seed + 2).permutation(len(points))[:500]]
    found = squared(some, some)
    return float(np.sqrt(np.median(found))) or 1.0


class KernelClassifier(ClassAnswer, Kernel):
    """Probabilities of the classes."""


class KernelLabels(LabelAnswer, Kernel):
    """Probabilities of labels that do not exclude each other."""


class KernelRegressor(ValueAnswer, Kernel):
    """Values, of one target or several."""
