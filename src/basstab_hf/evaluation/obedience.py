"""Whether a model's tabs have what was asked for, beside tabs that were asked for nothing.

Input: a model folder. Output: `Obeyed` for each control word that it learnt, for key and chords, and for difficulty.
"""

from __future__ import annotations

import math
import os
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from basstab_hf.chart.names import Chord, Key, parse_chord, parse_key
from basstab_hf.composer.style import Style
from basstab_hf.evaluation import styles
from basstab_hf.formats.settings import TEMPO
from basstab_hf.generate import Composer, Music, Request, Written
from basstab_hf.generate.playing import LEVELS
from basstab_hf.generate.steering import asked_columns_per_beat, asked_style, learnt_words
from basstab_hf.metrics.attributes import control_words
from basstab_hf.metrics.averages import interval, mean
from basstab_hf.metrics.bars import bar_starts, self_similarity
from basstab_hf.metrics.comparison import Figure
from basstab_hf.metrics.hand import playability
from basstab_hf.printing import tables
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Note, Tab
from basstab_hf.tokenizer.control_table import TABLE
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, CONTROLS, control_word

#: How many values of each control are asked for, the most frequent ones.
MOST_VALUES = 4
#: What stands for all keys and chords: near and far from C, major and minor.
KEYS = ("C", "A", "Em", "Bb", "F#m")
PROGRESSIONS = (("Am", "F", "C", "G"), ("Dm7", "G7", "Cmaj7", "A7"), ("E", "A", "E", "B7"), ("Bb", "Gm", "Eb", "F"))
BARS = 16
_SEED = 1

Measure = Callable[[Written], float]


@dataclass(frozen=True, slots=True)
class Obeyed:
    """One measure on tabs that were asked for something, and on tabs that were not; over tabs."""

    asked: str
    measure: str
    when_asked: Figure
    otherwise: Figure

    def as_dict(self) -> dict[str, Any]:
        """The measure as JSON has it."""
        return {
            "asked": self.asked,
            "measure": self.measure,
            "when_asked": self.when_asked.as_dict(),
            "otherwise": self.otherwise.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class _Case:
    """Something to ask for, and what is measured then."""

    request: Request
    measures: Mapping[str, Measure]


def measure_obedience(model: str | os.PathLike[str], count: int) -> list[Obeyed]:
    """Ask a model folder for `count` tabs of each thing, and measure them all.

    Keys take turns, and so do chords: their `count` tabs are of all of `KEYS` or `PROGRESSIONS` alike, at least one of
    each, and tabs that were not asked are measured by each of them.

    Raises:
        InputError: no model folder.
    """
    composer = Composer(model)
    otherwise = list(composer.write(Request(bars=BARS, seed=_SEED), count))
    learnt = learnt_words(composer.model.metrics)
    obeyed: list[Obeyed] = []
    for asked, cases in {
        **_words(learnt),
        **_keys(learnt),
        **_styles(learnt),
        "chords": _chords(),
        **_difficulties(),
    }.items():
        tabs = [list(composer.write(case.request, max(1, count // len(cases)))) for case in cases]
        for name in cases[0].measures:
            then = [case.measures[name](tab) for case, some in zip(cases, tabs, strict=True) for tab in some]
            others = [mean([case.measures[name](tab) for case in cases]) for tab in otherwise]
            obeyed.append(Obeyed(asked, name, _figure(then), _figure(others)))
    return obeyed


def table(obeyed: Sequence[Obeyed], form: tables.Form = "text") -> str:
    """A line a measure."""
    rows = [("asked for", "", "then", "otherwise")]
    rows += [(one.asked, one.measure, str(one.when_asked), str(one.otherwise)) for one in obeyed]
    return tables.table(rows, form=form)


def key_share(key: Key, tab: Tab) -> float:
    """Share of the notes that are in a key, the raised seventh of a minor one among them; NaN without notes."""
    inside = key.scale | {key.raised_seventh}
    return mean([float(note.pitch % 12 in inside) for note in _pitched(tab)])


def root_share(chords: Sequence[Chord | None], tab: Tab) -> float:
    """Share of the bars with a note on their first beat in which it is their chord's bass note; NaN without any.

    Chords take a bar each, and go round again.
    """
    starts = bar_starts(tab)
    first = {bar: note for note in _pitched(tab) if (bar := _bar_of(starts, note)) and note.onset == starts[bar - 1]}
    wanted = [(chords[(bar - 1) % len(chords)], note) for bar, note in first.items()]
    return mean([float(note.pitch % 12 == chord.bass) for chord, note in wanted if chord])


def tone_share(chords: Sequence[Chord | None], tab: Tab) -> float:
    """Share of the notes that are of their bar's chord; NaN without notes."""
    starts = bar_starts(tab)
    wanted = [(chords[(_bar_of(starts, note) - 1) % len(chords)], note) for note in _pitched(tab)]
    return mean([float(note.pitch % 12 in chord.tones) for chord, note in wanted if chord])


def _words(learnt: Mapping[str, int]) -> dict[str, list[_Case]]:
    asked: dict[str, list[_Case]] = {}
    told = {control.name for control in TABLE if control.told}  # no measure of a tab says whether it is so
    for name, values in CONTROLS.items():
        if name in told:
            continue
        words = [word for value in values if (word := control_word(name, value)) in learnt]
        often = sorted(words, key=lambda word: -learnt[word])[:MOST_VALUES]
        for word in sorted(often, key=CONTROL_WORDS.index):
            asked[word] = [_Case(_request(words=(word,)), {"tabs so": partial(_has, word)})]
    return asked


def _keys(learnt: Mapping[str, int]) -> dict[str, list[_Case]]:
    """Keys asked for by control word, by pushing notes, and by both, as the command line does."""
    asked: dict[str, list[_Case]] = {}
    for name in KEYS:
        key, word = parse_key(name), control_word("key", name)
        in_key: dict[str, Measure] = {
            "tabs so": partial(_has, word),
            "notes in the key": _of_tab(partial(key_share, key)),
        }
        words, music = ((word,) if word in learnt else ()), Music(key=name)
        ways = {"word": _request(words=words), "control": _request(music), "both": _request(music, words)}
        for way, request in ways.items():
            asked.setdefault(f"key, by {way}", []).append(_Case(request, {**in_key, **_WORTH}))
    return asked


def _styles(learnt: Mapping[str, int]) -> dict[str, list[_Case]]:
    """All styles, over chords of their own; a classifier that learnt from composed songs says which one it hears."""
    cases = []
    for word in filter(learnt.__contains__, (control_word("style", name) for name in CONTROLS["style"])):
        music = Music(columns_per_beat=asked_columns_per_beat([word]))
        sounds_so = partial(_sounds, asked_style([word]), music.columns_per_beat)
        cases.append(_Case(_request(music, (word,)), {"tabs that sound so": sounds_so, **_WORTH}))
    return {"style": cases} if cases else {}


def _sounds(style: Style | None, columns_per_beat: float, written: Written) -> float:
    return float(styles.trained().likeliest(written.tab, columns_per_beat) == (style and style.name))


def _chords() -> list[_Case]:
    cases = []
    for names in PROGRESSIONS:
        chords = [parse_chord(name) for name in names]
        fitting: dict[str, Measure] = {
            "bass on the first beat": _of_tab(partial(root_share, chords)),
            "notes of the chord": _of_tab(partial(tone_share, chords)),
        }
        cases.append(_Case(_request(Music(chords=names)), {**fitting, **_WORTH}))
    return cases


def _difficulties() -> dict[str, list[_Case]]:
    return {f"difficulty {level}": [_Case(_request(Music(difficulty=level)), {**_HAND, **_WORTH})] for level in LEVELS}


def _request(music: Music | None = None, words: tuple[str, ...] = ()) -> Request:
    return Request(bars=BARS, seed=_SEED, music=music or Music(), asked=words)


def _of_tab(measure: Callable[[Tab], float]) -> Measure:
    return lambda written: measure(written.tab)


def _has(word: str, written: Written) -> float:
    return float(word in control_words(" ".join(written.tab.words)))


def _pitched(tab: Tab) -> list[Note]:
    """Notes with onsets in columns, without dead ones."""
    return [note for note in timed_notes(tab, columns_per_beat=1) if "dead note" not in note.techniques]


def _bar_of(starts: Sequence[int], note: Note) -> int:
    """The number of a note's bar, counted from 1."""
    return bisect(starts, note.onset)


def _figure(values: Sequence[float]) -> Figure:
    ends = interval(values)
    return Figure(mean(values), ends.low, ends.high)


#: Metrics that show whether the music gets worse when something is asked for.
_WORTH: dict[str, Measure] = {
    "bits per column": lambda written: written.nats_per_column / math.log(2),
    "notes a bar": lambda written: len(timed_notes(written.tab)) / BARS,
    "self-similarity": lambda written: self_similarity(written.tab).self_similarity,
}
_HAND: dict[str, Measure] = {
    "highest fret": lambda written: max((float(note.fret) for note in timed_notes(written.tab)), default=math.nan),
    "changes of position a second": lambda written: playability(written.tab, TEMPO).shifts_per_second,
    "cost a note": lambda written: playability(written.tab, TEMPO).cost_per_note,
    "impossible moves": lambda written: playability(written.tab, TEMPO).impossible_moves,
}
