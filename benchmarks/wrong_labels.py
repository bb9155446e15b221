"""How well the share of wrong labels is estimated, on tables where it is known.

    python benchmarks/wrong_labels.py [--rows 1500] [--draws 3]

Labels of made tables are flipped, to any other class or always to the next one, and estimated from out-of-fold
predictions of boosted trees and of a network: by the project's estimate, by confident learning (the rows above the mean
chance of another class than their label's; Northcutt et al., 2021) and by the share of other labels among the 15 % that
predictions are surest of. Printed are means over draws; of the project's estimate, the mean of its standard error too.
"""

import argparse
import warnings
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.neural_network import MLPClassifier

from modelwright.wrong_labels import estimate

TABLES = {  # classes, how far their centres are apart
    "classes apart, 5": (5, 2.5),
    "overlap a little, 5": (5, 1.1),
    "overlap much, 5": (5, 0.9),
    "a curved border, 2": (2, 0.0),
    "overlap much, 2": (2, 0.84),
    "tell little, 2": (2, 0.25),
}
FLIPPED = {"none": (0.0, False), "10 %": (0.1, False), "20 %": (0.2, False), "20 % to the next class": (0.2, True)}


def table(name: str, rows: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Ten columns, and the true classes."""
    classes, apart = TABLES[name]
    values = rng.normal(size=(rows, 10))
    if not apart:
        return values, (values[:, 0] ** 2 + 1.5 * values[:, 1] > 1).astype(int)
    truth = rng.integers(0, classes, rows)
    if classes == 2:
        values[:, 0] += apart * (2 * truth - 1)
        return values, truth
    return values + apart * rng.normal(size=(classes, 10))[truth], truth


def confident(chances: Any, codes: Any) -> float:
    """The share of rows that confident learning holds to be labelled wrongly."""
    levels = np.array([chances[codes == c, c].mean() for c in range(chances.shape[1])])
    above = np.where(chances >= levels, chances, -1.0)
    return float(((above.max(axis=1) > 0) & (above.argmax(axis=1) != codes)).mean())


def surest(chances: Any, codes: Any) -> float:
    """The share of other labels among the rows of which predictions are surest, class by class."""
    taken, sureness = chances.argmax(axis=1), chances.max(axis=1)
    weights, shares = [], []
    for code in range(chances.shape[1]):
        rows = np.flatnonzero(taken == code)
        if len(rows) >= 20:
            top = rows[np.argsort(-sureness[rows], kind="stable")][: max(20, int(0.15 * len(rows)))]
            weights.append(len(rows))
            shares.append(float((codes[top] != code).mean()))
    return float(np.average(shares, weights=weights))


def models() -> dict[str, Any]:
    """What predicts out of fold."""
    trees: dict[str, Any] = {"n_estimators": 60, "num_leaves": 15, "learning_rate": 0.08, "verbose": -1, "n_jobs": 1}
    return {"trees": LGBMClassifier(**trees), "network": MLPClassifier((64,), max_iter=60, alpha=1e-2, random_state=0)}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--draws", type=int, default=3)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    heads = ("table", "by", "flipped", "estimate", "its error", "confident learning", "surest rows")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for name in TABLES:
        for by, model in models().items():
            for said, (share, next_one) in FLIPPED.items():
                found = []
                for seed in range(given.draws):
                    rng = np.random.default_rng(seed)
                    values, truth = table(name, given.rows, rng)
                    classes = TABLES[name][0]
                    step = 1 if next_one else rng.integers(1, classes, given.rows)
                    codes = np.where(rng.random(given.rows) < share, (truth + step) % classes, truth)
                    chances = cross_val_predict(model, values, codes, cv=5, method="predict_proba")
                    told = estimate(chances, codes, "predictions")
                    mine = (told.share, told.error) if told else (np.nan, np.nan)
                    found.append((*mine, confident(chances, codes), surest(chances, codes)))
                shown = " | ".join("not told" if np.isnan(x) else f"{100 * x:.1f}" for x in np.mean(found, axis=0))
                print(f"| {name} | {by} | {said} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
