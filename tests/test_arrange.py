import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.dataset.arrange import HIGHEST, LOWEST, arrange, arrangement, events
from basstab_hf.dataset.grid import full_bars, to_grid
from basstab_hf.dataset.tune import MelodyNote, Tune, TuneBar, TuneError, bars_from_json, bars_to_json
from basstab_hf.tab.layout import LINE_WIDTH
from basstab_hf.tab.timing import bar_lead, beats, timed_notes
from basstab_hf.tab.values import Tab

EIGHTH = 0.5
LENGTHS = {"4/4": 4, "2/2": 4, "3/4": 3, "6/8": 3, "9/8": 4.5, "2/4": 2, "3/8": 1.5, "12/8": 6}


def bar(*pitches, step=EIGHTH, start=0.0, length=None, **marks):
    """Notes of equal length, None for a rest; the bar is as long as they are unless told otherwise."""
    notes = [MelodyNote(start + place * step, step, pitch) for place, pitch in enumerate(pitches) if pitch is not None]
    return TuneBar(tuple(notes), length or start + len(pitches) * step, **marks)


def tune(*bars, time_signature="4/4", key="D major", tempo=100.0):
    return Tune(
        "Air", "Book", "book.abc#1", "Book, transcribed by N. N.", "public", key, time_signature, tempo, tuple(bars)
    )


SCALE = bar(62, 64, 66, 67, 69, 71, 73, 74)
DOWN = bar(74, 73, 71, 69, 67, 66, 64, 62)


def test_a_tune_reads_like_a_bass_tab():
    made = arrangement(tune(SCALE, DOWN, bar(62, 66, 69, 66, step=1), bar(62, step=4)))
    assert made.tab.text.splitlines() == [
        "G|-----------4-6-7-|-7-6-4-----------|-----------------|-----------------|",
        "D|-----4-5-7-------|-------7-5-4-----|-----4---7---4---|-----------------|",
        "A|-5-7-------------|-------------7-5-|-5---------------|-5---------------|",
        "E|-----------------|-----------------|-----------------|-----------------|",
    ]
    assert (made.semitones, made.key, made.time_signature, made.tempo) == (-24, "D major", "4/4", 100.0)
    assert made.tab.title == "Air"


def test_pickups_get_rests_before_and_last_bars_rests_after():
    found = list(full_bars(tune(bar(66, 67, strain=True), SCALE, DOWN, SCALE, bar(62, step=3))))
    assert [note.onset for note in found[0]] == [3, 3.5]
    assert [[note.onset for note in notes] for notes in found[-1:]] == [[0]]
    assert len(found) == 5


def test_two_notes_that_would_be_read_as_fret_twenty_two_are_refused():
    leap = [MelodyNote(0, 0.25, 54), MelodyNote(0.25, 0.25, 54), *(MelodyNote(beat, 1, 79) for beat in (1, 2, 3))]
    widest = [bar(52, step=4), bar(79, step=4)]  # no other octave
    with pytest.raises(TuneError, match="frets would be read as others"):
        arrangement(tune(TuneBar(tuple(leap), 4), *widest, *[bar(*[60] * 8)] * 20, key="F# minor"))


def test_a_bar_cut_by_a_repeat_sign_is_joined():
    first = bar(62, step=3)
    found = list(full_bars(tune(SCALE, first, bar(66, 67, strain=True), DOWN)))
    assert [(note.onset, note.pitch) for note in found[1]] == [(0, 62), (3, 66), (3.5, 67)]
    assert len(found) == 3


def test_a_pickup_after_a_full_last_bar_gets_its_own_bar():
    found = list(full_bars(tune(SCALE, DOWN, bar(66, strain=True), SCALE, bar(62, step=3))))
    assert [note.onset for note in found[2]] == [3.5]
    short_end = list(full_bars(tune(SCALE, bar(62, step=2), bar(66, strain=True), SCALE)))
    assert [[note.onset for note in notes] for notes in short_end[1:3]] == [[0], [3.5]]


def test_of_two_endings_the_second_is_written():
    endings = [bar(62, step=4, ending=1), bar(66, step=4, ending=2)]
    assert [notes[0].pitch for notes in full_bars(tune(SCALE, *endings, DOWN))] == [62, 66, 74]
    alone = tune(SCALE, endings[0], DOWN)
    assert [notes[0].pitch for notes in full_bars(alone)] == [62, 62, 74]


def test_short_bars_are_written_in_doubled_values():
    two_four = tune(*[bar(62, 64, 66, 67, 69, 71, 73, 74, step=0.25)] * 4, time_signature="2/4")
    made = arrangement(two_four)
    assert (made.time_signature, made.tempo) == ("4/4", 200.0)
    assert made.tab.text == arrange(tune(SCALE, SCALE, SCALE, SCALE)).text
    assert arrangement(replace(two_four, tempo=None)).tempo is None


@pytest.mark.parametrize(
    ("time_signature", "n_notes", "written", "n_bars"),
    [
        ("4/4", 16, "4/4", 8),
        ("2/2", 16, "4/4", 8),
        ("6/8", 12, "3/4", 8),
        ("9/8", 18, "3/4", 12),
        ("3/4", 12, "6/4", 4),
    ],
)
def test_runs_of_sixteenths_are_written_in_doubled_values(time_signature, n_notes, written, n_bars):
    run = bar(*(62 + place for place in range(n_notes)), step=0.25)
    grid = to_grid(tune(*[run] * 4, time_signature=time_signature))
    assert (grid.time_signature, len(grid.bars), grid.stretch) == (written, n_bars, 2)
    assert [column for bar_ in grid.bars[:2] for column, _ in bar_] == [*range(0, grid.width, 2)] * 2
    assert [pitch for bar_ in grid.bars for _, pitch in bar_] == [62 + place for place in range(n_notes)] * 4


def test_halves_of_bars_that_stay_empty_at_the_ends_are_left_out():
    run = bar(*(62 + place for place in range(16)), step=0.25)
    grid = to_grid(tune(bar(61, strain=True), run, run, run, bar(62, step=1)))
    assert len(grid.bars) == 8
    assert grid.bars[0] == ((12, 61),)
    assert grid.bars[-1] == ((0, 62),)


def test_triplets_move_to_the_nearest_sixteenth():
    triplet = bar(62, 64, 66, step=1 / 3)
    notes = (*triplet.notes, *bar(67, 69, 71, step=1, start=1.0).notes)
    grid = to_grid(tune(SCALE, DOWN, SCALE, DOWN, TuneBar(notes, 4)))
    assert grid.bars[-1] == ((0, 62), (1, 64), (3, 66), (4, 67), (8, 69), (12, 71))


def test_of_two_notes_in_one_column_the_one_on_the_grid_stays():
    turn = bar(62, 64, 62, 61, step=0.125)
    notes = (*turn.notes, *bar(67, 69, 71, step=1, start=1.0).notes)
    grid = to_grid(tune(SCALE, DOWN, SCALE, DOWN, TuneBar(notes, 4)))
    assert grid.bars[-1] == ((0, 62), (1, 62), (2, 61), (4, 67), (8, 69), (12, 71))


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (tune(SCALE, DOWN, SCALE), "too short"),
        (tune(*[SCALE] * 200), "too long"),
        (tune(*[bar(None, step=4)] * 4), "no notes"),
        (tune(SCALE, bar(62, 64), SCALE, SCALE), "bars do not add up"),
        (tune(SCALE, bar(62, 64, step=4), SCALE, SCALE), "bars do not add up"),
        (tune(*[bar(*[62] * 12, step=1 / 3)] * 4), "too many notes off the grid of sixteenths"),
        (tune(*[bar(62, step=0.125)] * 4, time_signature="1/32"), "unusual metre"),
        (tune(*[bar(62, step=5)] * 4, time_signature="5/4"), "unusual metre"),
        (tune(bar(50, 80, step=2), *[SCALE] * 4), "wider than the bass is in the lower positions"),
        (tune(SCALE, SCALE, SCALE, bar(77, 50, step=0.25, length=4)), "no key can be fingered"),
    ],
)
def test_tunes_are_refused_with_a_reason(refused, reason):
    with pytest.raises(TuneError) as error:
        arrange(refused)
    assert error.value.reason == reason
    assert str(error.value).startswith(reason)
    assert "\n" not in str(error.value)


def test_the_key_is_kept_where_an_octave_fits():
    assert arrangement(tune(*[bar(62, 74, step=2)] * 4)).semitones == -24
    # Only with the highest note on fret 12.
    assert arrangement(tune(*[bar(55, 79, step=2)] * 4)).semitones == -24
    # No octave of D to the B above the next D lies within E1 to G3.
    assert arrangement(tune(*[bar(62, 83, step=2)] * 4)).semitones % 12 != 0


@pytest.mark.parametrize(
    ("lowest", "key", "now"),
    [
        (55, "D major", "B major"),
        (60, "A minor", "C# minor"),
        (60, "D dorian", "F# dorian"),
        (61, "E mixolydian", "G mixolydian"),
        (63, "D major", "Eb major"),
        (63, "A minor", "Bb minor"),
        (63, "B phrygian", "C phrygian"),
        (63, "F lydian", "Gb lydian"),
    ],
)
def test_keys_are_named_with_few_accidentals(lowest, key, now):
    made = arrangement(tune(*[bar(lowest, lowest + HIGHEST - LOWEST, step=2)] * 4, key=key))
    assert made.semitones == LOWEST - lowest
    assert made.key == now


def test_systems_hold_four_usual_bars_and_never_one():
    widths = [len(system.bars) for system in arrange(tune(*[SCALE] * 9)).systems]
    assert widths == [4, 3, 2]
    assert [len(system.bars) for system in arrange(tune(*[SCALE] * 8)).systems] == [4, 4]


def test_the_work_of_a_tune_joins_its_settings():
    titles = ["Fisher's Hornpipe", "FISHER'S -- HORNPIPE", "The Fishers Hornpipe"]
    assert len({replace(tune(SCALE), title=title).work for title in titles}) == 1
    assert replace(tune(SCALE), title="The Reel").work == "the reel"


@st.composite
def melodies(draw):
    """Tunes on the sixteenth grid, with pickups, in every metre, within two octaves and a bit."""
    time_signature = draw(st.sampled_from(sorted(LENGTHS)))
    length = LENGTHS[time_signature]
    step = 0.25 if length >= 3 else 0.125
    low = draw(st.integers(40, 70))
    bars = []
    for _ in range(draw(st.integers(4, 9))):
        columns = draw(st.lists(st.integers(0, int(length / step) - 1), max_size=8, unique=True).map(sorted))
        pitches = draw(st.lists(st.integers(low, low + 20), min_size=len(columns), max_size=len(columns)))
        notes = [MelodyNote(column * step, step, pitch) for column, pitch in zip(columns, pitches, strict=True)]
        bars.append(TuneBar(tuple(notes), length))
    return tune(*bars, time_signature=time_signature)


@settings(max_examples=100, deadline=None)
@given(melodies())
def test_the_tab_reads_back_as_the_melody(melody):
    try:
        made = arrangement(melody)
    except TuneError as error:
        assert error.reason in {"no notes", "too short", "no key can be fingered"}
        return
    grid = to_grid(melody)
    wanted = events(grid, made.semitones)
    read = timed_notes(made.tab)
    assert bar_lead(made.tab) == 1
    assert [(note.onset * 4, note.pitch) for note in read] == [(note.onset, note.pitch) for note in wanted]
    ends = [min(after.onset, note.bar_end) for note, after in itertools.pairwise(wanted)]
    assert [(note.onset + note.duration) * 4 for note in read[:-1]] == ends
    assert beats(made.tab) == len(grid.bars) * grid.width / 4
    assert {len(bar) for bar in made.tab.bars} == {grid.width + 1}
    assert all(LOWEST <= note.pitch <= HIGHEST and note.fret <= 12 for note in read)
    assert all(len(line) <= LINE_WIDTH and line.endswith("|") for line in made.tab.text.splitlines() if line)
    assert Tab.parse(made.tab.text) == replace(made.tab, title="")


@given(melodies())
def test_bars_survive_the_cache(melody):
    assert bars_from_json(bars_to_json(melody.bars)) == melody.bars
