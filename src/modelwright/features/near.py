"""What is near a place: the target of the nearest places, how far they are, and its coordinates turned."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..coordinates import coordinate_pairs
from .base import Step, number_names, put_together
from .categories import VALUES

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

PARTS = 5  # in which the rows of fit get means of other rows
CLASSES = 5  # that get a column each, the largest first
ANGLES = (30, 60)  # degrees by which the axes are turned
FEWEST = 50  # rows


class NearPlaces(Step):
    """Latitude and longitude together: the mean target of the nearest places, as `latitude+longitude.mean`.

    Beside it stand the mean distance to these places in degrees, and the coordinates with the axes turned by 30 and 60
    degrees, so that a tree can cut across. The rows of fit get means of places in four other parts of five, so
    `fit_transform` differs from `transform`. More than two classes or targets have a column each. Found by
    a tree of the places, 100,000 rows take about 2 seconds on one core.

    Args:
        nearest: places that a mean is taken of.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    effort: ClassVar[float] = 0.8

    def __init__(self, nearest: int = 30) -> None:
        self.nearest = nearest

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when two number columns are a place, and the target is a class or a number."""
        if problem.kind not in VALUES:
            return f"the target of the kind {problem.kind} has no mean"
        return None if profile.coordinates else "no two columns are the latitude and the longitude of a place"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:
        """Learn places and targets; y (rows,) or (rows, targets): integers are class codes, floats values."""
        if y is None:
            raise ValueError("NearPlaces learns from labels: fit needs y.")
        self.places_ = coordinate_pairs(number_names(table), number_names(table)) if len(table) >= FEWEST else ()
        self.endings_: tuple[str, ...] = ()
        self.targets_: Array = np.empty((len(table), 0))
        if self.places_:
            self.endings_, self.targets_ = answers_of(y, CLASSES)
        self.known_ = [_flat(table, *place) for place in self.places_]
        return self

    def fit_transform(self, table: pd.DataFrame, y: "Array | None" = None) -> pd.DataFrame:
        """Fit, and describe each row given by places in other parts."""
        self.fit(table, y)
        part = np.random.default_rng(0).permutation(len(table)) % PARTS
        found = []
        for points in self.known_:
            made = np.empty((len(table), self.targets_.shape[1] + 1))
            for k in range(PARTS):
                made[part == k] = self._near(points[part != k], self.targets_[part != k], points[part == k])
            found.append(made)
        return self._with(table, found)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with what is near each place."""
        points = [_flat(table, *place) for place in self.places_]
        return self._with(table, [self._answer(k, asked) for k, asked in enumerate(points)])

    def _answer(self, place: int, asked: "Array") -> "Array":
        """What is near the rows asked for, among all known ones; their tree is made once in a process."""
        trees: dict[int, Any] = self.__dict__.setdefault("_trees", {})
        if place not in trees:
            trees[place] = _tree(self.known_[place])
        return self._near(self.known_[place], self.targets_, asked, trees[place])

    def __getstate__(self) -> dict[str, Any]:
        """Without the trees, which are quickly made and large to keep."""
        return {name: value for name, value in self.__dict__.items() if name != "_trees"}

    def _near(self, known: "Array", targets: "Array", asked: "Array", tree: Any = None) -> "Array":
        """Mean targets, then mean distance (rows, targets + 1); NaN for rows without a place."""
        found = np.full((len(asked), targets.shape[1] + 1), np.nan)
        there, here = ~np.isnan(known).any(axis=1), ~np.isnan(asked).any(axis=1)
        if not here.any() or there.sum() <= self.nearest:
            return found
        distance, at = (tree or _tree(known)).query(asked[here], k=self.nearest)
        shape = (int(here.sum()), self.nearest)
        near, means = np.reshape(distance, shape), targets[there][np.reshape(at, shape)].mean(axis=1)
        found[here] = np.column_stack([means, near.mean(axis=1)])
        return found

    def _with(self, table: pd.DataFrame, found: "list[Array]") -> pd.DataFrame:
        added: dict[str, Any] = {}
        for (north, east), made in zip(self.places_, found, strict=True):
            name = f"{north}+{east}"
            added.update({f"{name}.mean{e}": made[:, k] for k, e in enumerate(self.endings_)})
            added[f"{name}.distance"] = made[:, -1]
            points = _flat(table, north, east)
            for angle in ANGLES:
                turn = np.deg2rad(angle)
                added[f"{name}.{angle}"] = points[:, 0] * np.cos(turn) + points[:, 1] * np.sin(turn)
        return put_together(table, added)


def _tree(known: "Array") -> Any:
    """The known places, those that are missing left out."""
    from scipy.spatial import cKDTree

    return cKDTree(known[~np.isnan(known).any(axis=1)])


def _flat(table: pd.DataFrame, north: str, east: str) -> "Array":
    """Places in degrees, as they stand (rows, 2); NaN where one of the two is missing."""
    points = table[[north, east]].to_numpy(dtype=np.float64, na_value=np.nan)
    points = np.where(np.isfinite(points) & (np.abs(points) <= 360), points, np.nan)
    return np.where(np.isnan(points).any(axis=1, keepdims=True), np.nan, points)


def answers_of(y: "Array", most: int) -> "tuple[tuple[str, ...], Array]":
    """Endings of the names, and what means are taken of (rows, targets); of more classes than `most`, the largest."""
    if y.dtype.kind == "f" or y.ndim == 2:
        columns = y.reshape(len(y), -1).astype(np.float64)
        return tuple(f".{k}" for k in range(columns.shape[1])) if y.ndim == 2 else ("",), columns
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) <= 2:
        return ("",), (y == classes[-1]).astype(np.float64).reshape(-1, 1)
    largest = np.sort(classes[np.argsort(-counts, kind="stable")[:most]])
    return tuple(f".{c}" for c in largest), (y[:, None] == largest[None, :]).astype(np.float64)
