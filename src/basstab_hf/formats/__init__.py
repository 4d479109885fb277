"""Tabs as files: one module a format, chosen by the suffix; `table` has a row for each, and how to add one.

table                       name, suffixes, reader, writer and needs of each format
settings, tones             what a writer is told: tempo, columns in a beat, sound, width of lines
track, tracks, parts        a bass track of a file: the tab and what stands beside it; all of them, and which is asked
                            for; the parts of a file, and which are basses
timed, counted_bars         bars in exact note values; those off the grid, with counts above
bar_marks, clock            sections, chords, tempos and slap letters of bars, in time; beats -> seconds, and back
fitting, told               notes that a tab cannot say -> the nearest that one can, and what the user is told of them
text, text_signs, text_rows through the recogniser and `rhythm`; repeat signs, rows beside systems
midi                        `midi_notes`: a file's parts; `midi_bass`, `bass_range`, `double_stops`: a part as a tab
guitarpro, guitarpro_write  versions 3 to 5 through PyGuitarPro; `guitarpro_notes`: what is kept of the notes
gpif, gpif_notes, gpif_read versions 6 to 8: score.gpif as tables, its beats and notes, its parts; `gpx_container`
song, song_form, rhythm     songs of any version -> tabs of their basses; sections and repeats; exact values -> a grid
zipped                      archives that are read whole and bounded
score, score_values, note_values, one_tuning, from_score   a tab as notation, and back; behind these:
musicxml, musicxml_read   `musicxml_file`: bytes -> XML; `musicxml_parts`, `musicxml_signs`: its parts and their signs
alphatex, alphatex_read   `alphatex_tokens`, `alphatex_grammar`: what the text says; `alphatex_song`: what it means
pitched, stringed           notes of a bass on its strings
gestures                    how notes are played; behind MIDI, sound and the player
audio, plucked              sound
sheet, placed, over_staff, text_widths   where notation stands on a page, what stands over it, and how wide that is
engraving, engraving_signs, rhythm_signs, beams, shapes   how it is drawn
pictures, fonts             .svg .png .pdf, and which fonts have their letters
playable, practice          what the player of our pages is given; a page to practise with

Nothing is loaded but `table` until something is read or written.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from basstab_hf import files
from basstab_hf.formats.table import reader_of, writer_of

if TYPE_CHECKING:
    from basstab_hf.formats.settings import WriteSettings
    from basstab_hf.formats.track import Track
    from basstab_hf.formats.tracks import Tracks
    from basstab_hf.rhythm.beat_grid import guess_columns_per_beat
    from basstab_hf.tab.values import Tab

_HOME = {
    "WriteSettings": "basstab_hf.formats.settings",
    "guess_columns_per_beat": "basstab_hf.rhythm.beat_grid",
}
__all__ = [
    "WriteSettings",
    "check_writable",
    "guess_columns_per_beat",
    "has_rhythm",
    "read",
    "read_track",
    "read_tracks",
    "write",
]


def __getattr__(name: str) -> Any:
    """Load what stands in another module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def read(path: str | os.PathLike[str]) -> Tab:
    """Read the tab in a file; of several bass tracks the first. Raises what `read_track` raises."""
    return read_track(path).tab


def read_track(path: str | os.PathLike[str], which: str | None = None) -> Track:
    """Read a bass track in a file with what the file says of its tempo and grid; of text the grid is guessed.

    `which` is a track's name or number; without it the first bass is read, and a remark names the others.

    Raises:
        InputError: the file cannot be read, is of no known kind, or holds no tab.
        MissingExtraError: a package that reads the format is not installed.
    """
    return reader_of(path).read_tracks(files.read_bytes(path), str(path)).chosen(str(path), which)[0]


def read_tracks(content: bytes, name: str, suffix: str) -> Tracks:
    """Read all bass tracks in a content as it lies in files of a suffix; `name` is what messages call it.

    Raises:
        InputError: the suffix is unknown, or the content is of another kind, or broken.
        MissingExtraError: a package that reads the format is not installed.
    """
    return reader_of(f"tab{suffix}").read_tracks(content, name)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a suffix that no format has, or that cannot be written here, before any work is done.

    Raises:
        InputError: the suffix is unknown.
        MissingExtraError: a package that writes the format is not installed.
    """
    writer_of(path).check_needs()


def has_rhythm(path: str | os.PathLike[str]) -> bool:
    """Whether files of this suffix say how long notes are, so that the columns in a beat matter."""
    return writer_of(path).has_rhythm


def write(
    tab: Tab, path: str | os.PathLike[str], settings: WriteSettings | None = None, *, force: bool = False
) -> tuple[str, ...]:
    """Write a tab in the format of the path's suffix: whole, or not at all; returns remarks for the user.

    Raises:
        InputError: the suffix is unknown.
        OutputError: the path is taken (without `force`) or cannot be written.
        MissingExtraError: a package that writes the format is not installed.
    """
    from basstab_hf.formats.settings import WriteSettings

    return writer_of(path).write(tab, path, settings or WriteSettings(), force=force)
