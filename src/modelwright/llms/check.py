"""Whether a model can be asked at all, found out before anything is started and without touching the network."""

from ..errors import SettingsError
from . import keys, prices, wire
from .caps import Caps
from .names import Named, parse


def check(name: str, url: str | None = None, caps: Caps | None = None) -> Named:
    """The model, ready to be asked: its name is understood, its packages are installed, its key is set.

    With caps, also whether they can hold: a provider's own model that no price is known for costs money that a limit
    of money alone would not see. An endpoint that is named by address may be free, so there only known prices count.

    Raises:
        SettingsError: one of these is not so; the message says which, and the way out.
    """
    named = parse(name, url)
    keys.key(named)
    wire.load(named.provider)
    only_money = caps is not None and caps.usd is not None and caps.tokens is None and caps.calls is None
    if only_money and named.url is None and not prices.known(named):
        raise SettingsError(
            f"no price is known for {named.given}, so a limit of money cannot hold it back: "
            "add one of tokens or calls, as in --llm-budget '5usd, 300k tokens'."
        )
    return named
