"""How the program inside and we outside talk: frames of a JSON header and bytes, over two pipes.

Nothing that comes from inside is trusted: sizes are limited, headers are read as JSON, bytes are never unpickled.
"""

import json
import os
import select
import struct
import time
from typing import Any

HEAD = struct.Struct(">IQ")  # length of the header, length of the bytes
LONGEST_HEADER = 1 << 20
PIECE = 1 << 20


class WireError(Exception):
    """The other side closed its end, or sent what is no frame; one line."""


def send(descriptor: int, header: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame. BrokenPipeError where nobody reads any more."""
    head = json.dumps(header).encode()
    _write(descriptor, HEAD.pack(len(head), len(body)) + head)
    _write(descriptor, body)


def receive(descriptor: int, most: int, until: float | None = None) -> tuple[dict[str, Any], bytes]:
    """Read one frame.

    Args:
        descriptor: to read from.
        most: bytes that the body may have.
        until: a time.monotonic() value after which TimeoutError is raised; None: for ever.

    Raises:
        WireError: the end was reached, or it is no frame, or too large a one.
    """
    length, size = HEAD.unpack(_read(descriptor, HEAD.size, until))
    if length > LONGEST_HEADER or size > most:
        raise WireError(f"an answer of {size / 2**20:.0f} MB is more than the {most / 2**20:.0f} MB allowed")
    try:
        header = json.loads(_read(descriptor, length, until))
    except ValueError as error:
        raise WireError("what was sent is no answer") from error
    if not isinstance(header, dict):
        raise WireError("what was sent is no answer")
    return header, _read(descriptor, size, until)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[:PIECE]) :]


def _read(descriptor: int, size: int, until: float | None) -> bytes:
    pieces, missing = [], size
    while missing:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError("no answer in time")
        piece = os.read(descriptor, min(missing, PIECE))
        if not piece:
            raise WireError("it ended without an answer")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
