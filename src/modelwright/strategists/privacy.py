"""What a language model is told of the data, by the level of privacy that the user has chosen.

schema: columns, what they are for, and numbers about them; no value of any row. Levels of categories, examples and the
text of error messages between quotes are values, and stay here. sample: those too, and a few rows. full: many rows.
The task's own description is always told: it is what the user asks for.
"""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

from ..records.problem import Problem
from ..records.profile import Column, Profile, Role

if TYPE_CHECKING:
    import pandas as pd

Privacy = Literal["schema", "sample", "full"]
ROWS = {"schema": 0, "sample": 5, "full": 40}
CELL = 60  # characters of a cell
LEVELS = 8  # of a category that are named
COLUMNS = 150  # that are told one by one
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def columns(profile: Profile, level: Privacy) -> list[str]:
    """A line for each column; of very many, the first ones, and how many there are of each sort."""
    lines = [_column(column, level) for column in profile.columns[:COLUMNS]]
    if rest := profile.columns[COLUMNS:]:
        counts: dict[str, int] = {}
        for column in rest:
            counts[str(column.role)] = counts.get(str(column.role), 0) + 1
        lines.append(f"... and {len(rest)} more: " + ", ".join(f"{n} {role}" for role, n in counts.items()))
    return lines


def _column(c: Column, level: Privacy) -> str:
    told = [str(c.role)]
    if not c.in_test:
        told.append("not in the test table")
    if c.role is Role.NUMBER and c.low is not None and c.high is not None:
        told.append(f"{'whole ' if c.integer else ''}{c.low:.4g} to {c.high:.4g}")
        if c.quartiles:
            told.append("quartiles " + " / ".join(f"{q:.4g}" for q in c.quartiles))
    told.append(f"{c.distinct} distinct")
    if c.missing:
        told.append(f"{c.missing:.1%} missing")
    if c.unseen:
        told.append(f"{c.unseen:.1%} of test values unseen in train")
    if c.length:
        told.append(f"{c.length:.0f} characters on average")
    if c.parts:
        told.append(f"{c.parts} parts" + (f" separated by {c.separator!r}" if level != "schema" else ""))
    if level != "schema" and c.top:
        told.append("commonest " + ", ".join(f"{short(value)} ({count})" for value, count in c.top[:LEVELS]))
    elif level != "schema" and c.examples:
        told.append("as in " + ", ".join(short(value) for value in c.examples[:3]))
    return f"- {short(c.name)}: " + "; ".join(told)


def rows(table: "pd.DataFrame | None", level: Privacy) -> str:
    """Some rows as lines, cells cut short; "" where none may be told."""
    most = ROWS[level]
    if table is None or not most:
        return ""
    head = table.head(most)
    lines = [" | ".join(short(str(name)) for name in head.columns)]
    lines += [" | ".join(short(value) for value in row) for row in head.itertuples(index=False)]
    return "\n".join(lines)


def error(text: str, level: Privacy, names: Sequence[str]) -> str:
    """An error message or a traceback: at the level `schema`, what stands in quotes and is no name of ours is hidden.

    `names` are words that may be told: columns, and those of the code.
    """
    if level != "schema":
        return text
    known = set(names)

    def hide(match: re.Match[str]) -> str:
        inner = match[0][1:-1]
        plain = inner in known or re.fullmatch(r"[\w./<>-]+\.py", inner) or (inner in PLAIN)
        return match[0] if plain or not inner else f"{match[0][0]}…{match[0][0]}"

    return "\n".join(
        # lines of the code are its author's own words
        line if line.startswith(("  File ", "    ")) else QUOTED.sub(hide, line)
        for line in text.splitlines()
    )


WORDS = ("sign", "if", "and", "x", "log", "abs", "min", "max")  # of formulas
PLAIN = (
    "fit",
    "predict",
    "predict_proba",
    "transform",
    "build",
    "int",
    "float",
    "str",
    "object",
    "category",
    "bool",
    "NoneType",
)


def names_only(note: str, names: Collection[str]) -> bool:
    """Whether a step's note tells of columns and numbers alone: the made columns of others may hold values."""
    formula = note.partition(": ")[2].partition(" explains")[0]
    return all(word in names or word in WORDS for word in re.findall(r"[A-Za-z_][\w.]*", formula))


def short(value: object) -> str:
    """A value on one line, cut short."""
    text = " ".join(str(value).split())
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def names_of(problem: Problem, profile: Profile) -> list[str]:
    """Words that may be told at every level."""
    return [*problem.targets, *(c.name for c in profile.columns)]
