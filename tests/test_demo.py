"""The server of `basstab demo`, asked as its page asks it; and the folder of a Space. No browser."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from packaging.requirements import Requirement

from basstab_hf import __version__
from basstab_hf.cli import main
from basstab_hf.demo.gradio_space import write_gradio_space
from basstab_hf.errors import InputError, MissingExtraError, OutputError
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.publish.contents import kind_of

_JSON = {"Content-Type": "application/json"}


@contextmanager
def server(*arguments: str, **variables: str) -> Iterator[tuple[str, int]]:
    """`basstab demo` in a process of its own, ended as a person does: its address, its process."""
    command = [sys.executable, "-m", "basstab_hf", "demo", "--port", "0", "--no-open", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ | variables, **pipes) as process:
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.send_signal(signal.SIGINT)
            ended = threading.Timer(30, process.kill)
            ended.start()
            _, told = process.communicate()
            ended.cancel()
    assert process.returncode == 0, told
    assert "Traceback" not in told


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[str, int]]:
    with server() as found:
        yield found


def connect(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)


def ask(address: str, message: Any, visitor: str = "") -> list[dict[str, Any]]:
    """All events of an answer."""
    connection = connect(address)
    connection.request("POST", "/ask", json.dumps(message), _JSON | {"X-Visitor": visitor})
    events = [json.loads(line) for line in connection.getresponse()]
    connection.close()
    return events


def fetch(address: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with closing(connect(address)) as connection:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def memory(process: int) -> float:
    """Resident MB."""
    told = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", told)[1]) / 1000


def test_the_page_and_its_parts_are_served_from_here_alone(demo: tuple[str, int]) -> None:
    status, headers, page = fetch(demo[0], "/")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    parts = re.findall(r'(?:src|href)="([^"#:]+)"', page.decode())
    assert {"app.js", "back.js", "player.js", "app.css"} <= set(parts)
    for part in parts:
        assert fetch(demo[0], f"/{part}")[0] == 200, part
    assert not re.search(rb"(?:src|href)=.https?://", page)


@pytest.mark.parametrize(
    "path",
    [
        *("/config", "/docs", "/openapi.json", "/monitoring", "/theme.css", "/static/img/logo.svg", "/app.py"),
        *("/gradio_api/info", "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/queue/join"),
        *("/gradio_api/mcp/", "/..%2f..%2fpyproject.toml", "/player_sound.js"),
    ],
)
def test_nothing_else_is_served(demo: tuple[str, int], path: str) -> None:
    assert fetch(demo[0], path)[0] == 404
    assert fetch(demo[0], path, b"{}", **_JSON)[0] == 404


def test_a_tab_is_written_line_by_line(demo: tuple[str, int]) -> None:
    *growing, last = ask(demo[0], {"do": "write", "form": {"bars": 32, "seed": 1}})
    assert [event["bars"] for event in growing] == sorted(event["bars"] for event in growing)
    assert last["done"]
    assert last["result"]["bars"] == 32
    assert ask(demo[0], {"do": "facts"})[-1]["facts"]["name"] == "shipped"


@pytest.mark.parametrize(
    ("body", "kind", "status", "told"),
    [
        (b"{", "application/json", 400, "no JSON"),
        (b"[" * 100_000, "application/json", 400, "no JSON"),
        (b'{"do": "facts"}', "text/plain", 415, "application/json"),
        (b"do=facts", "application/x-www-form-urlencoded", 415, "application/json"),
        (b"x" * 8_000_000, "application/json", 413, "at most 4 MB"),
    ],
)
def test_a_body_that_is_no_message_is_told(
    demo: tuple[str, int], body: bytes, kind: str, status: int, told: str
) -> None:
    try:
        found, _, content = fetch(demo[0], "/ask", body, **{"Content-Type": kind})
    except (BrokenPipeError, ConnectionResetError):  # it did not wait for all of it
        assert status == 413
        return
    assert found == status
    assert told in json.loads(content)["error"]


def test_large_bodies_leave_no_trace(demo: tuple[str, int]) -> None:
    ask(demo[0], {"do": "write", "form": {"bars": 1}})
    before = memory(demo[1])

    def send(chunked: bool) -> bytes:
        head = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 150000000"
        piece = b"x" * 65536
        with socket.create_connection(("127.0.0.1", urlsplit(demo[0]).port)) as stream:
            stream.sendall(b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head + b"\r\n\r\n")
            try:
                for _ in range(150_000_000 // len(piece)):
                    stream.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            except OSError:
                pass  # it hung up
            try:
                return stream.recv(100)
            except ConnectionResetError:
                return b"HTTP/1.1 413"

    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(send, [True, False] * 2))
    assert all(answer.startswith(b"HTTP/1.1 413") for answer in answers)
    assert memory(demo[1]) - before < 60


def test_who_comes_first_is_served_first_and_the_others_know_their_place(demo: tuple[str, int]) -> None:
    done: list[int] = []

    def visit(number: int) -> list[dict[str, Any]]:
        time.sleep(0.15 * number)
        events = ask(demo[0], {"do": "write", "form": {"bars": 16, "seed": number}}, str(number))
        done.append(number)
        return events

    with ThreadPoolExecutor(4) as visitors:
        answers = list(visitors.map(visit, range(4)))
    assert all(events[-1]["done"] for events in answers)
    assert [events[-1]["result"]["seed"] for events in answers] == list(range(4))
    assert done == sorted(done)
    for events in answers:
        places = [event["waiting"] for event in events if "waiting" in event]
        assert places == sorted(places, reverse=True)


def test_who_asks_for_several_tabs_lets_others_go_before_the_second(demo: tuple[str, int]) -> None:
    done: list[str] = []

    def visit(place: int) -> list[dict[str, Any]]:
        visitor = "aaab"[place]
        time.sleep(0.15 * place)
        events = ask(demo[0], {"do": "write", "form": {"bars": 64, "seed": place, "best_of": 4}}, visitor)
        done.append(visitor)
        return events

    with ThreadPoolExecutor(4) as visitors:
        answers = list(visitors.map(visit, range(4)))
    assert all(events[-1]["done"] for events in answers)
    assert "".join(done) == "abaa"
    assert [event["waiting"] for event in answers[3] if "waiting" in event] == [1]


def test_who_leaves_lets_the_next_one_in(demo: tuple[str, int]) -> None:
    connection = connect(demo[0])
    long = {"do": "write", "form": {"bars": 64, "seed": 1, "best_of": 16, "max_copy": True}}
    connection.request("POST", "/ask", json.dumps(long), _JSON)
    answer = connection.getresponse()
    assert json.loads(answer.readline())["progress"] == [0, 16]
    answer.close()
    connection.close()
    assert ask(demo[0], {"do": "write", "form": {"bars": 1}})[-1]["done"]


@pytest.mark.slow
def test_memory_stays_over_a_thousand_visits(demo: tuple[str, int]) -> None:
    for _ in range(50):
        fetch(demo[0], "/")
        ask(demo[0], {"do": "facts"})
    before = memory(demo[1])
    for _ in range(1000):
        fetch(demo[0], "/")
        ask(demo[0], {"do": "facts"})
    assert memory(demo[1]) - before < 5


def test_sigterm_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "basstab_hf", "demo", "--port", "0", "--no-open", str(shipped_model())]
    elsewhere = {"cwd": tmp_path, "env": os.environ | {"TMPDIR": str(tmp_path)}}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **elsewhere, **pipes) as process:
        address = process.stdout.readline().strip()
        assert ask(address, {"do": "write", "form": {"bars": 1}})[-1]["done"]
        if sys.platform == "linux":
            assert "libtorch" not in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
        process.terminate()
        _, told = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "basstab_hf", "demo", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert re.fullmatch(rf"basstab demo: port {port} cannot be used .*: choose another with --port\n", done.stderr)


def test_the_folder_of_a_space(tmp_path: Path) -> None:
    folder = write_gradio_space("someone/my-model", tmp_path / "space")
    assert {path.name for path in folder.iterdir()} == {"README.md", "app.py", "requirements.txt", "basstab_hf"}
    card = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert (card["sdk"], card["app_file"], card["models"]) == ("gradio", "app.py", ["someone/my-model"])
    assert card["sdk_version"].startswith("6.")
    assert len(card["short_description"]) <= 60
    compile((folder / "app.py").read_text(), "app.py", "exec")
    assert "'someone/my-model'" in (folder / "app.py").read_text().replace('"', "'")
    assert f"basstab-hf {__version__}" in (folder / "README.md").read_text()
    assert not (folder / "basstab_hf" / "shipped_model").exists()
    assert kind_of(folder) == "space"
    with pytest.raises(OutputError):
        write_gradio_space("someone/my-model", folder)
    shipped = write_gradio_space(None, tmp_path / "shipped")
    assert "MODEL = None" in (shipped / "app.py").read_text()
    assert "models" not in yaml.safe_load((shipped / "README.md").read_text().split("---\n")[1])
    needs = {Requirement(line).name.lower() for line in (shipped / "requirements.txt").read_text().splitlines()}
    assert {"gradio", "numpy", "transformers", "pillow"} < needs
    assert not {"torch", "basstab-hf", "pytest"} & needs
    program = "import app, basstab_hf; print(basstab_hf.__file__, len(basstab_hf.generate_tab().bars))"
    away = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shipped, env=away, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{shipped / 'basstab_hf' / '__init__.py'} 8\n"
    for wrong in ('a/b"; import os', "name", "../x", "a/b/c", "a/b\n"):
        with pytest.raises(InputError, match="OWNER/NAME"):
            write_gradio_space(wrong, tmp_path / "wrong")


def test_the_command_without_gradio(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == f"basstab demo: {MissingExtraError('Gradio', 'demo')}\n"
    for wrong in ("x", "70000"):
        with pytest.raises(SystemExit):
            main(["demo", "--port", wrong])
        assert "no port" in capsys.readouterr().err
