"""What the fields of the page say -> what is to be written. Whatever a browser sends is checked here.

Input: fields by name, as a message has them. Output: `Wanted`, or an InputError in words of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from basstab_hf.chart.bars import bar_texts
from basstab_hf.chart.reading import read_chart
from basstab_hf.chart.values import Chart
from basstab_hf.errors import InputError
from basstab_hf.formats.settings import TEMPO
from basstab_hf.generate import Guards, Request, Sampling
from basstab_hf.generate.ask import ask
from basstab_hf.generate.charted import Charted, ask_chart
from basstab_hf.generate.request import RANGES
from basstab_hf.generate.steering import drawn_style, learnt_words
from basstab_hf.page import values
from basstab_hf.page.riff import MAX_PROMPT, Riff, plainly, read_riff, value
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.tokenizer.control_table import TABLE

#: Characters of a row of chords or of a chart; and bars of a chart and of a song that a part is written for.
MAX_CHORDS, MAX_CHART_BARS = 20_000, 400
#: New bars, where no chart tells; where nothing is asked for, `USUAL_BARS`.
MAX_BARS, USUAL_BARS = 64, 8
MAX_VARIATIONS = 4
MAX_BEST_OF = 16
TEMPOS = (40, 240)
BOLDEST = 2.0
#: Characters of a title and of a name.
MAX_NAME = 200
#: Notes in a row that may be those of one known tune, where that is asked for.
_COPY = 12
#: Seeds that are drawn: short enough to be told to somebody else.
_SEEDS = 1_000_000
#: The controls that are asked for by fields of their own.
_OWN = ("style", "key", "tempo")
_FIELDS = frozenset(
    {"prompt", "key", "chords", "style", "bars", "temperature", "difficulty", "asked", "seed", "tempo", "tuning"}
    | {"best_of", "max_copy", "title", "artist"}
)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that tell how to write, checked; None and "" ask for nothing.

    `asked` has what the model learnt to be asked by its name: {"density": "low", "metre": ""}. `best_of` tabs are
    written for each that is shown; with `max_copy`, a tab with more notes in a row from one known tune is drawn again.
    """

    prompt: str = ""
    key: str = ""
    chords: str = ""
    style: str = ""
    bars: int | None = None
    temperature: float | None = None
    difficulty: int | None = None
    seed: int | None = None
    tempo: float | None = None
    tuning: str = ""
    asked: Mapping[str, str] | None = None
    best_of: int | None = None
    max_copy: bool = False
    title: str = ""
    artist: str = ""

    @classmethod
    def of(cls, given: object) -> Form:
        """The form in a message.

        Raises:
            InputError: a field that there is not, or a value that no field takes.
        """
        got = values.known("form", values.fields("form", given), _FIELDS)
        asked = values.fields("asked", got.get("asked"))
        every = {row.name for row in TABLE} - set(_OWN)
        values.known("asked", asked, frozenset(every))
        return cls(
            prompt=value("the riff", got.get("prompt"), MAX_PROMPT),
            key=values.text("key", got.get("key"), MAX_NAME),
            chords=values.text("the chords", got.get("chords"), MAX_CHORDS),
            style=values.text("style", got.get("style"), MAX_NAME),
            bars=values.maybe_whole("bars", got.get("bars"), 1, MAX_BARS),
            temperature=values.maybe_number("how bold", got.get("temperature"), 0, BOLDEST),
            difficulty=values.maybe_whole("difficulty", got.get("difficulty") or None, *RANGES["difficulty"]),
            seed=values.maybe_whole("the seed", got.get("seed"), *RANGES["seed"]),
            tempo=values.maybe_number("tempo", got.get("tempo"), *TEMPOS),
            tuning=values.text("tuning", got.get("tuning"), MAX_NAME),
            asked={name: values.text(name, each, MAX_NAME) for name, each in asked.items()},
            best_of=values.maybe_whole("the best of", got.get("best_of"), 1, MAX_BEST_OF),
            max_copy=values.flag("max_copy", got.get("max_copy")),
            title=values.text("title", got.get("title"), MAX_NAME),
            artist=values.text("artist", got.get("artist"), MAX_NAME),
        )

    def seeded(self) -> Form:
        """With a seed, drawn where none is asked for."""
        return replace(self, seed=secrets.randbelow(_SEEDS)) if self.seed is None else self

    def how(self) -> dict[str, Any]:
        """How is written, whatever is: by name, as `ask` takes it."""
        return {
            "difficulty": self.difficulty,
            "sampling": Sampling(1.0 if self.temperature is None else self.temperature),
            "seed": self.seed,
            "guards": Guards(max_copy=_COPY if self.max_copy else None),
            "best_of": self.best_of or 1,
        }

    def controls(self) -> dict[str, str]:
        """What is asked for by control words, the style too; what people call a value is read as it."""
        asked = {**(self.asked or {}), "style": self.style}
        return {name: _named(name, each) for name, each in asked.items() if each}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write: a request; the chart it is for, or the riff that it goes on with; what is known of its time.

    `told` is what was chosen where the form says nothing.
    """

    request: Request
    tempo: float
    time: TabTime
    charted: Charted | None = None
    riff: Riff | None = None
    told: tuple[str, ...] = ()


def wanted(form: Form, metrics: Mapping[str, Any], usual_width: int | None) -> Wanted:
    """What a form asks a model with these `metrics` for; its seed is set.

    Raises:
        InputError: a field that cannot be read, or says more than this page gives.
        TuningError: no tuning.
    """
    riff = read_riff(form.prompt, MAX_PROMPT)
    chart = whole_chart(form)
    if chart and riff is None:
        return _of_chart(form, chart, metrics, usual_width)
    return _of_bars(form, riff, chart, metrics)


def whole_chart(form: Form) -> Chart | None:
    """The chart in the field of the chords, if it is more than a row of them.

    Raises:
        InputError: what cannot be read, or has too many bars.
    """
    if not any(sign in form.chords.strip() for sign in "\n[{") and "irealb" not in form.chords:
        return None
    chart = read_chart(form.chords, "the chart")
    if len(chart.bars) > MAX_CHART_BARS:
        raise InputError(f"the chart has {len(chart.bars)} bars as it is played, {MAX_CHART_BARS} are taken")
    return chart


def for_bars(form: Form, first: int, last: int, n_bars: int, chords: str, metrics: Mapping[str, Any]) -> Request:
    """How bars `first` to `last` of a tab of `n_bars` are to be rewritten; `chords` are those printed over them."""
    chart = whole_chart(form)
    row = form.chords or chords
    if chart:
        bars = bar_texts(chart.bars)
        row = " | ".join(bars[first - 1 : last] if len(bars) == n_bars else bars)
    asked = form.controls()
    return ask(metrics, controls=asked, key=form.key, chords=row, tempo=form.tempo, **form.how())


def _of_chart(form: Form, chart: Chart, metrics: Mapping[str, Any], usual_width: int | None) -> Wanted:
    asked = form.controls()
    style, density = asked.pop("style", None), asked.pop("density", None)
    told = [plainly(remark) for remark in chart.remarks]
    if asked.pop("metre", None):
        told.append("The metre is the chart's.")
    if form.bars is not None and form.bars != len(chart.bars):
        told.append(f"The chart has {len(chart.bars)} bars, and so has the tab.")
    made = ask_chart(
        metrics,
        chart,
        usual_width,
        style=style,
        density=density,
        controls=asked,
        key=form.key,
        tempo=form.tempo,
        tuning=form.tuning,
        **form.how(),
    )
    told += [plainly(remark) for remark in made.remarks]
    return Wanted(made.request, made.tempo, made.time, charted=made, told=tuple(told))


def _of_bars(form: Form, riff: Riff | None, chart: Chart | None, metrics: Mapping[str, Any]) -> Wanted:
    """New bars from nothing, or behind a riff; a chart gives their chords."""
    controls, told = form.controls(), list[str]()
    row, bars = form.chords, form.bars or USUAL_BARS
    if chart:
        row = " | ".join(bar_texts(chart.bars))
        bars = min(form.bars or len(chart.bars), MAX_BARS)
        told.append("Behind a riff the chords of the chart count, bar by bar; its sections do not.")
    if riff and form.tuning:
        told.append(f"The riff keeps its own tuning, {riff.track.tab.tuning}.")
    tempo, signature = form.tempo, ""
    grid: float | None = None
    if riff:
        track = riff.track
        tempo, grid, signature = tempo or track.tempo, track.columns_per_beat, track.time_signature
    elif not controls and (drawn := drawn_style(metrics, form.seed or 0)):
        controls["style"] = drawn
        told.append(f"No style was asked for: {drawn} was drawn.")
    if riff is None and (name := controls.get("style")):
        from basstab_hf.composer.style import style as read_style

        style = read_style(name)
        tempo = tempo or style.usual_tempo
        if not controls.get("metre"):
            grid, signature = style.columns / style.quarters, style.time_signature
    request = ask(
        metrics,
        prompt=riff.track.tab if riff else None,
        bars=bars,
        tuning=None if riff else form.tuning,
        controls=controls,
        key=form.key,
        chords=row,
        tempo=form.tempo,
        columns_per_beat=grid,
        **form.how(),
    )
    known = request.music.columns_per_beat
    time = TabTime(time_signature=signature, grid=int(known) if known % 1 == 0 else None, tempo=tempo)
    return Wanted(request, tempo or TEMPO, time, riff=riff, told=(*(riff.told if riff else ()), *told))


def _named(control: str, text: str) -> str:
    """A value of a control, or what people call it.

    Raises:
        InputError: neither.
    """
    row = next(row for row in TABLE if row.name == control)
    meant = row.reads(text)
    if meant not in row.values:
        raise InputError(f"{control} {text[:40]!r}: choose {', '.join(row.values)}")
    return meant


def chosen(name: str, given: object, choices: Sequence[str]) -> str:
    """One of a few words; "" for none.

    Raises:
        InputError: another one.
    """
    found = values.text(name, given, MAX_NAME)
    if found and found not in choices:
        raise InputError(f"{name} {found[:40]!r}: choose {', '.join(choices)}")
    return found


def learnt_values(metrics: Mapping[str, Any], control: str) -> list[str]:
    """The values of a control that a model learnt."""
    learnt = learnt_words(metrics)
    row = next(row for row in TABLE if row.name == control)
    return [each for each in row.values if f"<{control}:{each}>" in learnt]
