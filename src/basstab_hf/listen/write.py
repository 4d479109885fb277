"""A song's file with a bass part written into it: added, or in the place of the old one.

Input: the bytes of the file, a `Track`. Output: a file. What stands in the file besides stays as it is.

    .gp3 .gp4 .gp5    -> .gp5        `write_guitarpro`
    .mid              -> .mid        `write_midi`
    .musicxml .mxl    -> .musicxml   `write_musicxml`
    any               -> .mid        as it is played, of the parts that were read
"""

from __future__ import annotations

import os
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats.track import Track
from basstab_hf.listen import write_guitarpro, write_midi, write_musicxml
from basstab_hf.listen.read import parse_song
from basstab_hf.listen.values import GUITAR_PRO, MIDI, MUSICXML

#: What can be written, by what is read.
_OUTPUTS = {
    **dict.fromkeys(GUITAR_PRO[:3], (".gp5", ".mid")),
    **dict.fromkeys(GUITAR_PRO[3:], (".mid",)),
    **dict.fromkeys(MIDI, (".mid",)),
    **dict.fromkeys(MUSICXML, (".musicxml", ".mid")),
}


def own_kinds(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """The suffixes of files that hold the song as its own file does, for those that can be written so; else MIDI."""
    outputs = _OUTPUTS.get(Path(source).suffix.lower(), ())
    return outputs[:1]


def check_output(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Refuse a pair of suffixes that no song can be written by, before any work is done.

    Raises:
        InputError: the song cannot be written so.
    """
    suffix, wanted = Path(source).suffix.lower(), Path(target).suffix.lower()
    outputs = _OUTPUTS.get(suffix, ())
    if wanted not in outputs:
        told = " or ".join(outputs) or "nothing"
        raise InputError(f"{source} with a bass can be written as {told}, not as {wanted or 'a file without ending'}")


def with_bass(
    content: bytes,
    source: str | os.PathLike[str],
    bass: Track,
    target: str | os.PathLike[str],
    *,
    replace: bool = False,
    force: bool = False,
) -> tuple[str, ...]:
    """Write a song with a bass part; returns remarks for the user.

    Args:
        content: the bytes of the song's file, `source` its name, which tells what it is.
        bass: a part with a bar for each bar of the file, or for each that is played.
        target: where the song goes.
        replace: whether it takes the place of the basses that the song has.
        force: whether what is at `target` is replaced.

    Raises:
        InputError: the song cannot be read or written so, or the part does not fit it.
        OutputError: the target is taken (without `force`) or cannot be written.
    """
    check_output(source, target)
    name, suffix = str(source), Path(source).suffix.lower()
    song = parse_song(content, name, suffix)
    if suffix in MIDI:
        written, remarks = write_midi.edited(content, name, song, bass, replace=replace)
    elif Path(target).suffix.lower() == ".mid":
        written, remarks = write_midi.played(song, bass, replace=replace)
    elif suffix in GUITAR_PRO:
        written, remarks = write_guitarpro.edited(content, name, song, bass, replace=replace)
    else:
        written, remarks = write_musicxml.edited(content, name, song, bass, replace=replace)
    with files.writing(target, force=force) as temporary:
        temporary.write_bytes(written)
    old = ", ".join(repr(part.name or f"part {part.number}") for part in song.basses if part.notes)
    told = (f"{'replaced' if replace else 'kept beside the new bass'}: {old}",) if old else ()
    return (*told, *remarks)
