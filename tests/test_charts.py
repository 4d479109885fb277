"""Charts as a whole: printing and reading back, odd input, what is told and refused, the command."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.chart.bars import bar_texts, parse_bar
from basstab_hf.chart.ireal_links import unscrambled
from basstab_hf.chart.names import parse_chord
from basstab_hf.chart.reading import MOST_CHARACTERS, read_chart
from basstab_hf.chart.rendering import render
from basstab_hf.chart.transposing import transposed
from basstab_hf.chart.values import Chart, ChartBar, PlacedChord, Section
from basstab_hf.chart.written import clean
from basstab_hf.cli import main
from basstab_hf.composer import style
from basstab_hf.errors import BasstabError, InputError
from tests.growth import in_proportion
from tests.test_chart_notations import CHARTS, IREAL, link, shown

NAMES = st.sampled_from(
    [
        "Am",
        "C7(b9,#11)",
        "Bb°7",
        "F#ø7/E",
        "N.C.",
        "NC",
        "C♯m",
        "G13sus4",
        "C^7",
        "C-7",
        "Am(maj7)",
        "C6/9",
        "B",
        "Dm7*",
        "Em7/11",
    ]
)
PLACES = st.sampled_from([1, 2, 3, 4, 5, 6, 8, 12]).flatmap(
    lambda parts: st.sets(st.integers(0, parts - 1), max_size=6).map(
        lambda places: [Fraction(place, parts) for place in sorted(places)]
    )
)
LINE = st.text(max_size=20).map(clean)
WORD = st.sampled_from(["reggae", "low", "walking"])


@st.composite
def bars(draw: st.DrawFn) -> ChartBar:
    places = draw(PLACES)
    names = [draw(NAMES) for _ in places]
    return ChartBar(
        tuple(PlacedChord(place, name, parse_chord(name)) for place, name in zip(places, names, strict=True))
    )


SECTIONS = st.builds(
    Section,
    st.sampled_from(["", "Verse 1", "Chorus", "A", "Coda", "1.", "Title: x", "(x)", "x2", "A x2", "B 0x", "Am", "Key"])
    | LINE,
    st.lists(bars(), min_size=1, max_size=6).map(tuple),
    st.none() | WORD,
    st.none() | WORD,
)


@given(
    st.builds(
        Chart,
        st.lists(SECTIONS, min_size=1, max_size=4).map(tuple),
        LINE,
        LINE,
        st.sampled_from([(4, 4), (3, 4), (6, 8), (5, 4), (7, 8), (12, 8), (2, 2)]),
        st.none() | st.sampled_from(["Em", "C", "F#m", "Bb"]),
        st.none() | st.floats(10, 400),
        st.none() | WORD,
    )
)
def test_a_chart_is_read_as_it_was_printed(chart: Chart) -> None:
    read = read_chart(render(chart))
    assert read.sections == chart.sections
    assert (read.title, read.artist, read.time, read.key) == (chart.title, chart.artist, chart.time, chart.key)
    assert (read.tempo, read.style) == (chart.tempo, chart.style)


@pytest.mark.parametrize("text", [text for text, _ in CHARTS] + [link(music) for music, _ in IREAL])
def test_what_was_read_is_printed_so_that_it_reads_back(text: str) -> None:
    chart = read_chart(text)
    assert shown(read_chart(render(chart))) == shown(chart)


def _read(text: str) -> None:
    try:
        chart = read_chart(text, song="1")
    except BasstabError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert all(0 <= chord.place < 1 for bar in chart.bars for chord in bar.chords)
    assert all(len(remark.splitlines()) == 1 for remark in chart.remarks)


@given(st.text() | st.text("|:[]{}(),.%/x123 \nAmCFG#b7DS-=<>*NTQZrnp𝄋𝄌", max_size=80))
def test_any_text_is_a_chart_or_told(text: str) -> None:
    _read(text)


@settings(max_examples=300)
@given(
    st.sampled_from([text for text, _ in CHARTS]),
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 3), st.text("|:[]{}.%/x12 \nAC#DSFine𝄌", max_size=3)), max_size=4
    ),
)
def test_changed_charts_are_charts_or_told(text: str, changes: list[tuple[int, int, str]]) -> None:
    for place, length, other in changes:
        text = text[:place] + other + text[place + length :]
    _read(text)


@given(st.text("|[]{}ZT34 C-7^,xrnpSQUflsW/*AN12<>DFine.Cal(F)", max_size=70), st.booleans())
def test_any_music_of_ireal_pro_is_a_chart_or_told(music: str, old: bool) -> None:
    _read(link(music, old))
    _read("irealb://" + music)


@given(st.text(max_size=300))
def test_scrambling_twice_gives_what_was_there(music: str) -> None:
    plain = music.replace("K", "").replace("L", "").replace("X", "")
    assert unscrambled(unscrambled(plain)) == plain


@pytest.mark.parametrize(
    "piece",
    [
        "| Am F ",
        "Am ",
        "word ",
        "| ",
        " ",
        "(",
        "[",
        "[A",
        "[Am]la ",
        "{c: x}\n",
        "Key:  ",
        "|: ",
        ":| ",
        "x2 ",
        "1. ",
        "D.C. ",
        "-",
    ],
)
def test_reading_grows_with_the_text(piece: str) -> None:
    assert in_proportion(lambda size: _read(piece * size), 8_000 // len(piece))


@pytest.mark.parametrize("music", ["C", "C ", "p", "W", "x", "n|", " ", "<", "(", "{", "}", "*A", "N1C|", "Q", "T44"])
def test_reading_ireal_pro_grows_with_the_song(music: str) -> None:
    assert in_proportion(lambda size: _read("irealbook://A=B=C=D=n=T44C|" + music * size), 8_000 // len(music))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("| C | Foo |", "line 1, column 7: 'Foo' is no chord: write a root"),
        ("| C |\n\n| C D E F G |", "line 3, column 3: 5 chords in a bar of 4 beats: part them by bar lines"),
        ("| C / G |", "line 1, column 3: 3 names and slashes in a bar of 4 beats: write one for each beat"),
        ("C / / G /", "line 1, column 1: 5 chords and beats do not fill bars of 4 beats"),
        ("| % |", "line 1, column 3: there is no bar before that could come again"),
        ("| C | % G |", "line 1, column 7: % stands for whole bars"),
        ("|: C |: D :|", "line 1, column 9: a repeat begins within another one"),
        ("| C |2. D |", "line 1, column 9: an ending for a later turn, but no repeat ends before it"),
        (":| C |", "line 1, column 1: there is no bar before this sign"),
        ("| C | D.S. |", "line 1, column 3: there is no segno to go back to"),
        ("| C | D.C. al Fine", "there is no Fine at which it ends: write Fine behind a bar"),
        ("| C To Coda | D.C. al Coda", "there is no coda: write [Coda] in front of its bars"),
        ("| C | D.C. | D | D.C. |", "line 1, column 14: a second D.C. or D.S."),
        ("| C | x3 | D |", "line 1, column 12: behind x3 the row is over"),
        ("|: C | D :| E | x3", "line 1: x3 behind a row with repeats of its own"),
        ("[Chorus]\n[Verse]\n| C |", "line 1: section 'Chorus' has no bars, and none of this name came before"),
        ("[Verse, color=red]\n| C |", "line 1: color=: a section can be told style=... and density=..."),
        ("| C |\nStyle: soul", "line 2: a style behind the first bars: write it into the section"),
        ("| C |\nTime: 3/4\n| D |", "line 2: the time changes from 4/4 to 3/4: a chart has one time"),
        ("Time: 4/5\n| C |", "line 1: 4/5 is no time of a bar"),
        ("Time: waltz", "line 1: time 'waltz': write beats of a bar and their unit"),
        ("Tempo: fast", "line 1: tempo 'fast': write beats a minute"),
        ("Key: H9", "line 1: key 'H9': write a note and m for minor"),
        ("| C x99 |\n" * 30, "with its repeats the chart has more than 2,000 bars; split it"),
        ("C " * 2001, "a chart has at most 2,000 bars; split it"),
        ("{title: x}\nwords", "no chords found: write chords, such as"),
        ("[C]la [Foo]la [D]la", "line 1, column 7: [Foo] is no chord: write one such as [Am], or [*Foo] if"),
        ("[C]la\n{transpose: 2}\n[D]la", "line 2: {transpose} behind the first chords"),
        ("{capo: high}\n[C]la", "line 1: capo 'high': write the number of its fret"),
        (link("T44C   |T34D   Z"), "'Made Up', bar 2: the time changes from 4/4 to 3/4"),
        (link("T44C   |$D   Z"), "'Made Up', bar 2: '$' is no sign of iReal Pro"),
        ("irealb://nothing", "the link holds no song: export it from iReal Pro again"),
        ("G|--3--|\nD|-----|\nA|-----|\nE|--3--|\n", "is a tab, no chart: `basstab recognise`"),
        (" " * (MOST_CHARACTERS + 1), "is too long: up to 1,000,000 characters are read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_chart(text)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("| C F G |\n| C D G |", "3 chords share a bar of 4 beats as 2 + 1 + 1 (2 times)"),
        ("3/4\n| C G |", "2 chords share a bar of 3 beats as 2 + 1"),
        ("| C |  | G |", "a bar without chords: the one before goes on"),
        ("| Hm | B |", "H is read as B and B is read as Bb"),
        ("Am   F\nsome words to sing", "lines of words are passed over: 1, the first is line 2"),
        ("[Am]la la", "no bar lines: each chord is a bar"),
        ("{capo: 2}\n[C]la", "capo 2: chords are written here as they sound"),
        ("{sov}\nla\n{eov}\n[C]la", "section 'Verse' has no chords: left out"),
        ("{key: C}\n[C]la\n{key: D}", "key D later in the song is left out"),
        (link("T44C(A-)   |D <softly>  Z"), "words are passed over: 'softly'"),
        (link("[T44C  Q |D   ]Y[QE   Z"), "two coda signs: played again from the beginning to the first"),
    ],
)
def test_what_is_guessed_or_left_out_is_told(text: str, told: str) -> None:
    assert any(told in remark for remark in read_chart(text).remarks)


def test_a_long_repeat_begins_its_section_anew_and_a_figure_does_not() -> None:
    assert shown(read_chart("[A]\n|: C | D :|")) == "A: C | D | C | D"
    assert len(read_chart(f"[A]\n|: {'C | ' * 7}D :|").sections) == 2


def test_one_song_of_several_is_chosen_by_number_or_title() -> None:
    playlist = "\n".join(link("T44C   Z").replace("Made%20Up", title) for title in ("One", "Two", "Two%20More"))
    for song, title in (("2", "Two"), ("two", "Two"), ("more", "Two More"), (" 1 ", "One")):
        assert read_chart(playlist, song=song).title == title
    with pytest.raises(InputError, match=r"3 songs: choose one by its number or title: 1 'One', 2 'Two', 3 'Two More'"):
        read_chart(playlist)
    with pytest.raises(InputError, match=r"no song 'four': choose"):
        read_chart(playlist, song="four")
    book = "{t: One}\n[C]la\n{new_song}\n{t: Two}\n[D]la [Foo]la"
    assert read_chart(book, song="1").title == "One"
    with pytest.raises(InputError, match="line 5, column 7"):
        read_chart(book, song="Two")


def test_an_exported_page_holds_its_link() -> None:
    page = f'<html><body><a href="{link("T44C   |F   Z")}">Mine</a></body></html>'
    assert shown(read_chart(page)) == "C | F"


def test_styles_of_ireal_pro_are_those_of_the_composer() -> None:
    from basstab_hf.chart.ireal import STYLES

    assert {ours for _, ours in STYLES} <= set(style.names())


def test_bars_by_themselves_begin_with_the_chord_that_goes_on() -> None:
    texts = bar_texts(read_chart("| Dm7 G7 | . | . . C . | N.C. | C F G |").bars)
    assert texts == ("Dm7 G7", "G7", "G7 C", "N.C.", "C . F G")
    assert [chord.name for chord in parse_bar(texts[2])] == ["G7", "C"]


@given(st.integers(-24, 24), st.lists(NAMES, min_size=1, max_size=4))
def test_transposed_chords_sound_as_much_higher(semitones: int, names: list[str]) -> None:
    chart = read_chart("| " + " | ".join(names) + " |")
    for before, after in zip(chart.bars, transposed(chart, semitones).bars, strict=True):
        was, now = before.chords[0].chord, after.chords[0].chord
        assert (was and {(tone + semitones) % 12 for tone in was.tones}) == (now and now.tones)
        assert (was and (was.bass + semitones) % 12) == (now and now.bass)


def test_the_command_prints_what_it_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "song.cho"
    path.write_text("{title: Mine}\n{key: Em}\n{tempo: 96}\n{sov}\n[Em]la [C]la\n{eov}\n")
    assert main(["chart", str(path)]) == 0
    done = capsys.readouterr()
    assert done.out == "Title: Mine\nKey: Em\nTempo: 96\nTime: 4/4\n\n[Verse]\n| Em | C |\n"
    assert done.err == f"basstab: {path}: no bar lines: each chord is a bar\n"
    assert main(["chart", str(path), "--json", "--transpose", "2"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["title"], document["key"], document["tempo"], document["time"]) == ("Mine", "F#m", 96, "4/4")
    assert document["sections"][0]["bars"][1] == {"text": "D", "chords": [{"place": "0", "name": "D"}]}


def test_the_command_refuses_files_with_a_bass_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "riff.alphatex"
    path.write_text("0.4.4 3.4.4")
    assert main(["chart", str(path)]) == 1
    assert "is a tab, no chart and no song with chords" in capsys.readouterr().err
