"""What became of one attempt to ask: the answer, or what went wrong, in a sentence, and whether to try again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..records.call import CallStatus
from .keys import VARIABLES, scrub
from .names import Named
from .wire import Heard

LONGEST = 300  # characters of an error that are kept
SLOW = (408, 504, 524)  # HTTP statuses of those who gave up waiting for the model, which may have worked on


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt."""

    status: CallStatus
    text: str = ""
    error: str = ""
    again: bool = False  # trying again may help
    wait: float | None = None  # seconds that the endpoint asks to wait before
    billed: bool = False  # nothing says what it cost, and it may have cost as much as it could


def outcome(heard: Heard, max_tokens: int) -> Outcome:
    """What an answer that came is worth."""
    if heard.finish == "content_filter":
        return Outcome(CallStatus.REFUSED, heard.text, "the model declined to answer, or its answer was filtered")
    if heard.finish == "length":
        error = f"the answer was cut off at {max_tokens} tokens"
        return Outcome(CallStatus.CUT, heard.text, error, again=True)
    if not heard.text:
        error = "the answer calls tools, none of which were offered" if heard.finish == "tool_call" else "no text came"
        return Outcome(CallStatus.EMPTY, "", error, again=True)
    return Outcome(CallStatus.OK, heard.text)


def fault(error: Exception, named: Named, hidden: Sequence[str]) -> Outcome:
    """What an error of the library means. None of the secrets is in what it says, and the error is not passed on."""
    status, sentence, again, billed = _read(error, named)
    wait = getattr(error, "retry_after", None) if again else None
    text = " ".join(scrub(sentence, hidden).split())  # scrubbed before it is shortened: a part of a key is one too
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 3]}..."
    return Outcome(status, "", text, again, wait, billed)


def _read(error: Exception, named: Named) -> tuple[CallStatus, str, bool, bool]:
    """Status, sentence, whether to try again, whether it may have cost something."""
    from pydantic_ai import exceptions

    if isinstance(error, TimeoutError):
        return CallStatus.TIMEOUT, f"{named.host} did not answer in time", True, True
    if isinstance(error, exceptions.ModelHTTPError):
        return _refused(
            error.status_code, _told(error.body), named, isinstance(error, exceptions.ModelQuotaExceededError)
        )
    if isinstance(error, exceptions.ModelConnectionError):
        unsent = error.phase in ("pool", "connect")
        if isinstance(error, exceptions.ModelTimeoutError):
            return CallStatus.TIMEOUT, f"{named.host} did not answer in time", True, not unsent
        how = "cannot be reached" if unsent else "broke off"
        return CallStatus.UNREACHABLE, f"{named.host} {how}: {_root(error)}", True, not unsent
    if isinstance(error, exceptions.UserError):  # the library will not send it
        return CallStatus.FAILED, str(error), False, False
    told = next(iter(str(error).splitlines()), type(error).__name__)  # the rest lists every field that is missing
    return CallStatus.FAILED, f"{named.host} sent what is no answer: {told}", True, True


def _refused(code: int, told: str, named: Named, spent: bool) -> tuple[CallStatus, str, bool, bool]:
    """The same, of an HTTP status."""
    sentence = f"{named.host} answered {code}: {told}"
    if spent:
        return CallStatus.REFUSED, f"{sentence} (the account's credit or quota is used up)", False, False
    if code == 429:
        return CallStatus.LIMITED, sentence, True, False
    if code in SLOW:
        return CallStatus.TIMEOUT, sentence, True, True
    if code >= 500 or code in (409, 425):
        return CallStatus.FAILED, sentence, True, False
    if code in (401, 403):
        sentence += f" (check the key in {VARIABLES[named.provider]})"
    if code == 404:
        where = "" if named.url is None else ", and the address: it usually ends in /v1"
        sentence += f" (check the name of the model{where})"
    return CallStatus.REFUSED, sentence, False, False


def _told(body: Any) -> str:
    """What the endpoint itself says, from the shapes in which they say it."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message") if isinstance(inner, dict) else None
    return str(message or inner or "no reason given")


def _root(error: BaseException) -> str:
    """The first cause: what the system says about a connection, which the libraries wrap several times."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__
