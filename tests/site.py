"""A web site on loopback for tests: pages by path, each bytes or a function of the request; every request is noted."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One response."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # before it begins


@dataclass
class Site:
    """Pages by path with query; `fallback` answers for all other paths."""

    pages: dict[str, bytes | str | Answer | Callable[[int], Answer]] = field(default_factory=dict)
    fallback: Callable[[str], Answer | None] = lambda path: None
    requests: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    most_at_once: int = 0
    port: int = 0
    scheme: str = "http"

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.requests)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answer(self, path: str) -> Answer:
        page = self.pages.get(path)
        if callable(page):
            return page(self.counts[path])
        if isinstance(page, str):
            page = page.encode()
        if isinstance(page, bytes):
            return Answer(page, headers={"Content-Type": "text/html"})
        return page or self.fallback(path) or Answer(b"nothing here", 404)


def link_page(*urls: str, body: str = "") -> str:
    return "<html><body>" + "".join(f'<p><a href="{url}">x</a></p>' for url in urls) + body + "</body></html>"


@contextmanager
def serving(site: Site, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Serve a site for the duration of a block, over HTTPS if there is a context for it."""
    lock = threading.Lock()
    active = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every answer waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            nonlocal active
            with lock:
                active += 1
                site.most_at_once = max(site.most_at_once, active)
                site.requests.append(self.path)
                site.times.append(time.monotonic())
                site.agents.add(self.headers.get("User-Agent", ""))
            answer = site.answer(self.path)
            try:
                time.sleep(answer.seconds)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                with lock:
                    active -= 1
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:  # the client has gone: killed, or tired of waiting
                self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Clients are killed in these tests; their connections break."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        site.scheme = "https"
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
