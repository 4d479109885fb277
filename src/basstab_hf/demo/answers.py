"""How the server answers its page: files of the page, and `POST ask`, one message in, a line of JSON for each event.

Visitors stand in one line (`line`) and are told their place: the model writes one tab at a time. A page says by
a random number which requests are its own; others are known by their address. Who closes the connection stops the
work. Nothing is kept of anybody: no session, no file.
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from importlib import resources
from typing import Any

import anyio
from anyio import from_thread, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from basstab_hf.demo.line import FullError, Line
from basstab_hf.formats.playable import web_files
from basstab_hf.page.back import Back, Event, StoppedError, Tell
from basstab_hf.page.songs import MAX_FILE

#: Bytes of a message: a file as base64, and the fields beside it.
MAX_MESSAGE = MAX_FILE * 4 // 3 + 1_000_000
#: The header in which a page says who it is, and characters of it that count.
VISITOR, _MOST_VISITOR = "X-Visitor", 64
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
#: What the page may load and whom it may be shown by: nobody but itself, and the Hub, which shows Spaces in a frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: Gives what was freed back to the system, where the C library is one that keeps it: after 200 tabs it holds 40 MB.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
#: What Gradio asks its own server at the start, and where tools are.
_GRADIO = re.compile(r"/gradio_api/startup-events/?")
_TOOLS = re.compile(r"/gradio_api/mcp(/.*)?")


def page_files() -> dict[str, bytes]:
    """The files of the page by name: those of `page/app`, the player, and the script that asks this server."""
    app = resources.files("basstab_hf.page").joinpath("app")
    found = {file.name: file.read_bytes() for file in app.iterdir() if file.name.rpartition(".")[2] in _TYPES}
    found |= {name: text.encode() for name, text in web_files().items()}
    return found | {"back.js": resources.files("basstab_hf.demo").joinpath("back.js").read_bytes()}


class Answers:
    """The page, and the line of those who ask it for something."""

    def __init__(self, back: Back) -> None:
        self._back = back
        self._line = Line()

    def connect(self, server: Any) -> None:
        """Give a Starlette application the routes of the page."""
        for name, content in page_files().items():
            route = _served(content, _TYPES[name.rpartition(".")[2]])
            server.add_route(f"/{name}", route, methods=["GET"])
            if name == "index.html":
                server.add_route("/", route, methods=["GET"])
        server.add_route("/ask", self._ask, methods=["POST"])

    async def _ask(self, request: Request) -> Response:
        # A form of another site may not say JSON without asking first, and nobody here would agree.
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"error": "Send a message as application/json."}, 415)
        try:
            message = json.loads(await request.body())
        except (ValueError, RecursionError):
            return JSONResponse({"error": "The message is no JSON."}, 400)
        return StreamingResponse(
            self._lines(message, _visitor(request)), media_type="application/x-ndjson", headers=_HEADERS
        )

    async def _lines(self, message: object, visitor: str) -> AsyncIterator[bytes]:
        async for event in self._events(message, visitor):
            yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    async def _events(self, message: object, visitor: str) -> AsyncIterator[Event]:
        if isinstance(message, Mapping) and message.get("do") == "facts":  # costs nothing
            yield await to_thread.run_sync(self._back.answer, message, _nobody)
            return
        try:
            self._line.check_room(visitor)
        except FullError as full:
            yield {"error": str(full)}
            return
        stopped = threading.Event()
        send, receive = anyio.create_memory_object_stream[Event](float("inf"))

        def told(event: Event) -> None:
            with suppress(anyio.BrokenResourceError):  # the visitor has left
                send.send_nowait(event)

        def tell(event: Event) -> None:
            if stopped.is_set():
                raise StoppedError
            from_thread.run_sync(told, event)

        async def work() -> None:
            with send:
                async with self._line.turn(visitor, told):
                    told(await to_thread.run_sync(self._answer, message, tell))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work)
            try:
                with receive:
                    async for event in receive:
                        yield event
            finally:
                stopped.set()
                tasks.cancel_scope.cancel()

    def _answer(self, message: object, tell: Tell) -> Event:
        answer = self._back.answer(message, tell)
        if _TRIM:
            _TRIM(0)
        return answer


class Gate:
    """Lets nothing in but the page, its messages and, where they are offered, tools; and no body that is too large."""

    def __init__(self, app: ASGIApp, *, tools: bool) -> None:
        self._app = app
        self._open = {"/", "/ask", *(f"/{name}" for name in page_files())}
        self._tools = tools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        path = scope["path"]
        if not (path in self._open or _GRADIO.fullmatch(path) or (self._tools and _TOOLS.fullmatch(path))):
            await JSONResponse({"error": "There is nothing here."}, 404)(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_MESSAGE:
            await _too_large(scope, receive, send)
            return
        await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without a length beforehand, what comes is counted."""
        size, begun = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_MESSAGE:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if not begun:
                await _too_large(scope, receive, send)


class _TooLargeError(Exception):
    """A body goes on above what is taken."""


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    error = {"error": f"This is too large: files of at most {MAX_FILE / 1e6:.0f} MB are taken."}
    await JSONResponse(error, 413, headers={"Connection": "close"})(scope, receive, send)


def _served(content: bytes, media_type: str) -> Any:
    async def route(_: Request) -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)

    return route


def _visitor(request: Request) -> str:
    """Whom a request is from."""
    address = request.client.host if request.client else ""
    return f"{address} {request.headers.get(VISITOR, '')[:_MOST_VISITOR]}"


def _nobody(_: Event) -> None:
    """Nobody listens to what is told on the way."""
