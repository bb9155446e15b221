"""One request to a language model, as the journal keeps it: what was asked, what came back, what it cost."""

from enum import StrEnum
from typing import Literal

from .base import Record


class CallStatus(StrEnum):
    """How a call ended. Everything but `OK` means that there is no answer to use."""

    OK = "ok"
    REFUSED = "refused"  # the endpoint will not take it: a wrong key, an unknown model, no credit, a filtered answer
    TIMEOUT = "timeout"  # nothing whole came within the seconds allowed
    LIMITED = "limited"  # too many requests (429), and no time left to wait
    FAILED = "failed"  # the endpoint broke: a 5xx, or an answer that cannot be read
    EMPTY = "empty"  # an answer without text, or with calls of tools only
    CUT = "cut"  # longer than allowed, twice
    UNREACHABLE = "unreachable"  # no connection, or one that broke off
    DENIED = "denied"  # a cap is reached: never sent


class Message(Record):
    """One turn of what is sent to a language model."""

    role: Literal["system", "user", "assistant"]
    text: str


class Call(Record):
    """One request with all its attempts. Tokens and money are the sum over the attempts."""

    at: float  # seconds since the epoch, when it began
    model: str  # as the user named it
    purpose: str  # what it was asked for, in a word
    status: CallStatus
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None  # none: no price is known for this model
    estimated: bool = False  # at least one attempt told no usage, and counts with the most it can have used
    seconds: float = 0.0  # from asking to the end, waits included
    error: str = ""
    attempts: int = 0  # requests sent
    prompt: tuple[Message, ...] = ()
    answer: str = ""  # of a call that was cut: the part that came


class Answer(Record):
    """A usable answer: its text without the model's thinking, and the call that it cost."""

    text: str
    model: str
    call: Call
