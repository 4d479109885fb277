"""How slides, bends, hammers and vibrato sound: in the built-in string, and in MIDI as FluidSynth plays it."""

import io
import math
import shutil
import wave
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings

from basstab_hf import Tab, formats
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings, audio, midi, plucked
from basstab_hf.formats.gestures import gestures, pitch_at
from basstab_hf.tab.timing import timed_notes
from tests.strategies import tabs

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
needs_fluidsynth = pytest.mark.skipif(
    shutil.which("fluidsynth") is None or not SOUNDFONT.is_file(),
    reason="the optional system packages fluidsynth and timgm6mb-soundfont are not installed",
)


def low(line: str, width: int = 32) -> Tab:
    """A tab with one line on the low string."""
    rows = ["-" * width, "-" * width, "-" * width, line.ljust(width, "-")]
    return Tab.parse("\n".join(f"{label}|{row}|" for label, row in zip("GDAE", rows, strict=True)))


def cents(sound: np.ndarray, pitch: float, start: float, end: float) -> float:
    """How far the lowest strong partial between two seconds lies above a pitch."""
    part = sound[int(start * 44_100) : int(end * 44_100)].astype(float)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 19))
    hertz = np.fft.rfftfreq(1 << 19, 1 / 44_100)
    strong = (hertz > 30) & (spectrum > 0.25 * spectrum[hertz > 30].max())
    near = (hertz > hertz[strong].min() * 0.9) & (hertz < hertz[strong].min() * 1.15)
    return 1200 * math.log2(hertz[near][spectrum[near].argmax()] / (440 * 2 ** ((pitch - 69) / 12)))


# What is written, the pitch that is heard, and between which seconds at tempo 120: a column is an eighth of a second.
HEARD = [
    ("5-----------", 33, 0.2, 1.5),
    ("5-------/10", 38, 1.35, 2.2),
    ("12------\\5", 33, 1.35, 2.2),
    ("5-------h7", 35, 1.3, 1.95),
    ("5-------p3", 31, 1.3, 1.95),
    ("7b----------", 37, 0.6, 2.0),
    ("7b9---------", 37, 0.6, 1.6),
    ("7b9r7-------", 35, 0.8, 2.0),
    ("/7----------", 35, 0.4, 2.0),
]


@pytest.mark.parametrize(("line", "pitch", "start", "end"), HEARD)
@pytest.mark.parametrize("tone", ["finger", "fretless"])
def test_the_string_reaches_the_pitch_that_is_written(line, pitch, start, end, tone) -> None:
    sound = audio.to_samples(low(line), WriteSettings(tempo=120, tone=tone))
    assert abs(cents(sound, pitch, start, end)) < 5
    assert np.abs(np.diff(sound)).max() < 0.15  # no clicks


@needs_fluidsynth
@pytest.mark.parametrize(("line", "pitch", "start", "end"), [HEARD[1], HEARD[2], HEARD[5], HEARD[6], HEARD[8]])
def test_fluidsynth_plays_the_wheel_as_written(tmp_path: Path, line, pitch, start, end) -> None:
    formats.write(low(line), tmp_path / "t.wav", WriteSettings(tempo=120, soundfont=str(SOUNDFONT)))
    with wave.open(str(tmp_path / "t.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")[:: file.getnchannels()]
    assert abs(cents(sound, pitch, start, end)) < 8  # the SoundFont itself is up to 3 cents off


@needs_fluidsynth
def test_a_soundfont_is_heard_in_ogg_too(tmp_path: Path) -> None:
    import soundfile

    formats.write(low("5-----------"), tmp_path / "t.ogg", WriteSettings(tempo=120, soundfont=str(SOUNDFONT)))
    sound, rate = soundfile.read(tmp_path / "t.ogg")
    assert rate == 44_100
    assert abs(cents(sound[:, 0], 33, 0.2, 1.5)) < 8


def test_vibrato_swings_around_the_pitch() -> None:
    (gesture,) = gestures(low("7~----------"), WriteSettings())
    assert gesture.vibrato
    plain, shaken = (audio.to_samples(low(line), WriteSettings(tempo=60)) for line in ("7-----------", "7~----------"))
    assert abs(cents(shaken, 35, 0.1, 3)) < 15
    assert np.abs(plain[22_050:66_150] - shaken[22_050:66_150]).max() > 0.1


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("5h7p5---", ["", "h", "p"]),
        ("5/7\\5---", ["", "/", "\\"]),
        ("7b9r7---", ["", "b", "r"]),
        ("7b9-7---", ["", "b", ""]),
        ("x/7-----", ["", ""]),
        ("5-h-7---", ["", "h"]),
    ],
)
def test_marks_lead_from_note_to_note(line, marks) -> None:
    assert [gesture.mark for gesture in gestures(low(line), WriteSettings())] == marks


def test_a_slide_ends_where_the_next_note_begins_and_one_to_nowhere_moves_away() -> None:
    first, second = gestures(low("5---/7--"), WriteSettings())
    assert pitch_at(first, first.duration) == 2
    assert pitch_at(first, 0) == 0
    assert first.onset + first.duration == pytest.approx(second.onset)
    (away,) = gestures(low("3\\------"), WriteSettings())
    assert pitch_at(away, away.duration) == -3


def test_the_string_rings_on_under_a_note_of_another_until_a_mark_leads_it_on() -> None:
    rows = ["--------", "--------", "--0-----", "5---/7--"]
    tab = Tab.parse("\n".join(f"{label}|{row}|" for label, row in zip("GDAE", rows, strict=True)))
    first, other, second = gestures(tab, WriteSettings())
    assert first.onset + first.duration == pytest.approx(second.onset)
    assert other.onset < second.onset


def test_the_wheel_is_back_at_rest_before_the_next_note() -> None:
    file = midi.to_midi(low("7b----5/9---3~------x---"), WriteSettings())
    wheel = 0
    moved = 0
    for message in file.tracks[0]:
        if message.type == "pitchwheel":
            wheel = message.pitch
            moved += 1
        if message.type == "note_on":
            assert wheel == 0
    assert moved > 20
    controls = [(message.control, message.value) for message in file.tracks[0] if message.type == "control_change"]
    assert controls[:3] == [(101, 0), (100, 0), (6, midi.WHEEL_SEMITONES)]


def test_notes_that_sound_together_and_move_apart_leave_the_wheel_alone() -> None:
    rows = ["--------", "--------", "5---/7--", "3-------"]
    tab = Tab.parse("\n".join(f"{label}|{row}|" for label, row in zip("GDAE", rows, strict=True)))
    assert not [m for m in midi.to_midi(tab, WriteSettings()).tracks[0] if m.type == "pitchwheel"]


@pytest.mark.parametrize(("tone", "program"), [("finger", 33), ("pick", 34), ("fretless", 35), ("slap", 36)])
def test_tones_are_programs(tone, program) -> None:
    track = midi.to_midi(low("5"), WriteSettings(tone=tone)).tracks[0]
    assert [message.program for message in track if message.type == "program_change"] == [program]


def test_tones_differ_in_brightness() -> None:
    def brightness(tone: str) -> float:
        sound = audio.to_samples(low("5-----------"), WriteSettings(tone=tone))[:4_410]  # as it begins
        spectrum = np.abs(np.fft.rfft(sound)) ** 2
        return float((spectrum * np.fft.rfftfreq(len(sound), 1 / 44_100)).sum() / spectrum.sum())

    assert brightness("fretless") < brightness("finger") < brightness("pick") < brightness("slap")


def test_bars_are_time_signatures() -> None:
    rows = ["0---------------|0-----------|0--------------|"] * 4
    tab = Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", rows, strict=True)))
    track = midi.to_midi(tab, WriteSettings()).tracks[0]
    found = [(m.numerator, m.denominator) for m in track if m.type == "time_signature"]
    assert found == [(4, 4), (3, 4), (15, 16)]
    track = midi.to_midi(tab, WriteSettings(columns_per_beat=7)).tracks[0]
    assert not [m for m in track if m.type == "time_signature"]


@given(tabs())
@settings(max_examples=40)
def test_every_note_is_one_gesture_and_all_of_it_can_be_saved(tab: Tab) -> None:
    played = gestures(tab, WriteSettings(tempo=300))
    assert [gesture.note for gesture in played] == [*timed_notes(tab)]
    midi.to_midi(tab, WriteSettings(tempo=300)).save(file=io.BytesIO())
    sound = audio.to_samples(tab, WriteSettings(tempo=300, columns_per_beat=16))
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 0.91


@pytest.mark.parametrize("suffix", [".wav", ".ogg", ".mp3"])
def test_sound_files_are_read_by_others(tmp_path: Path, suffix) -> None:
    import soundfile

    path = tmp_path / f"t{suffix}"
    formats.write(low("5-----------"), path, WriteSettings(tempo=120))
    sound, rate = soundfile.read(path)
    assert (sound.ndim, rate) == (1, 44_100)
    assert len(sound) / rate == pytest.approx(4 + plucked.TAIL, abs=0.1)
    assert abs(cents(sound, 33, 0.2, 1.5)) < 5


def test_twenty_minutes_take_seconds_and_hours_are_refused(tmp_path: Path) -> None:
    line = "0---5/7-3h5-----" * 16
    system = "\n".join(f"{label}|{line}|" for label in "GDAE")
    tab = Tab.parse("\n\n".join([system] * 8))
    long = WriteSettings(tempo=25)
    assert 1100 < formats.audio.length(tab, long) < 1300
    samples = audio.to_samples(tab, long)
    assert samples.nbytes < 250_000_000
    with pytest.raises(InputError, match="up to 30 are written"):
        formats.write(tab, tmp_path / "t.wav", WriteSettings(tempo=20, columns_per_beat=1))
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_told_before_any_work(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for suffix in (".ogg", ".mp3", ".png", ".pdf"):
        with pytest.raises(ImportError, match=r"basstab-hf\[export\]"):
            formats.check_writable(tmp_path / f"t{suffix}")


def test_slides_come_back_as_the_same_notes() -> None:
    stream = io.BytesIO()
    tab = low("0---5/7-3h5-7b--")
    midi.to_midi(tab, WriteSettings()).save(file=stream)
    (track,) = midi.read_tracks(stream.getvalue(), "t.mid").tracks
    assert [(n.onset, n.pitch) for n in timed_notes(track.tab)] == [(n.onset, n.pitch) for n in timed_notes(tab)]
    assert len(mido.MidiFile(file=io.BytesIO(stream.getvalue())).tracks) == 1
