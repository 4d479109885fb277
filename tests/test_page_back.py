"""What answers the page: every message, whatever is in it. No server and no browser."""

import base64
import json
import math
import shutil
import subprocess
import sys
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab, formats, recognise_tabs
from basstab_hf.chart.names import parse_chord, parse_key
from basstab_hf.formats import WriteSettings
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.page import form, riff
from basstab_hf.page.back import Back, StoppedError
from basstab_hf.page.examples import EXAMPLES
from basstab_hf.page.form import Form
from basstab_hf.page.results import file_name
from basstab_hf.page.studio import Studio
from basstab_hf.rhythm.tab_time import TabTime, Tempo
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System
from tests.conftest import riff as riff_of

CHART = "Title: Blue\nTempo: 90\n\n[Verse]\n| Am | F | C G | Em |\n\n[Chorus, style=funk]\n|: Dm | G7 :|\n"
FIVE = "\n".join(
    f"{label}|{line}|" for label, line in zip("GDAEB", ["-" * 17] * 4 + ["-0-0-3-3-5-5-3-3-"], strict=True)
)


@pytest.fixture(scope="module")
def back() -> Back:
    return Back()


def ask(back: Back, do: str, **message: Any) -> dict[str, Any]:
    """The last event, which is no error."""
    answer = back.answer({"do": do, **message}, lambda _: None)
    assert "error" not in answer, answer
    json.dumps(answer, allow_nan=False)
    return answer


def refused(back: Back, message: object) -> str:
    """The one line that tells why something is not done."""
    answer = back.answer(message, lambda _: None)
    assert answer.keys() == {"error"}, answer
    told: str = answer["error"]
    assert told
    assert told.splitlines() == [told]
    assert "went wrong inside" not in told
    return told


def sent(path: Path) -> dict[str, str]:
    return {"name": path.name, "content": base64.b64encode(path.read_bytes()).decode()}


def notes(tab: Tab) -> list[tuple[float, int]]:
    return [(note.onset, note.pitch) for note in timed_notes(tab)]


def test_facts_name_what_there_is_to_choose(back: Back) -> None:
    facts = ask(back, "facts")["facts"]
    assert {"GDAD", "GDAEB"} < {tuning["word"] for tuning in facts["tunings"]}
    assert "funk" in {style["name"] for style in facts["styles"]}
    assert {"density", "metre"} <= {control["name"] for control in facts["asked"]}
    assert {".txt", ".mid", ".wav", ".html"} <= {row["suffix"] for row in facts["files"]}
    assert set(facts["songs"]) <= set(facts["opens"])
    assert facts["rewrites"] is True
    for style in facts["styles"][:3]:
        ask(back, "write", form={"style": style["name"], "bars": 1})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples_are_whole_bars_that_the_model_goes_on_with(example: Any, back: Back) -> None:
    parse_key(example.key)
    assert all(parse_chord(chord) for chord in example.chords.split())
    values = {"prompt": example.prompt, "key": example.key, "chords": example.chords, "tempo": example.tempo}
    found = ask(back, "write", form={**values, "style": example.style, "bars": 2, "seed": 1})["result"]
    assert Tab.parse(found["text"]).bars[:2] == Tab.parse(example.prompt).bars
    assert (found["bars"], found["tempo"], found["seed"]) == (4, example.tempo, 1)


def test_a_tab_grows_and_its_seed_writes_it_again(back: Back) -> None:
    *growing, last = back.ask({"do": "write", "form": {"prompt": riff_of(2), "bars": 24, "seed": 3}})
    lengths = [event["bars"] for event in growing]
    assert growing
    assert lengths == sorted(lengths)
    assert all(Tab.parse(event["text"]).bars[:7] == Tab.parse(riff_of(2)).bars[:7] for event in growing[1:])
    result = last["result"]
    assert len(Tab.parse(result["text"]).bars) == result["bars"] == 32
    assert result["play"]["seconds"] > 0
    assert "Seed 3 writes it again." in result["notes"]
    assert any("that the model learnt" in note for note in result["notes"])
    assert ask(back, "write", form={"prompt": riff_of(2), "bars": 24, "seed": 3})["result"] == result


def test_empty_fields_mean_the_usual(back: Back) -> None:
    every = {"bars", "temperature", "difficulty", "seed", "tempo", "best_of"}
    first, second = (ask(back, "write", form=dict.fromkeys(every))["result"] for _ in range(2))
    assert first["bars"] == second["bars"] == form.USUAL_BARS
    assert first["seed"] != second["seed"]
    assert any("No style was asked for" in note for note in first["notes"])


def test_of_the_best_of_several_the_number_is_told(back: Back) -> None:
    *told, last = back.ask({"do": "write", "form": {"bars": 2, "seed": 5, "best_of": 6, "max_copy": True}})
    assert [0, 6] in [event["progress"] for event in told]
    assert last["result"]["bars"] == 2
    *told, last = back.ask({"do": "rewrite", "text": riff_of(4), "first": 2, "last": 2, "count": 3, "form": {}})
    assert [event["progress"] for event in told] == [[1, 3], [2, 3], [3, 3]]
    assert len({version["text"] for version in last["versions"]}) == 3


def test_who_stops_listening_stops_the_work(back: Back) -> None:
    for fields in ({"bars": 64}, {"bars": 64, "best_of": 16}, {"bars": 64, "max_copy": True}):
        events = back.ask({"do": "write", "form": {"seed": 1, **fields}})
        next(events)
        events.close()

        def leave(_: object) -> None:
            raise StoppedError

        stopped = back.answer({"do": "write", "form": {"seed": 1, **fields}}, leave)
        assert stopped == {"error": "stopped"}
    assert ask(back, "write", form={"bars": 1})["result"]["bars"] == 1


def test_what_was_stopped_is_read_in_whole_bars(back: Back) -> None:
    torn = "\n".join(line[:-7] for line in riff_of(1).rstrip().splitlines()[-4:])
    assert ask(back, "read", text=torn, whole_bars=True)["result"]["bars"] == 3
    begun = "G|--5\nD|---\nA|---\nE|---"
    assert "not one whole bar" in refused(back, {"do": "read", "text": begun, "whole_bars": True})


def test_chords_that_are_asked_for_stand_over_their_bars(back: Back) -> None:
    found = ask(back, "write", form={"prompt": riff_of(1), "chords": "Am | F G", "bars": 3, "seed": 1})["result"]
    assert found["play"]["chords"] == [[9, 0.0, "Am"], [10, 0.0, "F"], [10, 2.0, "G"], [11, 0.0, "Am"]]
    again = ask(back, "read", text=found["text"])["result"]
    assert (again["text"], again["play"]) == (found["text"], found["play"])


def test_a_chart_gives_its_form_sections_chords_and_tempo(back: Back) -> None:
    found = ask(back, "write", form={"chords": CHART, "seed": 3})["result"]
    assert (found["bars"], found["tempo"], found["title"]) == (8, 90, "Blue")
    assert [name for _, name in found["play"]["sections"]] == ["Verse", "Chorus"]
    assert [name for _, _, name in found["play"]["chords"]] == ["Am", "F", "C", "G", "Em", "Dm", "G7", "Dm", "G7"]
    assert ask(back, "read", text=found["text"])["result"]["text"] == found["text"]
    (rewritten,) = ask(back, "rewrite", text=found["text"], first=2, last=1, count=1, form={})["versions"]
    assert rewritten["play"]["sections"] == found["play"]["sections"]
    assert Tab.parse(rewritten["text"]).bars[2:] == Tab.parse(found["text"]).bars[2:]
    behind = ask(back, "write", form={"chords": CHART, "prompt": riff_of(1), "bars": 4, "seed": 3})["result"]
    assert behind["bars"] == 12
    assert any("its sections do not" in note for note in behind["notes"])
    assert "401" in refused(back, {"do": "write", "form": {"chords": "[A]\n" + "| Am " * 401 + "|"}})


@pytest.mark.parametrize(
    ("text", "tuning", "told"),
    [
        ("E|-0-0-3-3-5-5-3-3-|", "GDAE", "1 of 4 strings printed"),
        ("-0-0-3-3-5-5-3-3-", "GDAE", "read as the E"),
        ("0 0 3 3 5 5 3 3", "GDAE", "read as the E"),
        ("A 3-3-2-2\nE --------", "GDAE", ""),
        ("B|-0-0-3-3-|", "GDAEB", ""),
        (FIVE, "GDAEB", ""),
        ("\n".join(line[1:] for line in FIVE.splitlines()), "GDAEB", "read as the B E A D G"),
    ],
)
def test_a_riff_on_one_string_or_on_five_is_gone_on_with(back: Back, text: str, tuning: str, told: str) -> None:
    found = ask(back, "write", form={"prompt": text, "bars": 2, "seed": 1})["result"]
    tab = Tab.parse(found["text"])
    assert (tab.tuning.word, found["bars"]) == (tuning, 3)
    assert told in " ".join(found["notes"])


def test_a_tab_is_written_on_five_and_six_strings(back: Back) -> None:
    for word in ("GDAEB", "CGDAEB", "BEADG"):
        text = ask(back, "write", form={"tuning": word, "bars": 2, "seed": 1})["result"]["text"]
        assert Tab.parse(text).tuning == Tuning.parse(word)


def test_a_mended_tab_is_read_and_what_was_mended_told(back: Back) -> None:
    pasted = "Some riff\n\nG:--2-\nD:--2--\nA:--0--\nE:-----\n"
    found = ask(back, "read", text=pasted, settings={"title": "Mine", "tempo": 150, "left_handed": True})["result"]
    assert any("align" in note.lower() or "length" in note.lower() for note in found["notes"]), found["notes"]
    assert (found["title"], found["tempo"], found["play"]["leftHanded"]) == ("Mine", 150, True)
    assert Tab.parse(found["text"]).title == "Mine"
    slower = ask(back, "read", text=found["text"], settings={"tempo": 75})["result"]
    assert slower["play"]["seconds"] == pytest.approx(2 * found["play"]["seconds"])
    assert ask(back, "read", text=slower["text"])["result"]["tempo"] == 75


def test_an_empty_title_takes_the_tabs_title_away(back: Back) -> None:
    text = f"Title: Mine\nArtist: Me\n\n{riff_of(3)}"
    kept = ask(back, "read", text=text, settings={"title": None})["result"]
    assert (kept["title"], kept["artist"]) == ("Mine", "Me")
    gone = ask(back, "read", text=text, settings={"title": "", "artist": ""})["result"]
    assert (gone["title"], gone["artist"], gone["play"]["title"]) == ("", "", "")
    assert "Mine" not in gone["text"]
    file = ask(back, "file", text=text, suffix=".mid", settings={"title": ""})["file"]
    assert file["name"] == "basstab.mid"
    assert b"Mine" not in base64.b64decode(file["content"])
    with_riff = ask(back, "write", form={"prompt": text, "title": "", "bars": 1, "seed": 1}, settings={"title": None})
    assert with_riff["result"]["title"] == "Mine"


def test_every_file_that_is_offered_is_made_named_by_its_title_and_opens_again(back: Back) -> None:
    given = ask(back, "read", text=riff_of(5), settings={"title": "Über/Riff: 1", "tempo": 120})["result"]["text"]
    facts = ask(back, "facts")["facts"]
    for row in facts["files"]:
        made = ask(back, "file", text=given, suffix=row["suffix"])["file"]
        assert made["name"] == f"Über_Riff_ 1{row['suffix']}"
        if row["suffix"] in (".txt", ".mid", ".gp5", ".musicxml", ".alphatex", ".html"):
            opened = ask(back, "open", name=made["name"], content=made["content"])["result"]
            assert notes(recognise_tabs(opened["text"]).tab) == notes(Tab.parse(given)), row
            assert opened["tempo"] == 120
    sound = ask(back, "file", text=given, suffix=".wav", settings={"tempo": 240})["file"]
    with wave.open(BytesIO(base64.b64decode(sound["content"]))) as heard:
        seconds = heard.getnframes() / heard.getframerate()
    assert seconds < 8 * 4 * 60 / 240 + 3


@pytest.mark.parametrize(("tempo", "percent"), [(20, 25), (40, 25), (55, 25), (240, 150), (400, 150)])
def test_files_have_every_tempo_that_the_player_plays(back: Back, tmp_path: Path, tempo: int, percent: int) -> None:
    """From a quarter of the slowest to one and a half times the fastest."""
    played = tempo * percent / 100
    found = ask(back, "read", text=riff_of(5), settings={"tempo": tempo})["result"]
    assert found["tempo"] == tempo
    for suffix in (".txt", ".gp5", ".mid", ".musicxml", ".alphatex", ".html"):
        file = ask(back, "file", text=found["text"], suffix=suffix, settings={"tempo": played})["file"]
        (tmp_path / f"t{suffix}").write_bytes(base64.b64decode(file["content"]))
        told = formats.read_track(tmp_path / f"t{suffix}").tempo
        assert told == pytest.approx(round(played) if suffix == ".gp5" else played, abs=0.01), suffix
    sound = ask(back, "file", text=found["text"], suffix=".wav", settings={"tempo": played})["file"]
    with wave.open(BytesIO(base64.b64decode(sound["content"]))) as wav:
        assert wav.getnframes() / wav.getframerate() == pytest.approx(8 * 4 * 60 / played, abs=1.5)


@pytest.mark.parametrize(("tempo", "change", "share"), [(24, 20, 0.25), (380, 400, 1.5)])
def test_changes_of_tempo_move_with_the_tempo_that_is_played(
    tmp_path: Path, tempo: int, change: int, share: float
) -> None:
    time = TabTime(tempo=tempo, tempos=(Tempo(4, Fraction(0), change),))
    formats.write(Tab.parse(riff_of(5)), tmp_path / "t.musicxml", WriteSettings(tempo=tempo * share, time=time))
    track = formats.read_track(tmp_path / "t.musicxml")
    assert (track.tempo, track.time.tempos) == (tempo * share, (Tempo(4, Fraction(0), change * share),))


def test_names_of_files_are_safe() -> None:
    assert file_name("", ".mid") == "basstab.mid"
    assert file_name("../../etc/passwd", ".txt") == "etc_passwd.txt"
    assert file_name("con", ".txt") == "basstab con.txt"
    assert file_name("a\x00\x1b]0;b\u202ec", ".txt").isprintable()


@given(st.text(max_size=300))
def test_names_of_files_have_no_folders_and_a_length(title: str) -> None:
    name = file_name(title, ".wav")
    assert Path(name).name == name
    assert name.endswith(".wav")
    assert 5 <= len(name) <= 100
    assert not set(name) & set('/\\:*?"<>|\n\r\t\0')


def test_a_song_gets_a_part_and_comes_back_with_it(back: Back, tmp_path: Path) -> None:
    song = mido.MidiFile(ticks_per_beat=480)
    song.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(96))]))
    for name, program, pitches in (("Guitar", 25, (57, 60, 64)), ("Keys", 4, (69, 72, 76))):
        track = mido.MidiTrack(
            [mido.MetaMessage("track_name", name=name), mido.Message("program_change", program=program)]
        )
        for bar in range(4):
            shift = (0, -4, 3, -2)[bar]
            track += [mido.Message("note_on", note=pitch + shift, velocity=80) for pitch in pitches]
            track += [
                mido.Message("note_off", note=pitch + shift, time=1920 if place == 0 else 0)
                for place, pitch in enumerate(pitches)
            ]
        song.tracks.append(track)
    song.save(tmp_path / "My song.mid")
    made = ask(back, "accompany", **sent(tmp_path / "My song.mid"), style="rock", form={"seed": 1})
    assert made["result"]["bars"] == 4
    assert made["song"]["name"] == "My song with bass.mid"
    path = tmp_path / made["song"]["name"]
    path.write_bytes(base64.b64decode(made["song"]["content"]))
    assert notes(formats.read(path)) == notes(recognise_tabs(made["result"]["text"]).tab)
    assert any("Heard in My song.mid" in note for note in made["result"]["notes"])


def test_a_line_is_arranged(back: Back) -> None:
    given = ask(back, "write", form={"chords": "Am F C G", "key": "Am", "seed": 1, "bars": 4})["result"]["text"]
    higher = ask(back, "arrange", text=given, key="+2")["result"]
    pitches = [[pitch for _, pitch in notes(Tab.parse(text))] for text in (given, higher["text"])]
    assert [pitch + 2 for pitch in pitches[0]] == pitches[1]
    assert [name for _, _, name in higher["play"]["chords"]] == ["Bm", "G", "D", "A"]
    five = ask(back, "arrange", text=given, tuning="BEADG", position=5)["result"]
    assert Tab.parse(five["text"]).tuning.n_strings == 5
    assert any("heard in" in note for note in ask(back, "arrange", text=given, key="Cm")["result"]["notes"])
    assert "say what to change" in refused(back, {"do": "arrange", "text": given}).lower()


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (None, "Do: choose facts"),
        ([], "The message: send fields by name, not a list"),
        ({}, "Do: choose facts"),
        ({"do": "dance"}, "Do 'dance': choose"),
        ({"do": "write", "forms": {}}, "Write: there is no field 'forms'"),
        ({"do": "write", "form": {"promt": ""}}, "Form: there is no field 'promt'"),
        ({"do": "write", "form": {"prompt": "no tab at all"}}, "The text holds no bass tab"),
        ({"do": "write", "form": {"prompt": "x" * (riff.MAX_PROMPT + 1)}}, "leave its beginning out"),
        ({"do": "write", "form": {"chords": "A " * form.MAX_CHORDS}}, "20,000 are taken"),
        ({"do": "write", "form": {"chords": "Am Hx"}}, "'Hx' is no chord"),
        ({"do": "write", "form": {"key": "H"}}, "Key 'H'"),
        ({"do": "write", "form": {"style": "polkadot"}}, "choose ballad"),
        ({"do": "write", "form": {"asked": {"density": "some"}}}, "Density 'some': choose low"),
        ({"do": "write", "form": {"asked": {"colour": "red"}}}, "there is no field 'colour'"),
        ({"do": "write", "form": {"bars": 65}}, "Bars 65: choose 1 to 64"),
        ({"do": "write", "form": {"bars": 2.5}}, "Bars 2.5: write a whole number"),
        ({"do": "write", "form": {"bars": True}}, "Bars: write a number"),
        ({"do": "write", "form": {"bars": "8"}}, "Bars: write a number"),
        ({"do": "write", "form": {"bars": 10**400}}, "Bars: choose 1 to 64"),
        ({"do": "write", "form": {"temperature": math.nan}}, "How bold: write a number from 0 to 2"),
        ({"do": "write", "form": {"seed": -1}}, "The seed -1"),
        ({"do": "write", "form": {"tempo": math.inf}}, "Tempo: choose 40 to 240"),
        ({"do": "write", "form": {"tuning": "EADX"}}, "no bass tuning"),
        ({"do": "write", "form": {"difficulty": 7}}, "Difficulty 7: choose 1 to 5"),
        ({"do": "write", "form": {"best_of": 1000}}, "The best of 1000"),
        ({"do": "write", "form": {"max_copy": 12}}, "say true or false"),
        ({"do": "rewrite", "text": riff_of(1), "first": 1, "last": 99, "count": 1}, "The last bar 99: choose 1 to 8"),
        ({"do": "rewrite", "text": riff_of(1), "first": 1, "last": 1, "count": 9}, "Versions 9: choose 1 to 4"),
        ({"do": "rewrite", "text": "", "first": 1, "last": 1, "count": 1}, "press Generate"),
        ({"do": "read", "text": riff_of(1), "settings": {"tone": "tuba"}}, "Tone 'tuba': choose finger"),
        ({"do": "file", "text": riff_of(1), "suffix": ".exe"}, "Suffix '.exe': choose .txt"),
        ({"do": "file", "text": riff_of(1)}, "Suffix: choose .txt"),
        ({"do": "open", "name": "x.exe", "content": "QUFB"}, "tabs can be read from files ending in"),
        ({"do": "open", "name": "x.gp5", "content": "no base64"}, "is no base64"),
        ({"do": "open", "name": "x.gp5", "content": ""}, "X.gp5 is empty"),
        ({"do": "open", "name": "", "content": "QUFB"}, "The file has no name"),
        ({"do": "open", "name": "/etc/passwd", "content": "QUFB"}, "ending in"),
        ({"do": "open", "name": "x.mid", "content": "A" * 6_000_000}, "more than 4,000,000 bytes"),
        ({"do": "accompany", "name": "x.txt", "content": "QUFB"}, "songs can be read from files ending in"),
        ({"do": "arrange", "text": riff_of(1), "capo": 99}, "Capo 99: choose 0 to 5"),
        ({"do": "arrange", "text": riff_of(1), "position": "up"}, "Position 'up': choose low"),
        ({"do": "arrange", "text": riff_of(1), "key": "+99"}, "Key 99: choose -24 to 24"),
    ],
)
def test_what_cannot_be_done_is_one_line(back: Back, message: object, told: str) -> None:
    assert told in refused(back, message)


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "\ud800", "E|-0-3-|", "Am", "low", "GDAD", ".mid", "QUFB", "x" * 30_000, 10**400, -1, 1, 3]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["density", "tempo", "title", "bars", "x"]), st.integers(0, 3), max_size=2),
)
_FORM = {"prompt", "key", "chords", "style", "bars", "temperature", "difficulty", "asked", "seed", "tempo", "tuning"}
_FIELDS = {
    "write": {"form", "settings"},
    "rewrite": {"text", "first", "last", "count", "form", "settings"},
    "read": {"text", "settings", "whole_bars"},
    "open": {"name", "content", "track", "settings"},
    "accompany": {"name", "content", "style", "form", "settings"},
    "arrange": {"text", "tuning", "key", "capo", "position", "difficulty", "settings"},
    "file": {"text", "suffix", "settings"},
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_message_holds_it_is_answered_in_one_line(back: Back, data: st.DataObject) -> None:
    do = data.draw(st.sampled_from(sorted(_FIELDS)))
    message = {"do": do}
    for name in sorted(_FIELDS[do]):
        odd = st.dictionaries(st.sampled_from(sorted(_FORM)), _ODD, max_size=2) if name == "form" else _ODD
        message[name] = data.draw(odd)
    if isinstance(message.get("form"), dict):
        message["form"] = {"bars": 1, **message["form"]}
        if isinstance(message["form"]["bars"], int) and message["form"]["bars"] > 2:
            message["form"]["bars"] = 2
    answer = back.answer(message, lambda _: None)
    if "error" in answer:
        assert "went wrong inside" not in answer["error"], message
        assert len(answer["error"].splitlines()) == 1
        assert len(answer["error"]) < 2_000
    else:
        json.dumps(answer, allow_nan=False)


@given(st.text(st.sampled_from("GDAEBgb|:-0159hx/~ \n"), max_size=200))
def test_any_text_is_a_riff_or_refused(text: str) -> None:
    from basstab_hf.errors import BasstabError
    from basstab_hf.page.riff import read_riff

    try:
        found = read_riff(text)
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    if found is not None:
        assert found.track.tab.systems
        assert len(found.track.marks) == len(found.track.tab.systems)


def test_visitors_at_the_same_time_get_their_own_tabs(back: Back) -> None:
    def tab(seed: int) -> str:
        text: str = ask(back, "write", form={"bars": 4, "seed": seed})["result"]["text"]
        return text

    with ThreadPoolExecutor(4) as visitors:
        together = list(visitors.map(tab, range(4)))
    assert together == [tab(seed) for seed in range(4)]


def test_what_the_package_warns_of_is_told_to_the_visitor_alone(back: Back) -> None:
    quiet, warned = (ask(back, "write", form={"tuning": word, "bars": 1})["result"]["notes"] for word in ("", "GDAC"))
    assert any("never saw the tuning" in note for note in warned)
    assert not any("never saw the tuning" in note for note in quiet)
    assert threading.active_count() < 20


def test_originality_is_told_in_words(back: Back, tmp_path: Path) -> None:
    studio = back.studio
    assert "in any key" in studio.originality(Tab.parse(riff_of(4)))
    silence = Tab((System(Tuning.parse("GDAE"), ("-----",) * 4),))
    assert "Not one step" in studio.originality(silence)
    three = Tab((System(Tuning.parse("GDAE"), ("-----", "-----", "-----", "0-2-4")),))
    assert studio.originality(three).startswith("At most 3 notes in a row")
    shutil.copytree(shipped_model(), tmp_path / "model", ignore=shutil.ignore_patterns("tunes.dat"))
    assert "cannot be told" in Studio(tmp_path / "model").originality(three)


_COLUMN = st.sampled_from(["----", "--5-", "7---", "||||", "|||-", "1--2", "x--h"])
_SYSTEM = st.builds(
    System.from_columns, st.sampled_from([Tuning.parse("GDAE"), Tuning.parse("GDAD")]), st.lists(_COLUMN, max_size=60)
)


@given(st.lists(_SYSTEM, max_size=4))
def test_reflowing_keeps_the_bars(systems: list[System]) -> None:
    tab = Tab(tuple(systems), title="A", artist="B")
    found = in_even_lines(tab)
    assert found.bars == tab.bars
    assert (found.title, found.artist) == ("A", "B")
    assert in_even_lines(found) == found


def test_reflowing_makes_lines_of_four() -> None:
    tab = Tab.parse(riff_of(1))
    torn = Tab(tuple(System.from_columns(tab.tuning, [*bar, "||||"]) for bar in tab.bars))
    assert in_even_lines(torn).text == riff_of(1).strip()


def test_it_needs_neither_torch_nor_gradio_nor_threads() -> None:
    program = """
import sys, threading
for name in ("torch", "transformers", "datasets", "gradio", "music21", "guitarpro", "fpdf"): sys.modules[name] = None
from basstab_hf.page.back import Back
def none(*_): raise RuntimeError("no threads here")
threading.Thread.start = none
events = []
print(Back().answer({"do": "write", "form": {"bars": 2, "seed": 1}}, events.append)["result"]["bars"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


def test_fields_are_checked_once() -> None:
    assert Form.of({"bars": 3, "asked": {"density": "low", "metre": ""}}).controls() == {"density": "low"}
    assert Form.of({"style": "soul"}).controls() == {"style": "motown"}


def test_a_text_says_its_tempo_or_has_that_of_the_tab_before(back: Back) -> None:
    riff = riff_of(1)
    for text, tempo in ((riff, 123), (f"Tempo: 90\n\n{riff}", 90), (f"Tempo: 120\n\n{riff}", 120)):
        read = ask(back, "read", text=text, settings={"usual_tempo": 123})
        assert read["result"]["tempo"] == tempo
