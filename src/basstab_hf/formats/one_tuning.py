"""All bars of a tab in one of its tunings: what notation needs, and tabs may not have.

Input: a tab and `WriteSettings`. Output: the tuning that can hold all notes, and the bars in it, at the same pitches.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from basstab_hf.errors import InputError
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab.marks import MAX_FRET
from basstab_hf.tab.timing import Steps, Stroke, StrokeBar
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab


def in_one_tuning(tab: Tab, settings: WriteSettings, remarks: list[str]) -> tuple[Tuning, list[StrokeBar]]:
    """All bars in the tuning of most notes that can hold all; where the tab has several, `remarks` grows by one.

    Raises:
        InputError: none of them can hold all notes.
    """
    timed = settings.time.bars(tab, settings.columns_per_beat)
    systems = [(system.tuning, bars) for system, bars in zip(tab.systems, timed, strict=True)]
    counts: Counter[Tuning] = Counter()
    for tuning, bars in systems:
        counts[tuning] += sum(len(bar.strokes) for bar in bars)
    for tuning, _ in counts.most_common():
        found = [_restrung(bar, own, tuning) for own, bars in systems for bar in bars]
        kept = [bar for bar in found if bar is not None]
        if len(kept) == len(found):
            if len(counts) > 1:
                words = ", ".join(map(str, counts))
                remarks.append(f"the tab is in {words}: all of it is written in {tuning}, at the same pitches")
            return tuning, kept
    raise InputError(f"the tab is in {', '.join(map(str, counts))}, and none of them has all its notes: split the tab")


def _restrung(bar: StrokeBar, own: Tuning, tuning: Tuning) -> StrokeBar | None:
    """A bar in another tuning at the same pitches; None: it has no strings for them."""
    if own.pitches == tuning.pitches:
        return bar
    moved: list[Stroke] = []
    taken: set[tuple[Steps, int]] = set()
    for stroke in bar.strokes:
        string = next((s for s in _strings(stroke, tuning) if (stroke.column, s) not in taken), None)
        if string is None:
            return None
        taken.add((stroke.column, string))
        open_pitch = tuning.pitches[string - 1]
        dead = stroke.fret is None
        moved.append(
            replace(
                stroke,
                string=string,
                pitch=open_pitch if dead else stroke.pitch,
                fret=None if dead else stroke.pitch - open_pitch,
            )
        )
    return replace(bar, strokes=tuple(sorted(moved, key=lambda stroke: (stroke.column, stroke.string))))


def _strings(stroke: Stroke, tuning: Tuning) -> list[int]:
    """Strings that can play a stroke, the one nearest to its own first."""
    fitting = [
        string
        for string, pitch in enumerate(tuning.pitches, start=1)
        if stroke.fret is None or 0 <= stroke.pitch - pitch <= MAX_FRET
    ]
    return sorted(fitting, key=lambda string: abs(string - stroke.string))
