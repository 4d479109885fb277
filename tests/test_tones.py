"""What tones sound like beside each other: loudness, true peak, the attack of a slapped string."""

import json
import subprocess
import wave
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from basstab_hf import Tab, formats
from basstab_hf.formats import WriteSettings, plucked
from basstab_hf.formats.audio import true_peak
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.plucked import LOUDNESS_LUFS, STRINGS
from tests import tones
from tests.conftest import needs_npm
from tests.test_pictures import TRICKS


@pytest.fixture(scope="module")
def loudness() -> dict[str, dict[str, float]]:
    return {tone: {line: tones.lufs(tones.played(line, tone)) for line in tones.LINES} for tone in STRINGS}


def test_all_tones_are_equally_loud(loudness: dict[str, dict[str, float]]) -> None:
    """To a tenth over six lines; on one line, bright and dark tones differ by less than 1 LU."""
    for tone, found in loudness.items():
        assert np.mean(list(found.values())) == pytest.approx(LOUDNESS_LUFS, abs=0.1), tone
    for line in tones.LINES:
        levels = [found[line] for found in loudness.values()]
        assert max(levels) - min(levels) < 1, line


@pytest.mark.parametrize("tone", STRINGS)
def test_no_line_comes_nearer_to_full_scale_than_a_decibel(tone: str) -> None:
    for line in tones.LINES:
        assert tones.true_peak(tones.played(line, tone)) <= -0.9, line


def test_a_slapped_string_clanks_and_goes_on_dull() -> None:
    """At least twice as bright as a finger at the attack; what is over 2 kHz is gone a fifth of a second later."""
    for line in ("low eighths", "high"):
        slap, finger = tones.attack(tones.played(line, "slap")), tones.attack(tones.played(line, "finger"))
        assert slap[0] > 2 * finger[0]
        assert slap[1] > finger[1] + 10
    held = tones.played("held", "slap")
    assert tones.attack(held[8820:])[1] < tones.attack(held)[1] - 12


def heard(rows: tuple[str, ...], tone: str) -> np.ndarray:
    """Samples of a tab."""
    tab = Tab.parse("\n".join(f"{label}|{row}|" for label, row in zip("GDAE", rows, strict=True)))
    settings = WriteSettings(tempo=110, tone=tone)
    return plucked.render(gestures(tab, settings), length(tab, settings), tone).astype(np.float64)


@pytest.mark.parametrize("tone", STRINGS)
@pytest.mark.parametrize("string", range(4))
def test_letters_are_heard_in_every_tone(tone: str, string: int) -> None:
    """A slapped note is brighter than a plain one from its attack on, and a popped one snaps, on any string."""
    rows = {
        letter: tuple(
            f"{letter if place == string else '-'}{'5' if place == string else '-'}-------" for place in range(4)
        )
        for letter in "-SP"
    }
    plain, slapped, popped = (tones.attack(heard(rows[letter], tone)) for letter in "-SP")
    if tone != "slap":
        assert slapped[0] > 1.3 * plain[0]
        assert slapped[1] > plain[1] + 3
    assert popped[0] > 1.1 * slapped[0]
    assert popped[1] > slapped[1] + 0.5


def test_slapped_and_popped_notes_are_as_loud_as_others(loudness: dict[str, dict[str, float]]) -> None:
    """Whole lines of them: to a tenth over six lines, and on one line less than 1 LU from a finger's."""
    for how in plucked.STRUCK_STRINGS:
        found = {line: tones.lufs(tones.played(line, "finger", how)) for line in tones.LINES}
        assert np.mean(list(found.values())) == pytest.approx(LOUDNESS_LUFS, abs=0.1), how
        for line, level in found.items():
            assert abs(level - loudness["finger"][line]) < 1, (how, line)


def test_the_true_peak_is_that_of_another_library() -> None:
    chance = np.random.default_rng(1)
    for _ in range(5):
        samples = np.repeat(chance.uniform(-1, 1, 3000), 3).astype(np.float32)
        assert 20 * np.log10(true_peak(samples)) == pytest.approx(tones.true_peak(samples), abs=0.4)
    assert true_peak(np.zeros(0, np.float32)) == 0


def test_four_slapped_strings_at_once_do_not_clip_and_that_is_told(tmp_path: Path) -> None:
    tab = Tab.parse("\n".join(f"{label}|{fret}-------|" for label, fret in zip("GDAE", "5577", strict=True)))
    remarks = formats.write(tab, tmp_path / "t.wav", WriteSettings(tone="slap"))
    assert len(remarks) == 1
    assert "dB softer" in remarks[0]
    with wave.open(str(tmp_path / "t.wav")) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768
    assert tones.true_peak(samples) == pytest.approx(-1, abs=0.4)
    assert not formats.write(tones.LINES["walking"], tmp_path / "u.wav", WriteSettings(tone="finger"))


LETTERED = Tab.parse("G|--P7-----|\nD|-------P5|\nA|---------|\nE|S3--3-Sx-|")
_RUN = """
const { readFileSync } = require("node:fs");
const asked = JSON.parse(readFileSync(0, "utf8"));
globalThis.data = asked.voice;
(0, eval)(`${asked.script}; globalThis.swing = swing; globalThis.atTempo = atTempo;`);
const made = asked.phrases.map((phrase) => Array.from(swing(atTempo(phrase, 1), asked.rate, asked.voice)));
process.stdout.write(JSON.stringify(made));
"""


@needs_npm
@pytest.mark.parametrize("tone", STRINGS)
def test_the_player_computes_the_same_string_in_every_tone(tone: str) -> None:
    """Popped and hit, hammered, slid, dead: sample by sample, so that page and file are equally loud."""
    settings = WriteSettings(tempo=140, tone=tone)
    played = [*gestures(TRICKS, settings), *gestures(LETTERED, settings)]
    made = [*dict.fromkeys(phrase for _, phrase in plucked.phrases(played, tone))]
    assert {phrase.struck for phrase in made} >= {"slap", "pop"}
    script = (Path(plucked.__file__).parent / "plucked.js").read_text()
    struck = {how: asdict(string) for how, string in plucked.STRUCK_STRINGS.items()}
    voice = {"string": asdict(STRINGS[tone]), "struck": struck, "vibrato": plucked.VIBRATO}
    asked = {"voice": voice, "script": script, "phrases": [asdict(one) for one in made], "rate": plucked.SAMPLE_RATE}
    done = subprocess.run(["node", "-e", _RUN], input=json.dumps(asked), capture_output=True, text=True, check=True)
    for phrase, heard in zip(made, json.loads(done.stdout), strict=True):
        wanted = plucked._swing(phrase, plucked.STRUCK_STRINGS.get(phrase.struck, STRINGS[tone]))
        length = min(len(heard), len(wanted))
        assert abs(len(heard) - len(wanted)) <= 1
        assert np.abs(np.array(heard[:length]) - wanted[:length]).max() < 0.02 * np.abs(wanted).max()
