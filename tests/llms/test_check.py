"""Whether a model can be asked is known before anything is started."""

import socket
import sys

import pytest

pytest.importorskip("pydantic_ai", reason="the extra llm is not installed")

from modelwright.errors import SettingsError
from modelwright.llms.caps import Caps
from modelwright.llms.check import check


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(variable, raising=False)


def test_a_named_endpoint_is_ready_without_a_key_and_without_being_touched() -> None:
    assert check("qwen3:8b", "http://nowhere.invalid/v1").model == "qwen3:8b"


@pytest.mark.parametrize(
    ("name", "variable"), [("openai:gpt-4o", "OPENAI_API_KEY"), ("anthropic:x", "ANTHROPIC_API_KEY")]
)
def test_a_provider_without_its_key_is_not_ready(name: str, variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        check(name)


@pytest.mark.parametrize(("name", "package"), [("openai:x", "pydantic_ai.models.openai"), ("anthropic:x", "httpx2")])
def test_a_missing_package_is_told_with_the_extra(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=r'pip install "modelwright\[llm\]"'):
        check(name, "http://localhost/v1")


def test_a_limit_of_money_alone_cannot_hold_back_a_model_without_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something")
    with pytest.raises(
        SettingsError, match=r"no price is known for openai:nobody-knows-it.* add one of tokens or calls"
    ):
        check("openai:nobody-knows-it", None, Caps(usd=5))
    assert check("openai:nobody-knows-it", None, Caps(usd=5, calls=3))
    assert check("openai:gpt-4o", None, Caps(usd=5))


def test_an_endpoint_of_ones_own_may_be_free() -> None:
    assert check("nobody-knows-it", "http://localhost/v1", Caps(usd=5))
