"""Boxes held against their pictures before the search: those without an area, or outside, cannot be learnt."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import TaskError
from ..records.finding import Finding, Severity
from ..records.problem import Problem

BAD_SHARE = 0.01  # of the boxes; more that cannot be used are an error
NAMED = 3
SLACK = 1.0  # pixels by which a box may reach over the edge without a word, for edges are counted in two ways


def mended(
    problem: Problem, cells: "pd.Series[Any]", files: Sequence[str], sizes: Mapping[str, object]
) -> tuple["pd.Series[Any]", list[Finding]]:
    """The cells with boxes cut to their pictures and without those that are none, and what a reader should know.

    Args:
        problem: says whether corners are pixels or shares of the picture.
        cells: of the training rows, each a JSON list of boxes, class and corners.
        files: the picture of each row.
        sizes: height and width of the pictures that could be read.

    Raises:
        TaskError: where more than one box in a hundred, and more than one, has no area or lies outside its picture.
    """
    told: Any = problem.options.get("boxes") or {}
    shares, count = told.get("unit") == "share", 0
    wrong: list[str] = []
    cut: list[str] = []
    kept = []
    for cell, file in zip(cells, files, strict=True):
        boxes = _listed(cell)
        if boxes is None:  # the kind that reads it says what is wrong
            kept.append(cell)
            continue
        size = sizes.get(file)
        edge = (1.0, 1.0) if shares else (float(size[1]), float(size[0])) if isinstance(size, tuple) else None
        count += len(boxes)
        left = [inside for box in boxes if (inside := _inside(box, edge, Path(file).name, shares, wrong, cut))]
        kept.append(cell if left == boxes else json.dumps(left))
    if len(wrong) > max(1, BAD_SHARE * count):
        raise TaskError(
            f"{len(wrong)} of {count} boxes cannot be used ({_some(wrong)}): correct them, or take them out."
        )
    findings = []
    if wrong:
        evidence = f"{len(wrong)} of {count} boxes cannot be used: {_some(wrong)}."
        findings.append(
            Finding(sort="unusable", evidence=evidence, severity=Severity.WARNING, done="They are left out.")
        )
    if cut:
        evidence = f"{len(cut)} of {count} boxes reach over the edge of their picture: {_some(cut)}."
        findings.append(Finding(sort="cut", evidence=evidence, severity=Severity.NOTE, done="They are cut there."))
    return pd.Series(kept, index=cells.index, dtype=object), findings


def _listed(cell: object) -> list[list[Any]] | None:
    if not isinstance(cell, str) or not cell.strip():
        return None
    try:
        found = json.loads(cell)
        return [[name, *map(float, corners)] for name, *corners in found] if isinstance(found, list) else None
    except (ValueError, TypeError):
        return None


def _inside(
    box: list[Any], edge: tuple[float, float] | None, file: str, shares: bool, wrong: list[str], cut: list[str]
) -> list[Any] | None:
    """The part of a box that lies in its picture, or None; what is said of it is added to one of the lists."""
    name, *corners = box
    if len(corners) != 4:
        return box
    left, top, right, bottom = corners
    shown = ", ".join(f"{c:g}" for c in corners)
    if not (right > left and bottom > top):
        wrong.append(f"{file} has a box without an area ({shown})")
        return None
    if edge is None:
        return box
    if left >= edge[0] or top >= edge[1] or right <= 0 or bottom <= 0:
        wrong.append(f"{file} has a box outside of it ({shown}{'' if shares else f' of {edge[0]:g} x {edge[1]:g}'})")
        return None
    slack = SLACK / 1000 if shares else SLACK
    part = [max(0.0, left), max(0.0, top), min(edge[0], right), min(edge[1], bottom)]
    if any(abs(a - b) > slack for a, b in zip(part, corners, strict=True)):
        cut.append(f"{file} ({shown})")
    return [name, *part]


def _some(told: Sequence[str]) -> str:
    rest = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return "; ".join(told[:NAMED]) + rest
