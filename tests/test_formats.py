import resource
import shutil
import subprocess
import wave
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings

from basstab_hf import Tab, formats
from basstab_hf.errors import InputError, OutputError
from basstab_hf.formats import WriteSettings, audio, midi
from basstab_hf.tab.timing import beats, timed_notes
from tests.strategies import tabs


def _tab(*rows: str) -> Tab:
    return Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", rows, strict=True)))


SCALE = _tab("--------0-2-4-5-|", "--------5-------|", "------0---------|", "0-3-5-----------|")


def _hertz(samples: np.ndarray) -> float:
    """The lowest strong partial of a sound, interpolated between the bins of an FFT."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    hertz = np.fft.rfftfreq(8 * len(samples), 1 / audio.SAMPLE_RATE)
    audible = (hertz > 30) & (spectrum > 0.3 * spectrum.max())
    first = hertz[audible].min()
    near = (hertz > first * 0.9) & (hertz < first * 1.15)
    return float(hertz[near][spectrum[near].argmax()])


@pytest.mark.parametrize(
    ("row", "fret", "hertz"),
    [(3, 0, 41.20), (2, 0, 55.00), (1, 0, 73.42), (0, 0, 98.00), (0, 12, 196.0), (3, 7, 61.74)],
)
def test_strings_sound_at_their_pitch(row: int, fret: int, hertz: float) -> None:
    rows = ["-" * 16 + "|"] * 4
    rows[row] = f"{fret}".ljust(16, "-") + "|"
    samples = audio.to_samples(_tab(*rows), WriteSettings(tempo=60))
    assert _hertz(samples[2000:100_000]) == pytest.approx(hertz, rel=0.003)  # 5 cents


def test_sound_is_loud_without_clipping_and_as_long_as_the_tab() -> None:
    samples = audio.to_samples(SCALE, WriteSettings(tempo=120))
    assert 0.4 < np.abs(samples).max() <= 0.9  # -20 LUFS: tests/test_tones.py
    assert len(samples) / audio.SAMPLE_RATE == pytest.approx(4 * 0.5 + 1.2, abs=0.01)


def test_a_tab_without_notes_is_silence() -> None:
    assert not audio.to_samples(_tab(*["----|"] * 4), WriteSettings()).any()


def test_dead_notes_are_short_and_ghost_notes_soft() -> None:
    """Each played alone before a plain note on the low string, against which the file is levelled."""

    def loudness(row: str) -> np.ndarray:
        tab = _tab("--------|", "--------|", row, "----0---|")
        return np.abs(audio.to_samples(tab, WriteSettings(tempo=60)))[: audio.SAMPLE_RATE]

    assert loudness("x-------|")[8000:].max() < 0.1 * loudness("0-------|")[8000:].max()
    assert loudness("(0)-----|").max() < 0.6 * loudness("-0------|").max()


def test_wav_files_are_sixteen_bit_mono(tmp_path: Path) -> None:
    formats.write(SCALE, tmp_path / "tab.wav")
    with wave.open(str(tmp_path / "tab.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 44_100)
        assert sound.getnframes() > 44_100


@given(tabs())
@settings(max_examples=40)
def test_midi_holds_every_note(tab: Tab) -> None:
    file = midi.to_midi(tab, WriteSettings(tempo=90))
    started = [message for message in file.tracks[0] if message.type == "note_on"]
    ended = [message for message in file.tracks[0] if message.type == "note_off"]
    notes = timed_notes(tab)
    assert sorted(message.note for message in started) == sorted(note.pitch for note in notes)
    assert len(ended) == len(notes)
    assert file.length <= beats(tab) * 60 / 90 + 0.01


def test_midi_files_carry_tempo_program_and_onsets(tmp_path: Path) -> None:
    formats.write(SCALE, tmp_path / "tab.mid", WriteSettings(tempo=120))
    file = mido.MidiFile(str(tmp_path / "tab.mid"))
    (track,) = file.tracks
    assert [m.tempo for m in track if m.type == "set_tempo"] == [500_000]
    assert [m.program for m in track if m.type == "program_change"] == [33]
    now, onsets = 0, []
    for message in track:
        now += message.time
        if message.type == "note_on":
            onsets.append((now / file.ticks_per_beat, message.note))
    assert onsets == [(note.onset, note.pitch) for note in timed_notes(SCALE)]


def test_text_survives_writing_and_reading(tmp_path: Path) -> None:
    formats.write(SCALE, tmp_path / "tab.txt")
    assert formats.read(tmp_path / "tab.txt") == SCALE
    assert (tmp_path / "tab.txt").read_text() == SCALE.text + "\n"


def test_files_that_hold_no_tab_are_told(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all,\nno tab today.\n")
    with pytest.raises(InputError, match=r"letter\.txt holds no bass tab"):
        formats.read(tmp_path / "letter.txt")


@pytest.mark.parametrize("name", ["tab.doc", "tab"])
def test_unknown_suffixes_are_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"can be written to files ending in \.txt \.mid \.wav"):
        formats.write(SCALE, tmp_path / name)
    with pytest.raises(InputError, match="can be read from files ending in"):
        formats.read(tmp_path / name)


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "tab.mid").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        formats.write(SCALE, tmp_path / "tab.mid")
    formats.write(SCALE, tmp_path / "tab.mid", force=True)
    assert (tmp_path / "tab.mid").read_bytes()[:4] == b"MThd"


@pytest.mark.parametrize("values", [{"tempo": 0}, {"tempo": float("nan")}, {"columns_per_beat": 0}])
def test_odd_settings_are_told(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match="choose"):
        WriteSettings(**values)


def test_a_missing_soundfont_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fluidsynth is not installed|cannot read .*none\.sf2"):
        formats.write(SCALE, tmp_path / "tab.wav", WriteSettings(soundfont=str(tmp_path / "none.sf2")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="the optional system package fluidsynth is not installed"
)
def test_fluidsynth_plays_with_a_soundfont(tmp_path: Path) -> None:
    (soundfont,) = list(Path("/usr/share/sounds/sf2").glob("TimGM6mb.sf2"))
    tab = _tab("-" * 16 + "|", "-" * 16 + "|", "0".ljust(16, "-") + "|", "-" * 16 + "|")
    formats.write(tab, tmp_path / "tab.wav", WriteSettings(tempo=60, soundfont=str(soundfont)))
    with wave.open(str(tmp_path / "tab.wav")) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")[:: sound.getnchannels()]
    assert _hertz(samples[2000:90_000].astype(float)) == pytest.approx(55.0, rel=0.006)
    (tmp_path / "broken.sf2").write_text("no SoundFont")
    with pytest.raises(InputError, match=r"broken\.sf2 is no SoundFont"):
        formats.write(tab, tmp_path / "b.wav", WriteSettings(soundfont=str(tmp_path / "broken.sf2")))


@pytest.mark.parametrize("suffix", [".txt", ".mid", ".wav", ".ogg", ".mp3", ".pdf", ".html", ".gp5", ".musicxml"])
def test_a_full_disk_is_told_and_nothing_stays(tmp_path: Path, suffix: str) -> None:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, usual[1]))
    try:
        with pytest.raises(OutputError, match=f"cannot write .*tab{suffix}: "):
            formats.write(SCALE, tmp_path / f"tab{suffix}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert not [*tmp_path.iterdir()]


def test_sound_that_fluidsynth_cut_short_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "font.sf2").write_bytes(b"RIFF    sfbk")

    def played(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        Path(command[command.index("-F") + 1]).write_bytes(b"RIFF")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("subprocess.run", played)
    monkeypatch.setattr("shutil.which", lambda name: name)
    with pytest.raises(OutputError, match="is the disk full"):
        formats.write(SCALE, tmp_path / "tab.wav", WriteSettings(soundfont=str(tmp_path / "font.sf2")))
    assert not (tmp_path / "tab.wav").exists()
