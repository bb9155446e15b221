"""The client against a real server: every way to fail is a status, and time and money hold whatever comes back."""

import asyncio
import gc
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("pydantic_ai", reason="the extra llm is not installed")

from modelwright.errors import SettingsError
from modelwright.llms import wire
from modelwright.llms.caps import Caps, Purse
from modelwright.llms.client import Client, Unanswered, bound
from modelwright.records.call import Call, CallStatus, Message
from modelwright.testing.endpoint import Endpoint, Reply

OPENAI, ANTHROPIC, BARE = "openai:gpt-4o", "anthropic:claude-haiku-4-5", "qwen3:8b"
KEY = "key-nobody-may-see-0123456789"
QUESTION = (Message(role="system", text="be brief"), Message(role="user", text="what is it?"))
both = pytest.mark.parametrize("name", [OPENAI, ANTHROPIC])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


class Asking:
    """A client with all that a test looks at."""

    def __init__(self, endpoint: Endpoint | str, name: str = OPENAI, caps: Caps | None = None, **options: Any) -> None:
        self.waits: list[float] = []
        self.calls: list[Call] = []
        self.purse = Purse(caps or Caps())
        url = endpoint if isinstance(endpoint, str) else endpoint.url
        usual: dict[str, Any] = {"seconds": 60.0, "record": self.calls.append, "sleep": self.waits.append}
        self.client = Client(name, url=url, purse=self.purse, **(usual | options))

    def ask(self, messages: tuple[Message, ...] = QUESTION) -> Call:
        """The call on record, answered or not."""
        try:
            call = self.client.ask(messages, "a test").call
        except Unanswered as unanswered:
            call = unanswered.call
        assert call == self.calls[-1]
        return call


@both
def test_an_answer_is_on_record_with_its_cost(name: str) -> None:
    with Endpoint([Reply("it is this", tokens=(1000, 100))]) as endpoint:
        asking = Asking(endpoint, name)
        call = asking.ask()
    assert (call.status, call.answer, call.prompt, call.purpose) == (CallStatus.OK, "it is this", QUESTION, "a test")
    assert (call.tokens_in, call.tokens_out, call.attempts, call.estimated) == (1000, 100, 1, False)
    assert call.usd == pytest.approx({OPENAI: 0.0035, ANTHROPIC: 0.0015}[name])
    assert asking.purse.spent.usd == call.usd
    assert asking.purse.spent.tokens == 1100


def test_plain_text_is_asked_for_and_nothing_else() -> None:
    with Endpoint() as endpoint:
        Asking(endpoint, BARE, max_tokens=77).ask()
    body = endpoint.requests[0].body
    assert body.pop("stream") is False
    spoken = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is it?"}]
    assert body == {"model": BARE, "messages": spoken, "max_tokens": 77}


def test_a_model_of_openai_is_told_the_limit_by_its_newer_name() -> None:
    with Endpoint() as endpoint:
        Asking(endpoint, OPENAI, max_tokens=77).ask()
    body = endpoint.requests[0].body
    assert body["max_completion_tokens"] == 77
    assert "max_tokens" not in body


def test_the_other_protocol_has_the_system_prompt_apart() -> None:
    with Endpoint() as endpoint:
        Asking(endpoint, ANTHROPIC, max_tokens=77).ask()
    request = endpoint.requests[0]
    assert request.path == "/v1/messages"
    assert (request.body["system"], request.body["max_tokens"], request.body.get("tools")) == ("be brief", 77, None)


@both
def test_turns_alternate_and_one_system_prompt_comes_first(name: str) -> None:
    roles = ("user", "system", "user", "assistant", "user")
    messages = tuple(Message.model_validate({"role": role, "text": f"{role}{n}"}) for n, role in enumerate(roles))
    with Endpoint() as endpoint:
        Asking(endpoint, name).ask(messages)
    request = endpoint.requests[0]
    assert request.prompt == "system1\nuser0\n\nuser2\nassistant3\nuser4"
    assert [m["role"] for m in request.body["messages"] if m["role"] != "system"] == ["user", "assistant", "user"]


@both
def test_the_key_is_sent(name: str) -> None:
    with Endpoint() as endpoint:
        Asking(endpoint, name).ask()
    assert KEY in str(endpoint.requests[0].headers)


def test_a_key_that_is_taken_out_of_the_environment_later_is_still_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with Endpoint() as endpoint:
        asking = Asking(endpoint)
        monkeypatch.delenv("OPENAI_API_KEY")
        asking.ask()
    assert KEY in str(endpoint.requests[0].headers)


@both
def test_thinking_is_no_part_of_the_answer(name: str) -> None:
    replies = [
        Reply("said", thinking="thought"),
        Reply("<think>thought</think>\n\nsaid"),
        Reply("thought</think>said"),
    ]
    with Endpoint(replies) as endpoint:
        asking = Asking(endpoint, name)
        assert [asking.ask().answer for _ in replies] == ["said"] * 3


@both
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_change_is_not_tried_again(name: str, status: int) -> None:
    with Endpoint([Reply("because of this", status=status), "too late"]) as endpoint:
        call = Asking(endpoint, name).ask()
    assert (call.status, call.attempts, call.tokens_in, call.usd) == (CallStatus.REFUSED, 1, 0, 0.0)
    assert f"answered {status}: because of this" in call.error


@both
@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (429, CallStatus.LIMITED),
        (500, CallStatus.FAILED),
        (529, CallStatus.FAILED),
        (408, CallStatus.TIMEOUT),
        (Reply(""), CallStatus.EMPTY),
        (Reply(" \n"), CallStatus.EMPTY),
        (Reply(end="tools"), CallStatus.EMPTY),
        (Reply("lost", way="broken"), CallStatus.UNREACHABLE),
        (Reply(raw="{no json"), CallStatus.FAILED),
        (Reply(raw='{"choices": [], "content": 3}'), CallStatus.FAILED),
        (Reply(raw="<html>", headers={"Content-Type": "text/html"}), CallStatus.FAILED),
    ],
)
def test_what_may_change_is_tried_again_and_given_up(name: str, reply: Reply | int, status: CallStatus) -> None:
    with Endpoint([reply, reply, "at last", reply]) as endpoint:
        asking = Asking(endpoint, name)
        first, second = asking.ask(), asking.ask()
    assert (first.status, first.answer, first.attempts) == (CallStatus.OK, "at last", 3)
    assert (second.status, second.answer, second.attempts) == (status, "", 3)
    assert second.error
    assert len(endpoint.requests) == 6  # the libraries have no retries of their own


@both
def test_an_endpoint_that_is_not_there_is_unreachable_and_costs_nothing(name: str) -> None:
    with socket.socket() as taken:  # bound, not listening: nobody else gets the port, and nobody answers
        taken.bind(("127.0.0.1", 0))
        call = Asking(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", name).ask()
    assert (call.status, call.attempts, call.usd, call.tokens_in) == (CallStatus.UNREACHABLE, 3, 0.0, 0)
    assert "127.0.0.1" in call.error


@both
def test_an_account_without_credit_is_not_asked_again(name: str) -> None:
    told = {"message": "credit balance is too low", "type": "invalid_request_error", "code": "insufficient_quota"}
    body = f'{{"type": "error", "error": {told}}}'.replace("'", '"')
    with Endpoint([Reply(status=429 if name == OPENAI else 400, raw=body)]) as endpoint:
        call = Asking(endpoint, name).ask()
    assert (call.status, call.attempts) == (CallStatus.REFUSED, 1)
    assert "credit" in call.error


@both
def test_an_answer_that_is_filtered_is_refused(name: str) -> None:
    with Endpoint([Reply("half a", end="filtered")]) as endpoint:
        call = Asking(endpoint, name).ask()
    assert (call.status, call.attempts) == (CallStatus.REFUSED, 1)


@both
def test_text_beside_a_call_of_a_tool_is_an_answer(name: str) -> None:
    with Endpoint([Reply("here it is", end="tools")]) as endpoint:
        assert Asking(endpoint, name).ask().answer == "here it is"


@both
def test_a_cut_answer_is_asked_for_once_more_shorter(name: str) -> None:
    with Endpoint([Reply("a long", end="cut"), "short"]) as endpoint:
        asking = Asking(endpoint, name, max_tokens=321)
        call = asking.ask()
    assert (call.status, call.answer, call.attempts, asking.waits) == (CallStatus.OK, "short", 2, [])
    first, second = (request.prompt for request in endpoint.requests)
    assert second.startswith(first)
    assert "limit of 321 tokens" in second


@both
def test_an_answer_that_is_cut_twice_is_given_up(name: str) -> None:
    with Endpoint([Reply("a long", end="cut")]) as endpoint:
        call = Asking(endpoint, name, attempts=9).ask()
    assert (call.status, call.answer, call.attempts) == (CallStatus.CUT, "a long", 2)


@both
def test_the_wait_that_is_asked_for_is_kept(name: str) -> None:
    with Endpoint([Reply(status=429, headers={"Retry-After": "7"}), "ok"]) as endpoint:
        asking = Asking(endpoint, name)
        assert asking.ask().status is CallStatus.OK
    assert asking.waits == [7.0]


@both
def test_a_wait_beyond_the_time_allowed_is_not_begun(name: str) -> None:
    with Endpoint([Reply(status=429, headers={"Retry-After": "3600"})]) as endpoint:
        asking = Asking(endpoint, name)
        call = asking.ask()
    assert (call.status, call.attempts, asking.waits) == (CallStatus.LIMITED, 1, [])
    assert "asks to wait 3600 s" in call.error


def test_waits_grow_and_are_not_the_same_for_all() -> None:
    with Endpoint([500]) as endpoint:
        askings = [Asking(endpoint, attempts=4) for _ in range(2)]
        for asking in askings:
            asking.ask()
    for asking in askings:
        for wait, base in zip(asking.waits, (1, 2, 4), strict=True):
            assert 0.5 * base <= wait <= 1.5 * base
    assert askings[0].waits != askings[1].waits


@both
@pytest.mark.parametrize("reply", [Reply(way="hang"), Reply("x" * 2000, way="trickle", pause=0.02), Reply(delay=500)])
def test_an_endpoint_that_does_not_end_is_left_in_time(name: str, reply: Reply) -> None:
    with Endpoint(["first", reply]) as endpoint:
        Asking(endpoint, name).ask()  # so that all is imported when the clock counts
        asking = Asking(endpoint, name, seconds=0.6)
        started = time.monotonic()
        call = asking.ask()
        took = time.monotonic() - started
        assert len(endpoint.requests) == 2
        gone(lambda: not asking_threads())  # and not only left: the request is ended
    assert (call.status, call.attempts) == (CallStatus.TIMEOUT, 1)
    assert took < 6.0  # the time allowed, and what a busy machine needs; the replies take from 40 s to forever
    assert (call.tokens_in, call.tokens_out, call.estimated) == (bound(QUESTION), 8192, True)  # it may have been billed
    assert asking.purse.spent.usd == call.usd != 0


def test_the_time_allowed_is_that_of_all_attempts_and_waits_together() -> None:
    with Endpoint([500]) as endpoint:
        asking = Asking(endpoint, seconds=1.0, attempts=100, sleep=time.sleep)
        started = time.monotonic()
        call = asking.ask()
        took = time.monotonic() - started
    assert call.status in (CallStatus.FAILED, CallStatus.TIMEOUT)
    assert call.attempts < 10
    assert took < 6.0


def test_a_caller_goes_on_in_time_even_if_the_library_cannot_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()

    async def stuck(*args: object) -> None:
        stopped.wait(30.0)  # blocks the event loop itself

    monkeypatch.setattr(wire, "_exchange", stuck)
    started = time.monotonic()
    call = Asking("http://127.0.0.1:9/v1", seconds=0.2).ask()
    assert time.monotonic() - started < 10.0
    assert call.status is CallStatus.TIMEOUT
    stopped.set()
    gone(lambda: not asking_threads())


@both
def test_what_does_not_fit_into_the_purse_is_never_sent(name: str) -> None:
    with Endpoint() as endpoint:
        asking = Asking(endpoint, name, Caps(usd=0.001))
        call = asking.ask()
    assert (call.status, call.attempts, call.usd) == (CallStatus.DENIED, 0, 0.0)
    assert "left of 0.001 usd" in call.error
    assert not endpoint.requests
    assert asking.purse.spent.calls == 0


def test_the_attempt_that_does_not_fit_any_more_is_not_made() -> None:
    with Endpoint([Reply(tokens=(100, 0))]) as endpoint:
        asking = Asking(endpoint, caps=Caps(tokens=bound(QUESTION) + 8192 + 50))
        call = asking.ask()
    assert (call.status, call.attempts, len(endpoint.requests)) == (CallStatus.EMPTY, 1, 1)
    assert "no text came; up to" in call.error


def test_one_call_with_several_attempts_is_one_call() -> None:
    with Endpoint([500, 500, "ok"]) as endpoint:
        asking = Asking(endpoint, caps=Caps(calls=1))
        assert [asking.ask().status, asking.ask().status] == [CallStatus.OK, CallStatus.DENIED]


def test_the_purse_holds_with_many_at_once() -> None:
    def slow(body: dict[str, Any]) -> Reply:
        return Reply("ok", tokens=(10, 8192), delay=0.2)

    each = bound(QUESTION) + 8192
    with Endpoint(slow) as endpoint:
        asking = Asking(endpoint, caps=Caps(tokens=3 * each))
        threads = [threading.Thread(target=asking.ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert asking.purse.spent.tokens <= 3 * each
    assert len(asking.calls) == 8
    assert sum(call.attempts for call in asking.calls) == len(endpoint.requests) <= 3


def test_a_model_without_a_price_costs_unknown_money_and_known_tokens() -> None:
    with Endpoint([Reply("ok", tokens=(30, 4))]) as endpoint:
        asking = Asking(endpoint, BARE, Caps(usd=5))
        call = asking.ask()
    assert (call.usd, asking.purse.spent.tokens) == (None, 34)


@both
def test_tokens_that_are_not_told_count_with_the_most_they_can_be(name: str) -> None:
    with Endpoint([Reply("twelve bytes", thinking="and more", usage=False)]) as endpoint:
        call = Asking(endpoint, name).ask()
    assert (call.status, call.tokens_in, call.tokens_out) == (
        CallStatus.OK,
        bound(QUESTION),
        len("twelve bytesand more"),
    )
    assert call.estimated


def test_a_key_is_in_no_error_and_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    padding = "x" * 205  # so that the message is cut within the key, were it not hidden before
    with Endpoint([Reply(f"the key {KEY} is wrong {padding} {KEY}", status=401)]) as endpoint:
        call = Asking(endpoint).ask()
    with pytest.raises(Unanswered) as raised, Endpoint([Reply(KEY, status=500)]) as endpoint:
        Asking(endpoint, ANTHROPIC).client.ask(QUESTION, "a test")
    told = [
        call.error,
        repr(call),
        str(raised.value),
        repr(raised.value),
        *(record.getMessage() for record in caplog.records),
    ]
    assert not [text for text in told if KEY[:12] in text]
    assert raised.value.__context__ is None  # nor in an exception behind it
    assert "the key *** is wrong" in call.error


def test_an_unexpected_end_leaves_the_worst_case_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wire, "exchange", interrupted)
    asking = Asking("http://127.0.0.1:9/v1")
    with pytest.raises(KeyboardInterrupt):
        asking.ask()
    assert asking.purse.spent.tokens == bound(QUESTION) + 8192


def test_asking_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with Endpoint(["ok", Reply(way="hang")]) as endpoint:
        Asking(endpoint).ask()
        Asking(endpoint, ANTHROPIC, seconds=0.5).ask()
    gc.collect()  # an event loop or a socket left open would warn now, and a warning is an error
    gone(lambda: threading.active_count() <= before)


def test_it_can_be_asked_where_an_event_loop_runs() -> None:
    async def notebook(asking: Asking) -> CallStatus:
        return asking.ask().status

    with Endpoint() as endpoint:
        assert asyncio.run(notebook(Asking(endpoint))) is CallStatus.OK


def test_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Endpoint() as endpoint:
        assert Asking(endpoint).ask().status is CallStatus.OK


def test_messages_without_one_of_the_user_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="no message of the user"):
        Asking("http://127.0.0.1:9/v1").ask(QUESTION[:1])


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_no_time_to_answer_is_refused(seconds: float) -> None:
    with pytest.raises(SettingsError, match="leave a language model no time"):
        Asking("http://127.0.0.1:9/v1", seconds=seconds)


def test_an_exception_says_who_did_not_answer_and_why() -> None:
    with Endpoint([401]) as endpoint, pytest.raises(Unanswered, match=r"openai:gpt-4o did not answer \(refused\): 127"):
        Asking(endpoint).client.ask(QUESTION, "a test")


def asking_threads() -> list[threading.Thread]:
    """Those of requests that have not ended."""
    return [thread for thread in threading.enumerate() if thread.name == "modelwright-llm"]


def gone(check: Callable[[], bool]) -> None:
    """Wait until it is so, for a while."""
    until = time.monotonic() + 20.0
    while not check():
        assert time.monotonic() < until
        time.sleep(0.01)
