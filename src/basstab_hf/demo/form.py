"""What the fields of the page say -> a request. Whatever a browser sends is checked here.

Input: `Form`, values as they come. Output: `Request`, or an InputError in words of the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings, guess_columns_per_beat
from basstab_hf.formats.text import parse
from basstab_hf.generate import Guards, Request, Sampling
from basstab_hf.generate.ask import ask
from basstab_hf.generate.request import RANGES
from basstab_hf.tab.values import Tab

#: Characters of a prompt: about 250 bars.
MAX_PROMPT = 20_000
MAX_CHORDS = 400
MAX_BARS = 32
MAX_VARIATIONS = 4
MAX_BEST_OF = 16
TEMPOS = (40, 240)
BOLDEST = 2.0


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that tell how to write; nothing in a field is "" or None.

    `asked` has what the model learnt to be asked by its name: {"density": "low", "metre": ""}. `best_of` tabs are
    written for each that is shown; with `max_copy`, a tab with more notes in a row from one known tune is drawn again.
    """

    prompt: str | None = ""
    key: str | None = ""
    chords: str | None = ""
    bars: float | None = 8
    temperature: float | None = 1.0
    difficulty: float | None = None
    seed: float | None = None
    tempo: float | None = 100
    tuning: str | None = ""
    asked: Mapping[str, str | None] | None = None
    best_of: float | None = 1
    max_copy: float | None = None

    def request(self, metrics: Mapping[str, Any]) -> Request:
        """What to write; `metrics` are the model's.

        Raises:
            InputError: a field that cannot be read, or says more than this page gives.
            TuningError: no tuning.
        """
        prompt = read_tab(self.prompt)
        return ask(
            metrics,
            prompt=prompt,
            bars=whole("bars", self.bars, 1, MAX_BARS),
            tuning=None if prompt else self.tuning,
            controls=self.asked,
            key=self.key,
            chords=_short(self.chords or ""),
            difficulty=whole("difficulty", self.difficulty, *RANGES["difficulty"]) if self.difficulty else None,
            tempo=number("tempo", self.tempo, *TEMPOS),
            sampling=Sampling(number("how bold", self.temperature, 0, BOLDEST)),
            seed=whole("the seed", self.seed, *RANGES["seed"]),
            guards=Guards(max_copy=whole("notes in a row", self.max_copy, 4, 100) if self.max_copy else None),
            best_of=whole("the best of", self.best_of, 1, MAX_BEST_OF),
        )


def read_tab(text: str | None) -> Tab | None:
    """The tab in a text, as `recognise` mends it; None for an empty one.

    Raises:
        InputError: a text that is too long, or holds no tab.
    """
    if not text or not text.strip():
        return None
    if len(text) > MAX_PROMPT:
        raise InputError(f"the tab has {len(text):,} characters, {MAX_PROMPT:,} are taken: leave its beginning out")
    return Tab(parse(text.encode(), "the text").systems)


def write_settings(tab: Tab, tempo: float | None) -> WriteSettings:
    """How a tab is heard and written into files; its grid is guessed.

    Raises:
        InputError: a tempo out of range.
    """
    grid = guess_columns_per_beat(tab).columns_per_beat
    return WriteSettings(tempo=number("tempo", tempo, *TEMPOS), columns_per_beat=grid)


def whole(name: str, value: object, least: float, most: float) -> int:
    """A whole number of the page.

    Raises:
        InputError: another value, or one out of range.
    """
    parsed = number(name, value, least, most)
    if parsed != int(parsed):
        raise InputError(f"{name} {parsed:.15g}: write a whole number")
    return int(parsed)


def number(name: str, value: object, least: float, most: float) -> float:
    """A number of the page.

    Raises:
        InputError: no number, or one out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise InputError(f"{name}: write a number from {least:.15g} to {most:.15g}")
    if not least <= value <= most:
        raise InputError(f"{name} {value:.15g}: choose {least:.15g} to {most:.15g}")
    return value


def _short(text: str) -> str:
    if len(text) > MAX_CHORDS:
        raise InputError(f"the chords have {len(text)} characters, this page takes {MAX_CHORDS}: they come round again")
    return text
