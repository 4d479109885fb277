"""What the commands that write tabs share: tabs in, what is asked of a model, tabs out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from basstab_hf.commands.arguments import NO_STYLE, as_flags
from basstab_hf.commands.output import hush_transformers, print_json, say, show
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.formats import WriteSettings
    from basstab_hf.formats.track import Track
    from basstab_hf.generate import Composer, Request, Written
    from basstab_hf.rhythm.tab_time import TabTime
    from basstab_hf.tab.values import Tab


def open_composer(options: argparse.Namespace) -> Composer:
    """Open the model that --model and --engine name."""
    from basstab_hf.generate import Composer

    if options.engine == "torch":
        hush_transformers()
    return Composer(options.model, options.engine)


def request_of(options: argparse.Namespace, composer: Composer, **more: Any) -> Request:
    """What the flags ask for."""
    from basstab_hf.generate.ask import ask

    with as_flags():
        return ask(
            composer.model.metrics,
            controls=controls_of(options),
            key=options.key,
            chords=options.chords,
            tempo=None if options.tempo is None else sound_of(options).tempo,
            columns_per_beat=options.columns_per_beat,
            **how_of(options),
            **more,
        )


def how_of(options: argparse.Namespace) -> dict[str, Any]:
    """How it is written, whatever is: by name, as `ask` takes it."""
    from basstab_hf.generate import Guards, Sampling

    with as_flags():
        sampling = Sampling(options.temperature, options.top_k, options.top_p, options.min_p)
        guards = Guards(options.max_copy, options.max_repeats, options.repetition)
    return {
        "strength": options.strength,
        "difficulty": options.difficulty,
        "sampling": sampling,
        "seed": options.seed,
        "match_cache": not options.no_match_cache,
        "mixture": options.mixture,
        "guards": guards,
        "best_of": options.best_of,
    }


def controls_of(options: argparse.Namespace) -> dict[str, Any]:
    """What the flags ask for by control words."""
    from basstab_hf.tokenizer.control_table import ASKED

    asked = {control.name: getattr(options, control.name) for control in ASKED}
    return {**asked, "style": None} if options.style == NO_STYLE else asked


def draw_style(options: argparse.Namespace, composer: Composer) -> list[str]:
    """Choose a style where no control is asked for and the model learnt some; what is to be told of it.

    What it writes of itself is duller; beside a line of a style, other controls are heard less.
    """
    import secrets

    from basstab_hf.generate.steering import drawn_style

    if options.style == NO_STYLE or options.width is not None or any(controls_of(options).values()):
        return []
    style = drawn_style(composer.model.metrics, secrets.randbits(32) if options.seed is None else options.seed)
    if style is None:
        return []
    options.style = style
    return [f"style {style}, drawn since none is asked for; --style {NO_STYLE} leaves it to the model"]


def take_over_style(options: argparse.Namespace) -> list[str]:
    """Let tempo and grid of the style that is asked for hold, unless flags say otherwise; what is to be told."""
    from basstab_hf.composer.style import style as read_style

    style = read_style(options.style)
    told = []
    if options.tempo is None:
        options.tempo = style.usual_tempo
        told.append(f"tempo {options.tempo:g}")
    if options.columns_per_beat is None and options.width is None:
        options.columns_per_beat = style.columns / style.quarters
        told.append(f"{options.columns_per_beat:g} columns a beat")
    return [f"{', '.join(told)}, as the style {style.name} has them"] if told else []


def check_out(options: argparse.Namespace, count: int, flag: str) -> None:
    """Raise an InputError, before anything is written, where --out cannot take what is asked for."""
    from basstab_hf import formats

    for path in options.out:
        formats.check_writable(path)
    if options.out and count > 1:
        raise InputError(f"--out takes one tab, {flag} asks for {count}: leave one of them out")


def hand_over(options: argparse.Namespace, tabs: Iterable[Written], kept: int | None = None) -> None:
    """Print tabs, or put them into one document, and write files.

    From system number `kept` on, systems get as many bars as people give them; None: all stay as they are.
    """
    from dataclasses import replace

    from basstab_hf.tab.layout import in_even_lines

    handed_over = []
    for number, one in enumerate(tabs):
        written = one if kept is None else replace(one, tab=in_even_lines(one.tab, kept))
        handed_over.append(written)
        if not options.json:
            show(written.tab.text if number == 0 else f"\n{written.tab.text}")
        tell(options, written)
    if options.json:
        print_json({"tabs": [one.tab.text for one in handed_over], "notes": [list(one.notes) for one in handed_over]})


def tell(options: argparse.Namespace, written: Written) -> None:
    """What happened on the way, and files; text says the grid where its bars tell it clearly."""
    from dataclasses import replace

    from basstab_hf import formats
    from basstab_hf.rhythm.beat_grid import KNOWN
    from basstab_hf.rhythm.tab_time import TabTime

    for note in written.notes:
        say(f"basstab: {note}")
    if options.out:
        grid = formats.guess_columns_per_beat(written.tab)
        known = TabTime(grid=grid.columns_per_beat if grid.confidence >= KNOWN else None)
        sound = replace(sound_of(options, columns_per_beat=grid.columns_per_beat), time=told_time(options, known))
        write_files(options, written.tab, options.out, sound, grid.reason)


def write_files(options: argparse.Namespace, tab: Tab, paths: Sequence[str], sound: WriteSettings, guess: str) -> None:
    """Write files, and tell what was guessed and what the formats made of the tab."""
    from basstab_hf import formats

    for path in paths:
        for remark in formats.write(tab, path, sound, force=options.force):
            say(f"basstab: {path}: {remark}")
    if guess and options.columns_per_beat is None and any(map(formats.has_rhythm, paths)):
        say(f"basstab: {sound.columns_per_beat:g} columns a beat, {guess}; --columns-per-beat N says otherwise")


def read_prompt(options: argparse.Namespace, path: str) -> Tab:
    """Read one tab from a file, or from standard input: -; tell its remarks.

    The grid and the tempo that it states hold for what is written, too, unless flags say otherwise, and this is told.

    Raises:
        InputError: there is none, or --track asks for all.
    """
    from basstab_hf.formats.tracks import ALL

    if options.track == ALL:
        raise InputError(f"--track {ALL} takes several tabs, one is needed: name its track")
    (track,) = read_chosen(path, options.track)
    told = []
    if options.columns_per_beat is None and track.time.grid is not None:
        options.columns_per_beat = float(track.time.grid)
        told.append(f"{track.time.grid} columns a beat")
    if options.tempo is None and track.tempo is not None:
        options.tempo = track.tempo
        told.append(f"tempo {track.tempo:g}")
    if told:
        say(f"basstab: {', '.join(told)}, as {'standard input' if path == '-' else path} says")
    return track.tab


def read_chosen(path: str, which: str | None) -> tuple[Track, ...]:
    """Read what --track asks for from a file, or from standard input: -; tell the remarks."""
    from basstab_hf import files, formats
    from basstab_hf.formats.table import reader_of

    if path == "-":
        name, tracks = "standard input", formats.read_tracks(sys.stdin.buffer.read(), "standard input", ".txt")
    else:
        name, tracks = path, reader_of(path).read_tracks(files.read_bytes(path), path)
    chosen = tracks.chosen(name, which)
    for track in chosen:
        for remark in track.remarks:
            say(f"basstab: {name}: {f'track {track.number}: ' if len(chosen) > 1 else ''}{remark}")
    return chosen


def told_time(options: argparse.Namespace, time: TabTime) -> TabTime:
    """What is told of the time of a tab, the flags first; a grid that is asked for is that of all bars."""
    from dataclasses import replace

    if options.tempo is not None:
        time = replace(time, tempo=options.tempo)
    if options.columns_per_beat is not None:
        whole = int(options.columns_per_beat) if options.columns_per_beat % 1 == 0 else None
        time = time if whole == time.grid else time.on_another_grid(options.columns_per_beat)
        time = replace(time, times=(), grid=whole)
    return time


def sound_of(
    options: argparse.Namespace, tempo: float | None = None, columns_per_beat: float | None = None
) -> WriteSettings:
    """What the flags say, else the file, else the usual."""
    from basstab_hf.formats import WriteSettings

    usual = WriteSettings()
    return WriteSettings(
        (tempo or usual.tempo) if options.tempo is None else options.tempo,
        (columns_per_beat or usual.columns_per_beat) if options.columns_per_beat is None else options.columns_per_beat,
        options.soundfont,
        options.tone,
        options.text_width,
    )
