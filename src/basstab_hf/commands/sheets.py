"""What the commands share that write the part of a whole form: a chart in, sheets with sections and chords out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from basstab_hf.commands.output import print_json, say, show
from basstab_hf.commands.tabs import controls_of, how_of, sound_of, write_files
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.chart.values import Chart
    from basstab_hf.formats import WriteSettings
    from basstab_hf.generate import Composer
    from basstab_hf.generate.charted import Charted


def charted(options: argparse.Namespace, composer: Composer, chart: Chart) -> Charted:
    """A chart made ready as the flags ask; what was chosen is told."""
    from basstab_hf.generate.charted import ask_chart

    model = composer.model
    made = ask_chart(model.metrics, chart, model.usual_width, **asked_of(options))
    for remark in made.remarks:
        say(f"basstab: {remark}")
    return made


def asked_of(options: argparse.Namespace) -> dict[str, Any]:
    """What the flags ask for, by name, as `ask_chart` takes it."""
    controls = controls_of(options)
    style, density = controls.pop("style"), controls.pop("density")
    return {
        "style": style,
        "density": density,
        "controls": controls,
        "key": options.key,
        "tempo": options.tempo,
        "tuning": options.tuning,
        **how_of(options),
    }


def refuse_beside(options: argparse.Namespace, flag: str, *names: str) -> None:
    """Raise an InputError where flags are given that `flag`, which sets what they set, leaves no room for."""
    for name in names:
        if getattr(options, name) not in (None, "", False):
            raise InputError(f"{flag} says what --{name.replace('_', '-')} would: leave one of them out")


def hand_over_sheets(options: argparse.Namespace, composer: Composer, made: Charted, count: int) -> None:
    """Print parts with their sections and chords, or put them into one document, and write files."""
    from dataclasses import replace

    from basstab_hf.formats.text import printed

    texts, notes = [], []
    for written in composer.write(made.request, count):
        sheet = made.sheet(written.tab)
        sound = replace(settings_of(options, made), marks=sheet.marks)
        text = printed(sheet.tab, options.text_width, sound.time, sheet.marks).text
        texts.append(text)
        notes.append(list(written.notes))
        if not options.json:
            show(text, end="" if len(texts) == count else "\n")
        for note in written.notes:
            say(f"basstab: {note}")
        write_files(options, sheet.tab, options.out, sound, "")
    if options.json:
        print_json({"tabs": texts, "notes": notes})


def settings_of(options: argparse.Namespace, made: Charted) -> WriteSettings:
    """How the part of a chart is written: in its time and tempo, on its grid."""
    from dataclasses import replace

    return replace(sound_of(options, made.tempo, made.request.music.columns_per_beat), time=made.time)
