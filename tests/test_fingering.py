import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.tab import marks
from basstab_hf.tab.fingering import (
    Fingering,
    FingeringError,
    PitchEvent,
    finger,
    holding_cost,
    movement_cost,
    passage_cost,
    place_hand,
    shifts,
)
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Note
from tests.growth import in_proportion
from tests.strategies import tunings


def events(*pitches, step=2):
    return [PitchEvent(step * place, pitch) for place, pitch in enumerate(pitches)]


@pytest.mark.parametrize(
    ("note", "cost"),
    [
        (Fingering(1, 0, 1), 1.0),  # open
        (Fingering(4, 1, 1), 0.0),  # lowest position
        (Fingering(4, 5, 5), 4 / 32),  # fifth position
        (Fingering(4, 4, 1), 1.0),  # little finger where frets are wide
        (Fingering(4, 6, 3), 2 / 32 + 1.0),
        (Fingering(4, 7, 4), 3 / 32),  # and where they no longer are
    ],
)
def test_cost_of_holding_a_note(note, cost):
    assert holding_cost(note) == cost


@pytest.mark.parametrize(
    ("before", "after", "beats", "cost"),
    [
        (Fingering(3, 5, 5), Fingering(3, 7, 5), 1, 0),  # another finger
        (Fingering(4, 5, 5), Fingering(2, 7, 5), 0.25, 1.0),  # two strings away
        (Fingering(3, 5, 5), Fingering(3, 7, 7), 1, 2.0),  # two frets up: 1 + 2 * 0.5
        (Fingering(3, 5, 5), Fingering(3, 7, 7), 0.5, 4.0),  # in half the time
        (Fingering(3, 5, 5), Fingering(3, 7, 7), 0.01, 8.0),  # no harder than in a sixteenth
        (Fingering(3, 5, 5), Fingering(3, 7, 7), 40, 1.0),  # no easier than in two beats
        (Fingering(3, 0, 5), Fingering(3, 7, 7), 1, 1.0),  # the hand is free during an open string
        (Fingering(4, 5, 5), Fingering(3, 7, 7), 1, 2.5),
    ],
)
def test_cost_of_a_movement(before, after, beats, cost):
    assert movement_cost(before, after, beats) == cost


def test_cost_of_a_passage_is_the_sum():
    path = [Fingering(4, 5, 5), Fingering(3, 5, 5), Fingering(3, 7, 7)]
    assert passage_cost(path, [0, 1, 2]) == 4 / 32 + 4 / 32 + 6 / 32 + 0.5 + 2.0
    assert passage_cost([], []) == 0
    assert shifts(path) == 1


def test_a_scale_stays_in_one_position():
    scale = finger(events(33, 35, 37, 38, 40, 42, 44, 45))  # A major
    assert [(note.string, note.fret) for note in scale] == [
        (4, 5), (4, 7), (3, 4), (3, 5), (3, 7), (2, 4), (2, 6), (2, 7),
    ]  # fmt: skip
    assert {note.position for note in scale} == {4}


def test_the_lowest_note_is_the_open_string():
    assert finger(events(28)) == (Fingering(4, 0, 1),)
    assert finger([]) == ()


def test_digits_keep_their_room():
    high = PitchEvent(0, 60, bar_end=2)
    assert finger([high])[0].fret >= 10
    for notes in ([PitchEvent(0, 60, bar_end=1)], [PitchEvent(0, 60), PitchEvent(1, 40)]):
        with pytest.raises(FingeringError, match=r"pitch 60 at column 0 cannot be written in GDAE up to fret 20"):
            finger(notes)


def test_adjacent_digits_do_not_read_as_one_fret():
    touching = finger([PitchEvent(0, 30), PitchEvent(1, 33)])  # 2 and 5 on the E string; with 28 it would read 20
    assert [(note.string, note.fret) for note in touching] == [(4, 2), (4, 5)]
    apart = finger([PitchEvent(0, 35), PitchEvent(1, 36)])  # 2 and 3 on the A string would read 23
    assert [(note.string, note.fret) for note in apart] == [(4, 7), (4, 8)]
    for pitch in (29, 31):  # 11 and 13
        with pytest.raises(FingeringError, match=f"pitch {pitch} at column 1"):
            finger([PitchEvent(0, 29), PitchEvent(1, pitch)])
    across = finger([PitchEvent(0, 29, bar_end=1), PitchEvent(1, 29, bar_end=17)])
    assert [note.fret for note in across] == [1, 1]


def test_fret_22_is_never_written():
    assert finger([PitchEvent(0, 43 + 21)], max_fret=24)[0].fret == 21
    with pytest.raises(FingeringError, match="pitch 65"):
        finger([PitchEvent(0, 43 + 22)], max_fret=22)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ([PitchEvent(0, 27)], "pitch 27 is outside 28 to 63, the range of GDAE"),
        ([PitchEvent(0, 64)], "pitch 64 is outside"),
        ([PitchEvent(0, 40), PitchEvent(0, 44)], "pitch 40 at column 0 has no column of its own"),
        ([PitchEvent(3, 40), PitchEvent(1, 44)], "pitch 40 at column 3"),
    ],
)
def test_impossible_notes_are_named(notes, message):
    with pytest.raises(FingeringError, match=message):
        finger(notes)


def test_place_hand_finds_the_positions_of_given_frets():
    written = [(4, 3), (4, 5), (3, 5), (3, 12)]
    notes = [
        Note(place, 1, STANDARD.pitches[string - 1] + fret, string, fret)
        for place, (string, fret) in enumerate(written)
    ]
    path = place_hand(notes)
    assert [(note.string, note.fret) for note in path] == written
    assert [note.position for note in path] == [3, 3, 3, 9]
    assert place_hand([]) == ()
    with pytest.raises(FingeringError, match="fret 30 of pitch 58"):
        place_hand([Note(0, 1, 58, 4, 30)])


def reads_back(notes, path):
    """Whether the digits of a passage, written out bar by bar, are read as what was meant."""
    rows = {}
    for note, where in zip(notes, path, strict=True):
        row = rows.setdefault((where.string, note.bar_end), {})
        for offset, digit in enumerate(str(where.fret)):
            if note.onset + offset in row or (note.bar_end is not None and note.onset + offset >= note.bar_end):
                return False
            row[note.onset + offset] = digit
    if any(
        a.onset + 1 == b.onset == c.onset - 1 and x == y == z and x.fret == 1
        for (a, x), (b, y), (c, z) in zip(*(list(zip(notes, path, strict=True))[n:] for n in range(3)), strict=False)
    ):
        return False  # 111 is three notes though 11 is a fret, which a search over pairs cannot know
    meant = {(n.onset, w.string, str(w.fret)) for n, w in zip(notes, path, strict=True)}
    read = set()
    for (string, _), row in rows.items():
        line = "".join(row.get(place, "-") for place in range(max(row) + 1))
        for start, run in ((m.start(), m.group()) for m in re.finditer(r"\d+", line)):
            read |= {(start + offset, string, fret) for offset, fret in marks.split_frets(run)}
    two_digits_before_an_onset = any(
        w.fret >= 10 and after.onset == n.onset + 1 for n, w, after in zip(notes, path, notes[1:], strict=False)
    )
    return read == meant and not two_digits_before_an_onset


def all_fingerings(pitch, tuning, max_fret):
    for string, open_pitch in enumerate(tuning.pitches, start=1):
        fret = pitch - open_pitch
        if 0 <= fret <= max_fret:
            positions = range(1, max_fret + 1) if fret == 0 else range(max(1, fret - 3), fret + 1)
            yield from (Fingering(string, fret, position) for position in positions)


@st.composite
def passages(draw):
    tuning = draw(tunings())
    max_fret = 12
    onset, notes, bar = 0, [], draw(st.sampled_from([None, 4]))
    for _ in range(draw(st.integers(1, 3))):
        pitch = draw(st.integers(tuning.pitches[-1], tuning.pitches[0] + max_fret))
        notes.append(PitchEvent(onset, pitch, bar and onset - onset % bar + bar))
        onset += draw(st.integers(1, 5))
    return tuning, notes, max_fret


@settings(max_examples=80, deadline=None)
@given(passages())
def test_no_fingering_is_cheaper(passage):
    tuning, notes, max_fret = passage
    onsets = [note.onset / 4 for note in notes]
    choices = [list(all_fingerings(note.pitch, tuning, max_fret)) for note in notes]
    possible = [path for path in itertools.product(*choices) if reads_back(notes, path)]
    if not possible:
        with pytest.raises(FingeringError):
            finger(notes, tuning, max_fret)
        return
    found = finger(notes, tuning, max_fret)
    assert reads_back(notes, found)
    assert passage_cost(found, onsets) == pytest.approx(min(passage_cost(path, onsets) for path in possible))


@given(
    st.lists(st.tuples(st.integers(2, 8), st.integers(28, 60)), max_size=30),
    st.sampled_from(["GDAE", "GDAEB", "CGDAEB"]),
)
def test_fingerings_sound_the_notes(steps, word):
    tuning = Tuning.parse(word)
    onsets = list(itertools.accumulate(step for step, _ in steps))
    notes = [PitchEvent(onset, pitch) for onset, (_, pitch) in zip(onsets, steps, strict=True)]
    path = finger(notes, tuning)
    assert [tuning.pitches[where.string - 1] + where.fret for where in path] == [note.pitch for note in notes]
    assert all(where.fret == 0 or 0 <= where.fret - where.position <= 3 for where in path)
    held = [Note(n.onset / 4, 1, n.pitch, w.string, w.fret) for n, w in zip(notes, path, strict=True)]
    beats = [note.onset for note in held]
    assert passage_cost(place_hand(held, 20), beats) == pytest.approx(passage_cost(path, beats))


def test_long_songs_are_fingered_in_linear_time():
    assert in_proportion(lambda size: finger(events(*([40, 42, 43, 45, 47, 45, 43, 42] * size))), 250)


def test_strings_that_people_would_choose():
    low_c = finger(events(36, 38, 40, 41, 43), like_people=True)  # C D E F G, as bassists begin: A string, fret 3
    assert (low_c[0].string, low_c[0].fret) == (3, 3)
    assert [STANDARD.pitches[where.string - 1] + where.fret for where in low_c] == [36, 38, 40, 41, 43]


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(23, 70)), max_size=30),
    st.sampled_from(["GDAE", "GDAD", "DAEB", "GDAEB", "CGDAE", "CGDAEB", "FCGC"]),
)
def test_people_sound_the_notes_too(steps, word):
    tuning = Tuning.parse(word)
    onsets = list(itertools.accumulate(step for step, _ in steps))
    notes = [PitchEvent(onset, pitch) for onset, (_, pitch) in zip(onsets, steps, strict=True)]
    try:
        cheapest = finger(notes, tuning)
    except FingeringError as error:
        with pytest.raises(FingeringError, match=re.escape(str(error))):
            finger(notes, tuning, like_people=True)
        return
    path = finger(notes, tuning, like_people=True)
    assert [tuning.pitches[where.string - 1] + where.fret for where in path] == [note.pitch for note in notes]
    beats = [note.onset / 4 for note in notes]
    assert passage_cost(path, beats) >= passage_cost(cheapest, beats) - 1e-9
    assert reads_back(notes, path) or not reads_back(notes, cheapest)


def test_what_people_would_choose_takes_linear_time():
    line = [40, 42, 43, 45, 47, 45, 43, 42]
    assert in_proportion(lambda size: finger(events(*(line * size)), like_people=True), 250)
