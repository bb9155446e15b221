"""One request to one endpoint, through pydantic-ai: plain text in, plain text out, ended by the clock.

Asked for are neither tools nor a response format, so that any endpoint will do. Retries of the libraries are off: the
client above has its own, which know the caps. Each request has a thread with an event loop and connections of its own,
all gone when it ends, so it may be made from any thread, from several at once, and where a loop runs already (a
notebook). Should something in it not let itself be cancelled (a name server that does not answer), the caller goes on
in time all the same, and the thread ends by itself later.
"""

import asyncio
import importlib
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..records.call import Message
from . import prices
from .names import Named, Provider

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model

COMMON = ("httpx2", "genai_prices", "pydantic_ai.direct")
PACKAGES: dict[Provider, tuple[str, ...]] = {
    # The last of each is loaded by the first request otherwise, out of the time it has.
    "anthropic": (*COMMON, "pydantic_ai.models.anthropic", "anthropic.resources.beta.messages"),
    "openai": (
        *COMMON,
        "pydantic_ai.models.openai",
        "pydantic_ai.providers.openai_compatible",
        "openai.resources.chat.completions",
    ),
}
CONNECT = 10.0  # seconds in which a connection is made, or it is tried anew
GRACE = 1.0  # seconds that closing a connection may take after the clock has run out


@dataclass(frozen=True)
class Heard:
    """What came back."""

    text: str
    finish: str | None  # stop, length, content_filter, tool_call, error
    reported: bool  # whether the endpoint told the tokens
    tokens_in: int
    tokens_out: int
    usd: float | None  # none: not reported, or no price is known
    size: int  # bytes of all that came, thinking and calls of tools included


def load(provider: Provider) -> None:
    """Import what speaks to that provider.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        for module in PACKAGES[provider]:
            importlib.import_module(module)
    except ImportError as error:
        raise SettingsError(
            f'asking {provider} needs packages that are not installed ({error.name}): pip install "modelwright[llm]".'
        ) from error


def exchange(named: Named, messages: Sequence[Message], *, key: str, max_tokens: int, seconds: float) -> Heard:
    """Send the messages and wait for the answer, at most that many seconds.

    Raises:
        TimeoutError: the time is over.
        Exception: whatever the library raises; `outcomes.fault` tells what it means.
    """
    result: Future[Heard] = Future()

    def work() -> None:
        try:
            request = _exchange(named, messages, key, max_tokens, seconds)
            result.set_result(asyncio.run(asyncio.wait_for(request, seconds)))
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            result.set_exception(error)

    thread = threading.Thread(target=work, name="modelwright-llm", daemon=True)
    thread.start()
    thread.join(seconds + GRACE)
    return result.result(timeout=0)


async def _exchange(named: Named, messages: Sequence[Message], key: str, max_tokens: int, seconds: float) -> Heard:
    import httpx2
    from pydantic_ai.direct import model_request

    limits = httpx2.Timeout(seconds, connect=min(CONNECT, seconds))
    # What is on this machine is not asked through a proxy. Where nothing is encrypted either, the list of whom to trust
    # stays unread, which is most of the work of a request: the context made here trusts nobody.
    plain = named.local and (named.url or "").startswith("http:")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
    async with httpx2.AsyncClient(timeout=limits, trust_env=not named.local, verify=trust) as http:
        response = await model_request(
            _model(named, key, http, limits),
            _turns(messages),
            model_settings={"max_tokens": max_tokens},
            instrument=False,  # what is asked goes to the endpoint and nowhere else
        )
    return _heard(named, response)


def _model(named: Named, key: str, http: "httpx2.AsyncClient", limits: "httpx2.Timeout") -> "Model":
    """The model as the library has it."""
    if named.provider == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        claude = AsyncAnthropic(api_key=key, base_url=named.url, http_client=http, max_retries=0, timeout=limits)
        return AnthropicModel(named.model, provider=AnthropicProvider(anthropic_client=claude))
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    client = AsyncOpenAI(api_key=key, base_url=named.url, http_client=http, max_retries=0, timeout=limits)
    if named.url is None or (not named.bare and prices.known(named)):
        return OpenAIChatModel(named.model, provider=OpenAIProvider(openai_client=client))
    # Other servers know the limit of an answer by its older name only, and would ignore the newer one.
    older = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
    other = OpenAICompatibleProvider("endpoint", openai_client=client, profile=older)
    return OpenAIChatModel(named.model, provider=other)


def _turns(messages: Sequence[Message]) -> "list[ModelMessage]":
    """The messages as the library has them: one system prompt in front, then turns that alternate.

    Some servers refuse a second system prompt, or two turns of the same side in a row.
    """
    from pydantic_ai.messages import (
        ModelRequest,
        ModelRequestPart,
        ModelResponse,
        SystemPromptPart,
        TextPart,
        UserPromptPart,
    )

    system = "\n\n".join(message.text for message in messages if message.role == "system")
    parts: list[ModelRequestPart] = [SystemPromptPart(system)] if system else []
    turns: list[ModelMessage] = []
    spoken = [message for message in messages if message.role != "system"]
    for role, group in groupby(spoken, key=lambda message: message.role):
        text = "\n\n".join(message.text for message in group)
        if role == "user":
            turns.append(ModelRequest(parts=[*parts, UserPromptPart(text)]))
        else:
            if parts:
                turns.append(ModelRequest(parts=parts))
            turns.append(ModelResponse(parts=[TextPart(text)]))
        parts = []
    return turns


def _heard(named: Named, response: "ModelResponse") -> Heard:
    """The text and the cost of a response."""
    from pydantic_ai.messages import TextPart, ThinkingPart, ToolCallPart

    texts = [part.content for part in response.parts if isinstance(part, TextPart)]
    thoughts = [part.content for part in response.parts if isinstance(part, ThinkingPart)]
    tools = [part.args_as_json_str() for part in response.parts if isinstance(part, ToolCallPart)]
    usage = response.usage
    text = _said("".join(texts))
    # Zero tokens for a text that came are no report: some servers send them where they do not count.
    reported = not usage.unmeasured_requests and usage.input_tokens > 0 and (usage.output_tokens > 0 or not text)
    return Heard(
        text=text,
        finish=response.finish_reason,
        reported=reported,
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        usd=prices.price(named, usage) if reported else None,
        size=sum(len(part.encode()) for part in (*texts, *thoughts, *tools)),
    )


def _said(text: str) -> str:
    """The text without thinking in front of it that the library did not see.

    That is: in Anthropic's protocol, and where a chat template writes the first of the two tags itself.
    """
    before, tag, after = text.partition("</think>")
    thought = tag and ("<think>" not in before or before.lstrip().startswith("<think>"))
    return (after if thought else text).strip()
