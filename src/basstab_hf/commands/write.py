"""The commands that write tabs: generate, infill, convert."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from basstab_hf.commands.output import hush_transformers, print_json, say
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.formats import WriteSettings
    from basstab_hf.formats.track import Track
    from basstab_hf.generate import Composer, Request, Written
    from basstab_hf.tab import Tab


def generate(options: argparse.Namespace) -> None:
    """`basstab generate`."""
    from basstab_hf.tuning import Tuning

    _check_out(options, options.num, "--num")
    prompt = _read_tab(options.prompt) if options.prompt else None
    tuning = Tuning.parse(options.tuning) if options.tuning else None
    if prompt and tuning and prompt.tuning != tuning:
        raise InputError(f"the prompt is in {prompt.tuning}, --tuning says {tuning}: leave one out")
    composer = _open(options)
    request = _request(
        options,
        composer,
        prompt=prompt,
        tuning=tuning,
        bars=options.bars,
        systems=options.systems,
        width=options.width,
    )
    if options.stream:
        _stream(options, composer, request)
    else:
        _hand_over(options, composer.write(request, options.num))


def infill(options: argparse.Namespace) -> None:
    """`basstab infill`."""
    _check_out(options, options.variations, "--variations")
    tab = _read_tab(options.tab)
    composer = _open(options)
    first, last = options.bars
    _hand_over(options, composer.infill(tab, first, last, _request(options, composer), options.variations))


def _open(options: argparse.Namespace) -> Composer:
    from basstab_hf.generate import Composer

    if options.engine == "torch":
        hush_transformers()
    return Composer(options.model, options.engine)


def _request(options: argparse.Namespace, composer: Composer, **more: Any) -> Request:
    """What the flags ask for; a key is asked of the model, too, if it learnt to be asked."""
    from basstab_hf.generate import Guards, Music, Request, Sampling
    from basstab_hf.generate.steering import asked_words, in_order, key_words

    sound = _sound(options)
    asked = asked_words(**{name: getattr(options, name) for name in ("density", "register", "technique", "metre")})
    return Request(
        sampling=Sampling(options.temperature, options.top_k, options.top_p, options.min_p),
        seed=options.seed,
        asked=in_order([*asked, *key_words(options.key, composer.model.metrics)]),
        match_cache=not options.no_match_cache,
        music=Music(
            key=options.key,
            chords=tuple(re.findall(r"[^\s,|]+", options.chords)),
            strength=options.strength,
            difficulty=options.difficulty,
            tempo=sound.tempo,
            columns_per_beat=sound.columns_per_beat,
        ),
        guards=Guards(options.max_copy, options.max_repeats, options.repetition),
        best_of=options.best_of,
        **more,
    )


def _check_out(options: argparse.Namespace, count: int, flag: str) -> None:
    from basstab_hf import formats

    for path in options.out:
        formats.check_writable(path)
    if options.out and count > 1:
        raise InputError(f"--out takes one tab, {flag} asks for {count}: leave one of them out")


def _stream(options: argparse.Namespace, composer: Composer, request: Request) -> None:
    """Print columns as they are made."""
    from basstab_hf.column_printer import ColumnPrinter
    from basstab_hf.tuning import STANDARD

    if options.json:
        raise InputError("--stream prints columns as they are made, --json all at once: leave one of them out")
    tuning = request.prompt.systems[-1].tuning if request.prompt else request.tuning or STANDARD
    tabs = composer.write(request, options.num, lambda words: printer.write(words))
    for number in range(options.num):
        print(end="\n" if number else "")
        printer = ColumnPrinter.to(sys.stdout, tuning)
        written = next(tabs)
        printer.close()
        _tell(options, written)


def _hand_over(options: argparse.Namespace, tabs: Iterable[Written]) -> None:
    """Print tabs, or put them into one document, and write files."""
    found = []
    for place, written in enumerate(tabs):
        found.append(written)
        if not options.json:
            print(written.tab.text if place == 0 else f"\n{written.tab.text}", flush=True)
        _tell(options, written)
    if options.json:
        print_json({"tabs": [one.tab.text for one in found], "notes": [list(one.notes) for one in found]})


def _tell(options: argparse.Namespace, written: Written) -> None:
    """What happened on the way, and files."""
    from basstab_hf import formats

    for note in written.notes:
        say(f"basstab: {note}")
    if options.out:
        grid = formats.guess_columns_per_beat(written.tab)
        _write(options, written.tab, options.out, _sound(options, columns_per_beat=grid.columns_per_beat), grid.reason)


def _write(options: argparse.Namespace, tab: Tab, paths: Sequence[str], sound: WriteSettings, guess: str) -> None:
    """Write files, and tell what was guessed and what the formats made of the tab."""
    from basstab_hf import formats

    for path in paths:
        for remark in formats.write(tab, path, sound, force=options.force):
            say(f"basstab: {path}: {remark}")
    if guess and options.columns_per_beat is None and any(map(formats.has_rhythm, paths)):
        say(f"basstab: {sound.columns_per_beat:g} columns a beat, {guess}; --columns-per-beat N says otherwise")


def _read_tab(path: str) -> Tab:
    return _read_track(path).tab


def _read_track(path: str) -> Track:
    from basstab_hf import formats
    from basstab_hf.formats import text

    if path == "-":
        return text.read_content(sys.stdin.buffer.read(), "standard input")
    return formats.read_track(path)


def convert(options: argparse.Namespace) -> None:
    """`basstab convert`."""
    from basstab_hf import formats

    formats.check_writable(options.target)
    track = _read_track(options.source)
    for remark in track.remarks:
        say(f"basstab: {options.source}: {remark}")
    sound = _sound(options, track.tempo, track.columns_per_beat)
    _write(options, track.tab, [options.target], sound, track.guess)


def _sound(
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
