"""The rows of the problem, where they lie in several tables: answers here, features there, the rows wanted elsewhere.

The table to learn from is the one that has the answers. Where it has little else, and another table has one row for
each of its keys and for the rows wanted too, that table is joined like any other (see `relations`); all that is done
here is to say which rows are wanted.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..joins import distinct_keys, look_up
from ..records.problem import Evidence
from .asked import Sources
from .catalog import Tables
from .keys import Candidates, best_link
from .layout import SAMPLE_WORDS, TEST_WORDS, TRAIN_WORDS, Layout, name_words
from .sides import Side, lookup, short_name

ANSWERS = 3  # columns that a table of answers has, at most
ALL = 0.98  # share of the keys that a table must have to hold the rows
MORE = 1.05  # rows of a table that holds the rows wanted beside those with answers, as a multiple of the latter


def whole_rows(sources: Sources, layout: Layout, tables: Tables) -> tuple[Sources, list[Side]]:
    """The rows with answers and the rows wanted, each with their own features, and the tables that are left."""
    sides = side_tables(tables, layout)
    if sources.test is not None:
        return _features_beside(sources, layout, sides)
    for side in sorted(sides, key=lambda s: -s.frame.shape[1]):
        called = _as_the_sample_calls_it(sources, side)
        wanted = _wanted(called, side)
        if wanted is not None:
            test, because = wanted
            layout.evidence.append(Evidence(field="test", because=because, confidence=0.9))
            return replace(called, test=test, test_name=side.label), sides
    return sources, sides


def _as_the_sample_calls_it(sources: Sources, side: Side) -> Sources:
    """The answers with their key under the name that the sample and the other table have for it."""
    if sources.sample is None or set(sources.sample.columns) <= set(sources.train.columns):
        return sources
    link, _ = best_link(Candidates(sources.train, sources.train_name), Candidates(side.frame, side.label))
    if link is None or len(link.keys) > 1:
        return sources
    ours, theirs = link.keys[0]
    if ours in sources.sample.columns or theirs not in sources.sample.columns or theirs in sources.train.columns:
        return sources
    return replace(sources, train=sources.train.rename(columns={ours: theirs}))


def _features_beside(sources: Sources, layout: Layout, sides: list[Side]) -> tuple[Sources, list[Side]]:
    """Answers without the features that the rows wanted have: a table of the same form as those is put beside them."""
    assert sources.test is not None
    lacking = [c for c in sources.test.columns if c not in sources.train.columns]
    if len(lacking) <= sources.test.shape[1] / 2:
        return sources, sides
    for side in sides:
        if sum(c in side.frame.columns for c in lacking) < ALL * len(lacking):
            continue
        link, _ = best_link(Candidates(sources.train, sources.train_name), Candidates(side.frame, side.label))
        if link is None or link.many or not link.mine_unique or link.found < ALL:
            continue
        because = link.because(sources.train_name, side.label)
        relation = lookup(side, link.keys, list(sources.train.columns), because)
        layout.evidence.append(Evidence(field="train", because=f"answers and features: {because}", confidence=0.9))
        train = look_up(sources.train, side.frame, relation)
        return replace(sources, train=train), [s for s in sides if s is not side]
    return sources, sides


def _wanted(sources: Sources, side: Side) -> tuple[pd.DataFrame, str] | None:
    """The rows wanted, as a table of their keys: those of the sample, or those of the other table without answers."""
    if sources.train.isna().any().any() and sources.sample is None:
        return None  # rows without a target may be the rows wanted
    link, _ = best_link(Candidates(sources.train, sources.train_name), Candidates(side.frame, side.label))
    if link is None or link.many or not link.mine_unique or link.found < ALL or len(link.keys) > 1:
        return None
    return (_of_sample if sources.sample is not None else _without_answers)(sources, side, *link.keys[0])


def _of_sample(sources: Sources, side: Side, ours: str, theirs: str) -> tuple[pd.DataFrame, str] | None:
    """The ids of the sample, where the other table has them and the answers do not."""
    if sources.sample is None or ours not in sources.sample.columns:
        return None
    there, known, asked = (
        distinct_keys(column)[1] for column in (side.frame[theirs], sources.train[ours], sources.sample[ours])
    )
    if asked.isin(there).mean() < ALL or asked.isin(known).mean() > 1 - ALL:
        return None
    return sources.sample[[ours]].copy(), f"the rows of {sources.sample_name}, whose `{ours}` is in {side.label}"


def _without_answers(sources: Sources, side: Side, ours: str, theirs: str) -> tuple[pd.DataFrame, str] | None:
    """The rows of the other table that the table of answers does not have, where it has nothing but answers."""
    codes, there = distinct_keys(side.frame[theirs])
    known = distinct_keys(sources.train[ours])[1]
    if sources.train.shape[1] > ANSWERS or len(there) < MORE * len(known):
        return None
    new = np.append(~there.isin(known), False)[codes]  # the last serves a missing key
    wanted = side.frame.loc[new, [theirs]].rename(columns={theirs: ours}).reset_index(drop=True)
    return wanted, f"the {len(wanted)} rows of {side.label} whose `{theirs}` is not in {sources.train_name}"


# --- the tables that are left ---------------------------------------------------------------------------------------


def side_tables(tables: Tables, layout: Layout) -> list[Side]:
    """The tables that have no part yet; one that comes as a part for train and a part for test is put together."""
    used = (layout.train, layout.test, layout.sample)
    rest = [
        p
        for p in tables.folder.tables
        if p not in used and p not in tables.folder.trees and not set(name_words(p)) & SAMPLE_WORDS
    ]
    sides: list[Side] = []
    for paths in _pairs(rest, tables):
        frames = [tables[p] for p in paths]
        frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        label = " + ".join(map(tables.called, paths))
        name = short_name(_without_part(paths[0]) or label, [s.name for s in sides])
        sides.append(Side(name, label, paths, frame, sum(tables.rows(p) for p in paths)))
    return sides


def _pairs(paths: Sequence[Path], tables: Tables) -> list[tuple[Path, ...]]:
    """Tables named alike but for train and test, and of the same columns, are one."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(_without_part(path) or str(path), []).append(path)
    groups: list[tuple[Path, ...]] = []
    for together in found.values():
        alike = len(together) == 2 and tables.columns(together[0]) == tables.columns(together[1])
        groups.extend([tuple(together)] if alike else [(p,) for p in together])
    return groups


def _without_part(path: Path) -> str:
    """The name without the words for train and test; "" where it has none of them, or nothing else."""
    listed = name_words(path)
    rest = [w for w in listed if w not in TRAIN_WORDS and w not in TEST_WORDS]
    return re.sub(r"\W+", "_", "_".join(rest)) if len(rest) < len(listed) else ""
