"""Columns that may be known only after the answer: dates later than the row's own, and what is named or said to be."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.finding import Finding, Severity
from . import clock
from .structure import words
from .suspects import STAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from ..records.problem import Problem

    Column = pd.Series[Any]

AFTER_WORDS = {
    *("after", "afterwards", "outcome", "result", "resulting", "resolved", "resolution", "final", "actual", "actuals"),
    *("next", "future", "closed", "closing", "settled", "settlement", "recovered", "recoveries", "refunded", "post"),
    *("cancelled", "canceled", "returned", "discharge", "discharged", "churned", "deceased", "exit", "ended"),
}
TOLD = 0.3  # share of the answer that a column so named has to tell to be worth a sentence
LATER = 0.5  # share of rows in which a date lies after the row's own time
MENTION = re.compile(
    r"\b(?:known|available|recorded|measured|filled|entered|set|determined|collected|assigned)\b[^.]{0,60}"
    r"\b(?:after|afterwards|later|once|following)\b"
    r"|\bnot (?:yet )?(?:known|available)\b|\bonly (?:known|available)\b|\bin hindsight\b"
    r"|\bunknown (?:at|when|before)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def find(problem: "Problem", columns: "Mapping[str, Column]", told: "Mapping[str, float]") -> "Iterator[Finding]":
    """A finding for each column that may come after the answer.

    Args:
        problem: its time column and its description.
        columns: features of training rows.
        told: the share of the answer that each tells on its own.
    """
    mentioned = dict(_mentioned(problem.description, list(columns)))
    late = dict(_late(problem, columns))
    for name in columns:
        named = AFTER_WORDS & words(name)
        if name in late:
            evidence = late[name]
        elif name in mentioned:
            evidence = f"The description says of `{name}`: '{mentioned[name]}'."
        elif named and told.get(name, 0.0) >= TOLD:
            evidence = (
                f"`{name}` is named like something known afterwards ({', '.join(sorted(named))}), and alone tells "
                f"{told[name]:.0%} of the answer."
            )
        else:
            continue
        done = f"It may not be known when a prediction is asked for. {STAYS}"
        yield Finding(
            sort="future", columns=(name,), evidence=evidence, severity=Severity.WARNING, done=done, compare=True
        )


def _mentioned(description: str, names: list[str]) -> "Iterator[tuple[str, str]]":
    """Columns named in a sentence that says they are known later."""
    for sentence in SENTENCE.split(description):
        if not MENTION.search(sentence):
            continue
        for name in names:
            if len(str(name)) >= 3 and re.search(rf"(?<![\w]){re.escape(str(name))}(?![\w])", sentence):
                yield name, " ".join(sentence.split())[:200]


def _late(problem: "Problem", columns: "Mapping[str, Column]") -> "Iterator[tuple[str, str]]":
    """Dates that in most rows lie after the row's own time."""
    if problem.time is None or problem.time not in columns or not clock.is_date(columns[problem.time]):
        return
    own = clock.read(columns[problem.time])
    for name, column in columns.items():
        if name == problem.time or not clock.is_date(column):
            continue
        after = clock.read(column) - own
        known = after[~np.isnan(after)]
        share = float((known > 0).mean()) if len(known) else 0.0
        if share >= LATER:
            yield (
                name,
                f"`{name}` lies after the row's own time, `{problem.time}`, in {share:.0%} of the rows "
                f"(by {np.median(known[known > 0]):.3g} days in the middle).",
            )
