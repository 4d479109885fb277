"""Songs with a bass written into them: the bass is there, and all else as it was."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import guitarpro
import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import BasstabError, InputError, OutputError
from basstab_hf.formats.guitarpro import parse
from basstab_hf.formats.musicxml_file import read_root
from basstab_hf.listen.fitting import fit
from basstab_hf.listen.read import parse_song
from basstab_hf.listen.write import check_output, with_bass
from basstab_hf.rhythm.form import Sign
from basstab_hf.tab.values import Tab
from tests.gpif import Note, Track, beat, gp, score
from tests.song_files import bass_of, guitar_pro, midi, musicxml, onsets

LOOP = ("Em", "C", "G", "D")
EIGHTHS = [(Fraction(eighth, 2), 28) for eighth in range(32)]


def written(content, source, target, folder, bass=None, **flags):
    path = folder / target
    remarks = with_bass(content, source, bass or bass_of(4), path, **flags)
    return path.read_bytes(), remarks


# Guitar Pro


@pytest.mark.parametrize("version", [(4, 0, 6), (5, 1, 0)])
def test_a_bass_is_added_to_guitar_pro(tmp_path, version) -> None:
    content = guitar_pro(LOOP, markers={1: "Verse"}, repeats=[2], version=version)
    found, remarks = written(content, "song.gp5", "out.gp5", tmp_path)
    before, after = parse(content, "song"), parse(found, "out")
    assert before.measureHeaders == after.measureHeaders
    assert [track.name for track in after.tracks] == ["Guitar", "Drums", "Bass"]
    assert before.tracks == after.tracks[:2]
    song = parse_song(found, "out", ".gp5")
    assert onsets(song.basses[0]) == EIGHTHS
    assert song.basses[0].strings == (43, 38, 33, 28)
    assert not remarks


def test_the_new_track_has_channels_of_its_own(tmp_path) -> None:
    found, _ = written(guitar_pro(LOOP), "song.gp5", "out.gp5", tmp_path)
    channels = [(track.channel.channel, track.channel.effectChannel) for track in parse(found, "out").tracks]
    assert not set(channels[2]) & {0, 9}
    assert parse(found, "out").tracks[2].channel.instrument == 33
    song = parse(guitar_pro(LOOP), "song")
    song.tracks = [song.tracks[0]]
    for number in range(32):
        track = guitarpro.Track(song, name=f"Guitar {number}")
        track.channel = guitarpro.MidiChannel(channel=2 * number, effectChannel=2 * number + 1)
        song.tracks.append(track)
    crowded = io.BytesIO()
    guitarpro.write(song, crowded, version=(5, 1, 0), encoding="latin-1")
    found, remarks = written(crowded.getvalue(), "song.gp5", "out.gp5", tmp_path, force=True)
    assert onsets(parse_song(found, "out", ".gp5").basses[0]) == EIGHTHS
    assert "no channel is free" in remarks[0]


def test_an_old_bass_is_replaced_or_kept(tmp_path) -> None:
    content = guitar_pro(LOOP, bass=(0, 8, 3, 10))
    found, remarks = written(content, "song.gp5", "kept.gp5", tmp_path)
    assert [track.name for track in parse(found, "out").tracks] == ["Guitar", "Drums", "Low end", "Bass"]
    assert remarks == ("kept beside the new bass: 'Low end'",)
    found, remarks = written(content, "song.gp5", "new.gp5", tmp_path, replace=True)
    assert [track.name for track in parse(found, "out").tracks] == ["Guitar", "Drums", "Bass"]
    assert remarks == ("replaced: 'Low end'",)
    assert onsets(parse_song(found, "out", ".gp5").basses[0]) == EIGHTHS


def test_tempos_and_lyrics_of_a_replaced_bass_stay(tmp_path) -> None:
    song = parse(guitar_pro(LOOP, bass=(0, 8, 3, 10)), "song")
    change = guitarpro.MixTableChange(tempo=guitarpro.MixTableItem(value=140))
    song.tracks[2].measures[1].voices[0].beats[2].effect.mixTableChange = change
    song.tracks = [song.tracks[2], *song.tracks[:2]]
    song.lyrics.trackChoice = 2
    file = io.BytesIO()
    guitarpro.write(song, file, version=(5, 1, 0), encoding="latin-1")
    found, _ = written(file.getvalue(), "song.gp5", "out.gp5", tmp_path, replace=True)
    after = parse_song(found, "out", ".gp5")
    assert [(tempo.bar, tempo.onset, tempo.tempo) for tempo in after.tempos] == [(0, 0, 96), (1, 2, 140)]
    file_after = parse(found, "out")
    assert [track.name for track in file_after.tracks] == ["Bass", "Guitar", "Drums"]
    assert file_after.lyrics.trackChoice == 2


def test_a_part_that_ends_early_rests(tmp_path) -> None:
    found, remarks = written(guitar_pro(LOOP), "song.gp5", "out.gp5", tmp_path, bass_of(3))
    assert onsets(parse_song(found, "out", ".gp5").basses[0]) == EIGHTHS[:24]
    assert remarks == ("the bass rests in the last bars of the song: 1",)


def test_a_part_that_is_played_out_gives_each_bar_once(tmp_path) -> None:
    content = guitar_pro(LOOP, repeats=[1])
    found, remarks = written(content, "song.gp5", "out.gp5", tmp_path, bass_of(5))
    assert onsets(parse_song(found, "out", ".gp5").basses[0]) == EIGHTHS
    assert remarks == ("bars that the song repeats are written as they are played first",)


def test_bars_that_are_skipped_rest() -> None:
    song = parse_song(guitar_pro(LOOP), "song", ".gp5")
    # The second of the four bars is an ending that nobody plays.
    song = replace(song, form=(Sign(opens=True), Sign(endings=(5,)), Sign(closes=2), Sign()))
    fitted = fit(bass_of(5), song)
    assert [any(one.notes for one in bar.beats) for bar in fitted.score.bars] == [True, False, True, True]


def test_bars_that_do_not_fit_are_refused(tmp_path) -> None:
    waltz = Tab.parse("G|------------|\nD|------------|\nA|------------|\nE|0-0-0-0-0-0-|")
    long = Tab.parse(
        "G|--------------------|\nD|--------------------|\nA|--------------------|\nE|0-0-0-0-0-0-0-0-0-0-|"
    )
    short = replace(bass_of(1), tab=waltz)
    found, _ = written(guitar_pro(("Em",)), "song.gp5", "short.gp5", tmp_path, short)
    assert onsets(parse_song(found, "out", ".gp5").basses[0]) == EIGHTHS[:6]
    with pytest.raises(InputError, match="bar 1 of the bass lasts 5 beats, that of the song 4"):
        written(guitar_pro(LOOP), "song.gp5", "out.gp5", tmp_path, replace(bass_of(1), tab=long))
    for suffix, content in ((".gp5", guitar_pro(LOOP)), (".mid", midi(LOOP))):
        with pytest.raises(InputError, match="more bars than the song, which has 4"):
            written(content, f"song{suffix}", f"out{suffix}", tmp_path, bass_of(6))
    two = Tab.parse(long.text.replace("-|", "-|" + "-" * 16 + "|"))
    with pytest.raises(InputError, match="bar 1 of the bass lasts 5 beats"):
        written(midi(LOOP), "song.mid", "out.mid", tmp_path, replace(bass_of(1), tab=two))


def test_long_bars_that_notation_cuts_are_joined() -> None:
    song = parse_song(guitar_pro(("Em", "C", "G")), "song", ".gp5")
    bar = replace(song.bars[0], length=Fraction(12), signature="12/4")
    wide = Tab.parse("\n".join(f"{name}|{row * 48}|" for name, row in zip("GDAE", ("-", "-", "-", "0"), strict=True)))
    fitted = fit(replace(bass_of(1), tab=wide), replace(song, bars=(bar,)))
    assert [(one.numerator, sum(beat.value.length for beat in one.beats)) for one in fitted.score.bars] == [(12, 12)]


def test_what_the_library_cannot_write_is_told(tmp_path, monkeypatch) -> None:
    content = guitar_pro(LOOP)

    def refuse(*_, **__) -> None:
        raise guitarpro.GPException("too high")

    monkeypatch.setattr("guitarpro.write", refuse)
    with pytest.raises(InputError, match=r"cannot be written as .gp5 \(too high\): write .mid"):
        written(content, "song.gp5", "out.gp5", tmp_path)


# MIDI


def events(track) -> list[tuple[int, str]]:
    now, found = 0, []
    for message in track:
        now += message.time
        if message.type != "end_of_track":
            found.append((now, str(message.copy(time=0))))
    return found


def test_a_bass_is_added_to_midi(tmp_path) -> None:
    content = midi(LOOP)
    found, remarks = written(content, "song.mid", "out.mid", tmp_path)
    before, after = (mido.MidiFile(file=io.BytesIO(one)) for one in (content, found))
    assert [events(track) for track in before.tracks] == [events(track) for track in after.tracks[:-1]]
    assert onsets(parse_song(found, "out", ".mid").basses[0]) == EIGHTHS
    assert not remarks


def test_an_old_bass_in_midi_loses_its_notes_alone(tmp_path) -> None:
    content = midi(LOOP, bass=(28, 36, 31, 38))
    found, remarks = written(content, "song.mid", "out.mid", tmp_path, replace=True)
    after = mido.MidiFile(file=io.BytesIO(found))
    assert [message.type for message in after.tracks[3]] == ["track_name", "program_change", "end_of_track"]
    assert [onsets(part) for part in parse_song(found, "out", ".mid").basses] == [EIGHTHS]
    assert remarks == ("replaced: 'Low end'",)


def test_a_file_of_one_track_and_a_file_without_free_channels(tmp_path) -> None:
    file = mido.MidiFile(file=io.BytesIO(midi(LOOP)))
    one = mido.MidiFile(type=0, ticks_per_beat=480)
    one.tracks.append(mido.merge_tracks(file.tracks))
    content = io.BytesIO()
    one.save(file=content)
    found, _ = written(content.getvalue(), "song.mid", "out.mid", tmp_path)
    assert onsets(parse_song(found, "out", ".mid").basses[0]) == EIGHTHS
    for channel in range(16):
        file.tracks[0].append(mido.Message("program_change", channel=channel, program=0))
    prepared = io.BytesIO()
    file.save(file=prepared)
    found, remarks = written(prepared.getvalue(), "song.mid", "prepared.mid", tmp_path)
    assert mido.MidiFile(file=io.BytesIO(found)).tracks[-1][1].channel == 1
    assert not remarks
    for channel in range(16):
        file.tracks[0].append(mido.Message("note_on", channel=channel, note=60))
    full = io.BytesIO()
    file.save(file=full)
    _, remarks = written(full.getvalue(), "song.mid", "full.mid", tmp_path)
    assert remarks == ("no channel is free: the bass shares channel 16 and its instrument",)


def test_guitar_pro_becomes_midi_as_it_is_played(tmp_path) -> None:
    content = guitar_pro(LOOP, repeats=[1], bass=(0, 8, 3, 10), markers={0: "Verse", 3: "End"})
    for bass, name in ((bass_of(4), "written.mid"), (bass_of(5), "played.mid")):
        found, _ = written(content, "song.gp5", name, tmp_path, bass, replace=True)
        song = parse_song(found, "out", ".mid")
        assert len(song.bars) == 5
        assert onsets(song.basses[0]) == [(Fraction(eighth, 2), 28) for eighth in range(40)]
        guitar = onsets(song.pitched[0])
        assert {pitch % 12 for onset, pitch in guitar if 8 <= onset < 12} == {0, 4, 7}
        assert [bar.section for bar in song.bars] == ["Verse", None, None, None, "End"]
        assert song.tempo == pytest.approx(96, abs=0.01)


def test_guitar_pro_7_becomes_midi(tmp_path) -> None:
    guitar = Track([[beat(4, Note(6, 0))] * 4] * 4, (64, 59, 55, 50, 45, 40), "Guitar", 27)
    found, _ = written(gp(score(guitar)), "song.gp", "out.mid", tmp_path)
    song = parse_song(found, "out", ".mid")
    assert onsets(song.basses[0]) == EIGHTHS
    assert onsets(song.pitched[0]) == [(Fraction(beat), 40) for beat in range(16)]


# MusicXML


def elements(root, number) -> list[str]:
    part = root.findall("part")[number]
    return [f"{one.tag} {sorted(one.attrib.items())} {(one.text or '').strip()}" for one in part.iter()]


def test_a_bass_is_added_to_musicxml(tmp_path) -> None:
    content = musicxml(LOOP, names=True)
    found, remarks = written(content, "song.musicxml", "out.musicxml", tmp_path)
    before, after = read_root(content, "song"), read_root(found, "out")
    assert [elements(before, number) for number in (0, 1)] == [elements(after, number) for number in (0, 1)]
    song = parse_song(found, "out", ".musicxml")
    assert onsets(song.basses[0]) == EIGHTHS
    assert after.findtext("part[@id='Bass1']/measure/attributes/key/fifths") == "1"
    assert not after.findall("part[@id='Bass1']/measure/direction")
    assert not remarks


def test_an_old_bass_in_musicxml_is_replaced(tmp_path) -> None:
    content = musicxml(LOOP, bass=("E", "C", "G", "D"))
    found, remarks = written(content, "song.xml", "out.musicxml", tmp_path, replace=True)
    root = read_root(found, "out")
    assert [part.get("id") for part in root.findall("part")] == ["P1", "P2", "Bass1"]
    assert [part.get("id") for part in root.findall("part-list/score-part")] == ["P1", "P2", "Bass1"]
    assert onsets(parse_song(found, "out", ".musicxml").basses[0]) == EIGHTHS
    assert remarks == ("replaced: 'Bass guitar'",)


def test_musicxml_without_a_list_of_parts_is_refused(tmp_path) -> None:
    content = musicxml(LOOP).replace(b"part-list", b"no-list")
    with pytest.raises(InputError, match="no list of parts"):
        written(content, "song.musicxml", "out.musicxml", tmp_path)


# What goes where


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("song.gp", "out.gp5", "song.gp with a bass can be written as .mid, not as .gp5"),
        ("song.gp4", "out.gp4", "can be written as .gp5 or .mid, not as .gp4"),
        ("song.mid", "out", "can be written as .mid, not as a file without ending"),
        ("song.txt", "out.mid", "can be written as nothing, not as .mid"),
    ],
)
def test_pairs_that_cannot_be_are_refused(source, target, told) -> None:
    with pytest.raises(InputError, match=told):
        check_output(source, target)


def test_nothing_is_overwritten_unasked(tmp_path) -> None:
    (tmp_path / "out.mid").write_text("mine")
    with pytest.raises(OutputError):
        written(midi(LOOP), "song.mid", "out.mid", tmp_path)
    assert (tmp_path / "out.mid").read_text() == "mine"


@given(st.lists(st.sampled_from(["", *LOOP]), min_size=1, max_size=6), st.integers(0, 60), st.booleans())
def test_whatever_is_played_the_rest_stays(tmp_path_factory, chords, late, replaced) -> None:
    folder = tmp_path_factory.mktemp("songs")
    for suffix, content in ((".gp5", guitar_pro(chords)), (".mid", midi(chords, shift=late))):
        found, _ = written(content, f"song{suffix}", f"out{suffix}", folder, bass_of(len(chords)), replace=replaced)
        before, after = parse_song(content, "song", suffix), parse_song(found, "out", suffix)
        others = [onsets(part) for part in after.parts if not part.is_bass]
        assert others == [onsets(part) for part in before.parts]
        assert onsets(after.basses[0]) == [(Fraction(eighth, 2), 28) for eighth in range(8 * len(chords))]


SONGS = [(".gp5", guitar_pro(LOOP, bass=(0, 8, 3, 10))), (".mid", midi(LOOP, bass=(28, 36, 31, 38)))]
SONGS += [(".musicxml", musicxml(LOOP, bass=("E", "C", "G", "D")))]


@given(st.sampled_from(SONGS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6), st.booleans())
def test_broken_songs_are_refused_or_written(tmp_path_factory, song, changes, replaced) -> None:
    suffix, content = song
    broken = bytearray(content)
    for place, value in changes:
        broken[min(int(place * len(broken)), len(broken) - 1)] = value
    try:
        written(bytes(broken), f"song{suffix}", f"out{suffix}", tmp_path_factory.mktemp("songs"), replace=replaced)
    except BasstabError as error:
        assert "\n" not in str(error)
