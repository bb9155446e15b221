"""A language model that can be asked: within its purse, within its time, with retries, and with every call on record.

What can go wrong outside is a value of `CallStatus` on the record that `Unanswered` carries, so a caller has one thing
to catch. Nothing is asked in parallel here; several threads may share one client.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from ..errors import SettingsError
from ..records.call import Answer, Call, CallStatus, Message
from . import keys, outcomes, prices, wire
from .caps import CapReached, Hold, Purse
from .check import check
from .outcomes import Outcome
from .wire import Heard

BACK_OFF = 1.0  # seconds before the second attempt; doubled before each further one
LONGEST_BACK_OFF = 30.0
SHARE = 0.05  # of the time allowed has to be left for another attempt to be worth its cost
PER_MESSAGE, PER_CALL = 16, 128  # tokens by which chat templates frame messages, and prompts that servers add


class Unanswered(Exception):  # noqa: N818 - says what happened; not an error of the user's or ours
    """There is no usable answer. The call says why, and what it cost."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.call = call

    def __str__(self) -> str:
        return f"{self.call.model} did not answer ({self.call.status}): {self.call.error}"


class Asks(Protocol):
    """Whoever can be asked: `Client`, `Recording`, `Replaying`, or a fake."""

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        """The answer to these messages; `purpose` is kept on record with it.

        Raises:
            Unanswered: there is none.
        """

    def worst(self, messages: Sequence[Message]) -> tuple[int, int, float | None]:
        """The most that one request can take: tokens in, tokens out, and US dollars, none where no price is known."""


class _Paid(NamedTuple):
    """What one attempt has cost."""

    tokens_in: int
    tokens_out: int
    usd: float | None
    estimated: bool = False


@dataclass
class _Bill:
    """What the attempts of one call have cost so far."""

    usd: float | None
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False

    def add(self, paid: _Paid) -> None:
        """One attempt more."""
        self.tokens_in += paid.tokens_in
        self.tokens_out += paid.tokens_out
        self.estimated |= paid.estimated
        if self.usd is not None:
            self.usd += paid.usd or 0.0


def ignore(call: Call) -> None:
    """Keep no record of calls."""


def bound(messages: Sequence[Message]) -> int:
    """More tokens than these messages can have: a token is at least one byte of text in the tokenizers in use."""
    return sum(len(message.text.encode()) + PER_MESSAGE for message in messages) + PER_CALL


class Client:
    """One model at one endpoint. Safe to use from several threads."""

    def __init__(
        self,
        name: str,
        *,
        url: str | None = None,
        purse: Purse,
        seconds: float,
        record: Callable[[Call], None] = ignore,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = 3,
        max_tokens: int = 8192,
    ) -> None:
        """A client that is ready to ask; nothing is sent yet.

        Args:
            name: the model, as `names.parse` reads it.
            url: the address of the endpoint; none: the provider's own.
            purse: what may be spent; shared by all clients of a run.
            seconds: how long one `ask` may take at most, all attempts and waits together.
            record: called once for each call, answered or not, on the thread that asks.
            sleep: waits between attempts.
            attempts: requests that one `ask` may send.
            max_tokens: the longest answer, thinking included.

        Raises:
            SettingsError: as `check` does, or there is no time to answer in.
        """
        if not seconds > 0:
            raise SettingsError(f"{seconds:g} seconds leave a language model no time to answer: give more.")
        self.named = check(name, url, purse.caps)
        # Kept from here on: a run may take keys out of the environment, out of the reach of code it starts.
        self._key, self._hidden = keys.key(self.named), keys.secrets(self.named)
        self.priced = prices.known(self.named)
        self.purse, self.seconds, self.record, self.sleep = purse, seconds, record, sleep
        self.attempts, self.max_tokens = attempts, max_tokens

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        """The answer to these messages. Ends within `seconds`, and within the purse.

        Raises:
            Unanswered: there is no usable answer.
        """
        if not any(message.role == "user" for message in messages):
            raise ValueError("nothing is asked: there is no message of the user among these")
        at, started = time.time(), time.monotonic()
        bill = _Bill(usd=0.0 if self.priced else None)
        ended = self._attempts(tuple(messages), started + self.seconds, bill)
        call = Call(
            at=at,
            model=self.named.given,
            purpose=purpose,
            status=ended.status,
            tokens_in=bill.tokens_in,
            tokens_out=bill.tokens_out,
            usd=bill.usd,
            estimated=bill.estimated,
            seconds=time.monotonic() - started,
            error=ended.error,
            attempts=bill.attempts,
            prompt=tuple(messages),
            answer=ended.text,
        )
        self.record(call)
        if call.status is not CallStatus.OK:
            raise Unanswered(call)
        return Answer(text=call.answer, model=call.model, call=call)

    def _attempts(self, messages: tuple[Message, ...], deadline: float, bill: _Bill) -> Outcome:
        """Try until there is an answer, or it is of no use, or time, money or attempts are used up."""
        asked, ended = messages, Outcome(CallStatus.DENIED)
        while True:
            try:
                hold = self._reserve(asked, first=bill.attempts == 0)
            except CapReached as reached:
                return replace(ended, error=f"{ended.error}; {reached}" if ended.error else str(reached))
            bill.attempts += 1
            ended = self._attempt(asked, hold, deadline - time.monotonic(), bill)
            if not ended.again or bill.attempts >= self.attempts:
                return ended
            wait = self._wait(bill.attempts) if ended.wait is None else ended.wait
            if ended.status is CallStatus.CUT:
                if asked is not messages:
                    return ended
                asked, wait = shorter(messages, self.max_tokens), 0.0
            left = deadline - time.monotonic()
            if left - wait < SHARE * self.seconds:
                told = (
                    "" if ended.wait is None else f"; it asks to wait {wait:.0f} s, and {max(0.0, left):.0f} s are left"
                )
                return replace(ended, error=f"{ended.error}{told}")
            if wait:
                self.sleep(wait)

    def worst(self, messages: Sequence[Message]) -> tuple[int, int, float | None]:
        """The most that one request can take: tokens in, tokens out, and US dollars, none where no price is known."""
        tokens_in = bound(messages)
        return tokens_in, self.max_tokens, prices.most(self.named, tokens_in, self.max_tokens)

    def _reserve(self, messages: Sequence[Message], *, first: bool) -> Hold:
        """Put the worst case of one request aside. Raises CapReached."""
        tokens_in, tokens_out, usd = self.worst(messages)
        return self.purse.reserve(tokens_in + tokens_out, usd, calls=1 if first else 0)

    def _attempt(self, messages: Sequence[Message], hold: Hold, seconds: float, bill: _Bill) -> Outcome:
        """One request, paid for."""
        paid = _Paid(bound(messages), self.max_tokens, hold.usd, estimated=True)  # unless something better is known
        try:
            heard = wire.exchange(
                self.named, messages, key=self._key, max_tokens=self.max_tokens, seconds=max(0.001, seconds)
            )
        except Exception as error:  # noqa: BLE001 - what comes from outside is data, whatever it breaks in the library
            ended = outcomes.fault(error, self.named, self._hidden)
            if not ended.billed:
                paid = _Paid(0, 0, 0.0)
        else:
            ended = outcomes.outcome(heard, self.max_tokens)
            paid = self._paid(heard, paid)
        finally:  # also when a person interrupts
            self.purse.settle(hold, paid.tokens_in + paid.tokens_out, paid.usd)
            bill.add(paid)
        return ended

    def _paid(self, heard: Heard, worst: _Paid) -> _Paid:
        """What an answer has cost: as the endpoint reports it, else the most it can have."""
        if not heard.reported:
            tokens_out = min(worst.tokens_out, heard.size)
            usd = prices.most(self.named, worst.tokens_in, tokens_out)
            return _Paid(worst.tokens_in, tokens_out, usd, estimated=True)
        unclear = heard.usd is None and worst.usd is not None  # a report that contradicts itself
        return _Paid(heard.tokens_in, heard.tokens_out, worst.usd if unclear else heard.usd, estimated=unclear)

    def _wait(self, attempts: int) -> float:
        """Seconds before the next attempt: doubled each time, and scattered so that several do not come together."""
        wait: float = BACK_OFF * 2.0 ** (attempts - 1) * random.Random().uniform(0.5, 1.5)
        return min(LONGEST_BACK_OFF, wait)


def shorter(messages: tuple[Message, ...], tokens: int) -> tuple[Message, ...]:
    """The same messages, asking for less."""
    ask = (
        f"An answer to this was cut off at the limit of {tokens} tokens. Answer again from the beginning, in less "
        "than half of that: leave out explanations, and whatever else is not needed."
    )
    return (*messages, Message(role="user", text=ask))
