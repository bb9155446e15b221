"""Simulated tasks whose truth is known: the wrong split is optimistic on them, or, of the last two, no split is wrong.

Each gives training rows, rows asked for, and truly new rows, which are to the training rows what those asked for are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..records.plan import Scheme

if TYPE_CHECKING:
    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Random = np.random.Generator

NUMBER, CLASSES = ("regression", "rmse"), ("binary", "auc")
LETTERS = list("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Simulated:
    """A task, the rows it would be scored on in truth, and the plan that a careful engineer would choose."""

    kind: str
    metric: str
    train: pd.DataFrame
    test: pd.DataFrame  # without the target
    new: pd.DataFrame  # with the target; no model sees it
    schemes: tuple[Scheme, ...]  # those that mirror the test
    cluster: str | None = None  # column of `new` whose rows hang together, for the error of the score on it
    honest: bool = False  # a random split is right


def _people(random: "Random", people: int, rows: int, first: int) -> pd.DataFrame:
    """Rows of people who share an effect, which their own measurements (age, weight) give away and do not explain."""
    who = np.repeat(np.arange(people), rows)
    own = random.normal(size=(people, 2))[who]
    effect = 1.5 * random.normal(size=people)[who]
    x = random.normal(size=(len(who), 3))
    table = pd.DataFrame(x, columns=["x0", "x1", "x2"]).assign(age=own[:, 0], weight=own[:, 1])
    y = x[:, 0] + np.sin(2 * x[:, 1]) + effect + 0.5 * random.normal(size=len(who))
    return table.assign(patient=who + first, y=y)


def entities(seed: int) -> Simulated:
    """People with several rows each; those asked for are new people. Their numbers say nothing of when they came."""
    random = np.random.default_rng(seed)
    train, test, new = (_people(random, n, 5, first) for n, first in ((700, 0), (150, 700), (1000, 850)))
    number = random.permutation(1850)
    train, test, new = (table.assign(patient=number[table["patient"]]) for table in (train, test, new))
    shuffled = train.sample(frac=1, random_state=seed).reset_index(drop=True)
    kinds = (Scheme.GROUP, Scheme.STRATIFIED_GROUP)
    return Simulated(*NUMBER, shuffled, test.drop(columns="y"), new, kinds, cluster="patient")


def prefixes(seed: int) -> Simulated:
    """The same, where only the leading part of the rows' id says who is who."""
    task = entities(seed)

    def with_id(table: pd.DataFrame) -> pd.DataFrame:
        number = table.groupby("patient").cumcount()
        ids = [f"{who:05d}_{n:02d}" for who, n in zip(table["patient"], number, strict=True)]
        return table.assign(id=ids).drop(columns="patient")

    new = with_id(task.new).assign(cluster=task.new["patient"])
    return Simulated(*NUMBER, with_id(task.train), with_id(task.test), new, task.schemes, "cluster")


def drift(seed: int) -> Simulated:
    """A level that climbs day by day; the rows asked for are the next weeks."""
    random = np.random.default_rng(seed)

    def days(first: int, count: int, rows: int) -> pd.DataFrame:
        day = np.repeat(np.arange(first, first + count), rows)
        x = random.normal(size=(len(day), 2))
        y = x[:, 0] + 0.05 * day + 0.5 * random.normal(size=len(day))
        date = pd.Timestamp("2020-01-01") + pd.to_timedelta(day, "D")
        return pd.DataFrame({"x0": x[:, 0], "x1": x[:, 1], "date": date, "y": y})

    train, test, new = days(0, 400, 5), days(400, 60, 5), days(400, 60, 20)
    return Simulated(*NUMBER, train, test.drop(columns="y"), new, (Scheme.ROLLING,))


def stretches(seed: int) -> Simulated:
    """A level that wanders from hour to hour; the rows asked for are three days of every two weeks, taken out whole."""
    random = np.random.default_rng(seed)
    hours = 24 * 14 * 40
    level = np.zeros(hours)
    for k in range(1, hours):
        level[k] = 0.985 * level[k - 1] + random.normal(0, 0.25)
    x = random.normal(size=(hours, 2))
    when = pd.Timestamp("2019-01-01") + pd.to_timedelta(np.arange(hours), "h")
    y = x[:, 0] + level + 0.3 * random.normal(size=hours)
    table = pd.DataFrame({"when": when, "x0": x[:, 0], "x1": x[:, 1], "y": y, "stretch": np.arange(hours) // (24 * 14)})
    asked = np.arange(hours) // 24 % 14 >= 11
    train, new = (table[rows].reset_index(drop=True) for rows in (~asked, asked))
    train = train.drop(columns="stretch")
    test = new.drop(columns=["y", "stretch"])
    return Simulated(*NUMBER, train, test, new, (Scheme.BLOCKS,), cluster="stretch")


def _texts(random: "Random", words: "Floats", weight: "Floats", count: int, copies: int, first: int) -> pd.DataFrame:
    """Texts of made-up words, each in several versions with one answer, which their words tell in part."""
    rows: list[dict[str, Any]] = []
    for k in range(count):
        chosen = random.integers(0, len(words), 16)
        answer = int(weight[chosen].sum() + 3.0 * random.normal() > 0)
        for _ in range(copies):
            version = chosen.copy()
            version[random.integers(0, 16, 2)] = random.integers(0, len(words), 2)
            text = "  ".join(words[version]) + "!" if random.random() < 0.5 else " ".join(words[version]).upper()
            rows.append({"text": text, "y": answer, "cluster": first + k})
    return pd.DataFrame(rows)


def near_texts(seed: int) -> Simulated:
    """Texts that were sent several times with small edits; those asked for are new ones."""
    random = np.random.default_rng(seed)
    words = np.array(["".join(random.choice(LETTERS, 6)) for _ in range(600)])
    weight = random.normal(0, 0.6, 600)
    parts = ((600, 4, 0), (150, 3, 1000), (1500, 1, 2000))
    train, test, new = (_texts(random, words, weight, *part) for part in parts)
    shuffled = train.sample(frac=1, random_state=seed).reset_index(drop=True).drop(columns="cluster")
    kinds = (Scheme.STRATIFIED_GROUP,)
    return Simulated(*CLASSES, shuffled, test.drop(columns=["y", "cluster"]), new, kinds, "cluster")


def _rows(random: "Random", count: int) -> pd.DataFrame:
    x = random.normal(size=(count, 5))
    y = (x[:, 0] + x[:, 1] * x[:, 2] + random.normal(size=count) > 0).astype(int)
    return pd.DataFrame(x.round(4), columns=[f"x{k}" for k in range(5)]).assign(y=y)


def copies(seed: int) -> Simulated:
    """Training rows that stand there three times, as after oversampling; those asked for stand there once."""
    random = np.random.default_rng(seed)
    train, test, new = (_rows(random, n) for n in (1500, 600, 6000))
    train = pd.concat([train] * 3).sample(frac=1, random_state=seed).reset_index(drop=True)
    return Simulated(*CLASSES, train, test.drop(columns="y"), new, (Scheme.STRATIFIED_GROUP,))


def leak(seed: int) -> Simulated:
    """A column that is the answer with a little noise in training rows, and drawn at random where it is needed."""
    random = np.random.default_rng(seed)
    train, test, new = (_rows(random, n) for n in (2000, 800, 6000))
    hint = np.where(random.random(2000) < 0.1, 1 - train["y"], train["y"]) + 0.1 * random.normal(size=2000)
    train["hint"] = hint
    for table in (test, new):
        table["hint"] = random.choice(hint, len(table))
    return Simulated(*CLASSES, train, test.drop(columns="y"), new, (Scheme.STRATIFIED,))


def plain(seed: int) -> Simulated:
    """Rows drawn at random, with an id."""
    random = np.random.default_rng(seed)
    train, test, new = (_rows(random, n) for n in (2000, 800, 6000))
    numbers = random.permutation(8800)
    for table, begin, end in ((train, 0, 2000), (test, 2000, 2800), (new, 2800, 8800)):
        table["id"] = numbers[begin:end]
    return Simulated(*CLASSES, train, test.drop(columns="y"), new, (Scheme.STRATIFIED,), honest=True)


def known_entities(seed: int) -> Simulated:
    """People with several rows each, and rows asked for of the same people: knowing them is fair."""
    random = np.random.default_rng(seed)
    table = _people(random, 250, 40, 0)
    part = random.choice(3, len(table), p=[0.2, 0.1, 0.7])
    train, test, new = (table[part == k].reset_index(drop=True) for k in range(3))
    return Simulated(*NUMBER, train, test.drop(columns="y"), new, (Scheme.PLAIN,), cluster="patient", honest=True)


ALL: dict[str, Callable[[int], Simulated]] = {
    "entities": entities,
    "prefixes": prefixes,
    "drift": drift,
    "stretches": stretches,
    "near-texts": near_texts,
    "copies": copies,
    "leak": leak,
    "plain": plain,
    "known-entities": known_entities,
}
