"""The model card: what a bundle is for, what it rests on, what it cannot do, and who still has to sign."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..records.problem import Problem
from ..records.profile import Schema
from ..workspace import Workspace
from . import dossier
from .pages import render


def text(
    workspace: Workspace, problem: Problem, schema: Schema, members: Sequence[Any], versions: Mapping[str, str]
) -> str:
    """The card as Markdown. Scores are those in the journal; where there are none yet, the card says so."""
    return render(
        "card.md.j2",
        found=dossier.read(workspace),
        problem=problem,
        schema=schema,
        members=members,
        versions=versions,
        code=code,
    )


def code(value: object) -> str:
    """A name as a Markdown code span, whatever characters it has."""
    plain = " ".join(str(value).split())
    fence = "`" * (plain.count("`") + 1)
    return f"{fence} {plain} {fence}" if "`" in plain else f"`{plain}`"
