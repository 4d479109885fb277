"""Servers of the pages: the demo in a process of its own, the static Space from a plain file server, fast or slow."""

from __future__ import annotations

import functools
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True)
class Demo:
    """Address and process of `basstab demo`."""

    url: str
    process: subprocess.Popen[str]

    def memory(self) -> float:
        """What it holds in MB (resident)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the server has ended")


@contextmanager
def demo_server(*arguments: str) -> Iterator[Demo]:
    """`basstab demo` with the model of the package, ended as a person does."""
    command = [sys.executable, "-m", "basstab_hf", "demo", "--port", "0", "--no-open", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ.copy(), **pipes) as process:
        try:
            assert process.stdout is not None
            yield Demo(process.stdout.readline().strip(), process)
        finally:
            process.send_signal(signal.SIGINT)
            ended = threading.Timer(20, process.kill)
            ended.start()
            _, told = process.communicate()
            ended.cancel()
    assert "Traceback" not in told, told


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class _Line:
    """A line of so many bytes a second, which all requests share."""

    def __init__(self, rate: float) -> None:
        self._rate, self._free, self._lock = rate, 0.0, threading.Lock()

    def carry(self, size: int) -> None:
        """Wait until so many bytes have gone over it."""
        with self._lock:
            now = time.monotonic()
            self._free = max(self._free, now) + size / self._rate
            wait = self._free - now
        time.sleep(wait)


class _SlowFiles(_Files):
    def __init__(self, *arguments: Any, line: _Line, **named: Any) -> None:
        self._line = line
        super().__init__(*arguments, **named)

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        """Give a file away in pieces, as the line carries them."""
        while piece := source.read(8192):
            self._line.carry(len(piece))
            outputfile.write(piece)


@contextmanager
def file_server(folder: Path, under: str = "", bits: float | None = None) -> Iterator[str]:
    """Address of a folder on a plain file server, over a line of so many bits a second."""
    handler: Any = functools.partial(_Files, directory=str(folder))
    if bits is not None:
        handler = functools.partial(_SlowFiles, directory=str(folder), line=_Line(bits / 8))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{under}"
        finally:
            server.shutdown()
            thread.join()
