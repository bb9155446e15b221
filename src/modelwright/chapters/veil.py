"""What is told of a candidate's failure: the end of it, and no number that is the answer of a row.

A veil, not a wall: it keeps answers from slipping out in an error message. Code that means to tell an answer can write
it in a way that no veil knows.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.experiment import Outcome, Status

if TYPE_CHECKING:
    from ..interfaces import Array

NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.]*\w)")
DIGITS = 4  # significant ones, from which a number says whose it is
SAME = 1e-6  # relative difference up to which two numbers are one that was printed
HIDDEN = "<hidden>"
LINES = 30  # of a traceback that are told
LONGEST = 2_500  # characters of them
# what Python writes of its stacks when it is killed; other lines of a log are a candidate's own
FRAME = re.compile(r'^(?:Fatal Python error|Current thread|Thread 0x|Stack \(|\s*File ").*')


@dataclass(frozen=True)
class Veil:
    """Hides the numbers of a sorted array where they stand in a text."""

    answers: "Array"

    @classmethod
    def over(cls, truth: "Array", *, words: bool) -> "Veil":
        """Over the answers of some rows; nothing is hidden where answers are `words`, whose list everybody knows."""
        numbers = np.empty(0) if words or truth.dtype.kind not in "fiu" else truth.astype(float).ravel()
        return cls(np.unique(numbers[np.isfinite(numbers)]))

    def hide(self, text: str) -> str:
        """The text without the answers that are written in it, as they are or as models are taught them."""
        return NUMBER.sub(self._hidden, text) if len(self.answers) else text

    def _hidden(self, found: re.Match[str]) -> str:
        digits = re.sub(r"[eE].*|\D", "", found[0]).strip("0")
        value = float(found[0])
        if len(digits) < DIGITS or not np.isfinite(value):
            return found[0]
        with np.errstate(all="ignore"):
            meant = [value, np.expm1(value), np.exp(value)]  # the links of metrics, undone
        return HIDDEN if any(np.isfinite(v) and self._known(float(v)) for v in meant) else found[0]

    def _known(self, value: float) -> bool:
        place = int(np.searchsorted(self.answers, value))
        near: Any = self.answers[max(0, place - 1) : place + 1]
        return bool((np.abs(near - value) <= SAME * max(abs(value), 1e-12)).any())


def stack(outcome: Outcome) -> str:
    """The end of a traceback. Of a process that died there is a log in its place, of which only stacks are told."""
    lines = outcome.traceback.rstrip().splitlines()
    if outcome.status not in (Status.FAILED, Status.INVALID, Status.MEMORY) or not _is_traceback(outcome.traceback):
        lines = [line for line in lines if FRAME.match(line)]
    return "\n".join(lines[-LINES:])[-LONGEST:]


def _is_traceback(text: str) -> bool:
    return text.lstrip().startswith("Traceback (most recent call last)")


def cut(text: str, most: int) -> str:
    """At most so many characters of a text, and a word on how many there were."""
    return text if len(text) <= most else f"{text[:most].rstrip()} ... ({len(text)} characters)"
