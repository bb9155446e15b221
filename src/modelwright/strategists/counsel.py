"""Asks language models beside the search: nothing ever waits for an answer that others could do without.

One question is under way at a time, on a thread of its own; answers are collected on the thread of the search. Among
several models, those are asked more whose ideas have brought more for what they cost. One that fails is asked again
after a pause that doubles with each failure.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..llms.client import Asks, Unanswered
from ..records.call import Call, CallStatus, Message

if TYPE_CHECKING:
    from .briefing import Purpose

PAUSE = 15.0  # seconds after a first failure until the next question
SHORT_PAUSE = 1.0  # the same where it answered, but nothing of use
LONGEST_PAUSE = 600.0
REACHED = (CallStatus.EMPTY, CallStatus.CUT)
HOPELESS = (CallStatus.DENIED, CallStatus.REFUSED)  # after which this model is not asked again
PRIOR_GAIN = 1.0  # gain (in standard errors) and cost that a model is credited with before it has shown any
LEAST_COST = 1e-3  # US dollars, or a thousandth of a million tokens: what a call costs at least


@dataclass(frozen=True)
class Question:
    """What is under way, or was answered."""

    purpose: "Purpose"
    messages: tuple[Message, ...]
    about: int | None = None  # the experiment that it is about
    turn: int = 1  # 2: the answer before could not be read


@dataclass(frozen=True)
class Reply:
    """What came of a question: the text of an answer, or None."""

    question: Question
    model: str
    text: str | None
    call: Call


@dataclass
class _Health:
    """How a model has answered so far."""

    failures: int = 0  # in a row
    not_before: float = 0.0  # of time.monotonic()
    over: bool = False


@dataclass
class Counsel:
    """The models of a run.

    Args:
        askers: name to client; the names are those that proposals carry.
        purse: what was spent and what is left, in words, for the prompt.
    """

    askers: Mapping[str, Asks]
    purse: Callable[[], str] = lambda: ""
    _replies: "queue.SimpleQueue[Reply]" = field(default_factory=queue.SimpleQueue)
    _asked: tuple[str, Question] | None = None  # whom, and what
    _health: dict[str, _Health] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether a question is under way, or an answer waits to be collected."""
        return self._asked is not None

    def available(self) -> list[str]:
        """Models that could be asked now."""
        now = time.monotonic()
        found = {name: self._health.setdefault(name, _Health()) for name in self.askers}
        return [name for name, health in found.items() if not health.over and health.not_before <= now]

    @property
    def over(self) -> bool:
        """Whether no model will be asked again: a cap is reached, or all refuse."""
        return bool(self.askers) and all(self._health.get(n, _Health()).over for n in self.askers)

    def ask(self, name: str, question: Question) -> None:
        """Put a question to a model; returns at once. One question at a time."""
        assert not self.busy, "one question at a time"
        self._asked = name, question

        def work() -> None:
            try:
                answer = self.askers[name].ask(question.messages, question.purpose)
            except Unanswered as error:
                self._replies.put(Reply(question, name, None, error.call))
            except Exception as error:  # noqa: BLE001  # whatever a client of somebody else raises, the search goes on
                told = f"{type(error).__name__}: {error}"
                call = Call(at=time.time(), model=name, purpose=question.purpose, status=CallStatus.FAILED, error=told)
                self._replies.put(Reply(question, name, None, call))
            else:
                self._replies.put(Reply(question, name, answer.text, answer.call))

        threading.Thread(target=work, daemon=True, name="asks-a-model").start()

    def collect(self, seconds: float = 0.0) -> Reply | None:
        """The reply that has come, waiting so long for one at most."""
        try:
            reply = self._replies.get(timeout=seconds) if seconds > 0 else self._replies.get_nowait()
        except queue.Empty:
            return None
        self._asked = None
        health = self._health.setdefault(reply.model, _Health())
        if reply.text is not None:
            health.failures = 0
        else:
            health.failures += 1
            health.over = health.over or reply.call.status in HOPELESS
            pause = SHORT_PAUSE if reply.call.status in REACHED else PAUSE
            health.not_before = time.monotonic() + min(LONGEST_PAUSE, pause * 2 ** (health.failures - 1))
        return reply

    def abandon(self) -> Call | None:
        """At the end of the search: the call that is still under way, for the ledger; it counts with its worst case."""
        if self._asked is None:
            return None
        (name, question), self._asked = self._asked, None
        tokens_in, tokens_out, usd = self.askers[name].worst(question.messages)
        return Call(
            at=time.time(),
            model=name,
            purpose=question.purpose,
            status=CallStatus.TIMEOUT,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            usd=usd,
            error="the search ended before the answer came",
            attempts=1,
            estimated=True,
            prompt=question.messages,
        )


def choose(names: Sequence[str], gains: Mapping[str, float], calls: Sequence[Call]) -> str:
    """The model that has brought most for its cost; each begins with the same credit, so that all are tried.

    Args:
        names: those that could be asked.
        gains: what each one's ideas have brought so far, in standard errors of the leader.
        calls: all calls so far.
    """

    def rate(name: str) -> float:
        mine = [call for call in calls if call.model == name]
        cost = sum(max(LEAST_COST, call.usd if call.usd is not None else _by_tokens(call)) for call in mine)
        mean = sum(max(LEAST_COST, c.usd if c.usd is not None else _by_tokens(c)) for c in calls) / max(1, len(calls))
        return (PRIOR_GAIN + gains.get(name, 0.0)) / (max(mean, LEAST_COST) + cost)

    return max(names, key=lambda name: (rate(name), -list(names).index(name)))


def _by_tokens(call: Call) -> float:
    """A stand-in for the cost of a call that no price is known for: a dollar for a million tokens."""
    return (call.tokens_in + call.tokens_out) / 1e6
