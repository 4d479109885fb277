"""The server of the page: on this machine, without telemetry, with nothing served but the page and its answers.

Input: a model and a port. Output: a page in the browser, until it is interrupted. It is Gradio's server without
Gradio's own page: `basstab_hf.page` is the page, `answers` answers it, Gradio offers `tools` to programs.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.files import scratch
from basstab_hf.sigterm import ended_by_sigterm

#: Where Gradio serves tools by MCP over streamable HTTP.
MCP_PATH = "/gradio_api/mcp/"
#: Gradio's and the Hub's counting of users, and Gradio's check for a newer version.
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "GRADIO_SHARE": "False"}


def serve(
    model: str | os.PathLike[str] | None = None,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    browse: bool = False,
    mcp: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Show the page until Ctrl+C or SIGTERM.

    Args:
        model: a model folder or the id of a model on the Hub; None is the model that comes with the package.
        port: None takes the first free one from 7860 on, 0 any free one.
        host: 0.0.0.0 lets other machines in, as a Space must.
        browse: whether to open a browser, too.
        mcp: whether to offer `Tools` to programs, by MCP, too.
        tell: is told the URL.

    Raises:
        MissingExtraError: Gradio is not installed, or what MCP needs.
        InputError: no model, or a port that is taken.
        HubError: no such model on the Hub, or the Hub cannot be reached.
    """
    with ended_by_sigterm(), scratch() as folder:
        close, url = start(model, folder, port=port, host=host, mcp=mcp)
        tell(url)
        if mcp:
            tell(f"{url.rstrip('/')}{MCP_PATH}")
        if browse:
            webbrowser.open(url)
        try:
            threading.Event().wait()
        finally:
            close()


def start(
    model: str | os.PathLike[str] | None,
    folder: Path,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    mcp: bool = False,
) -> tuple[Callable[[], None], str]:
    """Start the server in a thread; `folder` takes what Gradio writes, if it ever does.

    Returns:
        what closes the server, and the URL of the page.

    Raises:
        MissingExtraError: Gradio is not installed, or what MCP needs.
        InputError: no model, or a port that is taken.
        HubError: no such model on the Hub, or the Hub cannot be reached.
    """
    if mcp and importlib.util.find_spec("mcp") is None:
        raise MissingExtraError("mcp", "demo")
    os.environ.update(_QUIET, GRADIO_TEMP_DIR=str(folder / "files"))  # read when Gradio is imported
    try:
        import gradio as gr
    except ImportError as error:
        raise MissingExtraError("Gradio", "demo") from error

    from basstab_hf.demo.answers import Answers, Gate
    from basstab_hf.demo.tools import Tools
    from basstab_hf.page.back import Back

    port = _free_port() if port == 0 else port
    _check_free(host, port)
    back = Back(model)
    server = gr.Server(title="Bass tabs", docs_url=None, redoc_url=None, openapi_url=None)
    Answers(back).connect(server)
    if mcp:
        for tool in Tools(back).all:
            server.api(tool, queue=False)
    server.add_middleware(Gate, tools=mcp)
    with contextlib.redirect_stdout(io.StringIO()):  # where Gradio prints of MCP, however quiet it shall be
        _, url, _ = server.launch(
            prevent_thread_lock=True,
            quiet=True,
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=mcp,
            enable_monitoring=False,
            max_file_size=0,
        )
    return lambda: server.get_blocks().close(verbose=False), url


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _check_free(host: str, port: int | None) -> None:
    if port is None:
        return
    with socket.socket() as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind((host, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror}): choose another with --port") from error
