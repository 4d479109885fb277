"""A piece -> one row of the dataset: the schema of every dataset that `basstab build` writes."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from basstab_hf.dataset.pieces import Piece
from basstab_hf.formats.track import Marks
from basstab_hf.tab.values import Note

#: Song buckets out of 100 that go to each split.
SPLITS = {"train": range(0, 80), "validation": range(80, 90), "test": range(90, 100)}
_NO_TITLE = re.compile(r"((bass)?(tabs?|tablature)|bass|ver(sion)?\d+)+$")


def features() -> Any:
    """The `datasets.Features` of a row."""
    from datasets import Features, List, Value

    text, integer, number = Value("string"), Value("int64"), Value("float64")
    chord = {"column": integer, "name": text}
    system = {"labels": List(text), "lines": List(text), "section": text, "repeats": integer, "chords": List(chord)}
    off_grid = {"bar": integer, "columns": List(integer), "beats": List(number)}
    names = ("id", "song", "title", "artist", "source", "url", "licence", "credit", "retrieved_at", "sha256", "tuning")
    return Features(
        {
            **dict.fromkeys(names, text),
            "n_strings": integer,
            "tempo": number,
            "time_signature": text,
            "columns_per_beat": integer,
            "rhythm_confidence": number,
            "off_grid": List(off_grid),
            "key": text,
            "style": text,
            "systems": List(system),
            "columns": text,
            "n_columns": integer,
            "n_bars": integer,
            "n_notes": integer,
            "techniques": List(text),
            "confidence": number,
        }
    )


def row(piece: Piece, notes: Sequence[Note]) -> dict[str, Any]:
    """One row of a piece and its timed notes; `columns` is the column text that tokenizers read.

    `columns_per_beat` is None where nothing tells it, `rhythm_confidence` 1 where it is told, not guessed. `off_grid`
    are the bars (from 0) that lie on no such grid: columns of the bar as printed, and the beat at which each begins;
    columns between two lie evenly between their beats.
    """
    tab = piece.tab
    words = " ".join(tab.words)
    return {
        "id": hashlib.sha256(f"{piece.source}\n{words}".encode()).hexdigest()[:16],
        "song": song_of(piece),
        "title": tab.title,
        "artist": tab.artist,
        "source": piece.source,
        "url": piece.url,
        "licence": piece.licence,
        "credit": piece.credit,
        "retrieved_at": piece.retrieved_at,
        "sha256": piece.sha256,
        "tuning": tab.tuning.word,
        "n_strings": tab.tuning.n_strings,
        "tempo": piece.tempo,
        "time_signature": piece.time_signature,
        "columns_per_beat": piece.columns_per_beat,
        "rhythm_confidence": piece.rhythm_confidence,
        "off_grid": _off_grid(piece),
        "key": piece.key,
        "style": piece.style,
        "systems": _systems(piece),
        "columns": words,
        "n_columns": sum(len(system.lines[0]) + 1 for system in tab.systems),
        "n_bars": sum(len(system.bar_spans) for system in tab.systems),
        "n_notes": len(notes),
        "techniques": sorted({technique for note in notes for technique in note.techniques}),
        "confidence": piece.confidence,
    }


def song_of(piece: Piece) -> str:
    """Which song a piece is a tab of: artist and title, normalised; its source where it names neither.

    'ONE OK ROCK' and 'one-ok-rock' are one artist; file endings and "bass tab" behind a title tell no songs apart.
    """
    if piece.song:
        return _plain(piece.song)
    title = _NO_TITLE.sub("", _plain(piece.tab.title))
    return f"{_plain(piece.tab.artist)}/{title}" if title else f"source {piece.source}"


def split_of(song: str) -> str:
    """The split of a song, by a hash of its name: whatever else is built, it never moves to another."""
    bucket = int(hashlib.sha256(song.encode()).hexdigest(), 16) % 100
    return next(name for name, buckets in SPLITS.items() if bucket in buckets)


def _plain(text: str) -> str:
    """Letters and digits in small letters, without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _off_grid(piece: Piece) -> list[dict[str, Any]]:
    times = enumerate(itertools.chain.from_iterable(piece.times))
    return [
        {
            "bar": number,
            "columns": [column for column, _ in time.anchors],
            "beats": [float(beat) for _, beat in time.anchors],
        }
        for number, time in times
        if time is not None
    ]


def _systems(piece: Piece) -> list[dict[str, Any]]:
    marks = piece.marks or (Marks(),) * len(piece.tab.systems)
    return [
        {
            "labels": list(system.tuning.labels),
            "lines": list(system.lines),
            "section": beside.section,
            "repeats": beside.repeats,
            "chords": [asdict(chord) for chord in beside.chords],
        }
        for system, beside in zip(piece.tab.systems, marks, strict=True)
    ]
