"""Sources of every kind become the same lines, and offsets lead back into the source."""

from __future__ import annotations

import html
import json

import pytest

from basstab_hf.recognise import recognise_bytes, recognise_tabs
from basstab_hf.recognise.encodings import decode
from basstab_hf.recognise.page import read_page

LINES = ["G|-----|", "D|--2--|", "A|3---5|", "E|-----|  x3"]
BODIES = ("-----|", "--2--|", "3---5|", "-----|")
TEXT = "\n".join(LINES)


def store(content: object, **meta: object) -> str:
    tab = {"song_name": "Tea & Toast", "artist_name": "Nobody", "type_name": "Bass Tabs"}
    data = {"store": {"page": {"data": {"tab": tab, "tab_view": {"wiki_tab": {"content": content}, "meta": meta}}}}}
    return f'<html><body><div class="js-store" data-content="{html.escape(json.dumps(data))}"></div></body></html>'


PAGES = {
    "br": "<br>\n".join(LINES),
    "br alone": "<br/>".join(LINES),
    "br first": "\n<br>".join(LINES),
    "paragraphs": "\n\n".join(f"<p>{line}</p>" for line in LINES),
    "items": "<ul>" + "".join(f"<li>{line}" for line in LINES) + "</ul>",
    "pre": f"<!DOCTYPE html><html><head><title>G|--5--</title></head><body><pre>\n{TEXT}\n</pre></body></html>",
    "bold notes": f"<main><pre>{TEXT.replace('2', '<b>2</b>')}</pre></main>",
    "textarea": f"<form><textarea>{TEXT}</textarea></form>",
    "table": f"<table><tr><td><pre>{TEXT}</pre></td></tr></table>",
    "script": f"<div><script>if (a < b) '<br>'\nG|---\n</script><!-- \nG|--- --></div><div>{'<br>'.join(LINES)}</div>",
    "entities": "<br>".join(f"&nbsp;{line.replace('-', '&#8212;')}" for line in LINES),
    "deep": f"<html>{'<div>' * 3000}<script>G|---\n</script><!-- G|--- -->{'<br>'.join(LINES)}</html>",
    "markup": f"[Intro]\r\n[tab]{TEXT}[/tab]",
    "fence": f"# Song\n```\n{TEXT}\n```\n",
    "carriage returns": TEXT.replace("\n", "\r"),
    "br and carriage returns": "<br>\r".join(LINES),
    "zero-width": TEXT.replace("|-", "\u200b|-"),
    "js-store": store(f"[tab]{TEXT}[/tab]"),
}


@pytest.mark.parametrize("source", PAGES.values(), ids=PAGES)
def test_one_system_comes_out_of_any_page(source: str) -> None:
    found = recognise_tabs(source)
    (system,) = found.systems
    assert (system.lines, system.repeats) == (BODIES, 3)
    assert found.rejected == ()


@pytest.mark.parametrize("name", ["br", "paragraphs", "pre", "table", "markup", "script", "deep", "carriage returns"])
def test_offsets_lead_back_into_the_source(name: str) -> None:
    (system,) = recognise_tabs(PAGES[name]).systems
    assert [PAGES[name][start:end] for start, end in system.offsets] == [line.removesuffix("  x3") for line in LINES]


def test_offsets_hold_the_line_where_markup_stands_in_it() -> None:
    (system,) = recognise_tabs(PAGES["bold notes"]).systems
    start, end = system.offsets[1]
    assert PAGES["bold notes"][start:end] == "D|--<b>2</b>--|\n"


def test_line_numbers_are_those_of_the_source() -> None:
    assert recognise_tabs(PAGES["paragraphs"]).systems[0].line_numbers == (1, 3, 5, 7)
    assert recognise_tabs(PAGES["pre"]).systems[0].first_line == 2
    assert recognise_tabs(PAGES["br alone"]).systems[0].line_numbers == (1, 1, 1, 1)


def test_a_store_tells_title_artist_and_tuning() -> None:
    bare = "\n".join(line[1:] for line in LINES)
    found = recognise_tabs(store(bare, tuning={"name": "Drop D", "value": "D A D G"}))
    assert (found.title, found.artist) == ("Tea & Toast", "Nobody")
    assert found.tab.title == "Tea & Toast"
    assert found.systems[0].tuning.word == "GDAD"
    assert found.systems[0].first_line == 1


@pytest.mark.parametrize(
    "source",
    [
        store(None),
        '<div class="js-store" data-content="{">' + "<br>".join(LINES) + "</div>",
        '<div class="js-store" data-content="[1]">' + "<br>".join(LINES) + "</div>",
        '<p class="js-store">' + "<br>".join(LINES),
    ],
)
def test_a_broken_store_is_an_ordinary_page(source: str) -> None:
    assert len(recognise_tabs(source).systems) == ("<br>" in source)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_bytes_of_unknown_encoding(encoding: str) -> None:
    text = "Ein schöner Baß\n" + TEXT
    assert decode(text.encode(encoding)).removeprefix("\ufeff") == text
    assert recognise_bytes(text.encode(encoding)).systems[0].lines == BODIES


def test_a_declared_charset_counts() -> None:
    page = f'<html><head><meta charset="{{}}"></head><body>Песня<pre>{TEXT}</pre></body></html>'
    assert "Песня" in decode(page.format("koi8-r").encode("koi8-r"))
    assert recognise_bytes(page.format("no-such-charset").encode("koi8-r")).systems[0].lines == BODIES


def test_zero_bytes_alone_make_no_wide_text() -> None:
    assert decode(b"a\x00bcdef") == "a\x00bcdef"
    assert decode(b"\xe9\x00\xe8\x00" * 8) == "éè" * 8


def test_lines_are_counted_once_for_every_break() -> None:
    assert list(read_page("a<br>\nb<br><br>c<p>d</p><p>e").lines) == ["a", "b", "", "c", "d", "e"]
