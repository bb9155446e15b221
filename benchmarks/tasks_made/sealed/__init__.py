"""Measure only: never look at these cases while mending, run them once at the end."""

from . import judging, shapes, wording
from .suite import SUITE

__all__ = ["SUITE", "judging", "shapes", "wording"]
