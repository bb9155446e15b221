"""Measure only: never look at these cases while mending, run them once at the end."""

from . import answers, faults, judging, saying, scorers, shapes, wording
from .suite import SUITE

__all__ = ["SUITE", "answers", "faults", "judging", "saying", "scorers", "shapes", "wording"]
