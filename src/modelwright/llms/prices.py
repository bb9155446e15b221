"""What tokens cost, by the price list that comes with the installed packages; nothing is fetched to renew it."""

from typing import TYPE_CHECKING

from .names import Named

if TYPE_CHECKING:
    from pydantic_ai.usage import RequestUsage


def price(named: Named, usage: "RequestUsage") -> float | None:
    """US dollars for that usage; none where no price is known, or the usage contradicts itself.

    A model named with its provider has the provider's price, also behind another address. A bare name has a price only
    where the address is one that the list knows: `gpt-4o` on this machine may be anything.
    """
    from genai_prices import calc_price

    try:
        if named.bare:
            return float(calc_price(usage, named.model, provider_api_url=named.url).total_price)
        return float(calc_price(usage, named.model, provider_id=named.provider).total_price)
    except (LookupError, ValueError):
        return None


def most(named: Named, tokens_in: int, tokens_out: int) -> float | None:
    """The most that so many tokens can cost.

    Some providers keep prompts for later calls by themselves and charge more for keeping than for reading, so the
    prompt counts as kept where that is dearer.
    """
    from pydantic_ai.usage import RequestUsage

    read = price(named, RequestUsage(input_tokens=tokens_in, output_tokens=tokens_out))
    kept = price(named, RequestUsage(input_tokens=tokens_in, cache_write_tokens=tokens_in, output_tokens=tokens_out))
    return max((usd for usd in (read, kept) if usd is not None), default=None)


def known(named: Named) -> bool:
    """Whether there is a price for this model."""
    return most(named, 1, 1) is not None
