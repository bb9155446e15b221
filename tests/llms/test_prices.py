"""Prices come from the installed list, and the worst case is one."""

import pytest

pytest.importorskip("pydantic_ai", reason="the extra llm is not installed")
from pydantic_ai.usage import RequestUsage

from modelwright.llms import prices
from modelwright.llms.names import parse

PRICED = ["openai:gpt-4o", "openai:gpt-5.6-luna", "anthropic:claude-opus-4-8", "anthropic:claude-haiku-4-5"]


@pytest.mark.parametrize("name", PRICED)
def test_no_use_of_the_same_tokens_costs_more_than_the_worst_case(name: str) -> None:
    named = parse(name)
    worst = prices.most(named, 1000, 100)
    assert worst is not None
    for usage in (
        RequestUsage(input_tokens=1000, output_tokens=100),
        RequestUsage(input_tokens=1000, cache_write_tokens=1000, output_tokens=100),
        RequestUsage(input_tokens=1000, cache_read_tokens=1000, output_tokens=100),
    ):
        cost = prices.price(named, usage)
        assert cost is not None
        assert 0 < cost <= worst


def test_a_model_nobody_knows_has_no_price() -> None:
    assert prices.most(parse("openai:nobody-knows-it"), 1, 1) is None
    assert not prices.known(parse("anthropic:nobody-knows-it"))


def test_a_bare_name_behind_an_unknown_address_has_no_price_even_if_a_known_model_is_called_so() -> None:
    assert not prices.known(parse("gpt-4o", "http://localhost:1/v1"))


def test_a_provider_s_model_behind_another_address_has_the_provider_s_price() -> None:
    assert prices.known(parse("openai:gpt-4o", "http://localhost:1/v1"))


def test_a_bare_name_behind_an_address_that_the_list_knows_has_a_price() -> None:
    assert prices.known(parse("openai/gpt-4o", "https://openrouter.ai/api/v1"))


def test_usage_that_contradicts_itself_has_no_price() -> None:
    assert prices.price(parse("openai:gpt-4o"), RequestUsage(input_tokens=1, cache_read_tokens=50)) is None
