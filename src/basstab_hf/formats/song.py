"""Songs as Guitar Pro of any version tells them -> the tabs of their basses.

Input: a `Song`, made by `guitarpro` (.gp3 .gp4 .gp5) or `gpif_read` (.gpx .gp). Output: `Tracks`.

A bass is no percussion and has the MIDI program of a bass or says bass in its name; or it has four or five strings, the
lowest at most G1, as no guitar has (versions 7 and 8 give strings to pianos, too, but say that they are pianos). Its
lowest string is below E2 (of six strings: below A1), its tuning one that the labels of a tab can say. Repeats are
written once; endings are systems of their own, each with how often it is played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.errors import TuningError
from basstab_hf.formats.fitting import fit
from basstab_hf.formats.from_score import ReadBar, beside_bar, rests, timed_bars
from basstab_hf.formats.parts import Listed, is_bass, is_bass_name, joined_bars, sound_together, taking_turns
from basstab_hf.formats.rhythm import to_grid
from basstab_hf.formats.song_form import SongBar, SongForm, kept_tempo
from basstab_hf.formats.told import remarks
from basstab_hf.formats.track import (
    MAX_BEATS,
    OUT_OF_RANGE,
    TOO_LONG,
    WRONG_STRINGS,
    WRONG_TUNING,
    Beside,
    Heading,
    Track,
    TrackError,
    bars_left_out,
    sounding_range,
    to_track,
    usual_signature,
)
from basstab_hf.formats.tracks import Tracks
from basstab_hf.rhythm.tab_time import Tempo
from basstab_hf.tab.columns import STRINGS
from basstab_hf.tab.tuning import Tuning

# The lowest open string: of a bass with six strings or fewer, and of four or five that need not be called a bass.
_BELOW, _BELOW_ON_SIX = 40, 33
# In what versions 6, 7 and 8 call the kinds of guitars.
_PLUCKED = ("guitar", "gtr")

# Why a bass track is left out, besides the reasons of `track`.
EMPTY_BARS = "bars of no length"


@dataclass(frozen=True, slots=True)
class Content:
    """The bars of a part, and what of it a tab cannot say: for each time the number of the bar and a name."""

    bars: tuple[ReadBar, ...]
    left_out: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument; `strings` are the pitches of its open strings (MIDI numbers), the highest string first.

    `program` is a General MIDI program from 0; `kind` is what the file says that the instrument is, "" for nothing;
    `read` gives its bars or raises TrackError.
    """

    name: str
    program: int
    strings: tuple[int, ...]
    read: Callable[[], Content]
    percussion: bool = False
    kind: str = ""

    @property
    def is_bass(self) -> bool:
        """Whether it calls itself a bass, or has strings as only basses have."""
        if self.percussion or not self.strings:
            return False
        plucked = not self.kind or any(word in self.kind.lower() for word in _PLUCKED)
        return is_bass_name(self.kind) or is_bass(self.name, self.program, self.strings if plucked else ())

    def listed(self, number: int) -> Listed:
        """As messages name it; `number` is its number in the file, from 1."""
        program, strings = (None, ()) if self.percussion else (self.program, self.strings)
        return Listed(number, self.name, program, strings, is_bass=self.is_bass)


@dataclass(frozen=True, slots=True)
class Song:
    """A file: tempos in order; `told_grid` is the columns in a beat of the tab that it was made of."""

    title: str
    artist: str
    bars: tuple[SongBar, ...]
    tempos: tuple[Tempo, ...]
    parts: tuple[Part, ...]
    told_grid: int | None = None


def to_tracks(song: Song) -> Tracks:
    """The bass tracks of a song."""
    form = SongForm(song.bars)
    beside = form.beside()
    listed = [part.listed(number) for number, part in enumerate(song.parts, start=1)]
    contents = _Contents(song.parts)
    return Tracks.of(
        listed,
        lambda places: _to_track(song, [(song.parts[place], contents.read(place)) for place in places], form, beside),
        taking_turns(listed, contents.collide),
    )


class _Contents:
    """What the parts of a song hold, each read once, when it is asked for."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._read: dict[int, Content | TrackError] = {}

    def read(self, place: int) -> Content:
        """The bars of a part. Raises the TrackError that reading it raised."""
        if place not in self._read:
            try:
                self._read[place] = self._parts[place].read()
            except TrackError as error:
                self._read[place] = error
        content = self._read[place]
        if isinstance(content, TrackError):
            raise content
        return content

    def collide(self, first: int, second: int) -> bool:
        """Whether two parts both sound in some bar; one that cannot be read is joined with none."""
        try:
            bars = [self.read(first).bars, self.read(second).bars]
        except TrackError:
            return True
        return sound_together(bars, _sounds)(0, 1)


def _sounds(bar: ReadBar) -> bool:
    return bool(bar.notes)


def _to_track(song: Song, parts: Sequence[tuple[Part, Content]], form: SongForm, beside: Sequence[Beside]) -> Track:
    """One track of one bass, or of several that take turns; `beside` is what the song says of its bars.

    Raises:
        TrackError: it gives no tab.
    """
    part = parts[0][0]
    tuning = _tuning(part.strings)
    if any(bar.length <= 0 for bar in song.bars):
        raise TrackError(EMPTY_BARS)
    if sum(bar.length for bar in song.bars) > MAX_BEATS:
        raise TrackError(TOO_LONG)
    read = joined_bars([content.bars for _, content in parts], _sounds)
    content = Content(tuple(read), tuple(sorted(one for _, content in parts for one in content.left_out)))
    fitted = fit(tuning, timed_bars(content.bars))
    n_notes = [len(bar.notes) for bar in fitted.bars]
    sounding = sounding_range(n_notes)
    signature = usual_signature([beside[number] for number in sounding])
    grid = to_grid(tuning, [fitted.bars[number] for number in sounding], song.told_grid, signature)
    silent = rests(content.bars)
    marks = [
        replace(
            beside_bar(beside[number], content.bars[number], bar, grid.columns_per_beat),
            rests=silent[number],
        )
        for number, bar in zip(sounding, grid.bars, strict=True)
    ]
    tempo = kept_tempo(song.tempos, sounding, n_notes)
    heading = Heading(song.title, song.artist, part.name, tempo.tempo)
    track = to_track(
        heading,
        tuning,
        grid.bars,
        marks,
        grid.columns_per_beat,
        form.signs(sounding),
        tempo.changes,
        swing=form.swings(sounding),
    )
    told = [*fitted.told, *(replace(one, bar=one.bar + sounding.start) for one in grid.told)]
    return replace(track, remarks=(*remarks(told), *_remarks(content, sounding), *form.remarks(sounding)))


def _tuning(pitches: Sequence[int]) -> Tuning:
    if len(pitches) not in STRINGS:
        raise TrackError(WRONG_STRINGS)
    if min(pitches) >= (_BELOW if len(pitches) < 6 else _BELOW_ON_SIX):
        raise TrackError(OUT_OF_RANGE)
    try:
        return Tuning.from_pitches(pitches)
    except TuningError as error:
        raise TrackError(WRONG_TUNING) from error


def _remarks(content: Content, sounding: range) -> Iterator[str]:
    """What the tab cannot say of a part, for the user."""
    yield from bars_left_out(sounding, len(content.bars))
    bars_of: dict[str, list[int]] = {}
    for bar, name in content.left_out:
        bars_of.setdefault(name, []).append(bar)
    told = [f"{name} ({len(bars)}, first in bar {bars[0] + 1})" for name, bars in sorted(bars_of.items())]
    if told:
        yield f"left out, since a tab cannot say it: {', '.join(told)}"
