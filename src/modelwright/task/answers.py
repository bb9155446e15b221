"""Which of several tables has the answers, where no file name says so."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from .asked import ID_NAME, spoken_of
from .catalog import Tables
from .prose import Prose, normalise
from .submission_form import read_form

MARGIN = 1.0  # by how much the text must ask for a column more than for those of other tables
FORM, GAPS = 1.5, 1.0  # what the columns of the answer, and a column with gaps that the text speaks of, count for
ANSWER_WORDS = frozenset(["answers", "label", "labels", "outcome", "outcomes", "target", "targets"])


def table_with_answers(
    candidates: Sequence[Path], tables: Tables, prose: Prose, answers: Sequence[str]
) -> tuple[Path, str] | None:
    """The one of several tables that has the answers, and why: by the answer's columns, or by what the text asks for.

    Args:
        candidates: tables that are neither test nor sample.
        tables: how they are read.
        prose: the description.
        answers: columns of the answer without its id, where they are known.
    """
    having = [p for p in candidates if answers and set(answers) <= tables.columns(p)]
    if len(having) == 1:
        return having[0], f"{having[0].name} is the only table with {', '.join(map(repr, answers[:3]))}"
    scores: dict[Path, float] = {}
    for path in having or candidates:
        names = [c for c in tables[path].columns if len(c) > 1]
        spoken = max((score for score, _ in spoken_of(prose, names).values()), default=0.0)
        scores[path] = spoken + FORM * _has_the_form(tables[path], prose) + GAPS * _has_the_gaps(tables[path], prose)
    ranked = sorted(scores, key=lambda p: -scores[p])
    if len(ranked) > 1 and scores[ranked[0]] >= max(1.0, scores[ranked[1]] + MARGIN):
        return ranked[0], f"the text asks for a column of {ranked[0].name}, and of no other table"
    return None


def _has_the_form(table: pd.DataFrame, prose: Prose) -> bool:
    """Whether the columns that the text wants in the answer are an id and other columns of this table."""
    ids = [c for c in table.columns if ID_NAME.search(c)]
    form = read_form(prose, ids, [c for c in table.columns if c not in ids], [])
    return form is not None and form.header[0] in ids and set(form.header) <= set(table.columns)


def _has_the_gaps(table: pd.DataFrame, prose: Prose) -> bool:
    """Whether the text names a column that lacks some of its values, as an answer does in the rows wanted."""
    partly = [c for c in table.columns if len(c) > 1 and table[c].isna().any() and table[c].notna().any()]
    text = " ".join(sentence.plain for sentence in prose.sentences)
    return any(f" {normalise(c)} " in f" {text} " for c in partly)
