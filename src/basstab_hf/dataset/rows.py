"""A piece -> one row of the dataset: the schema of every dataset that `basstab build` writes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict
from typing import Any

from basstab_hf.dataset.pieces import Piece
from basstab_hf.timing import timed_notes

#: Song buckets out of 100 that go to each split.
SPLITS = {"train": range(0, 80), "validation": range(80, 90), "test": range(90, 100)}


def features() -> Any:
    """The `datasets.Features` of a row."""
    from datasets import Features, List, Value

    text, integer, number = Value("string"), Value("int64"), Value("float64")
    chord = {"column": integer, "name": text}
    system = {"labels": List(text), "lines": List(text), "section": text, "repeats": integer, "chords": List(chord)}
    names = ("id", "title", "artist", "source", "url", "licence", "credit", "retrieved_at", "sha256", "tuning")
    return Features(
        {
            **dict.fromkeys(names, text),
            "n_strings": integer,
            "tempo": number,
            "time_signature": text,
            "key": text,
            "systems": List(system),
            "columns": text,
            "n_columns": integer,
            "n_bars": integer,
            "n_notes": integer,
            "techniques": List(text),
            "confidence": number,
        }
    )


def row(piece: Piece) -> dict[str, Any]:
    """One row; `columns` is the column text that tokenizers read."""
    tab = piece.tab
    words = " ".join(tab.words)
    notes = timed_notes(tab)
    return {
        "id": hashlib.sha256(f"{piece.source}\n{words}".encode()).hexdigest()[:16],
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
        "key": piece.key,
        "systems": _systems(piece),
        "columns": words,
        "n_columns": sum(len(system.lines[0]) + 1 for system in tab.systems),
        "n_bars": len(tab.bars),
        "n_notes": len(notes),
        "techniques": sorted({technique for note in notes for technique in note.techniques}),
        "confidence": piece.confidence,
    }


def split_of(piece: Piece) -> str:
    """The split of a piece, by a hash of its song (or normalised artist and title): it never moves to another."""
    song = _plain(piece.song) or f"{_plain(piece.tab.artist)}\n{_plain(piece.tab.title)}"
    bucket = int(hashlib.sha256(song.encode()).hexdigest(), 16) % 100
    return next(name for name, buckets in SPLITS.items() if bucket in buckets)


def _plain(text: str) -> str:
    """Letters and digits in lower case: 'ONE OK ROCK' and 'one-ok-rock' are one artist."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())


def _systems(piece: Piece) -> list[dict[str, Any]]:
    found = []
    for place, system in enumerate(piece.tab.systems):
        beside = piece.found[place] if piece.found else None
        found.append(
            {
                "labels": list(system.tuning.labels),
                "lines": list(system.lines),
                "section": (beside.section or "") if beside else "",
                "repeats": (beside.repeats or 1) if beside else 1,
                "chords": [asdict(chord) for chord in beside.chords] if beside else [],
            }
        )
    return found
