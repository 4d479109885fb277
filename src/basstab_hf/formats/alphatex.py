r"""Tabs as AlphaTex, the text that alphaTab reads. Input: a tab. Output: the text. `alphatex_read` is the way back.

    \title "Blue"                   left out where the tab has none
    \artist "Us"
    \tempo 100                      quarter notes a minute
    // 3 columns a beat             the grid of the tab, where it is not 4: for our own reader
    \track "Bass"
    \staff {tabs}
    \tuning (G2 D2 A1 E1)           the highest string first
    \instrument 33                  General MIDI, counted from 0
    \ts (4 4) 0.4.8 3.4{h}.8 -.4.4 (2.3 0.4).4{d} x.4.8 |
    r.2 5.2.8{tu 3} 5.2.8{tu 3} 7.2{b (0 4)}.8{tu 3} r.4 |

What is written: one bar a line, each closed by `|`; `\ts` where the time signature changes; `\ro` where a repeat
begins, `\rc` where it ends, with how often it is played, `\ae` with the times that a bar is played, `\section` where
one begins; no state besides.

    bar      = [ "\ts (" number " " number ") " ] { sign " " } { beat " " } "|"
    sign     = "\tf triplet8th" | "\section " name | "\ro" | "\ae (" number { " " number } ")" | "\rc " number
    beat     = ( "r" | note | "(" note " " note { " " note } ")" ) "." duration [ "{" words "}" ]
    note     = fret "." string [ "{" effects "}" ]
    fret     = number | "x" | "-"                           "x": dead, "-": tied to the note before on its string
    effects  = h sl lht sib sia nh g "b (0 N)" v sou sod    those that apply, in this order, blanks between
    duration = 1 2 4 8 16 32 64
    words    = d "tu N" "ch NAME" "tempo N" s p tt          those that apply: dotted, N in a tuplet, a chord, a tempo
                                                            from here on, slapped, popped, tapped

The bend `b (0 N)` rises by N quarter tones; nh: harmonic; g: ghost note; v: vibrato.
h: this note leads to the next on its string by hammer-on or pull-off; sl: by a slide; lht: a hammer-on or pull-off from
nowhere; sib, sia: slide in from below, above; sou, sod: slide out up, down. https://alphatab.net/docs/alphatex
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from basstab_hf import files
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Beat, Score, ScoreNote
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import one_line
from basstab_hf.tab.marks import semitones
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab


def to_alphatex(tab: Tab, settings: WriteSettings) -> str:
    """A tab as AlphaTex.

    Raises:
        InputError: `score.to_score` cannot write the tab.
    """
    return print_score(to_score(tab, settings))


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write an .alphatex file; returns remarks."""
    score = to_score(tab, settings)
    files.write_text(path, print_score(score), force=force)
    return score.remarks


def print_score(score: Score) -> str:
    """A score as AlphaTex, in the grammar above."""
    return "\n".join([*_heading(score), *_bars(score)]) + "\n"


def _heading(score: Score) -> Iterator[str]:
    for tag, text in (("title", score.title), ("artist", score.artist)):
        if printable := one_line(text):
            yield f'\\{tag} "{_escaped(printable)}"'
    yield f"\\tempo {score.tempo:g}"
    if score.told_grid:
        yield f"// {score.told_grid} columns a beat"
    yield '\\track "Bass"'
    yield "\\staff {tabs}"
    yield f"\\tuning ({' '.join(note_names(score.tuning))})"
    yield f"\\instrument {score.program}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def note_names(tuning: Tuning) -> list[str]:
    """Open strings with their octaves: E1 is MIDI number 28."""
    return [
        f"{label}{(pitch - semitones(label)) // 12 - 1}"
        for label, pitch in zip(tuning.labels, tuning.pitches, strict=True)
    ]


def _bars(score: Score) -> Iterator[str]:
    signature = None
    for number, bar in enumerate(score.bars):
        changed = signature != (bar.numerator, bar.denominator)
        signature = (bar.numerator, bar.denominator)
        words = [f"\\ts ({bar.numerator} {bar.denominator})"] if changed else []
        words += ["\\tf triplet8th"] if score.swing and number == 0 else []
        words += [f'\\section "{_escaped(name)}"'] if (name := one_line(bar.section)) else []
        words += ["\\ro"] if bar.sign.opens else []
        words += [f"\\ae ({' '.join(map(str, bar.sign.endings))})"] if bar.sign.endings else []
        words += [f"\\rc {bar.sign.closes}"] if bar.sign.closes else []
        yield " ".join([*words, *map(_beat, bar.beats), "|"])


def _beat(beat: Beat) -> str:
    notes = [_note(note) for note in beat.notes]
    content = "r" if not notes else notes[0] if len(notes) == 1 else f"({' '.join(notes)})"
    value = beat.value
    words = ["d"] * value.dots + [f"tu {value.tuplet}"] * (value.tuplet > 1)
    words += [f'ch "{_escaped(name)}"'] if (name := one_line(beat.chord)) else []
    words += [f"tempo {beat.tempo:g}"] if beat.tempo is not None else []
    words += [effect for effect, how in (("s", "slap"), ("p", "pop")) if _is_struck(beat, how)]
    words += ["tt"] * any(note.tap for note in beat.notes)
    return f"{content}.{value.denominator}{_braces(words)}"


def _is_struck(beat: Beat, how: str) -> bool:
    return any(note.struck == how and not note.tied for note in beat.notes)


def _note(note: ScoreNote) -> str:
    fret = "-" if note.tied else "x" if note.dead else note.fret
    return f"{fret}.{note.string}{_braces(list(_effects(note)))}"


def _effects(note: ScoreNote) -> Iterator[str]:
    if note.leads:
        yield "sl" if note.leads == "slide" else "h"
    if note.left_hand:
        yield "lht"
    if note.slide_in:
        yield "sib" if note.slide_in == "up" else "sia"
    if note.harmonic:
        yield "nh"
    if note.ghost:
        yield "g"
    if note.bend:
        yield f"b (0 {note.bend * 2})"
    if note.vibrato:
        yield "v"
    if note.slide_out:
        yield "sou" if note.slide_out == "up" else "sod"


def _braces(words: list[str]) -> str:
    return f"{{{' '.join(words)}}}" if words else ""
