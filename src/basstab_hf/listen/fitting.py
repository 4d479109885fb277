"""A bass part as bars of notation that stand under the bars of a song, one by one.

Input: a `Track`, a `Song`. Output: `Fitted`. A part that ends early rests; one that is written as it is played, repeats
and all, gives each bar of the file as it is played first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.errors import InputError
from basstab_hf.formats.note_values import spans
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Beat, Score, ScoreBar
from basstab_hf.formats.settings import TEMPO, WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.listen.values import Bar, Song
from basstab_hf.rhythm.form import NO_SIGN, playing_order


@dataclass(frozen=True, slots=True)
class Fitted:
    """A score with as many bars as the song; remarks are for the user."""

    score: Score
    remarks: tuple[str, ...]


def settings_of(bass: Track) -> WriteSettings:
    """How a track is to be written: on its own grid, at one tempo."""
    return WriteSettings(
        tempo=bass.tempo or TEMPO,
        columns_per_beat=bass.columns_per_beat,
        time=replace(bass.time, tempos=(), form=()),
        marks=bass.marks,
    )


def fit(bass: Track, song: Song) -> Fitted:
    """The bars of a part under those of a song.

    Raises:
        InputError: it has more bars than the song, or one that is as long as none of the song's there.
    """
    score = to_score(bass.tab, settings_of(bass))
    order = playing_order(song.form)
    played = [song.bars[number] for number in order] if song.form else []
    as_played = bool(played) and len(order) != len(song.bars) and len(score.bars) == len(order)
    bars = list(_under(score.bars, played if as_played else song.bars))
    remarks = list(score.remarks)
    if as_played:
        first = {number: place for place, number in reversed([*enumerate(order)])}
        bars = [bars[first[number]] if number in first else _rest(bar) for number, bar in enumerate(song.bars)]
        remarks.append("bars that the song repeats are written as they are played first")
    missing = len(song.bars) - len(bars)
    if missing:
        remarks.append(f"the bass rests in the last bars of the song: {missing}")
        bars += [_rest(bar) for bar in song.bars[-missing:]]
    signs = song.form or (NO_SIGN,) * len(song.bars)
    bars = [replace(bar, sign=sign) for bar, sign in zip(bars, signs, strict=True)]
    return Fitted(replace(score, bars=tuple(bars)), tuple(remarks))


def _under(found: Sequence[ScoreBar], bars: Sequence[Bar]) -> Iterator[ScoreBar]:
    """A bar for each bar of the song that the part reaches; long ones, which notation cuts, are joined again."""
    place = 0
    for number, bar in enumerate(bars, start=1):
        if place == len(found):
            return
        beats: list[Beat] = []
        length = Fraction(0)
        while place < len(found) and length < bar.length:
            beats += found[place].beats
            length += found[place].length
            place += 1
        yield _as_long(beats, length, bar, number)
    if place < len(found):
        raise InputError(f"the bass has more bars than the song, which has {len(bars)}: write it for this song")


def _as_long(beats: list[Beat], length: Fraction, bar: Bar, number: int) -> ScoreBar:
    """A bar that is filled to the length of the song's; only rests at its end may be too long."""
    while beats and length > bar.length and not beats[-1].notes:
        length -= beats.pop().value.length
    if length > bar.length:
        raise InputError(
            f"bar {number} of the bass lasts {float(length):g} beats, that of the song {float(bar.length):g}: "
            "write it for this song"
        )
    signature = bar.signature.split("/")
    return ScoreBar(int(signature[0]), int(signature[1]), (*beats, *_rests(length, bar.length)))


def _rest(bar: Bar) -> ScoreBar:
    return _as_long([], Fraction(0), bar, 0)


def _rests(start: Fraction, end: Fraction) -> Iterator[Beat]:
    if start < end:
        yield from (Beat(span.value) for span in spans([start], end) if span.start >= start)
