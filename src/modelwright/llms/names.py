"""What a language model is called: PROVIDER:NAME, or the bare name of a model at an endpoint whose address is given.

With an address (`--llm-url`), every model named is asked there, and the provider only says in which protocol; a bare
name speaks OpenAI's. A bare name may itself have a colon (`qwen3:8b`), so only known providers count as such then.
"""

import ipaddress
from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from ..errors import SettingsError
from ..records.base import Record

Provider = Literal["anthropic", "openai"]
PROVIDERS: tuple[Provider, ...] = ("anthropic", "openai")


class Named(Record):
    """A model, the protocol it speaks, and where it is; no address means the provider's own."""

    given: str  # as the user wrote it
    provider: Provider
    model: str
    url: str | None = None
    bare: bool = False  # named without a provider: a model of the endpoint's own

    @property
    def host(self) -> str:
        """Whom we talk to, for messages: never with a user or password that the address may hold."""
        if self.url is None:
            return {"anthropic": "Anthropic", "openai": "OpenAI"}[self.provider]
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def local(self) -> bool:
        """Whether the endpoint is on this machine."""
        name = (urlsplit(self.url).hostname or "") if self.url else ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"


def split(given: Iterable[str]) -> tuple[str, ...]:
    """The names in the values of `--llm`, each of which may hold several separated by commas; each name once."""
    names = (name.strip() for value in given for name in value.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def parse(name: str, url: str | None = None) -> Named:
    """The model of that name.

    Raises:
        SettingsError: the provider is not known, the name is missing, or the address is none.
    """
    name = name.strip()
    address = _address(url) if url is not None else None
    prefix, colon, rest = name.partition(":")
    provider = next((known for known in PROVIDERS if known == prefix), None) if colon else None
    if provider is not None:
        if not rest.strip():
            raise SettingsError(f"--llm {name!r} names no model: write it like {prefix}:NAME.")
        if provider == "anthropic" and address is not None:
            address = address.removesuffix("/v1")  # this protocol's paths begin with it
        return Named(given=name, provider=provider, model=rest.strip(), url=address)
    if address is None:
        ways = " or ".join(f"{known}:NAME" for known in PROVIDERS)
        raise SettingsError(
            f"--llm {name!r} names no provider that is known: write {ways}, "
            "or give the address of an endpoint of your own with --llm-url."
        )
    if not name:
        raise SettingsError("--llm names no model: write the name by which the endpoint of --llm-url knows it.")
    return Named(given=name, provider="openai", model=name, url=address, bare=True)


def _address(url: str) -> str:
    """The address, checked and without a slash at its end."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number
        good = False
    if not good:
        shown = text.rpartition("@")[2]  # what comes before may be a password
        raise SettingsError(f"--llm-url {shown!r} is not an address: write it like http://localhost:8000/v1.")
    return text.rstrip("/")
