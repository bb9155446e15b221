"""Cases that those who mend may look at."""

from . import dialects, metrics
from .suite import SUITE

__all__ = ["SUITE", "dialects", "metrics"]
