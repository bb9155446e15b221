"""Which of several tables has the answers, where no file name says so."""

from collections.abc import Sequence
from pathlib import Path

from .asked import spoken_of
from .catalog import Tables
from .prose import Prose

MARGIN = 1.0  # by how much the text must ask for a column more than for those of other tables
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
        spoken = spoken_of(prose, [c for c in tables[path].columns if len(c) > 1])
        scores[path] = max((score for score, _ in spoken.values()), default=0.0)
    ranked = sorted(scores, key=lambda p: -scores[p])
    if len(ranked) > 1 and scores[ranked[0]] >= max(1.0, scores[ranked[1]] + MARGIN):
        return ranked[0], f"the text asks for a column of {ranked[0].name}, and of no other table"
    return None
