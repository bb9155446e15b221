"""Asking a person about close readings: at a terminal, by number, and never twice."""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from ..records.base import JsonValue
from ..records.problem import Question
from ..task.questions import shown

if TYPE_CHECKING:
    from ..task.interpret import Understanding

MOST = 5  # questions put to a person before a run
LONGEST = 110  # characters of an option's reason

Ask = Callable[[Question], JsonValue]  # gives the value of the option chosen


def settle(read: "Callable[[Mapping[str, Any]], Understanding]", ask: Ask | None) -> "Understanding":
    """Read a task, put its questions, the most doubtful first, and read it again with each answer.

    A field is asked for once, also when the answer changes nothing.
    """
    answers: dict[str, Any] = {}
    understood = read(answers)
    while ask is not None and len(answers) < MOST:
        question = next((q for q in understood.problem.questions if q.field not in answers), None)
        if question is None:
            break
        answers[question.field] = ask(question)
        understood = read(answers)
    return understood


class Asker:
    """Puts questions to a terminal and remembers how long the answers took, which is no time of the run's.

    Args:
        read: where answers come from, line by line.
        write: where questions go.
        pause: stops a live board while a question stands.
    """

    def __init__(
        self,
        read: TextIO | None = None,
        write: TextIO | None = None,
        pause: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.read, self.write, self.pause = read or sys.stdin, write or sys.stderr, pause
        self.seconds = 0.0

    def __call__(self, question: Question) -> JsonValue:
        """The value of the option a person chooses: by its number, or the likeliest by Enter or the end of input."""
        began = time.monotonic()
        with self.pause():
            self._say(f"\n{question.text}")
            for number, option in enumerate(question.options, 1):
                means = option.means if len(option.means) <= LONGEST else option.means[: LONGEST - 3] + "..."
                self._say(f"  {number}  {shown(question, option)}  ({option.confidence:.0%} sure: {means})")
            chosen = self._number(len(question.options))
        self.seconds += time.monotonic() - began
        return question.options[chosen - 1].value

    def _number(self, most: int) -> int:
        while True:
            self.write.write(f"number, or Enter for 1 [1-{most}]: ")
            self.write.flush()
            answer = self.read.readline()
            if not answer.strip():
                return 1
            if answer.strip().isdecimal() and 1 <= int(answer) <= most:
                return int(answer)
            self._say(f"{answer.strip()!r} is none of 1 to {most}.")

    def _say(self, text: str) -> None:
        self.write.write(text + "\n")
        self.write.flush()
