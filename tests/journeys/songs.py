"""What players bring along: riffs as they stand on web pages, a long song to practise, files of songs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: As a web page has it: prose, chords, a count of repeats, odd dashes, no label on one line.
MESSY = """\
Posted by lowend_larry on 12 May, 8 comments

Here is the main riff, play it 4x (standard tuning, about 104 bpm)

      Em                 G
G |—————————————————|—————————————————|
D |—————————————————|—————————5—7———|
A |—————7—7—————————|—————5———————————|   x4
E |—0———————0—3—0———|—3—3———————————3—|

hope that helps!!! rate me
"""
FIVE_STRINGS = """\
G|-----------------|-----------------|
D|-----------------|-----------------|
A|-----------3-5---|-----------3-2---|
E|-----3-5---------|-----3-5---------|
B|-3-3-------------|-1-1-------------|
"""
ONE_STRING = "E|-0-0-3-0-5-0-3-0-|-0-0-3-0-6-0-5-3-|"
RIFF = """\
G|-----------------|-----------------|
D|-----------------|-----------5-7---|
A|-----7-7---------|-----5-----------|
E|-0-------0-3-0---|-3-3-----------3-|
"""
CHART = """\
[Verse]
| Em | C | G | D |
[Chorus] x2
| Am | D | G | Em |
"""
MARKUP = "<img src=x onerror=alert(1)> & <b>bold</b>"

#: Two bars each, sixteen columns and an empty one in front.
_VERSE = ("-" * 17, "-----------2-----", "-----2-2-----2---", "-0-0-----0-----3-")
_TURN = ("-" * 17, "-------------2-4-", "-3-3-2-3-2-------", "-----------------")
_CHORUS = ("-----------------", "-5---5-7---5-----", "---------------7-", "-----------------")


def song(bars_a_section: int = 12) -> str:
    """A song of our own in three sections, with chords over the lines and a section that is repeated."""
    parts = []
    for name, (first, second), chords in (
        ("Verse", (_VERSE, _TURN), ("Em", "C")),
        ("Chorus", (_CHORUS, _TURN), ("G", "C")),
        ("Outro", (_VERSE, _VERSE), ("Em", "Em")),
    ):
        systems = []
        for number in range(bars_a_section // 4):
            bars = (first, second, first, second)
            row = "".join(f"{chord:<18}" for chord in (*chords, *chords))
            lines = [f"{label}|" + "|".join(bar[n] for bar in bars) + "|" for n, label in enumerate("GDAE")]
            if name == "Chorus" and number == 0:
                lines[0] += " x2"
            systems.append("\n".join(["   " + row.rstrip(), *lines]))
        parts.append(f"[{name}]\n" + "\n\n".join(systems))
    return "Title: The Long Way Home\nArtist: Nobody\n\nTempo: 120\n\n" + "\n\n".join(parts) + "\n"


def practised(path: Path, text: str = "") -> None:
    """Write the practice page of that song, or another, as one does on the command line."""
    source = path.with_suffix(".txt")
    source.write_text(text or song(), encoding="utf-8")
    command = [sys.executable, "-m", "basstab_hf", "convert", str(source), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
