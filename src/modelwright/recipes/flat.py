"""A forest laid out in flat arrays: a tenth of the memory of the objects it was grown as, and fast for single rows.

Trees of scikit-learn answer one after the other, each with its own checks of the input; a row costs tens of
milliseconds then. Here a row goes down all trees at once, one level at each step.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..interfaces import Array

ROWS = 8192  # that are under way at once
WALKS = 16_384  # rows times trees that are: as much as stays in a core's cache
LEAF = -1  # what scikit-learn has as the child of a leaf


@dataclass(frozen=True)
class Flat:
    """Cuts (feature, threshold, where gaps go, two children) and what the leaves answer (leaves, outputs) float32.

    A child is the place of another cut, or the number of cuts plus the place of a leaf; so are `roots`, one per tree.
    """

    roots: "Array"
    feature: "Array"
    threshold: "Array"
    gap_left: "Array"
    left: "Array"
    right: "Array"
    answers: "Array"

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return len(self.roots)

    def mean(self, matrix: "Array") -> "Array":
        """The mean of the trees' answers, (rows, outputs) float64; `matrix` is (rows, columns) float32."""
        found = np.zeros((len(matrix), self.answers.shape[1]))
        for start in range(0, len(matrix), ROWS):
            some, total = matrix[start : start + ROWS], found[start : start + ROWS]
            together = max(1, WALKS // len(some))
            for first in range(0, self.trees, together):
                leaves = self._leaves(some, self.roots[first : first + together])
                for leaf in leaves.T:  # tree by tree, in the same order for any number of rows
                    total += self.answers[leaf]
        return found / self.trees

    def _leaves(self, matrix: "Array", roots: "Array") -> "Array":
        """Where each row ends in each of the trees, (rows, trees)."""
        cuts = len(self.feature)
        at = np.tile(roots, len(matrix))
        walking = np.flatnonzero(at < cuts)
        row = walking // len(roots)
        while walking.size:
            node = at[walking]
            value = matrix[row, self.feature[node]]
            goes_left = (value <= self.threshold[node]) | (np.isnan(value) & self.gap_left[node])
            node = np.where(goes_left, self.left[node], self.right[node])
            at[walking] = node
            on = node < cuts
            walking, row = walking[on], row[on]
        return (at - cuts).reshape(len(matrix), len(roots))


def laid_out(trees: "Iterable[tuple[Any, Array]]") -> Flat:
    """Lay trees out.

    Args:
        trees: scikit-learn's `tree_` of each, and what its nodes answer, (nodes, outputs).
    """
    parts: dict[str, list[Array]] = {name: [] for name in Flat.__dataclass_fields__}
    cuts = leaves = 0
    for tree, answers in trees:
        nodes = tree.__getstate__()["nodes"]
        is_leaf = nodes["left_child"] == LEAF
        # places are negative for leaves until the number of all cuts is known
        place = np.where(is_leaf, -1 - (leaves + np.cumsum(is_leaf) - 1), cuts + np.cumsum(~is_leaf) - 1)
        inner = nodes[~is_leaf]
        parts["roots"].append(place[:1])
        parts["feature"].append(inner["feature"].astype(np.int32))
        parts["threshold"].append(_lower(inner["threshold"]))
        parts["gap_left"].append(inner["missing_go_to_left"].astype(bool))
        parts["left"].append(place[inner["left_child"]])
        parts["right"].append(place[inner["right_child"]])
        parts["answers"].append(np.asarray(answers, dtype=np.float32)[is_leaf])
        cuts, leaves = cuts + int((~is_leaf).sum()), leaves + int(is_leaf.sum())
    whole = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    for name in ("roots", "left", "right"):
        whole[name] = np.where(whole[name] < 0, cuts - 1 - whole[name], whole[name]).astype(np.int32)
    return Flat(**whole)


def joined(parts: "Iterable[Flat]") -> Flat:
    """One forest of several."""
    found = list(parts)
    cuts = sum(len(p.feature) for p in found)
    first_cut = np.cumsum([0, *(len(p.feature) for p in found)])
    first_leaf = np.cumsum([0, *(len(p.answers) for p in found)])

    def moved(places: "Array", k: int) -> "Array":
        own = len(found[k].feature)
        new = np.where(places < own, places + first_cut[k], places - own + cuts + first_leaf[k])
        return np.asarray(new, dtype=np.int32)

    return Flat(
        *(
            np.concatenate([
                moved(getattr(p, name), k) if name in ("roots", "left", "right") else getattr(p, name)
                for k, p in enumerate(found)
            ])
            for name in Flat.__dataclass_fields__
        )
    )  # fmt: skip


def _lower(threshold: "Array") -> "Array":
    """Thresholds as float32, none above what it was, so that every float32 value falls on the side it fell on."""
    single = threshold.astype(np.float32)
    return np.asarray(np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single))
