"""What is read of songs and heard in them, on songs written in `song_files`."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from fractions import Fraction

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.bars import bar_text
from basstab_hf.chart.names import Chord, Key
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.listen.beats import beats
from basstab_hf.listen.form import spans
from basstab_hf.listen.groove import Hit
from basstab_hf.listen.hear import hear, key_name
from basstab_hf.listen.read import parse_song, read_song
from basstab_hf.listen.values import Bar, Part, Song, SongNote
from tests.gpif import TIED, Note, Track, beat, gp, on, score, told
from tests.song_files import GUITAR, guitar_pro, midi, musicxml, onsets, pitches

LOOP = ("Em", "C", "G", "D")


def song_of(*parts: Part, n_bars: int, signature: str = "4/4", length: Fraction | int = 4) -> Song:
    bars = tuple(Bar(Fraction(number * length), Fraction(length), signature) for number in range(n_bars))
    return Song("", "", bars, parts)


def strummed(*names: str, number: int = 1) -> Part:
    notes = [
        SongNote(Fraction(4 * bar + quarter), Fraction(4 * bar + quarter + 1), pitch)
        for bar, name in enumerate(names)
        for quarter in range(4)
        for pitch in pitches(name)
    ]
    return Part(number, "Guitar", tuple(sorted(notes)), 27, GUITAR)


def texts(chart) -> list[str]:
    return [bar_text(bar.chords) for bar in chart.bars]


FILES = [(".gp5", guitar_pro(LOOP)), (".gp4", guitar_pro(LOOP, version=(4, 0, 6))), (".mid", midi(LOOP))]
FILES += [(".musicxml", musicxml(LOOP))]


@pytest.mark.parametrize(("suffix", "content"), FILES)
def test_every_format_gives_the_same_song(suffix, content) -> None:
    song = parse_song(content, "song", suffix)
    assert song.title == "A song"
    assert [bar.length for bar in song.bars] == [4] * 4
    guitar = next(part for part in song.pitched)
    assert {pitch for onset, pitch in onsets(guitar) if onset == 4} == set(pitches("C"))
    assert [part.is_drums for part in song.parts] == [False, True]
    heard = hear(song)
    assert texts(heard.chart) == list(LOOP)
    assert [hit.place for hit in heard.kicks[0]] == [0, Fraction(1, 2)]
    assert [hit.place for hit in heard.groove.snares[2]] == [Fraction(1, 4), Fraction(3, 4)]


def test_a_song_is_read_from_a_path_and_odd_suffixes_are_refused(tmp_path) -> None:
    path = tmp_path / "song.gp5"
    path.write_bytes(guitar_pro(LOOP))
    assert read_song(path).tempo == 96
    with pytest.raises(InputError, match="songs can be read from files ending in"):
        parse_song(b"", "song", ".txt")


def test_silence_is_refused() -> None:
    empty = musicxml(["Em"]).replace(b"<note>", b"<pause>").replace(b"</note>", b"</pause>")
    with pytest.raises(InputError, match="holds no notes"):
        parse_song(empty, "song", ".musicxml")
    with pytest.raises(InputError, match="has no bars"):
        parse_song(musicxml([]), "song", ".musicxml")


def test_tied_notes_are_one() -> None:
    tied = '<note><pitch><step>E</step><octave>3</octave></pitch><duration>8</duration><tie type="{}"/></note>'
    head = '<score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure><attributes>'
    head += "<divisions>2</divisions></attributes>"
    text = f"{head}{tied.format('start')}</measure><measure>{tied.format('stop')}</measure></part></score-partwise>"
    notes = parse_song(text.encode(), "song", ".musicxml").parts[0].notes
    assert notes == (SongNote(Fraction(0), Fraction(8), 52),)


def test_ties_and_dead_notes_of_guitar_pro() -> None:
    bars = [[beat(2, Note(6, 0)), beat(2, Note(6, 0, extra=TIED))], [beat(1, Note(6, 0, on("Muted")))]]
    song = parse_song(gp(score(Track(bars, GUITAR, "Guitar", 27))), "song", ".gp")
    assert song.parts[0].notes == (SongNote(Fraction(0), Fraction(4), 40),)


def test_a_part_with_broken_notes_is_silent() -> None:
    bars = [[beat(1, Note(6, 0))]]
    broken = score(Track(bars, GUITAR, "Guitar", 27), Track([[beat(1, Note(9, 0))]], GUITAR, "Other", 27))
    song = parse_song(gp(broken), "song", ".gp")
    assert [len(part.notes) for part in song.parts] == [1, 0]
    assert hear(song).chart.remarks == ('part 2 "Other" is left out: broken notes',)


def test_jumps_are_told() -> None:
    content = musicxml(LOOP).replace(b"</measure>", b'<sound dacapo="yes"/></measure>', 1)
    song = parse_song(content, "song", ".musicxml")
    assert song.remarks == ("jumps (da capo, coda) are not followed: bar 1",)


def test_a_signature_inside_a_bar_cuts_it() -> None:
    file = mido.MidiFile(file=io.BytesIO(midi(LOOP)))
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("time_signature", numerator=3, denominator=4, time=5 * 480)]))
    content = io.BytesIO()
    file.save(file=content)
    song = parse_song(content.getvalue(), "song", ".mid")
    assert [bar.length for bar in song.bars] == [4, 1, 3, 3, 3, 3]


def test_drums_of_guitar_pro_6_and_7_are_read() -> None:
    kit = "<InstrumentSet><Type>drumKit</Type></InstrumentSet>"
    bars = [[beat(4, Note(1, key, told("Element", "Element", key - 36))) for key in (36, 37, 36, 37)]] * 2
    xml = score(Track(bars, (0,) * 6, "Drums", beside=kit))
    seven = parse_song(gp(xml), "song", ".gp")
    assert onsets(seven.drums[0])[:2] == [(0, 36), (1, 37)]
    six = parse_song(gp(xml.replace(b'"Fret"', b'"Hidden"')), "song", ".gp")
    assert onsets(six.drums[0])[:2] == [(0, 36), (1, 38)]


def test_markers_are_sections_in_all_formats() -> None:
    names = {0: "Verse", 2: "Chorus"}
    for suffix, content in ((".gp5", guitar_pro(LOOP, markers=names)), (".mid", midi(LOOP, marks=names))):
        chart = hear(parse_song(content, "song", suffix)).chart
        assert [(section.name, len(section.bars)) for section in chart.sections] == [("Verse", 2), ("Chorus", 2)]


# Chords


def test_two_chords_share_a_bar() -> None:
    notes = [
        SongNote(Fraction(2 * half), Fraction(2 * half + 2), pitch)
        for half, name in enumerate(("Em", "C", "G", "D") * 4)
        for pitch in pitches(name)
    ]
    chart = hear(song_of(Part(1, "", tuple(sorted(notes)), 0), n_bars=8)).chart
    assert texts(chart)[:3] == ["Em C", "G D", "Em C"]


def test_power_chords_take_the_third_of_the_key() -> None:
    chart = hear(song_of(strummed("Em", "G", "D", "Em", "E5", "E5"), n_bars=6)).chart
    last = hear(song_of(strummed(*["E5"] * 4, "G", "D", "C", "Em"), n_bars=8)).chart.bars[0].chords[0]
    assert chart.key == "Em"
    assert (last.name, last.chord) == ("E5", Chord(4, frozenset({0, 3, 7}), 4))


def test_inversions_keep_their_root() -> None:
    # C with its third below, between chords in root position.
    inverted = [
        SongNote(Fraction(start), Fraction(start + 1), pitch) for start in range(8, 12) for pitch in (52, 55, 60)
    ]
    part = replace(strummed("C", "F", "C", "G"), notes=())
    notes = [note for note in strummed("C", "F", "C", "G").notes if not 8 <= note.onset < 12]
    chart = hear(song_of(replace(part, notes=tuple(sorted(notes + inverted))), n_bars=4)).chart
    assert texts(chart)[2] == "C"


def test_a_melody_counts_less_than_chords() -> None:
    melody = Part(2, "Flute", tuple(SongNote(Fraction(n), Fraction(n + 1), 73 + n % 5) for n in range(16)), 73)
    assert texts(hear(song_of(strummed(*LOOP), melody, n_bars=4)).chart) == list(LOOP)


def test_the_old_bass_is_heard_only_when_asked() -> None:
    guitar = Part(1, "", tuple(SongNote(Fraction(4 * bar), Fraction(4 * bar + 4), 64) for bar in range(4)), 27)
    bass = Part(
        2, "Bass", tuple(SongNote(Fraction(4 * bar), Fraction(4 * bar + 4), 33) for bar in range(4)), 33, is_bass=True
    )
    song = song_of(guitar, bass, n_bars=4)
    roots = [hear(song, with_bass=flag).chart.bars[0].chords[0].chord.root for flag in (False, True)]
    assert roots == [4, 9]
    alone = song_of(bass, n_bars=4)
    assert hear(alone).chart.bars[0].chords[0].chord.root == 9


def test_printed_chords_win() -> None:
    song = parse_song(guitar_pro(LOOP, printed=("Em9", "Cmaj7", "G6", "tacet!")), "song", ".gp5")
    heard = hear(song)
    assert texts(heard.chart)[:3] == ["Em9", "Cmaj7", "G6"]
    assert "printed over notes, but no chords: tacet!" in heard.chart.remarks
    assert texts(hear(song, printed=False).chart) == list(LOOP)


def test_no_chord_that_is_printed_lets_the_one_before_go_on() -> None:
    song = parse_song(guitar_pro(("Em", "Em", "G", "D"), printed=("Em7", "N.C.", "G", "D")), "song", ".gp5")
    assert texts(hear(song).chart) == ["Em7", "", "G", "D"]


def test_a_chord_printed_once_gives_way_to_what_is_heard() -> None:
    song = parse_song(guitar_pro(LOOP * 2, printed=("Em7", *[""] * 7)), "song", ".gp5")
    assert texts(hear(song).chart)[:4] == ["Em7", "C", "G", "D"]


def test_shapes_with_a_capo_are_told_as_they_sound() -> None:
    up = tuple(pitch + 2 for pitch in GUITAR)
    song = parse_song(guitar_pro(LOOP * 3, printed=LOOP * 3, strings=up), "song", ".gp5")
    heard = hear(song)
    assert texts(heard.chart)[:4] == ["F#m", "D", "A", "E"]
    assert any("2 semitones higher" in remark for remark in heard.chart.remarks)


def test_printed_chords_that_go_with_nothing_are_left_out() -> None:
    names = ("C#", "Eb", "F", "A", "B", "F#", "Bb", "C#", "Ab", "F", "A", "B")
    heard = hear(parse_song(guitar_pro(LOOP * 3, printed=names), "song", ".gp5"))
    assert texts(heard.chart)[:4] == list(LOOP)
    assert any("left out" in remark for remark in heard.chart.remarks)


def test_musicxml_prints_chords() -> None:
    song = parse_song(musicxml(LOOP, names=True), "song", ".musicxml")
    assert [name for _, name in song.chords] == list(LOOP)


@pytest.mark.parametrize(
    ("names", "key"),
    [(LOOP * 2, "Em"), (("C", "F", "G", "C"), "C"), (("Am", "F", "C", "G", "Am"), "Am"), (("F", "C", "F"), "F")],
)
def test_the_key(names, key) -> None:
    assert hear(song_of(strummed(*names), n_bars=len(names))).chart.key == key


def test_flat_keys_are_spelt_with_flats() -> None:
    assert (key_name(Key(10, False)), key_name(Key(6, True)), key_name(Key(3, True))) == ("Bb", "F#m", "D#m")


# Beats, form, groove


@pytest.mark.parametrize(
    ("signature", "length", "starts"),
    [
        ("4/4", 4, [0, 1, 2, 3]),
        ("6/8", 3, [0, Fraction(3, 2)]),
        ("7/8", Fraction(7, 2), [0, 1, 2, 3]),
        ("12/16", 3, [0, Fraction(3, 4), Fraction(3, 2), Fraction(9, 4)]),
        ("4/4", Fraction(1, 4), [0]),
    ],
)
def test_the_beats_of_a_bar(signature, length, starts) -> None:
    found = beats([Bar(Fraction(0), Fraction(length), signature)])
    assert [one.start for one in found] == starts
    assert sum(one.length for one in found) == length


def test_phrases_that_come_again_get_one_letter() -> None:
    verse, chorus = ("Em", "C", "G", "D"), ("F", "Am", "F", "Am")
    song = song_of(strummed(*verse, *chorus, *chorus, *verse, *chorus), n_bars=20)
    assert [(span.name, span.start, span.end) for span in spans(song)] == [
        ("A", 0, 4),
        ("B", 4, 12),
        ("A", 12, 16),
        ("B", 16, 20),
    ]


def test_phrases_that_always_go_together_are_one_section() -> None:
    one, two, other = ("Em", "Em", "Em", "Em"), ("G", "G", "G", "G"), ("F", "C", "F", "C")
    song = song_of(strummed(*one, *two, *other, *one, *two), n_bars=20)
    assert [(span.name, span.start, span.end) for span in spans(song)] == [("A", 0, 8), ("B", 8, 12), ("A", 12, 20)]


def test_silence_in_front_is_a_section_of_its_own_without_chords() -> None:
    part = strummed(*LOOP)
    late = tuple(replace(note, onset=note.onset + 8, end=note.end + 8) for note in part.notes)
    heard = hear(song_of(replace(part, notes=late), n_bars=6))
    assert heard.silent == (True, True, False, False, False, False)
    assert texts(heard.chart)[0] == "N.C."
    assert [(section.name, len(section.bars)) for section in heard.chart.sections] == [("", 2), ("A", 4)]


def test_bars_without_drums_are_bare() -> None:
    drums = Part(2, "Drums", (SongNote(Fraction(8), Fraction(9), 36),), is_drums=True)
    assert hear(song_of(strummed(*LOOP), drums, n_bars=4)).bare == (True, True, False, True)
    assert hear(song_of(strummed(*LOOP), n_bars=4)).bare == (False,) * 4


def test_hands_that_play_early_or_late_are_on_the_beat() -> None:
    for late in (0, 13, 31):
        kicks = hear(parse_song(midi(LOOP, shift=late), "song", ".mid")).kicks[1]
        assert [hit.place for hit in kicks] == [0, Fraction(1, 2)]
    early = Part(1, "Drums", (SongNote(Fraction(399, 100), Fraction(5), 36),), is_drums=True)
    assert hear(song_of(strummed("Em", "C", number=2), early, n_bars=2)).kicks == ((), (Hit(Fraction(0), 0.756),))


def test_accents_are_where_most_is_struck() -> None:
    chords = [SongNote(Fraction(place), Fraction(4), pitch) for place in (0, 3) for pitch in (52, 55, 59)]
    single = [SongNote(Fraction(place), Fraction(place + 1), 64) for place in (1, 2)]
    heard = hear(song_of(Part(1, "", tuple(sorted(chords + single)), 27), n_bars=1))
    assert [hit.place for hit in heard.accents[0]] == [0, Fraction(3, 4)]
    assert heard.groove.density == (1.0,)


# Tunings


@pytest.mark.parametrize(
    ("strings", "word"),
    [
        (GUITAR, "GDAE"),
        ((64, 59, 55, 50, 45, 38), "GDAD"),
        ((63, 58, 54, 49, 44, 39), "GbDbAbEb"),
        ((62, 57, 53, 48, 43, 36), "FCGC"),
        ((64, 59, 55, 50, 45, 40, 35), "GDAEB"),
    ],
)
def test_the_bass_goes_with_the_guitar(strings, word) -> None:
    part = replace(strummed(*LOOP), strings=strings)
    hint = hear(song_of(part, n_bars=4)).tuning
    assert hint.tuning.word == word
    assert bool(hint.why) == (word != "GDAE")


def test_the_old_bass_tells_its_tuning_and_notes_tell_it_in_midi() -> None:
    bass = Part(2, "Low", (SongNote(Fraction(0), Fraction(1), 26),), 33, (43, 38, 33, 26), is_bass=True)
    assert hear(song_of(strummed(*LOOP), bass, n_bars=4)).tuning.tuning.word == "GDAD"
    odd = replace(bass, strings=(60, 20, 19, 18))
    assert hear(song_of(strummed(*LOOP), odd, n_bars=4)).tuning.tuning.word == "GDAE"
    low = Part(1, "", (SongNote(Fraction(0), Fraction(1), 38),), 27)
    assert hear(song_of(low, n_bars=1)).tuning.tuning.word == "GDAD"


# Anything

NOTES = st.builds(
    lambda onset, length, pitch, velocity: SongNote(onset, onset + length, pitch, velocity),
    st.fractions(0, 20, max_denominator=480),
    st.fractions(0, 9, max_denominator=480),
    st.integers(0, 127),
    st.integers(1, 127),
)
PARTS = st.builds(
    lambda notes, program, drums: Part(1, "", tuple(sorted(notes)), program, is_drums=drums),
    st.lists(NOTES, max_size=12),
    st.integers(0, 127),
    st.booleans(),
)


@given(st.lists(PARTS, max_size=3), st.sampled_from(["4/4", "6/8", "5/4", "7/8", "3/2"]), st.booleans())
def test_anything_is_heard(parts, signature, with_bass) -> None:
    count, unit = map(int, signature.split("/"))
    song = song_of(*parts, n_bars=4, signature=signature, length=Fraction(4 * count, unit))
    heard = hear(song, with_bass=with_bass)
    assert len(heard.chart.bars) == len(heard.kicks) == len(heard.silent) == 4
    assert all(0 <= hit.place < 1 for bar in heard.accents for hit in bar)
    assert all(0 <= placed.place < 1 for bar in heard.chart.bars for placed in bar.chords)


@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6), st.floats(0, 1))
def test_broken_files_are_refused_or_heard(file, changes, cut) -> None:
    suffix, content = file
    broken = bytearray(content[: max(int(len(content) * cut), 1)] if cut > 0.5 else content)
    for place, value in changes:
        broken[min(int(place * len(broken)), len(broken) - 1)] = value
    try:
        hear(parse_song(bytes(broken), "song", suffix))
    except BasstabError as error:
        assert "\n" not in str(error)


@given(st.binary(max_size=300), st.sampled_from([".gp5", ".gp", ".gpx", ".mid", ".musicxml", ".mxl"]))
def test_garbage_is_refused(content, suffix) -> None:
    with pytest.raises(BasstabError):
        parse_song(content, "song", suffix)


def test_a_song_of_a_hundred_bars_is_heard_within_a_second_and_a_half() -> None:
    content = guitar_pro(LOOP * 25, bass=(0,) * 100)
    start = time.process_time()
    hear(parse_song(content, "song", ".gp5"))
    assert time.process_time() - start < 1.5
