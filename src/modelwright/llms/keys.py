"""Keys of providers: from the environment only, and never in a message."""

import os
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from ..errors import SettingsError
from .names import Named, Provider

VARIABLES: dict[Provider, str] = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
PLACEHOLDER = "no-key-needed"  # the clients insist on a key, local servers ignore it
HIDDEN = "***"
SHORTEST = 4  # a key of fewer characters is no secret, and hiding it would make a message unreadable
PARTS = re.compile(r"\bsk-[\w*.-]{3,}")  # providers repeat parts of a wrong key in their refusal


def key(named: Named) -> str:
    """The key to send: from the environment, or a placeholder where an endpoint is named and no key is set.

    Raises:
        SettingsError: a provider's own endpoint needs a key and none is set, or it cannot be sent as it is.
    """
    variable = VARIABLES[named.provider]
    value = os.environ.get(variable, "").strip()
    if not value:
        if named.url is not None:
            return PLACEHOLDER
        raise SettingsError(
            f"asking {named.given} needs a key: set the environment variable {variable}, "
            "or give the address of an endpoint of your own with --llm-url."
        )
    if not all("!" <= letter <= "~" for letter in value):  # such a header would be refused, and told in the error
        raise SettingsError(f"the key in {variable} holds blanks or letters that no key has: set it anew.")
    return value


def secrets(named: Named) -> tuple[str, ...]:
    """What no message may show: the keys in the environment, and a password in the endpoint's address."""
    found = {os.environ.get(variable, "").strip() for variable in VARIABLES.values()}
    if named.url is not None:
        password = urlsplit(named.url).password or ""
        found |= {password, unquote(password)}
    return tuple(sorted((secret for secret in found if len(secret) >= SHORTEST), key=len, reverse=True))


def scrub(text: str, hidden: Sequence[str]) -> str:
    """The text without these secrets, the longest first, as one may be a part of another."""
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return PARTS.sub(HIDDEN, text)
