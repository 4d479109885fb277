"""What somebody asks for in names, texts and numbers -> a `Request`: the one way in for command line and pages.

Numbers are checked by `Request` and its parts; a page that gives less than they do checks that before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from basstab_hf.chart.bars import bar_texts
from basstab_hf.chart.reading import read_chart
from basstab_hf.errors import InputError
from basstab_hf.formats.settings import TEMPO
from basstab_hf.generate.request import Guards, Music, Request
from basstab_hf.generate.sampling import Sampling
from basstab_hf.generate.steering import asked_columns_per_beat, asked_words, in_order, key_words, tempo_words
from basstab_hf.rhythm.beat_grid import guess_columns_per_beat
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

logger = logging.getLogger(__name__)


def ask(
    metrics: Mapping[str, Any],
    *,
    prompt: Tab | None = None,
    tuning: str | None = None,
    controls: Mapping[str, str | Sequence[str] | None] | None = None,
    key: str | None = None,
    chords: str | None = None,
    strength: float = 1.0,
    feel: float = 1.0,
    difficulty: int | None = None,
    tempo: float | None = None,
    columns_per_beat: float | None = None,
    sampling: Sampling | None = None,
    guards: Guards | None = None,
    **more: Any,
) -> Request:
    """A request for a model with these `metrics`; texts that are empty or None ask for nothing.

    Args:
        tuning: a word or a name, such as GDAD or "drop D".
        controls: what the model shall be asked by name: {"density": "low", "technique": ["slides"], "metre": None}.
        key: is asked of the model, too, if it learnt to be asked.
        chords: a row of chords in plain text as charts have it: "Am F C G", one a bar, or with bar lines, "Am F | C G".
            The model is told them, too, if it learnt to be.
        feel: how much the bars of the prompt lead what follows.
        tempo: beats a minute, by which the hand has time, and of which the model is asked if it learnt to be; None: the
            usual one, and nothing is asked.
        columns_per_beat: None takes the prompt's grid, guessed, or the usual one without a prompt.
        more: fields of `Request` as they are: bars, systems, width, seed, match_cache, mixture, best_of.

    Raises:
        InputError: a name that is none, a number out of its range, a prompt in another tuning.
        TuningError: no tuning.
    """
    asked = asked_words(**{name: value or None for name, value in (controls or {}).items()})
    if columns_per_beat is None:
        usual = asked_columns_per_beat(() if more.get("width") else asked)
        columns_per_beat = guess_columns_per_beat(prompt).columns_per_beat if prompt else usual
    return Request(
        prompt=prompt,
        tuning=_tuning(tuning, prompt),
        asked=in_order([*asked, *key_words(key or None, metrics), *tempo_words(tempo, metrics)]),
        sampling=sampling or Sampling(),
        music=Music(
            key=key or None,
            chords=_bars(chords or "", (controls or {}).get("metre")),
            strength=strength,
            feel=feel,
            difficulty=difficulty,
            tempo=TEMPO if tempo is None else tempo,
            columns_per_beat=columns_per_beat,
        ),
        guards=guards or Guards(),
        **more,
    )


def _bars(row: str, metre: object) -> tuple[str, ...]:
    """The chords of each bar as one text; what was guessed is told."""
    if not row.strip():
        return ()
    beats, _, unit = str(metre or "4/4").partition("/")
    chart = read_chart(row, "chords", time=(int(beats), int(unit)))
    for remark in chart.remarks:
        logger.warning("chords: %s", remark)
    return bar_texts(chart.bars)


def _tuning(text: str | None, prompt: Tab | None) -> Tuning | None:
    if not text:
        return None
    tuning = Tuning.parse(text)
    if prompt and prompt.tuning != tuning:
        raise InputError(f"the prompt is in {prompt.tuning}, --tuning says {tuning}: leave one out")
    return tuning
