"""A part for a song: its chords, its kick drum, its bars, written back into its file."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.cli import main
from basstab_hf.composer.part import locked
from basstab_hf.generate import Composer
from basstab_hf.generate.accompany import ask_song, track_of
from basstab_hf.listen.groove import Hit
from basstab_hf.listen.hear import hear
from basstab_hf.listen.read import parse_song
from basstab_hf.listen.values import Bar, Part, Song, SongNote
from basstab_hf.tab.timing import timed_notes
from tests.song_files import GUITAR, guitar_pro, midi, musicxml, pitches

LOOP = ("Em", "C", "G", "D") * 4
BARS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(28, 50), st.just(4)), max_size=8, unique_by=lambda note: note[0]
).map(lambda notes: tuple(sorted(notes)))


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


def song(lengths: list[int], first_drums: int = 0) -> Song:
    """Chords of the loop, one a bar of so many quarter notes, with a kick on the first and the last quarter."""
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    bars = tuple(
        Bar(Fraction(start), Fraction(length), f"{length}/4") for start, length in zip(starts, lengths, strict=True)
    )
    guitar = [
        SongNote(Fraction(start + quarter), Fraction(start + quarter + 1), pitch)
        for number, (start, length) in enumerate(zip(starts, lengths, strict=True))
        for quarter in range(length)
        for pitch in pitches(LOOP[number])
    ]
    drums = [
        SongNote(Fraction(start + quarter), Fraction(start + quarter + 1), 36)
        for start, length in zip(starts[first_drums:], lengths[first_drums:], strict=True)
        for quarter in (0, length - 1)
    ]
    parts = (
        Part(1, "Guitar", tuple(sorted(guitar)), 27, GUITAR),
        Part(2, "Drums", tuple(sorted(drums)), is_drums=True),
    )
    return Song("Song", "", bars, parts)


@given(BARS, st.sets(st.integers(0, 15), max_size=6))
def test_a_locked_bar_begins_notes_where_the_kick_does(bar, kicks: set[int]) -> None:
    found = locked(bar, [Fraction(step, 16) for step in kicks], 16)
    steps = [step for step, _, _ in found]
    assert steps == sorted(set(steps))
    assert not bar or kicks <= set(steps)
    assert {pitch for _, pitch, _ in found} <= {pitch for _, pitch, _ in bar}
    if bar and bar[0][0] == 0:
        assert found[0] == bar[0]
    assert locked(bar, [Fraction(1, 7)], 16) == bar


def test_a_part_has_the_songs_roots_and_locks_with_its_kick(composer: Composer) -> None:
    heard = hear(song([4] * 16))
    made = ask_song(composer.model.metrics, heard, composer.model.usual_width, style="rock", seed=1)
    track = track_of(made, heard, next(composer.write(made.request, 1)).tab)
    notes = timed_notes(track.tab, columns_per_beat=track.columns_per_beat)
    firsts = [
        next((note.pitch % 12 for note in notes if 4 * bar <= note.onset < 4 * bar + 4), None) for bar in range(16)
    ]
    assert sum(pitch == root for pitch, root in zip(firsts, [4, 0, 7, 2] * 4, strict=True)) >= 14
    onsets = {note.onset for note in notes}
    kicks = {float(4 * bar + quarter) for bar in range(16) for quarter in (0, 3)}
    assert len(kicks & onsets) >= 0.85 * len(kicks)


def test_bars_are_as_long_as_those_of_the_song(composer: Composer) -> None:
    lengths = [4, 4, 2, 4, 5, 4, 3, 4]
    heard = hear(song(lengths))
    made = ask_song(composer.model.metrics, heard, composer.model.usual_width, style="rock", seed=1)
    track = track_of(made, heard, next(composer.write(made.request, 1)).tab)
    assert [len(bar) // 2 * 2 for bar in track.tab.bars] == [4 * length for length in lengths]


def test_it_waits_for_the_drums_and_rests_where_nobody_plays(composer: Composer) -> None:
    waiting = song([4] * 8, first_drums=4)
    heard = hear(waiting)
    made = ask_song(composer.model.metrics, heard, composer.model.usual_width, style="rock", seed=1)
    assert any("comes in with bar 5" in remark for remark in made.remarks)
    track = track_of(made, heard, next(composer.write(made.request, 1)).tab)
    assert min(note.onset for note in timed_notes(track.tab, columns_per_beat=track.columns_per_beat)) >= 16


def test_soft_strokes_of_the_kick_are_passed_over() -> None:
    heard = hear(song([4] * 4))
    soft = replace(heard.groove, kicks=tuple((Hit(Fraction(1, 16), 0.1), *bar) for bar in heard.kicks))
    made = ask_song({}, replace(heard, groove=soft), 17, style="rock")
    assert made.request.form is not None
    assert all(Fraction(1, 16) not in places for places in made.request.form.struck)


@pytest.mark.parametrize(
    ("name", "content", "out"),
    [
        ("song.gp5", guitar_pro(LOOP), "with.gp5"),
        ("song.mid", midi(LOOP), "with.mid"),
        ("song.musicxml", musicxml(LOOP), "with.musicxml"),
    ],
)
def test_the_command_writes_the_song_with_its_bass_and_the_bass_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, out: str
) -> None:
    source, target, part = tmp_path / name, tmp_path / out, tmp_path / "part.txt"
    source.write_bytes(content)
    flags = ["--style", "rock", "--seed", "1", "--out", str(target), str(part)]
    assert main(["accompany", str(source), *flags]) == 0
    told = capsys.readouterr()
    assert "the song with its bass" in told.err
    assert "the bass alone" in told.err
    written = parse_song(target.read_bytes(), out, target.suffix)
    assert [note.onset for note in written.pitched[0].notes] == [
        note.onset for note in parse_song(content, name, source.suffix).pitched[0].notes
    ]
    assert len(written.basses[0].notes) >= 16
    assert part.read_text().startswith("4/4") or "4/4" in part.read_text()
    assert main(["accompany", str(source), *flags]) == 1  # nothing is overwritten
    assert main(["accompany", str(source), "--replace", "--json", "--seed", "1"]) == 0
    capsys.readouterr()


def test_a_chart_of_a_song_is_what_is_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "song.gp5"
    source.write_bytes(guitar_pro(LOOP))
    assert main(["chart", str(source), "--json"]) == 0
    bars = [bar for section in json.loads(capsys.readouterr().out)["sections"] for bar in section["bars"]]
    assert [bar["chords"][0]["name"] for bar in bars[:4]] == ["Em", "C", "G", "D"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--chords", "Am"], "accompany says what --chords would"),
        (["--metre", "3/4"], "accompany says what --metre would"),
    ],
)
def test_flags_that_a_song_leaves_no_room_for_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    source = tmp_path / "song.gp5"
    source.write_bytes(guitar_pro(LOOP))
    assert main(["accompany", str(source), *flags]) == 1
    assert told in capsys.readouterr().err
