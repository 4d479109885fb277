"""Songs that tabs are to be like, without training: fitted to a tuning, remembered, found again in what is written.

Input: `Songs` (see `like_songs`), and a model. Output: `Like`: a `SongMemory` for plans, lines by which copies are
found, and who was copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from basstab_hf.arrange.arranging import arrange
from basstab_hf.arrange.request import Arrangement
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.generate.copies import new_notes
from basstab_hf.generate.grammar import MAX_BAR, MIN_BAR
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.metrics.copying import Library
from basstab_hf.model.song_memory import SongMemory
from basstab_hf.printing.words import counted
from basstab_hf.rhythm.beat_grid import guess_columns_per_beat
from basstab_hf.tab.columns import END
from basstab_hf.tab.intervals import N_INTERVALS, interval_line, ngrams
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System, Tab
from basstab_hf.tokenizer.control_words import BOS, EOS, FIM_PREFIX, RESERVED, reserved_count

#: Songs that are named where tabs have something of several.
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Songs:
    """Songs by name, and lines on what could not be read."""

    tabs: tuple[tuple[str, Tab], ...]
    told: tuple[str, ...] = ()

    def usual_tuning(self, model: ModelWords) -> Tuning | None:
        """The tuning of most systems, of those that the model can write; None where it can write none."""
        counts = Counter(system.tuning for _, tab in self.tabs for system in tab.systems)
        return next((tuning for tuning, _ in counts.most_common() if _writes(model, tuning)), None)

    @property
    def usual_width(self) -> int | None:
        """Columns of most bars; None where that is no width of a bar."""
        counts = Counter(len(bar) for _, tab in self.tabs for bar in tab.bars)
        width = counts.most_common(1)[0][0] if counts else 0
        return width if MIN_BAR <= width <= MAX_BAR else None

    @property
    def usual_grid(self) -> float:
        """Columns of a beat in most of the songs, guessed."""
        grids = Counter(guess_columns_per_beat(tab).columns_per_beat for _, tab in self.tabs)
        return grids.most_common(1)[0][0]


class Like:
    """Songs in one tuning, as a model is told of them while it writes.

    Attributes:
        memory: for `plan.Plan`.
        lines: intervals of each song, for `copies.Copies`.
        told: lines on songs that were moved to the tuning or left out.
    """

    def __init__(self, songs: Songs, model: ModelWords, tuning: Tuning) -> None:
        """Fit songs to a tuning and index them.

        Raises:
            InputError: none of them can be played in it.
        """
        moved: Counter[str] = Counter()
        total = len(songs.tabs)
        fitted = [(name, tab) for name, whole in songs.tabs if (tab := _in_tuning(whole, tuning, moved)).systems]
        self.told = (*songs.told, *(f"{what}: {count} of {counted(total, 'song')}" for what, count in moved.items()))
        if not fitted:
            raise InputError(f"no song can be played in {tuning}: {'; '.join(self.told)}")
        self._names = [name for name, _ in fitted]
        self.lines = [interval_line(timed_notes(tab)) for _, tab in fitted]
        bos, eos = model.encode([BOS]), model.encode([EOS])
        tokens = [model.tokenizer.id_to_token(place) or "" for place in range(len(RESERVED))]
        asking = range(RESERVED.index(FIM_PREFIX), reserved_count(tokens))
        self.memory = SongMemory(([*bos, *model.encode([*tab.words, END]), *eos] for _, tab in fitted), asking)

    def whose(self, before: Sequence[str], new: Sequence[str]) -> str:
        """A line on how much of what was written behind `before` is in which song, in whatever key."""
        notes = new_notes(before, new)
        line = interval_line(notes)
        runs = [line[start : start + N_INTERVALS] for start in range(len(line) - N_INTERVALS + 1)]
        match = self._library.match(notes)
        longest = f"the longest run in common has {match.longest_match} notes, {self._named(match.piece)}"
        told = f"of {len(runs)} runs of {N_INTERVALS + 1} notes"
        if match.piece < 0:
            return f"{told} none is in the songs"
        owners = Counter(song for run in runs for song in self._owners.get(run, ()))
        known = sum(run in self._owners for run in runs)
        if not known:
            return f"{told} none is in the songs; {longest}"
        whose = ", ".join(f"{count} {self._named(song)}" for song, count in owners.most_common(_MOST_NAMED))
        more = ", and more" if len(owners) > _MOST_NAMED else ""
        return f"{told} {known} are in the songs: {whose}{more}; {longest}"

    def _named(self, song: int) -> str:
        return f"in {self._names[song]}"

    @cached_property
    def _library(self) -> Library:
        return Library(self.lines)

    @cached_property
    def _owners(self) -> dict[bytes, list[int]]:
        """The songs that have each run."""
        owners: dict[bytes, list[int]] = {}
        for song, line in enumerate(self.lines):
            for run in ngrams(line):
                owners.setdefault(run, []).append(song)
        return owners


def _writes(model: ModelWords, tuning: Tuning) -> bool:
    try:
        model.table(tuning)
    except InputError:
        return False
    return True


def _in_tuning(tab: Tab, tuning: Tuning, moved: Counter[str]) -> Tab:
    """A song in the tuning: as it is, shape by shape, or fingered anew; without a system where that cannot be.

    What was done is counted in `moved`.
    """
    others = {system.tuning for system in tab.systems} - {tuning}
    if not others:
        return tab
    if all(_steps(other, tuning) is not None for other in others):
        moved[f"from other tunings, with the same frets in {tuning}"] += 1
        return Tab(tuple(System(tuning, system.lines) for system in tab.systems), tab.title, tab.artist)
    try:
        arranged = arrange(tab, Arrangement(tuning=tuning)).tab
    except BasstabError:
        moved[f"left out, since they cannot be played in {tuning}"] += 1
        return Tab(())
    moved[f"from other tunings, fingered anew for {tuning}"] += 1
    return arranged


def _steps(one: Tuning, other: Tuning) -> int | None:
    """By how many semitones all strings of two tunings differ; None where not by as many, or in their number."""
    steps = {there - here for here, there in zip(one.pitches, other.pitches, strict=False)}
    return steps.pop() if one.n_strings == other.n_strings and len(steps) == 1 else None
