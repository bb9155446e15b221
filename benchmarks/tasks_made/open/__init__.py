"""Cases that those who mend may look at."""

from . import metrics
from .suite import SUITE

__all__ = ["SUITE", "metrics"]
