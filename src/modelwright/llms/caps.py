"""What asking may cost, as a hard limit: parsed caps, and the purse that says before a call whether it still fits."""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from ..errors import SettingsError
from ..records.base import Record
from ..records.call import Call, CallStatus

PART = re.compile(r"(\$?)(\d+(?:\.\d+)?)\s*([km]?)\s*(usd|\$|dollars?|tokens?|calls?|)", re.IGNORECASE)
FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}
LIKE = "write it like 5usd, or '2usd, 300k tokens, 40 calls'"
ROUNDING = 1e-9  # US dollars by which sums of floats may be off


class Caps(Record):
    """Limits of money, tokens (of prompts and answers together) and calls; none: no limit of that kind."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Caps as people write them: "5usd", "$5", "2usd, 300k tokens, 40 calls".

        Raises:
            SettingsError: anything else, the same kind twice, or a cap of nothing.
        """
        caps: dict[str, Decimal] = {}
        for part in text.split(","):
            kind, amount = _cap(part.strip(), text)
            if kind in caps:
                raise SettingsError(f"a limit of {text!r} names {kind} twice: {LIKE}.")
            caps[kind] = amount
        usd, tokens, calls = (caps.get(kind) for kind in ("usd", "tokens", "calls"))
        return cls(
            usd=None if usd is None else float(usd),
            tokens=None if tokens is None else int(tokens),
            calls=None if calls is None else int(calls),
        )

    def __str__(self) -> str:
        named = {"usd": self.usd, "tokens": self.tokens, "calls": self.calls}
        return ", ".join(f"{cap:g} {kind}" if kind == "usd" else f"{cap} {kind}" for kind, cap in named.items() if cap)


def _cap(part: str, text: str) -> tuple[str, Decimal]:
    """One cap: its kind and its amount."""
    match = PART.fullmatch(part)
    sign, number, factor, word = match.groups() if match else ("", "", "", "")
    word = word.lower().rstrip("s")
    kind = {"usd": "usd", "dollar": "usd", "$": "usd", "token": "tokens", "call": "calls"}.get(word, "")
    if sign:
        kind = "usd" if kind in ("", "usd") else ""
    if not match or not kind or (kind != "tokens" and factor):
        raise SettingsError(f"a limit of {text!r} is not one of money, tokens or calls: {LIKE}.")
    amount = Decimal(number) * FACTORS[factor.lower()]
    if kind != "usd" and amount % 1:
        raise SettingsError(f"a limit of {text!r} has a broken number of {kind}: {LIKE}.")
    if amount <= 0:
        raise SettingsError(f"a limit of {text!r} allows nothing to be asked: give more, or leave --llm out.")
    return kind, amount


class CapReached(Exception):  # noqa: N818 - reaching a cap is what caps are for, not an error
    """The worst case of a call does not fit into what is left; the text says of which cap."""


@dataclass(frozen=True)
class Hold:
    """The worst case of a call in flight, put aside until its real cost is known."""

    number: int
    tokens: int
    usd: float | None


class Spent(Record):
    """What was spent so far, calls in flight left out."""

    usd: float = 0.0
    tokens: int = 0
    calls: int = 0


class Purse:
    """What may be spent and what was. Safe to use from several threads.

    A call may be sent only while its worst case fits together with all that was spent and with the worst cases of all
    calls in flight, so the caps hold whatever comes back, as long as endpoints keep to the length asked for. Money
    that no price is known for cannot be counted: such calls are held back by the caps on tokens and calls only.
    """

    def __init__(self, caps: Caps, earlier: Iterable[Call] = ()) -> None:
        """A purse from which the calls of an earlier part of the run are already paid."""
        sent = [call for call in earlier if call.status is not CallStatus.DENIED]
        self.caps = caps
        self._lock = threading.Lock()
        self._holds: dict[int, Hold] = {}
        self._next = 0
        self._usd = sum(call.usd or 0.0 for call in sent)
        self._tokens = sum(call.tokens_in + call.tokens_out for call in sent)
        self._calls = len(sent)

    @property
    def spent(self) -> Spent:
        """What was spent so far, calls in flight left out."""
        with self._lock:
            return Spent(usd=self._usd, tokens=self._tokens, calls=self._calls)

    def fits(self, tokens: int, usd: float | None, calls: int = 1) -> bool:
        """Whether a call with that worst case would be allowed now. Another thread may be quicker to make its own."""
        with self._lock:
            return self._reached(tokens, usd, calls) is None

    def reserve(self, tokens: int, usd: float | None, calls: int = 1) -> Hold:
        """Put the worst case of a call aside; `settle` must follow.

        A further attempt of a call counts as no call of its own (`calls=0`).

        Raises:
            CapReached: it does not fit into what is left.
        """
        with self._lock:
            reached = self._reached(tokens, usd, calls)
            if reached is not None:
                raise CapReached(reached)
            hold = Hold(self._next, tokens, usd)
            self._next += 1
            self._holds[hold.number] = hold
            self._calls += calls  # counts at once: also a call that comes to nothing was made
            return hold

    def settle(self, hold: Hold, tokens: int, usd: float | None) -> None:
        """Pay what the call has really cost, once, and free the rest of what was put aside for it."""
        with self._lock:
            del self._holds[hold.number]
            self._tokens += tokens
            self._usd += usd or 0.0

    def _reached(self, tokens: int, usd: float | None, calls: int) -> str | None:
        """The cap that such a call would break, as a sentence."""
        holds = self._holds.values()
        if self.caps.calls is not None and self._calls + calls > self.caps.calls:
            return f"the limit of {self.caps.calls} calls is reached"
        held = sum(hold.tokens for hold in holds)
        if self.caps.tokens is not None and self._tokens + held + tokens > self.caps.tokens:
            left = max(0, self.caps.tokens - self._tokens - held)
            return f"up to {tokens} tokens do not fit into the {left} left of {self.caps.tokens}"
        money = sum(hold.usd or 0.0 for hold in holds)
        if self.caps.usd is not None and usd and self._usd + money + usd > self.caps.usd + ROUNDING:
            left_usd = max(0.0, self.caps.usd - self._usd - money)
            return f"up to {usd:.4f} usd do not fit into the {left_usd:.4f} left of {self.caps.usd:g} usd"
        return None
