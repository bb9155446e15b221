"""A language model for tests: a real HTTP server on this machine that answers what a script says.

It speaks the protocols of OpenAI (`POST /v1/chat/completions`) and Anthropic (`POST /v1/messages`), each request in
the one it came in, so whatever asks language models is tested with its real client, real sockets and real time:

    from modelwright.llms.caps import Caps, Purse
    from modelwright.llms.client import Client
    from modelwright.testing.endpoint import Endpoint, Reply

    with Endpoint(["first answer", 429, Reply("second answer", delay=0.1)]) as endpoint:
        client = Client("some-model", url=endpoint.url, purse=Purse(Caps(calls=10)), seconds=30)
        ...
        assert "what I asked" in endpoint.requests[0].prompt

A script is a list of replies, one for each request in the order they come, of which the last is repeated; or a function
from the body of a request to a reply, for answers that depend on what is asked (it is called on the server's threads,
several at once if requests come so). A reply is a text, the number of an HTTP status, or a `Reply` for all that can go
wrong. When the endpoint is left, replies that hang or trickle end, and an error raised by the function is raised again.

Covered are the parts of the protocols in which one text is asked for and given. Not covered: streaming (such a request
is answered with 400), tools (calls of tools can be answered, as a misbehaviour), lists of models, encryption.
"""

import json
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self, cast

from ..records.base import Record

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
PATIENCE = 5.0  # seconds after which a connection on which nothing comes is given up
KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
OPENAI_ENDS = {"stop": "stop", "cut": "length", "tools": "tool_calls", "filtered": "content_filter"}
ANTHROPIC_ENDS = {"stop": "end_turn", "cut": "max_tokens", "tools": "tool_use", "filtered": "refusal"}


class Reply(Record):
    """What comes back for one request. Fields can be combined: a status after a delay, a cut answer that trickles.

    The nothing of `Reply()` is an answer without text.
    """

    text: str = ""  # the answer; of a status that is an error: what its message says
    status: int = 200
    headers: dict[str, str] = {}  # on top of the usual ones, as in {"Retry-After": "2"}
    delay: float = 0.0  # seconds before anything is sent
    way: Literal["whole", "trickle", "broken", "hang"] = "whole"  # trickle: a byte at a time; broken: half, then closed
    pause: float = 0.05  # seconds between the bytes of a trickle
    end: Literal["stop", "cut", "tools", "filtered"] = "stop"  # tools: the answer calls one
    thinking: str = ""  # what the model says that it thought
    tokens: tuple[int, int] | None = None  # those reported, of prompt and answer; none: counted by a rule of thumb
    usage: bool = True  # whether tokens are reported at all
    raw: str | None = None  # the body to send as it is, be it no JSON

    def __init__(self, text: str = "", **fields: Any) -> None:
        """A reply: its text may be given without naming it."""
        super().__init__(**{"text": text, **fields})


Script = Sequence[Reply | str | int] | Callable[[dict[str, Any]], Reply | str | int]


class Request(Record):
    """A request as it came."""

    at: float  # seconds of `time.monotonic`
    path: str
    headers: dict[str, str]  # their names in small letters
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """All that was said to the model, in either protocol."""
        return prompt(self.body)


def prompt(body: dict[str, Any]) -> str:
    """All that a request says to the model, system prompt first, in either protocol."""
    said = [body.get("system", ""), *(message.get("content", "") for message in body.get("messages", []))]
    blocks = [block for content in said for block in ([content] if isinstance(content, str) else content)]
    return "\n".join(block if isinstance(block, str) else str(block.get("text", "")) for block in blocks if block)


class Endpoint:
    """The server, from entering it as a context to leaving it. Its port is chosen by the system."""

    def __init__(self, script: Script = ("an answer",)) -> None:
        if not callable(script) and not script:
            raise ValueError("a script without replies: give one at least, it is repeated")
        self.script = script
        self.requests: list[Request] = []
        self.errors: list[Exception] = []  # raised by the script, or by our own code
        self.ending = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address to give to a client of either protocol; there is one from entering on."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="endpoint", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # waits for the threads of requests
        if self.errors and kind is None:
            raise self.errors[0]

    def reply(self, request: Request) -> Reply:
        """The reply to a request, which is kept. What the script raises is kept too, and answered as an error 500."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        if request.body.get("stream"):
            return Reply("this endpoint does not stream", status=400)
        if not callable(self.script):
            return _reply(self.script[min(number, len(self.script)) - 1])
        try:
            return _reply(self.script(request.body))
        except Exception as error:  # noqa: BLE001 - raised again when the endpoint is left
            self.errors.append(error)
            return Reply(f"the script raised {type(error).__name__}", status=500)


def _reply(given: Reply | str | int) -> Reply:
    """A reply from its short forms."""
    if isinstance(given, Reply):
        return given
    return Reply(given) if isinstance(given, str) else Reply(f"scripted {given}", status=given)


class _Server(ThreadingHTTPServer):
    """A thread for each request; all of them are waited for in the end, so that none outlives its test."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, which the inherited way does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Keep what is our own fault. A client that goes away, as it should after its time is over, is none."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, ConnectionError | TimeoutError):
            self.endpoint.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    timeout = PATIENCE

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the inherited name
        """Say nothing on the terminal."""

    def do_GET(self) -> None:
        """There is nothing to get."""
        self._send(404, {}, _error("nothing is here", 404, chat=True), Reply())

    def do_POST(self) -> None:
        """Answer as the script says."""
        endpoint = cast(_Server, self.server).endpoint
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]  # some clients append ?beta=true
        try:
            body = json.loads(sent)
        except ValueError:
            body = None
        if path not in (CHAT, MESSAGES) or not isinstance(body, dict):
            status = 400 if path in (CHAT, MESSAGES) else 404
            self._send(status, {}, _error("no such path, or no JSON", status, chat=path == CHAT), Reply())
            return
        reply = endpoint.reply(Request(at=time.monotonic(), path=path, headers=headers, body=body))
        endpoint.ending.wait(reply.delay)
        if reply.way == "hang":
            endpoint.ending.wait()
            return
        if reply.raw is not None:
            text = reply.raw
        elif reply.status >= 400:
            text = _error(reply.text, reply.status, chat=path == CHAT)
        else:
            text = json.dumps(_chat(reply, body) if path == CHAT else _message(reply, body))
        self._send(reply.status, reply.headers, text, reply)

    def _send(self, status: int, headers: dict[str, str], text: str, reply: Reply) -> None:
        """Status, headers and body, in the way that the reply says."""
        ending = cast(_Server, self.server).endpoint.ending
        content = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if reply.way == "trickle":
            for byte in content:
                self.wfile.write(bytes([byte]))
                if ending.wait(reply.pause):
                    return
        else:
            self.wfile.write(content[: len(content) // 2] if reply.way == "broken" else content)


def _error(text: str, status: int, *, chat: bool) -> str:
    """The body of an error, in the shape of the protocol."""
    kind = KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    error = {"type": kind, "message": text}
    return json.dumps({"error": error} if chat else {"type": "error", "error": error})


def _tokens(reply: Reply, body: dict[str, Any]) -> tuple[int, int]:
    """The tokens to report."""
    return reply.tokens or (len(prompt(body)) // 4 + 1, len(reply.text + reply.thinking) // 4 + 1)


def _chat(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    """An answer in OpenAI's protocol."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.thinking:
        message["reasoning_content"] = reply.thinking
    if reply.end == "tools":
        call = {"name": "a_tool", "arguments": "{}"}
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": call}]
    tokens_in, tokens_out = _tokens(reply, body)
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": OPENAI_ENDS[reply.end]}],
        "usage": usage if reply.usage else None,
    }


def _message(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    """An answer in Anthropic's protocol, which has no answer without usage: none reported is zero tokens."""
    content: list[dict[str, Any]] = []
    if reply.thinking:
        content.append({"type": "thinking", "thinking": reply.thinking, "signature": "signed"})
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    if reply.end == "tools":
        content.append({"type": "tool_use", "id": "call-1", "name": "a_tool", "input": {}})
    tokens_in, tokens_out = _tokens(reply, body) if reply.usage else (0, 0)
    return {
        "id": "message-1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", ""),
        "content": content,
        "stop_reason": ANTHROPIC_ENDS[reply.end],
        "stop_sequence": None,
        "usage": {"input_tokens": tokens_in, "output_tokens": tokens_out},
    }
