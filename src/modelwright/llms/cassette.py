"""Answers kept in a file and played back: a run with a language model, repeated exactly and without one.

A cassette is a file of JSON lines. Each holds the hash of a model's name and the messages, and the call with its
answer. The prompts are in it in plain text, so it is as confidential as the data they were made of. Calls without an
answer are not kept; played back, their prompts are unknown and unanswered too.
"""

import hashlib
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from ..errors import SettingsError
from ..records.base import Record
from ..records.call import Answer, Call, CallStatus, Message
from .client import Asks, Unanswered, ignore


class Line(Record):
    """One line of a cassette."""

    key: str
    call: Call


def key(model: str, messages: Sequence[Message]) -> str:
    """The hash by which an answer is found again; the purpose is not in it."""
    said = [model, [[message.role, message.text] for message in messages]]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


class Recording:
    """Asks another and keeps what it answers. Safe to use from several threads."""

    def __init__(self, client: Asks, path: Path) -> None:
        """Answers go to the end of the file, which is made if it is not there."""
        self.client, self.path = client, Path(path)
        self._lock = threading.Lock()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _mend(self.path)

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        """The other's answer, which is on file when this returns."""
        answer = self.client.ask(messages, purpose)
        line = Line(key=key(answer.model, messages), call=answer.call).model_dump_json()
        with self._lock, self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{line}\n")
        return answer

    def worst(self, messages: Sequence[Message]) -> tuple[int, int, float | None]:
        """As the other has it."""
        return self.client.worst(messages)


class Replaying:
    """Answers from a cassette. Nothing is sent and nothing is spent. Safe to use from several threads.

    Where the same prompt was answered several times, the answers come in their order, and the last one again after it.
    """

    def __init__(self, path: Path, name: str | None = None, record: Callable[[Call], None] = ignore) -> None:
        """Play a file back.

        Args:
            path: the cassette.
            name: the model whose answers to play; needed where the file holds those of several.
            record: called once for each call, as by `Client`.

        Raises:
            SettingsError: there is no such file, it is no cassette, or it does not say whose answers to play.
        """
        self.path, self.record = Path(path), record
        lines = _read(self.path)
        models = sorted({line.call.model for line in lines})
        if name is None and len(models) != 1:
            found = f"answers of {', '.join(models)}: say whose to play" if models else "no answers: record it anew"
            raise SettingsError(f"the cassette {self.path} holds {found}.")
        self.name = name or models[0]
        self._lock = threading.Lock()
        self._calls: dict[str, list[Call]] = defaultdict(list)
        for line in lines:
            self._calls[line.key].append(line.call)

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        """The answer that was kept.

        Raises:
            Unanswered: there is none to these messages.
        """
        at, prompt = time.time(), tuple(messages)
        with self._lock:
            kept = self._calls.get(key(self.name, prompt), [])
            played = kept.pop(0) if len(kept) > 1 else next(iter(kept), None)
        status, error = CallStatus.OK, ""
        if played is None:
            status, error = CallStatus.FAILED, f"the cassette {self.path} holds no answer to this prompt"
        answer = played.answer if played else ""
        call = Call(
            at=at, model=self.name, purpose=purpose, status=status, usd=0.0, error=error, prompt=prompt, answer=answer
        )
        self.record(call)
        if played is None:
            raise Unanswered(call)
        return Answer(text=answer, model=self.name, call=call)

    def worst(self, messages: Sequence[Message]) -> tuple[int, int, float | None]:  # noqa: ARG002
        """Nothing."""
        return 0, 0, 0.0


def _read(path: Path) -> list[Line]:
    """The lines of a cassette. A last line that was never finished is left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the cassette {path} cannot be read ({error}): name a file that was recorded.") from error
    *whole, rest = text.split("\n")
    lines = []
    for number, line in enumerate(whole, start=1):
        try:
            lines.append(Line.model_validate_json(line))
        except ValidationError as error:
            raise SettingsError(
                f"line {number} of {path} is none of a cassette: name a file that was recorded."
            ) from error
    return lines + ([Line.model_validate_json(rest)] if _whole(rest) else [])


def _whole(line: str) -> bool:
    """Whether a line without its end is one all the same."""
    try:
        Line.model_validate_json(line)
    except ValidationError:
        return False
    return True


def _mend(path: Path) -> None:
    """Make sure that the file ends with a line, so that the next one begins where it should.

    A process that is killed while it writes leaves a part of a line, which holds nothing that could be played.
    """
    if not path.exists() or not (kept := path.read_bytes()) or kept.endswith(b"\n"):
        return
    last = kept.rfind(b"\n") + 1
    if _whole(kept[last:].decode("utf-8", errors="replace")):
        with path.open("ab") as file:
            file.write(b"\n")
    else:
        os.truncate(path, last)
