"""The fake endpoint does what its script says, as a server and not as a stand-in for one."""

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from modelwright.testing.endpoint import Endpoint, Reply

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
ASKED = {
    "model": "m",
    "system": "be brief",
    "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}],
}


def post(
    endpoint: Endpoint, path: str = CHAT, body: Any = ASKED, timeout: float = 60.0
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of what comes back."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=timeout)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "X-Mine": "1"})
        response = connection.getresponse()
        return response.status, dict(response.headers), json.loads(response.read() or "null")
    finally:
        connection.close()


def test_requests_are_kept_as_they_came() -> None:
    with Endpoint() as endpoint:
        post(endpoint, MESSAGES + "?beta=true")
    (request,) = endpoint.requests
    assert (request.path, request.headers["x-mine"], request.body) == (MESSAGES, "1", ASKED)
    assert request.prompt == "be brief\nhello"


def test_each_protocol_has_its_shape() -> None:
    with Endpoint([Reply("hi", tokens=(5, 2))]) as endpoint:
        chat, message = post(endpoint, CHAT)[2], post(endpoint, MESSAGES)[2]
    assert chat["choices"][0]["message"]["content"] == "hi"
    assert (chat["usage"]["prompt_tokens"], chat["usage"]["completion_tokens"]) == (5, 2)
    assert message["content"] == [{"type": "text", "text": "hi"}]
    assert message["usage"] == {"input_tokens": 5, "output_tokens": 2}


def test_replies_come_in_order_and_the_last_is_repeated() -> None:
    with Endpoint([429, "one", "two"]) as endpoint:
        came = [post(endpoint) for _ in range(4)]
    assert [status for status, _, _ in came] == [429, 200, 200, 200]
    assert [body["choices"][0]["message"]["content"] for _, _, body in came[1:]] == ["one", "two", "two"]


def test_a_function_sees_what_is_asked() -> None:
    with Endpoint(lambda body: f"you said {body['messages'][0]['content'][0]['text']}") as endpoint:
        assert post(endpoint)[2]["choices"][0]["message"]["content"] == "you said hello"


def test_an_error_in_the_script_is_not_lost() -> None:
    def script(body: dict[str, Any]) -> str:
        raise KeyError("a mistake in the script")

    with pytest.raises(KeyError, match="a mistake in the script"), Endpoint(script) as endpoint:
        assert post(endpoint)[0] == 500


def test_an_error_in_the_script_does_not_hide_that_of_the_test() -> None:
    def script(body: dict[str, Any]) -> str:
        raise KeyError("a mistake in the script")

    with pytest.raises(ZeroDivisionError), Endpoint(script) as endpoint:
        assert post(endpoint)[0] / 0


def test_headers_and_the_shape_of_errors() -> None:
    with Endpoint([Reply("slower", status=429, headers={"Retry-After": "2"})]) as endpoint:
        status, headers, chat = post(endpoint, CHAT)
        message = post(endpoint, MESSAGES)[2]
    assert (status, headers["Retry-After"], chat["error"]["message"]) == (429, "2", "slower")
    assert message == {"type": "error", "error": {"type": "rate_limit_error", "message": "slower"}}


@pytest.mark.parametrize(
    ("end", "openai", "anthropic"),
    [("stop", "stop", "end_turn"), ("cut", "length", "max_tokens"), ("tools", "tool_calls", "tool_use")],
)
def test_ends_are_named_as_each_protocol_does(end: str, openai: str, anthropic: str) -> None:
    with Endpoint([Reply.model_validate({"end": end})]) as endpoint:
        assert post(endpoint, CHAT)[2]["choices"][0]["finish_reason"] == openai
        assert post(endpoint, MESSAGES)[2]["stop_reason"] == anthropic


def test_a_reply_can_be_late() -> None:
    with Endpoint([Reply("late", delay=0.3)]) as endpoint:
        started = time.monotonic()
        post(endpoint)
        assert time.monotonic() - started >= 0.3


def test_a_trickle_keeps_a_client_waiting_that_waits_for_silence_only() -> None:
    with Endpoint([Reply("x", way="trickle", pause=0.002)]) as endpoint:
        started = time.monotonic()
        _, headers, body = post(endpoint)
        took = time.monotonic() - started
    assert body["choices"][0]["message"]["content"] == "x"
    assert took > 0.002 * (int(headers["Content-Length"]) - 1)


def test_a_connection_breaks_in_the_middle() -> None:
    with Endpoint([Reply("x", way="broken")]) as endpoint, pytest.raises(http.client.IncompleteRead):
        post(endpoint)


def test_a_body_can_be_anything() -> None:
    with Endpoint([Reply(raw="{no json")]) as endpoint, pytest.raises(json.JSONDecodeError):
        post(endpoint)


@pytest.mark.parametrize("reply", [Reply(way="hang"), Reply("x" * 999, way="trickle", pause=30.0), Reply(delay=500.0)])
def test_leaving_ends_what_would_go_on(reply: Reply) -> None:
    before = threading.active_count()
    with Endpoint([reply]) as endpoint:
        with pytest.raises(TimeoutError):
            post(endpoint, timeout=0.3)
        started = time.monotonic()
    assert time.monotonic() - started < 10.0
    assert threading.active_count() == before


def test_what_is_not_covered_is_said() -> None:
    with Endpoint() as endpoint:
        assert post(endpoint, "/v1/embeddings")[0] == 404
        assert post(endpoint, body=[])[0] == 400
        status, _, body = post(endpoint, body=ASKED | {"stream": True})
    assert (status, body["error"]["message"]) == (400, "this endpoint does not stream")


def test_a_script_without_replies_is_refused() -> None:
    with pytest.raises(ValueError, match="without replies"):
        Endpoint([])


def test_many_are_answered_at_once() -> None:
    gate = threading.Barrier(5, timeout=60.0)

    def script(body: dict[str, Any]) -> str:
        gate.wait()  # passes only when all are here
        return "ok"

    with Endpoint(script) as endpoint:
        threads = [threading.Thread(target=post, args=(endpoint,)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(endpoint.requests) == 5
