"""An MCP server with which a coding agent is the strategist: over stdin and stdout, or over HTTP.

Calls are short: what takes long is begun, and the tool `wait` tells what became of it. The package `mcp` is imported
when a server is made.
"""

import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from . import mcp_tools as tools
from .errors import ModelwrightError, SettingsError
from .mcp_clerk import Clerk, answer
from .mcp_desks import Office

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.lowlevel import Server

HOST = "127.0.0.1"


def make_server(office: Office) -> "Server[Any]":
    """The server; desks are closed when it ends. Raises SettingsError where the package `mcp` is not installed."""
    try:
        import mcp_types as types
        from mcp.server.lowlevel import Server
    except ImportError as error:
        raise SettingsError('the package mcp is not installed: pip install "modelwright[mcp]".') from error
    clerk = Clerk(office)

    @asynccontextmanager
    async def lifespan(_server: Any) -> AsyncIterator[Office]:
        try:
            yield office
        finally:
            office.close()  # not awaited: where the server was cancelled, nothing can be awaited any more

    async def list_tools(_context: Any, _params: Any) -> "types.ListToolsResult":
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=name,
                    description=tools.about(name),
                    input_schema=tools.schema(name),
                    annotations=types.ToolAnnotations(
                        read_only_hint=takes.reads, destructive_hint=False, open_world_hint=False
                    ),
                )
                for name, takes in tools.TOOLS.items()
            ]
        )

    async def call_tool(_context: Any, params: "types.CallToolRequestParams") -> "types.CallToolResult":
        try:
            found = await answer(clerk, params.name, params.arguments or {})
        except ModelwrightError as error:
            text = types.TextContent(type="text", text=" ".join(str(error).split()))
            return types.CallToolResult(content=[text], is_error=True)
        text = types.TextContent(type="text", text=tools.as_text(found))
        return types.CallToolResult(content=[text], structured_content=found)

    return Server(
        "modelwright",
        version=version("modelwright"),
        instructions=tools.INSTRUCTIONS,
        lifespan=lifespan,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(office: Office, http: str | None = None) -> None:
    """Serve over stdin and stdout until stdin ends, or over HTTP at HOST:PORT until told to stop."""
    import anyio

    server = make_server(office)
    if http is None:
        anyio.run(_over_stdio, server, office)
        return
    host, listener = listen(http)
    with suppress(KeyboardInterrupt):  # the way to end it
        anyio.run(_over_http, server, host, listener)


def listen(given: str) -> tuple[str, socket.socket]:
    """A socket at HOST:PORT, or at PORT of this machine alone. Raises SettingsError where that cannot be had."""
    host, _, port = given.rpartition(":")
    host = host.strip("[]") or HOST
    if not port.isdecimal() or int(port) > 65535:
        raise SettingsError(f"--http {given!r} is no address: write it like 127.0.0.1:8765, or a port alone.")
    try:
        return host, socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(f"--http {given} cannot be listened at ({error.strerror}): choose another port.") from error


async def _over_stdio(server: "Server[Any]", office: Office) -> None:
    import anyio
    from mcp.server.stdio import stdio_server

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_leave_when_told, office)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
        tasks.cancel_scope.cancel()


async def _leave_when_told(office: Office) -> None:
    """End at SIGINT and SIGTERM. Not by an exception: a thread that reads from stdin cannot be woken."""
    import anyio

    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            office.close()
            os._exit(128 + number)


async def _over_http(server: "Server[Any]", host: str, listener: socket.socket) -> None:
    import uvicorn

    where = listener.getsockname()
    shown = f"[{where[0]}]" if ":" in where[0] else where[0]
    sys.stderr.write(f"listening at http://{shown}:{where[1]}/mcp; whoever can reach it can use it\n")
    sys.stderr.flush()
    app = server.streamable_http_app(host=host, stateless_http=True, json_response=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, lifespan="on")
    await uvicorn.Server(config).serve(sockets=[listener])
