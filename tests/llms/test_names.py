"""Names of models, addresses and keys: what is accepted, and what the sentence says where it is not."""

from pathlib import Path

import pytest

from modelwright.errors import SettingsError
from modelwright.llms import keys, names


def test_a_provider_and_a_name_are_told_apart() -> None:
    named = names.parse("anthropic:claude-opus-4-8")
    assert (named.provider, named.model, named.url, named.bare) == ("anthropic", "claude-opus-4-8", None, False)


def test_a_bare_name_with_an_address_speaks_the_protocol_of_openai() -> None:
    named = names.parse("llama-3", "http://localhost:8000/v1/")
    assert (named.provider, named.model, named.url, named.bare) == (
        "openai",
        "llama-3",
        "http://localhost:8000/v1",
        True,
    )


def test_a_colon_in_a_bare_name_belongs_to_the_name() -> None:
    assert names.parse("qwen3:8b", "http://localhost:11434/v1").model == "qwen3:8b"


def test_the_address_of_the_other_protocol_may_end_in_v1_too() -> None:
    assert names.parse("anthropic:x", "http://localhost:8000/v1").url == "http://localhost:8000"


@pytest.mark.parametrize("name", ["gpt-5", "antropic:claude", "mistral:large", ""])
def test_a_name_without_a_known_provider_and_without_an_address_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"anthropic:NAME or openai:NAME, .*--llm-url") as error:
        names.parse(name)
    assert repr(name) in str(error.value)


@pytest.mark.parametrize(
    ("name", "url"), [("openai:", None), ("openai: ", "http://localhost"), (" ", "http://localhost")]
)
def test_a_missing_name_is_refused(name: str, url: str | None) -> None:
    with pytest.raises(SettingsError, match="names no model"):
        names.parse(name, url)


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "ftp://host/v1", "http://", "http://host:port/v1", "http://host:0", ""]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"is not an address: write it like http://localhost:8000/v1"):
        names.parse("x", url)


def test_the_refusal_of_an_address_does_not_tell_the_password_in_it() -> None:
    with pytest.raises(SettingsError) as error:
        names.parse("x", "ftp://me:secret@host/v1")
    assert "secret" not in str(error.value)
    assert "host/v1" in str(error.value)


def test_several_names_come_from_one_value_or_from_many_and_each_once() -> None:
    assert names.split(("openai:a, anthropic:b,", "openai:a", " ")) == ("openai:a", "anthropic:b")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.9/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://10.0.0.1/v1", False),
        ("http://localhost.example.org/v1", False),
    ],
)
def test_only_this_machine_is_local(url: str, local: bool) -> None:
    assert names.parse("x", url).local is local


def test_a_message_names_the_host_without_user_and_password() -> None:
    assert names.parse("x", "http://me:secret@host:1/v1").host == "host:1"


def test_a_missing_key_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    with pytest.raises(SettingsError, match="set the environment variable OPENAI_API_KEY"):
        keys.key(names.parse("openai:gpt-4o"))


def test_an_endpoint_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert keys.key(names.parse("x", "http://localhost/v1")) == keys.PLACEHOLDER


def test_an_endpoint_of_ones_own_gets_the_key_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    assert keys.key(names.parse("x", "http://localhost/v1")) == "sk-mine"


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused_without_telling_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", value)
    with pytest.raises(SettingsError, match="ANTHROPIC_API_KEY") as error:
        keys.key(names.parse("anthropic:x"))
    assert value not in str(error.value)


def test_of_two_keys_the_longer_is_hidden_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "abcdef")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "abcdefghi")
    hidden = keys.secrets(names.parse("x", "http://me:pass%20word@host/v1"))
    assert keys.scrub("abcdefghi, abcdef, pass word, pass%20word.", hidden) == "***, ***, ***, ***."


def test_a_part_of_a_key_that_a_provider_repeats_is_hidden() -> None:
    assert keys.scrub("Incorrect key sk-proj-ab****yz.", ()) == "Incorrect key ***"


def test_nothing_is_imported_before_it_is_needed() -> None:
    import subprocess
    import sys

    code = (
        "import sys, modelwright.llms.client, modelwright.llms.cassette, modelwright.testing.endpoint; "
        "print(sorted({'pydantic_ai', 'openai', 'anthropic', 'httpx2', 'genai_prices'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert told.stdout.strip() == "[]"
