"""Beats of a tab as it is played, repeats and all -> seconds, and back.

Input: a tab and `WriteSettings` with the changes of its tempo. Output: `Clock`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.settings import WriteSettings
from basstab_hf.rhythm.form import played
from basstab_hf.tab.timing import StrokeBar
from basstab_hf.tab.values import Tab


@dataclass(frozen=True, slots=True)
class Clock:
    """The tempos of a tab as it is played, each with the beat (quarter note) and the second from which it holds."""

    beats: tuple[float, ...]
    starts: tuple[float, ...]
    tempos: tuple[float, ...]
    n_beats: float

    @classmethod
    def of(cls, tab: Tab, settings: WriteSettings) -> Clock:
        """The clock of a tab; a bar that is played again has its own tempo again."""
        changes = settings.time.tempos
        now, beats, tempos = Fraction(0), [0.0], [settings.tempo]
        scale = Fraction(settings.columns_per_beat)
        for number, bar in played(settings.time.form, [*enumerate(_bars(tab, settings))]):
            length = Fraction(bar.width) / scale
            if changes:
                before = [change for change in changes if change.bar < number]
                here = [(Fraction(0), settings.tempo_of(before[-1]) if before else settings.tempo)]
                inside = [change for change in changes if change.bar == number and change.onset < length]
                here += [(change.onset, settings.tempo_of(change)) for change in inside]
                for onset, tempo in here:
                    if tempo == tempos[-1]:
                        continue
                    if beats[-1] == now + onset:
                        beats.pop()
                        tempos.pop()
                    beats.append(float(now + onset))
                    tempos.append(tempo)
            now += length
        starts = [0.0]
        for place in range(1, len(beats)):
            starts.append(starts[-1] + (beats[place] - beats[place - 1]) * 60 / tempos[place - 1])
        return cls(tuple(beats), tuple(starts), tuple(tempos), float(now))

    def seconds(self, beat: float) -> float:
        """When a beat is."""
        place = bisect_right(self.beats, beat) - 1 if beat > 0 else 0
        return self.starts[place] + (beat - self.beats[place]) * 60 / self.tempos[place]

    def beat(self, seconds: float) -> float:
        """Which beat is then."""
        place = bisect_right(self.starts, seconds) - 1 if seconds > 0 else 0
        return self.beats[place] + (seconds - self.starts[place]) * self.tempos[place] / 60

    @property
    def length(self) -> float:
        """Seconds that the tab takes."""
        return self.seconds(self.n_beats)


def played_bars(tab: Tab, settings: WriteSettings) -> list[StrokeBar]:
    """The bars of a tab in the order in which they are played."""
    return played(settings.time.form, _bars(tab, settings))


def _bars(tab: Tab, settings: WriteSettings) -> list[StrokeBar]:
    return [bar for bars in settings.time.bars(tab, settings.columns_per_beat) for bar in bars]
