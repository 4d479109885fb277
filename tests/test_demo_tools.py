"""What programs may ask of the page's server: the five tools, by themselves and through MCP's own client."""

import asyncio
import base64
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab, formats, recognise_tabs
from basstab_hf.demo.tools import Tools
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.page.back import Back
from basstab_hf.page.explaining import explain
from basstab_hf.tab.timing import timed_notes

RIFF = """\
Tempo: 96

   Em                Em                C                 D
G|-----------------|-----------------|-----------------|-----------------|
D|-----------------|---------2h4-----|-----------------|-----------------|
A|---------------2-|-2---2-----------|-3---3-----3---3-|-5---5---5-5-5---|
E|-0---0-----0-3---|-----------------|-----------------|-----------------|
"""


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools(Back())


def tab_in(answer: str) -> Tab:
    return recognise_tabs(answer).tab


def test_what_is_written_is_a_tab_and_its_seed_writes_it_again(tools: Tools) -> None:
    told = tools.write(chords="Am F C G", style="soul", bars=4)
    assert len(tab_in(told).bars) == 4
    seed = int(re.search(r"Seed (\d+) writes", told)[1])
    assert tools.write(chords="Am F C G", style="motown", bars=4, seed=seed) == told
    assert "was drawn" in tools.write(bars=1, seed=1)
    longer = tools.write(riff=RIFF, bars=2, seed=1)
    assert tab_in(longer).bars[:4] == tab_in(RIFF).bars
    assert len(tab_in(longer).bars) == 6


def test_rewriting_changes_the_bars_that_are_named_alone(tools: Tools) -> None:
    told = tools.rewrite_bars(RIFF, 2, 3, versions=2, seed=1)
    first, second = (tab_in(part) for part in told.split("Version 2"))
    assert first != second
    for found in (first, second):
        bars = tab_in(RIFF).bars
        assert (found.bars[0], found.bars[3]) == (bars[0], bars[3])
        assert found.bars[1:3] != bars[1:3]


def test_notations_go_there_and_back(tools: Tools) -> None:
    for notation in ("alphatex", "musicxml"):
        text = tools.convert(RIFF, notation)
        back = tools.convert(text, "tab", notation)
        notes = [[(note.pitch, note.onset) for note in timed_notes(tab_in(each))] for each in (RIFF, back)]
        assert notes[0] == notes[1]
        assert "96" in back
    assert tools.convert(RIFF, "svg").startswith("<svg ")
    kind, _, content = tools.convert(RIFF, "midi", tempo=150).partition(";base64,")
    assert kind == "data:audio/midi"
    track = mido.MidiFile(file=io.BytesIO(base64.b64decode(content)))
    assert {round(mido.tempo2bpm(message.tempo)) for message in track if message.type == "set_tempo"} == {150}


def test_checking_tells_what_is_a_tab_what_was_mended_and_what_is_none(tools: Tools) -> None:
    page = "Intro\nG|--2-\nD|--2--\nA|--0--\nE|-----\n\ne|--0--|\nB|--1--|\nG|--0--|\nD|--2--|\nA|--3--|\nE|-----|\n"
    told = tools.check(page)
    assert re.search(r"Lines 2 to 5: a bass tab, GDAE, .*mended: ", told)
    assert re.search(r"Lines 7 to 12: no bass tab: .*guitar", told)
    assert len(tab_in(told).systems) == 1
    assert "No bass tab" in tools.check("Hello")


def test_explaining_tells_what_is_there() -> None:
    told = explain(formats.read_tracks(RIFF.encode(), "riff", ".txt").first("riff"))
    for line in (
        "Strings: 4, G D A E from the highest",
        "4 bars, metre 4/4, guessed from the width of the bars; 96 beats a minute. 18 notes",
        "Key: Em, heard",
        "as printed, bar by bar: Em | Em | C | D",
        "Frets: 0 to 5; 3 open strings in 18 notes.",
        "index finger stands at fret",
        "Technique marks: 1 hammer-on.",
        "Difficulty: 2 of 5 (easy) at 96",
    ):
        assert line in told
    bare = "\n".join(line for line in RIFF.splitlines()[3:] if line)
    told = explain(formats.read_tracks(bare.encode(), "riff", ".txt").first("riff"))
    assert "no tempo is told" in told
    chords = re.search(r"that the line outlines, bar by bar: (.*)", told)[1].split(" | ")
    assert [name[0] for name in chords] == ["E", "B", "C", "D"]
    empty = "G|----|\nD|----|\nA|----|\nE|----|"
    assert "0 notes" in explain(formats.read_tracks(empty.encode(), "riff", ".txt").first("riff"))


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda tools: tools.write(bars=65), "bars 65: choose 1 to 64"),
        (lambda tools: tools.write(bars=None), "bars: write a number"),
        (lambda tools: tools.write(tempo=float("nan")), "tempo: write a number"),
        (lambda tools: tools.write(style="polkadot"), "style 'polkadot': choose ballad"),
        (lambda tools: tools.write(riff={"path": "/etc/passwd"}), "riff: write a text, not dict"),
        (lambda tools: tools.write(riff="x" * 20_001), "riff has 20,001 characters, 20,000 are taken"),
        (lambda tools: tools.write(chords="Am " * 7000), "chords has 21,000 characters"),
        (lambda tools: tools.rewrite_bars(RIFF, 3, 9), "last_bar 9: choose 1 to 4"),
        (lambda tools: tools.rewrite_bars(RIFF, 3, 2), "the first comes before the last"),
        (lambda tools: tools.convert("/etc/passwd", "tab"), "the text holds no bass tab"),
        (lambda tools: tools.convert("/etc/passwd", "tab", "musicxml"), "the text is no readable XML"),
        (lambda tools: tools.convert(RIFF, "exe"), "to 'exe': choose tab"),
        (lambda tools: tools.convert(RIFF, "midi", tempo=4), "tempo 4: choose 5"),
        (lambda tools: tools.check("x" * 200_001), "200,000 are taken"),
        (lambda tools: tools.explain(" "), "tab: it is empty"),
    ],
)
def test_what_cannot_be_done_is_one_line(tools: Tools, ask: Callable[[Tools], str], told: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(tools)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(st.sampled_from("GDAE|-0159hx/~ \n"), max_size=300))
def test_whatever_is_sent_is_answered_or_refused(text: str) -> None:
    back = object.__new__(Back)  # these tools ask no model
    for tool in (Tools(back).check, Tools(back).explain):
        try:
            assert isinstance(tool(text), str)
        except BasstabError as error:
            assert "\n" not in str(error)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """What `basstab demo --mcp` prints as the address of its tools."""
    command = [sys.executable, "-m", "basstab_hf", "demo", "--mcp", "--port", "0", "--no-open"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ, **pipes) as process:
        try:
            page, tools = (process.stdout.readline().strip() for _ in range(2))
            assert tools == f"{page}gradio_api/mcp/"
            yield tools
        finally:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert "Traceback" not in told


def _talk(address: str, talk: Callable[[Any], Awaitable[Any]]) -> Any:
    """What a client of MCP hears over streamable HTTP."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def run() -> Any:
        async with (
            streamable_http_client(address) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            return await talk(session)

    with ThreadPoolExecutor(1) as apart:  # a browser of another test may keep this thread's loop running
        return apart.submit(asyncio.run, run()).result()


def test_a_client_finds_five_tools_with_documented_inputs(address: str) -> None:
    listed = _talk(address, lambda session: session.list_tools()).tools
    assert [tool.name for tool in listed] == ["write", "rewrite_bars", "convert", "check", "explain"]
    for tool in listed:
        assert len(tool.description) > 60
        for name, schema in tool.inputSchema["properties"].items():
            assert schema.keys() & {"type", "enum"}, name
            assert len(schema["description"]) > 10, name
    required = {tool.name: tool.inputSchema.get("required", []) for tool in listed}
    assert required == {
        "write": [],
        "rewrite_bars": ["tab", "first_bar", "last_bar"],
        "convert": ["source", "to"],
        "check": ["text"],
        "explain": ["tab"],
    }
    convert = next(tool for tool in listed if tool.name == "convert").inputSchema["properties"]
    assert convert["to"]["enum"] == ["tab", "alphatex", "musicxml", "svg", "midi", "gp5"]


def test_a_client_calls_each_tool(address: str) -> None:
    async def talk(session: Any) -> list[Any]:
        asked = {
            "write": {"chords": "Em C G D", "style": "rock", "bars": 4, "seed": 1},
            "rewrite_bars": {"tab": RIFF, "first_bar": 2, "last_bar": 2},
            "convert": {"source": RIFF, "to": "alphatex"},
            "check": {"text": f"Hello!\n\n{RIFF}"},
            "explain": {"tab": RIFF},
        }
        return [await session.call_tool(name, arguments) for name, arguments in asked.items()]

    answers = _talk(address, talk)
    assert not any(answer.isError for answer in answers)
    written, rewritten, converted, checked, explained = (answer.content[0].text for answer in answers)
    assert len(tab_in(written).bars) == len(tab_in(rewritten).bars) == 4
    assert "\\tuning" in converted
    assert "a bass tab, GDAE" in checked
    assert "Key: Em" in explained


def test_a_client_is_told_in_one_line_what_was_wrong(address: str) -> None:
    async def talk(session: Any) -> list[Any]:
        asked = [
            ("write", {"bars": 99}),
            ("write", {"bars": "4"}),
            ("explain", {"tab": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}),
            ("convert", {"source": "/etc/passwd", "to": "tab"}),
            ("generate", {}),
        ]
        return [await session.call_tool(name, arguments) for name, arguments in asked]

    for answer in _talk(address, talk):
        assert answer.isError
        (told,) = (content.text for content in answer.content)
        assert "Traceback" not in told
        assert "root:" not in told
        assert len(told.splitlines()) == 1


def test_the_documented_client_gets_a_tab(address: str) -> None:
    page = (Path(__file__).parents[1] / "docs" / "demo.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [settings] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    url = json.loads(settings)["mcpServers"]["bass-tabs"]["url"]
    assert url in program
    done = subprocess.run(
        [sys.executable, "-c", program.replace(url, address)], capture_output=True, text=True, check=True
    )
    assert len(tab_in(done.stdout).bars) == 4


def test_nothing_of_gradio_but_the_tools_is_served(address: str) -> None:
    page = address.removesuffix("gradio_api/mcp/")
    file = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc\r\n--x--\r\n'
    body = Request(f"{page}gradio_api/upload", file, {"Content-Type": "multipart/form-data; boundary=x"})
    for refused in (body, f"{page}gradio_api/file=/etc/passwd", f"{page}gradio_api/info", f"{page}config"):
        with pytest.raises(HTTPError) as caught:
            urlopen(refused)
        assert caught.value.code == 404
        caught.value.close()


def test_the_demo_extra_brings_what_the_tools_need() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(need.startswith("mcp>=") for need in project["optional-dependencies"]["demo"])


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from basstab_hf.cli import main

    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name == "mcp" else found(name, *rest))
    assert main(["demo", "--mcp", "--port", "0"]) == 1
    assert 'mcp is not installed: run pip install "basstab-hf[demo]"' in capsys.readouterr().err
