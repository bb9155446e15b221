"""Addresses of databases, as postgresql://user:password@host/name, and how their passwords are kept out of sight."""

import re
from pathlib import Path
from urllib.parse import unquote

from ..errors import TaskError

ADDRESS = re.compile(r"^[A-Za-z][\w.+-]+://")
PASSWORD = re.compile(r"([A-Za-z][\w.+-]+:/{1,3}[^/\s:@]*):(\S*)@")
SECRET = re.compile(r"((?:password|passwd|pwd|passcode|token|secret|access_key|api_key)=)[^&\s'\"]+", re.IGNORECASE)


def is_address(text: object) -> bool:
    """Whether a text is the address of a database, as postgresql://host/name, rather than a path."""
    return isinstance(text, str) and ADDRESS.match(text) is not None and not Path(text).exists()


def title(address: str) -> str:
    """The name of the database itself, for a task that is called after it."""
    last = re.split(r"[/\\]", hide(address).partition("?")[0].rstrip("/"))[-1]
    return last.partition(".")[0].removesuffix(":") or "database"


def secrets(address: str) -> set[str]:
    """The password in an address, as written and as meant."""
    found = PASSWORD.search(address)
    return {found[2], unquote(found[2])} if found and found[2] else set()


def hide(text: str) -> str:
    """The text without the passwords of addresses in it."""
    return SECRET.sub(r"\1***", PASSWORD.sub(r"\1:***@", text))


def file_of(address: str) -> Path | None:
    """The file that an SQLite address names; None for other addresses."""
    found = re.match(r"^sqlite(?:\+\w+)?:///?(.*?)(?:\?.*)?$", address)
    if found is None:
        return None
    name = unquote(found[1]).removeprefix("file:")
    if not name or name == ":memory:":
        raise TaskError(f"{hide(address)} names no file: write it like sqlite:///shop.db.")
    return Path(name)
