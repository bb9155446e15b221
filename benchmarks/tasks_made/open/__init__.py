"""Cases that those who mend may look at."""

from . import bad, dialects, kinds, leaks, metrics, phrases, pictures, several, splits
from .suite import SUITE

__all__ = ["SUITE", "bad", "dialects", "kinds", "leaks", "metrics", "phrases", "pictures", "several", "splits"]
