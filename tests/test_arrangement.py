"""The same line for other hands."""

import json
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.arrange import Arrangement, arrange
from basstab_hf.cli import main
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.track import Track
from basstab_hf.metrics.hand import playability
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.tab.timing import notes_of, timed_notes
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab
from tests.growth import in_proportion
from tests.strategies import steady_tabs, tabs, tunings

RIFF = """\
G|-----------------|-----------------|-----------------|-----------------|
D|-----5---5h7-----|---------------5-|-----5---5h7-----|-----------------|
A|-3-------------5-|-3---3-5-6-7-----|-3-------------5-|-0---0---2---3---|
E|-----------------|-----------------|-----------------|-------------3/5-|
"""


def riff():
    return Tab.parse(RIFF)


def as_track(tab, columns_per_beat=4):
    return Track(tab, "", 100.0, "4/4", (), columns_per_beat, time=TabTime(grid=columns_per_beat, tempo=100.0))


def heard(track):
    """Onsets with pitches; dead notes have none."""
    bars = [bar for bars in track.time.bars(track.tab, track.columns_per_beat) for bar in bars]
    notes = notes_of(bars, track.columns_per_beat)
    return Counter((round(n.onset, 5), None if "dead note" in n.techniques else n.pitch) for n in notes)


def places(tab):
    return [(note.string, note.fret) for note in timed_notes(tab)]


def test_low_position_stays_at_the_nut():
    low = arrange(riff(), Arrangement(position="low")).tab
    assert max(fret for _, fret in places(low)) <= 5
    assert heard(as_track(low)) == heard(as_track(riff()))


def test_high_position_leaves_open_strings_and_low_frets():
    high = arrange(riff(), Arrangement(tuning=Tuning.parse("BEADG"), position="high")).tab
    assert min(fret for _, fret in places(high)) >= 7


def test_open_strings_where_there_are_some():
    ringing = arrange(Tab.parse("G|-5---|\nD|---5-|\nA|-----|\nE|-----|\n"), Arrangement(position="open")).tab
    assert [fret for _, fret in places(ringing)][1] == 0


def test_a_fifth_string_leaves_a_line_where_it_was():
    five = arrange(riff(), Arrangement(tuning=Tuning.parse("BEADG"))).tab
    assert five.tuning.word == "GDAEB"
    assert places(five) == places(riff())
    four = arrange(five, Arrangement(tuning=Tuning.parse("EADG"))).tab
    assert four.text == riff().text


def test_what_no_string_has_moves_an_octave_and_is_told():
    arranged = arrange(riff(), Arrangement(transpose=-8))
    assert arranged.remarks[0].startswith("notes moved up by octaves, since GDAE has E1 to G4: 5 (bar 4)")
    before, after = heard(as_track(riff())), heard(as_track(arranged.tab))
    assert Counter((onset, (pitch - 8) % 12) for onset, pitch in before.elements()) == Counter(
        (onset, pitch % 12) for onset, pitch in after.elements()
    )


def test_frets_are_kept_on_the_strings_that_correspond():
    down = arrange(riff(), Arrangement(tuning=Tuning.parse("half step down"), keep="frets")).tab
    assert places(down) == places(riff())
    assert [a.pitch - b.pitch for a, b in zip(timed_notes(riff()), timed_notes(down), strict=True)] == [1] * 22
    with pytest.raises(InputError, match=r"1 note on strings that GDAE does not have \(bar 1\): keep pitches instead"):
        low = Tab.parse("G|---|\nD|---|\nA|---|\nE|---|\nB|-3-|\n")
        arrange(low, Arrangement(tuning=Tuning.parse("GDAE"), keep="frets"))


def test_a_capo_keeps_what_sounds():
    arranged = arrange(riff(), Arrangement(capo=2, transpose=2))
    assert arranged.tab.tuning.word == "AEBF#"
    assert places(arranged.tab) == places(riff())
    assert "capo on fret 2" in arranged.remarks[0]


def test_chord_names_move_along_and_sections_stay():
    text = f"[Verse]\n C                 F#m7/E\n{RIFF}"
    track = formats.read_tracks(text.encode(), "x", ".txt").tracks[0]
    found = arrange(track, Arrangement(transpose=2)).track.marks
    marks = found[0]
    assert [chord.name for marks in found for chord in marks.chords] == ["D", "Abm7/F#"]
    assert (marks.section, marks.heads_section) == ("Verse", track.marks[0].heads_section)


def test_hammer_ons_stay_on_one_string():
    for position in ("low", "middle", "high"):
        assert "h" in arrange(riff(), Arrangement(position=position)).tab.text


def test_a_harmonic_that_loses_its_fret_is_told():
    tab = Tab.parse("G|-<12>---|\nD|--------|\nA|--------|\nE|--------|\n")
    assert "<12>" in arrange(tab, Arrangement(tuning=Tuning.parse("BEADG"))).tab.text
    moved = arrange(tab, Arrangement(transpose=-2))
    assert moved.remarks == (
        "marks left out, since their notes no longer lie on one string, or a harmonic not on its fret: 1",
    )


def test_levels_from_first_notes_to_more_than_was_written():
    levels = [arrange(as_track(riff()), Arrangement(difficulty=level)).tab for level in range(1, 6)]
    counts = [len(timed_notes(tab)) for tab in levels]
    assert counts == sorted(counts)
    assert counts[3] == len(timed_notes(riff()))
    assert counts[0] <= 16 < counts[4]
    assert all(note.onset % 1 == 0 and not note.techniques for note in timed_notes(levels[0]))


@settings(max_examples=60, deadline=None)
@given(steady_tabs(), st.integers(1, 5), st.integers(60, 180))
def test_downbeats_stay_at_every_level(tab, level, tempo):
    track = as_track(tab)
    arranged = arrange(Track(tab, "", float(tempo), "4/4", (), 4, time=track.time), Arrangement(difficulty=level))
    before, after = (_downbeats(one) for one in (track, arranged.track))
    assert before == after


def _downbeats(track):
    """The lowest pitch on the first beat of each bar that has one there."""
    bars = [bar for bars in track.time.bars(track.tab, track.columns_per_beat) for bar in bars]
    found = {}
    for number, bar in enumerate(bars):
        on_one = [stroke.pitch for stroke in bar.strokes if stroke.column == 0 and stroke.fret is not None]
        if on_one:
            found[number] = min(on_one)
    return found


@settings(max_examples=60, deadline=None)
@given(steady_tabs(), tunings(), st.sampled_from(["", "low", "middle", "high", "open", "7"]))
def test_pitches_and_onsets_stay(tab, tuning, position):
    wanted = Arrangement(tuning=tuning, position=position)
    arranged = arrange(as_track(tab), wanted)
    before, after = heard(as_track(tab)), heard(arranged.track)
    assert {onset for onset, _ in before} == {onset for onset, _ in after}
    if not any("octaves" in told or "no string is left" in told for told in arranged.remarks):
        assert after == before


@settings(max_examples=60, deadline=None)
@given(tabs(), tunings(), st.integers(-12, 12), st.sampled_from([None, 1, 2, 3, 4, 5]))
def test_odd_tabs_give_a_tab_or_one_line(tab, tuning, semitones, level):
    try:
        arranged = arrange(as_track(tab), Arrangement(transpose=semitones, tuning=tuning, difficulty=level))
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    assert {system.tuning for system in arranged.tab.systems} == {tuning}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"transpose": 37}, "transpose by 37: choose -36 to 36 semitones"),
        ({"keep": "x"}, "keep 'x': choose pitches or frets"),
        ({"capo": 6}, "a capo on fret 6: choose 0 to 5"),
        ({"difficulty": 6}, "difficulty 6: choose 1 to 5"),
        ({"position": "up"}, "position 'up': choose low, middle, high, open or a fret, 1 to 20"),
        ({"keep": "frets", "transpose": 1}, "frets stay as they are"),
    ],
)
def test_what_cannot_be_asked_for(wanted, told):
    with pytest.raises(InputError, match=told):
        Arrangement(**wanted)


def test_a_long_tab_takes_time_in_proportion():
    system = riff().systems[0]
    tracks = {size: as_track(Tab((system,) * size)) for size in (5, 10, 20, 40, 80)}
    assert in_proportion(lambda size: arrange(tracks[size], Arrangement(position="low")), 10)


def test_harder_levels_cost_the_hand_more():
    cost = [
        playability(tab).cost_per_note * len(timed_notes(tab))
        for tab in (arrange(as_track(riff()), Arrangement(difficulty=level)).tab for level in (1, 3, 5))
    ]
    assert cost == sorted(cost)


def test_the_command_writes_files_and_tells(tmp_path, capsys):
    source, out, page = (str(tmp_path / name) for name in ("riff.txt", "five.gp5", "five.html"))
    Path(source).write_text(RIFF)
    asked = ["arrange", source, "--tuning", "BEADG", "--left-handed", "--out", out, page]
    assert main(asked) == 0
    assert formats.read(out).tuning.word == "GDAEB"
    assert re.search(r'"leftHanded": ?true', Path(page).read_text())
    assert main(asked) == 1  # the files exist
    capsys.readouterr()
    assert main(["arrange", source, "--left-handed"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "add --out NAME.html" in told
    assert main(["arrange", source, "--position", "low", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tab"].startswith("G|")


@pytest.mark.parametrize("flags", [[], ["--keep", "frets", "--capo", "2"]])
def test_nothing_asked_for_is_wrong_usage(flags, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["arrange", "riff.txt", *flags])
    assert capsys.readouterr().err.count("\n") == 1


def test_grid_and_length_stay():
    track = as_track(riff())
    arranged = arrange(track, Arrangement(transpose=1)).track
    lengths = [
        [
            Fraction(bar.width) / one.columns_per_beat
            for bars in one.time.bars(one.tab, one.columns_per_beat)
            for bar in bars
        ]
        for one in (track, arranged)
    ]
    assert lengths[0] == lengths[1]
