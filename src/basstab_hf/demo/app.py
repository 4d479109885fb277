"""The server of the page: on this machine, without telemetry, with nothing served but the page and its parts.

Input: a model and a port. Output: a page in the browser, until it is interrupted.
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
from importlib import resources
from pathlib import Path
from typing import Any

from basstab_hf import web_parts
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.files import scratch
from basstab_hf.sigterm import ended_by_sigterm

#: Where our own copies of the viewer's parts are served.
_PARTS = "/parts"
#: Where Gradio serves tools by MCP over streamable HTTP.
MCP_PATH = "/gradio_api/mcp/"
#: Gradio's and the Hub's counting of users, and Gradio's check for a newer version; fonts of ours are the system's.
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "GRADIO_SHARE": "False"}
_SANS = ("system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "Liberation Mono", "monospace")


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
        blocks, url = start(model, folder, port=port, host=host, mcp=mcp)
        tell(url)
        if mcp:
            tell(f"{url.rstrip('/')}{MCP_PATH}")
        if browse:
            webbrowser.open(url)
        try:
            threading.Event().wait()
        finally:
            blocks.close(verbose=False)


def start(
    model: str | os.PathLike[str] | None,
    folder: Path,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    mcp: bool = False,
) -> tuple[Any, str]:
    """Start the server in a thread; `folder` takes all files that it makes.

    Returns:
        the page, to be closed in the end, and its URL.

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
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    from basstab_hf.demo.page import build
    from basstab_hf.demo.studio import Studio

    port = _free_port() if port == 0 else port
    _check_free(host, port)
    blocks = build(Studio(model), parts(folder / "parts"), tools=mcp)
    routes = [Mount(_PARTS, StaticFiles(directory=folder / "parts", check_dir=False))]
    css = resources.files("basstab_hf.demo") / "page.css"
    keys = (resources.files("basstab_hf.demo") / "keys.js").read_text(encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):  # where Gradio prints of MCP, however quiet it shall be
        _, url, _ = blocks.launch(
            prevent_thread_lock=True,
            quiet=True,
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=mcp,
            enable_monitoring=False,
            footer_links=[],
            max_file_size=0,
            app_kwargs={"routes": routes},
            theme=_theme(gr),
            css=css.read_text(encoding="utf-8"),
            head=f"<script>{keys}</script>",
        )
    return blocks, url


def parts(folder: Path) -> dict[str, dict[str, str]]:
    """Where the browser finds the parts of the viewer: copied into `folder` from npm's packages, else on the CDN.

    Where there is Node but not yet the packages, they are installed meanwhile, for the next time.
    """
    here = web_parts.node_modules(install=False) is not None
    if here:
        web_parts.copy(web_parts.ALPHATAB, folder)
    else:
        threading.Thread(target=web_parts.node_modules, daemon=True).start()
    return {
        part.name: {"url": f".{_PARTS}/{part.name}" if here else part.url, "integrity": part.integrity}
        for part in web_parts.ALPHATAB
    }


def _theme(gr: Any) -> Any:
    sans, mono = ([gr.themes.Font(name) for name in names] for names in (_SANS, _MONO))
    theme = gr.themes.Default(primary_hue="teal", neutral_hue="stone", font=sans, font_mono=mono)
    # White on teal 700 and stone 600 on white are readable: 5.5 and 7.6 to 1.
    return theme.set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
    )


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
