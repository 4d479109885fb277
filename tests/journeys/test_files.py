"""A player brings files along and takes some home: rows 46 to 50."""

from __future__ import annotations

from pathlib import Path

from basstab_hf import Tab, formats
from basstab_hf.tab.timing import timed_notes
from tests import song_files
from tests.journeys.conftest import Newcomers
from tests.journeys.hand import Hand
from tests.journeys.servers import demo_server, file_server
from tests.journeys.songs import RIFF
from tests.journeys.table import journey

#: How files begin that hold pictures or sound and are not read back.
_BEGINNINGS = {
    **{".wav": b"RIFF", ".ogg": b"OggS", ".flac": b"fLaC", ".mp3": b"\xff"},
    **{".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<"},
}


def pitches(tab: Tab) -> list[int]:
    return [note.pitch for note in timed_notes(tab)]


@journey(46)
def test_every_file(me: Hand) -> None:
    me.has(RIFF)
    tab = me.tab
    buttons = me.page.locator("#files [data-suffix]")
    suffixes = buttons.evaluate_all("all => all.map(e => e.dataset.suffix)")
    assert len(suffixes) >= 8
    for suffix in suffixes:
        taken = me.takes(f'#files [data-suffix="{suffix}"]')
        assert taken.suffix == f".{suffix.lstrip('.')}".lower()
        if begins := _BEGINNINGS.get(taken.suffix):
            assert taken.read_bytes().startswith(begins)
            continue
        back = formats.read(taken)
        assert sorted(pitches(back)) == sorted(pitches(tab)), suffix
        assert len(back.bars) == len(tab.bars), suffix


@journey(47)
def test_files_opened(me: Hand, tmp_path: Path) -> None:
    wanted = pitches(Tab.parse(RIFF))
    for suffix in (".gp5", ".mid", ".musicxml"):
        path = tmp_path / f"riff{suffix}"
        formats.write(Tab.parse(RIFF), path)
        before = me.text("#tab")
        me.brings(path)
        me.until(lambda before=before: "|" in me.text("#tab") and me.text("#tab") != before, f"a tab of {suffix}")
        assert pitches(me.tab) == wanted
        me.until(lambda: me.drawn() == 2, "two bars drawn")
        me.has(RIFF.replace("7-7", "5-5"))


@journey(48)
def test_a_song_accompanied(me: Hand, tmp_path: Path) -> None:
    path = tmp_path / "song.gp5"
    path.write_bytes(song_files.guitar_pro(["Em", "C", "G", "D"] * 2))
    before = me.text("#tab")
    me.brings(path, "#accompany")
    me.changes(before)
    assert len(me.tab.bars) >= 8
    roots = {int(note.onset // 4): note.pitch % 12 for note in reversed(timed_notes(me.tab))}
    assert sum(roots.get(bar) == (4, 0, 7, 2)[bar % 4] for bar in range(8)) >= 6
    taken = me.takes("#song")
    assert taken.suffix == ".gp5"
    assert len(pitches(formats.read(taken))) == len(pitches(me.tab))


@journey(49)
def test_arranged_for_five_strings(me: Hand) -> None:
    me.has(RIFF)
    tab = me.tab
    labels = [one.strip() for one in me.page.locator("#arrange-tuning option").all_text_contents()]
    me.chooses("#arrange-tuning", next(one for one in labels if "5" in one or "five" in one.lower()))
    before = me.text("#tab")
    me.presses("#arrange")
    me.changes(before)
    assert len(me.tab.systems[0].lines) == 5
    assert pitches(me.tab) == pitches(tab)


@journey(50)
def test_without_a_network(me: Hand, newcomers: Newcomers, static_folder: Path) -> None:
    if me.place == "practice":
        me.page.context.set_offline(True)
        me.page.reload()
        me.plays()
        me.hears()
        return
    gone = demo_server() if me.place == "demo" else file_server(static_folder.parent.parent, "some/prefix/")
    with gone as found:
        url = found if isinstance(found, str) else found.url
        newcomers.arrives(me, url)
        tab = me.writes(2)
        if me.place == "static":
            me.until(
                lambda: me.page.evaluate("navigator.serviceWorker.ready.then(() => true)"),
                "all that is needed offline",
                60,
            )
    if me.place == "static":
        me.page.goto("about:blank")
        newcomers.arrives(me, url)
        assert len(me.writes(2).bars) == 2
        return
    me.presses("#generate")
    message = me.reads("#message", r"server|connection|reach|network", 30)
    assert "Traceback" not in message
    assert me.tab.text == tab.text
    me.plays()
    me.hears()
    newcomers.wrong.clear()  # the browser itself tells of each request that failed
