"""What folding small tables several times over is worth: steadier estimates, and the right choice between models.

    python benchmarks/repeats.py [--tables 60] [--rows 200 500]

Tables are drawn at random, a binary answer judged by the area under the ROC curve, and models are scored by the
house's own folds and judge. What a model is really worth is measured on 20,000 new rows, fitted on the whole table.

    estimate   by folds x repeats: spread of the estimate on one table over seeds of the folds; its distance from the
               truth over tables; the standard error it came with
    pair       how often the better of a linear model and a forest is chosen, by the estimate, over tables where they
               truly differ by at least a hundredth
    search     the truth of what is chosen among twelve models: all by one repeat, a third of them by three (the same
               time), all by three, and by one with ties with the leader going on to three (what the rules do)
"""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modelwright import plugins
from modelwright.metrics import catalogue
from modelwright.metrics.judge import Judge
from modelwright.metrics.promote import compare
from modelwright.records.experiment import Score
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem
from modelwright.validation import folds as folding

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, np.dtype[Any]]
    Model = Callable[["Array", "Array", "Array"], "Array"]  # fitted on x and y, says the chances of new x

NEW = 20_000
COLUMNS = 12
SCHEMES = ((5, 1), (10, 1), (5, 2), (10, 2), (30, 1), (10, 3), (5, 6))  # folds, repeats
PROBLEM = Problem(
    name="drawn", root="", kind="binary", targets=("y",), metric="auc", higher_is_better=True, classes=(0, 1)
)


@dataclass(frozen=True)
class Table:
    """A table to learn from, and new rows to know the truth by."""

    x: "Array"
    y: "Array"
    new_x: "Array"
    new_y: "Array"


def draw(rows: int, seed: int) -> Table:
    """A linear signal and a few products, of strengths that differ from table to table, and much noise."""
    random = np.random.default_rng([seed, rows])
    x = random.normal(size=(rows + NEW, COLUMNS))
    linear = x[:, :6] @ random.normal(size=6) * 0.35
    bent = (x[:, 0] * x[:, 1] + x[:, 2] ** 2 - 1) * random.uniform(0, 0.8)
    y = (random.random(rows + NEW) < 1 / (1 + np.exp(-linear - bent))).astype(np.int64)
    return Table(x[:rows], y[:rows], x[rows:], y[rows:])


def ridge(penalty: float, columns: int = COLUMNS, *, squares: bool = False) -> "Model":
    """Least squares on the answer 0 or 1: as good as logistic regression for an order of rows, and far cheaper."""

    def features(x: "Array") -> "Array":
        kept = x[:, :columns]
        more = [kept[:, [i]] * kept[:, i:] for i in range(columns)] if squares else []
        return np.hstack([np.ones((len(x), 1)), kept, *more])

    def fit_predict(x: "Array", y: "Array", asked: "Array") -> "Array":
        known = features(x)
        weights = np.linalg.solve(known.T @ known + penalty * np.eye(known.shape[1]), known.T @ y)
        return np.asarray(np.clip(features(asked) @ weights, 0.001, 0.999))

    return fit_predict


def forest(x: "Array", y: "Array", asked: "Array") -> "Array":
    """Randomized trees, which see products."""
    from sklearn.ensemble import ExtraTreesClassifier

    return np.asarray(ExtraTreesClassifier(40, min_samples_leaf=3, random_state=0).fit(x, y).predict_proba(asked)[:, 1])


CANDIDATES = [
    ridge(penalty, columns, squares=squares)
    for penalty in (1.0, 30.0, 300.0)
    for columns, squares in ((12, False), (6, False), (12, True), (3, True))
]


def score(model: "Model", table: Table, folds: int, repeats: int, seed: int = 0) -> Score:
    """What the house says of the model."""
    plan = ValidationPlan(scheme=Scheme.STRATIFIED, folds=folds, repeats=repeats, holdout=0, seed=seed, why="measured")
    dealt = folding.assign(plan, pd.DataFrame(index=range(len(table.y))), table.y)
    chance = np.empty(len(dealt))
    for k in plan.all_folds:
        fit, asked = folding.split(plan, dealt, k)
        chance[dealt == k] = model(table.x[fit], table.y[fit], table.x[asked])
    judge = Judge(PROBLEM, plugins.load("kinds", "binary"), catalogue.get("auc"), table.y, dealt, plan)
    return judge.score(np.column_stack([1 - chance, chance]), plan.all_folds)


def truth(model: "Model", table: Table) -> float:
    """What the model is worth on new rows."""
    found: float = catalogue.get("auc").call(table.new_y, model(table.x, table.y, table.new_x))
    return found


def measure_estimates(rows: int, tables: int) -> None:
    """Print spread, distance from the truth and error of each way of folding."""
    model, one = ridge(30.0), draw(rows, 0)
    drawn = [draw(rows, seed) for seed in range(tables)]
    truths = np.array([truth(model, table) for table in drawn])
    print(f"\nestimate, {rows} rows   fits   spread over seeds   distance from truth   error it came with")
    for folds, repeats in SCHEMES:
        spread = np.std([score(model, one, folds, repeats, seed).value for seed in range(tables)])
        scores = [score(model, table, folds, repeats) for table in drawn]
        distance = np.sqrt(np.mean((np.array([s.value for s in scores]) - truths) ** 2))
        said = np.mean([s.error for s in scores])
        print(
            f"  {folds:2} folds x {repeats}       {folds * repeats:3}   {spread:13.4f}   {distance:19.4f} {said:19.4f}"
        )


def measure_pairs(rows: int, tables: int) -> None:
    """Print how often the better of two models is chosen."""
    models = (ridge(30.0), forest)
    drawn = [draw(rows, seed) for seed in range(1000, 1000 + tables)]
    gaps = np.array([truth(models[0], table) - truth(models[1], table) for table in drawn])
    clear = np.abs(gaps) >= 0.01
    print(f"\npair, {rows} rows       fits   right choice ({clear.sum()} tables)   mean loss by wrong ones")
    for folds, repeats in ((10, 1), (30, 1), (10, 3)):
        said = -np.diff([[score(m, table, folds, repeats).value for m in models] for table in drawn])[:, 0]
        wrong = np.sign(said) != np.sign(gaps)
        loss = np.where(wrong, np.abs(gaps), 0).mean()
        print(f"  {folds:2} folds x {repeats}       {folds * repeats:3}   {1 - wrong[clear].mean():13.0%} {loss:30.4f}")


def measure_search(rows: int, tables: int) -> None:
    """Print the truth of what four ways of spending time choose among twelve models."""
    chosen: dict[str, list[float]] = {}
    fits: dict[str, list[int]] = {}
    for seed in range(2000, 2000 + tables):
        table = draw(rows, seed)
        truths = np.array([truth(model, table) for model in CANDIDATES])
        thrice = [score(model, table, 10, 3) for model in CANDIDATES]
        once = [s.first or s for s in thrice]
        some = np.random.default_rng(seed).permutation(len(CANDIDATES))[: len(CANDIDATES) // 3]
        leader = max(once, key=lambda s: s.value)
        near = [k for k, s in enumerate(once) if compare(s, leader, True).verdict == "tie"]
        for name, among, by, cost in (
            ("twelve by one repeat", range(12), once, 120),
            ("four by three repeats", some, thrice, 120),
            ("twelve by three repeats", range(12), thrice, 360),
            ("ties go on to three", near, thrice, 120 + 20 * len(near)),
        ):
            pick = max(among, key=lambda k: by[k].value)
            chosen.setdefault(name, []).append(truths[pick] - truths.max())
            fits.setdefault(name, []).append(cost)
    print(f"\nsearch, {rows} rows               fits   truth of the choice below that of the best   its error")
    for name, lost in chosen.items():
        error = np.std(lost) / np.sqrt(len(lost))
        print(f"  {name:27} {np.mean(fits[name]):5.0f} {-np.mean(lost):27.4f} {error:28.4f}")


def main() -> None:
    """Measure all three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 500])
    asked = parser.parse_args()
    for rows in asked.rows:
        measure_estimates(rows, asked.tables)
        measure_pairs(rows, asked.tables)
        measure_search(rows, asked.tables)


if __name__ == "__main__":
    main()
