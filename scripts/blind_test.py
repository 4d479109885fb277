#!/usr/bin/env python3
"""Can a reader tell what the machine writes? A page to read and hear it blind, and the key apart.

    scripts/blind_test [MODEL] --beside FOLDER|DATASET|composed [--kind machine] [--pairs 20] [--seed 1] [--out blind]
    scripts/blind_test --score KEY ANSWERS [KEY ANSWERS ...]

It shows other people's tabs where FOLDER holds them: the page is for this machine, never for a repository or the web.

Kinds: `machine`, two tabs, one by the machine and one beside it, of one tuning and metre; `style`, a tab by the machine
and five styles (--styles); `best-of`, of one request a single tab and the best of eight; `marks`, a riff of two bars
that the machine goes on with, to be marked from 1 to 5. OUT/index.html needs nothing but a browser and sends nothing;
its answers are a JSON file to download or copy. OUT/key.json says what is which: keep it from the reader.

All tabs of a page are printed by one writer, the two of a pair on one grid, with as many bars a line; all are played at
one tempo. Seeds repeat exactly.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2
from blind_excerpts import BARS, Excerpt, Shown, middle, others, shown_alike
from blind_score import UNSURE, read_json, report

from basstab_hf import files
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.style import style as read_style
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.plucked import STRINGS, STRUCK_STRINGS, VIBRATO, Phrase, phrases
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.generate import Composer
from basstab_hf.generate.ask import ask
from basstab_hf.generate.steering import drawn_style
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System, Tab

KINDS = ("machine", "style", "best-of", "marks")
TAKE_BESIDE = ("machine", "marks")
#: Styles that a listener knows by name.
STYLES = ("disco", "metal", "punk", "reggae", "walking")
#: Beats a minute at which everything is played, whoever wrote it.
TEMPO = 100.0
#: Bars that the machine writes for an excerpt from their middle, tabs of which the best is kept, bars of a riff.
WRITTEN, BEST_OF, RIFF = 16, 8, 2
#: Requests for a question before it is given up.
TRIES = 40
VERSION = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader sees and may answer, and for the key the right answer and where each tab comes from."""

    shown: tuple[Shown, ...]
    choices: Mapping[str, str]
    right: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A model that is asked as the command line asks it; each request has a seed of its own."""

    composer: Composer
    styles: Sequence[str]
    chance: Chance

    def style(self, quarters: float | None = None) -> str:
        """A style as it is drawn where none is asked for; of those whose bars last so long, and of `styles` if any."""
        for _ in range(1000):
            seed = self.chance.below(2**32)
            drawn = self.chance.one(self.styles) if self.styles else drawn_style(self.composer.model.metrics, seed)
            if drawn is None or quarters in (None, read_style(drawn).quarters):
                return drawn or ""
        raise InputError(f"no style has bars of {quarters:g} quarter notes")

    def write(self, name: str, bars: int, tuning: Tuning | None = None, best_of: int = 1) -> Excerpt:
        """A tab in a style, from the middle of so many bars."""
        style = read_style(name) if name else None
        seed = self.chance.below(2**32)
        request = ask(
            self.composer.model.metrics,
            tuning=None if tuning is None else str(tuning),
            controls={"style": name},
            tempo=style.usual_tempo if style else None,
            columns_per_beat=style.columns / style.quarters if style else None,
            bars=bars,
            seed=seed,
            best_of=best_of,
        )
        (written,) = self.composer.write(request, 1)
        origin = f"machine, style {name or 'none'}, seed {seed}, best of {best_of}"
        found = middle(written.tab, request.music.columns_per_beat, origin, name, strict=False)
        if found is None:
            raise InputError(f"{origin}: no {BARS} bars of one length")
        return found

    def go_on(self, riff: Tab, columns_per_beat: int, origin: str) -> Excerpt:
        """A riff, and what the machine goes on with."""
        seed = self.chance.below(2**32)
        metrics = self.composer.model.metrics
        request = ask(metrics, prompt=riff, columns_per_beat=columns_per_beat, bars=BARS - RIFF, seed=seed)
        (written,) = self.composer.write(request, 1)
        found = middle(written.tab, columns_per_beat, f"{origin}, gone on with from seed {seed}", strict=False)
        if found is None:
            raise InputError(f"{origin}: no {BARS} bars of one length")
        return found


# Questions


def asked(kind: str, machine: Machine, beside: str | None, seed: int) -> Iterator[Question]:
    """Questions without end, or until what stands beside the machine is used up; what cannot be asked is told.

    Raises:
        InputError: nothing to stand beside the machine.
    """
    if kind in TAKE_BESIDE:
        if beside is None:
            raise InputError(f"--kind {kind} takes --beside FOLDER, DATASET or composed")
        ask_one = of_pair if kind == "machine" else of_riff
        tries = ((ask_one, other) for other in others(beside, seed))
    else:
        ask_one = of_style if kind == "style" else of_best
        tries = ((ask_one, None) for _ in range(TRIES * 1000))
    missed = 0
    for ask_one, other in tries:
        try:
            question = ask_one(machine, other)
        except BasstabError as error:
            print(f"blind_test: left out: {error}", file=sys.stderr)
            missed += 1
            if missed > TRIES:
                raise
            continue
        missed = 0
        yield question


def _alike(excerpts: Sequence[Excerpt]) -> tuple[Shown, ...]:
    shown = shown_alike(excerpts)
    if not shown:
        raise InputError(f"no grid has room for {' and '.join(one.origin for one in excerpts)}")
    return tuple(shown)


def _two(excerpts: Sequence[Excerpt], machine: Machine, choices: Mapping[str, str]) -> Question:
    """The first of two is what is asked for; which one is A falls by chance."""
    turned = machine.chance.of(0.5)
    order = excerpts[::-1] if turned else excerpts
    return Question(_alike(order), choices, "B" if turned else "A", tuple(one.origin for one in order))


def of_pair(machine: Machine, other: Excerpt) -> Question:
    """The machine in the other's tuning and metre, and in its style where that is known."""
    style = other.style or machine.style(float(other.bars[0].length))
    own = machine.write(style, WRITTEN, other.tuning)
    if (own.bars[0].length, own.tuning) != (other.bars[0].length, other.tuning):
        raise InputError(f"{own.origin} is not in the tuning and metre of {other.origin}")
    choices = {"A": "A is the machine", "B": "B is the machine", UNSURE: "cannot tell"}
    return _two([own, other], machine, choices)


def of_best(machine: Machine, _: None) -> Question:
    """One request: the best of some beside a single tab, which is none of these."""
    style = machine.style()
    single = machine.write(style, BARS)
    best = machine.write(style, BARS, best_of=BEST_OF)
    return _two([best, single], machine, {"A": "A is better", "B": "B is better", UNSURE: "cannot tell"})


def of_style(machine: Machine, _: None) -> Question:
    name = machine.chance.one(machine.styles)
    own = machine.write(name, BARS)
    return Question(_alike([own]), {name: name for name in sorted(machine.styles)}, name, (own.origin,))


def of_riff(machine: Machine, other: Excerpt) -> Question:
    """Its first bars are given, the others the machine's."""
    (given,) = _alike([other])
    systems, left = [], RIFF
    for system in given.tab.systems:
        if left > 0:
            spans = system.bar_spans[:left]
            systems.append(System(system.tuning, tuple(line[: spans[-1][1] + 1] for line in system.lines)))
            left -= len(spans)
    own = machine.go_on(Tab(tuple(systems)), given.columns_per_beat, other.origin)
    return Question(_alike([own]), {str(mark): str(mark) for mark in range(1, 6)}, "", (own.origin,))


# The page


def page_of(kind: str, questions: Sequence[Question]) -> str:
    """The page; of the questions it gets what is shown and the choices, not the key."""
    here = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    seen = [(question.shown, question.choices) for question in questions]
    plucked = Path(sys.modules[Phrase.__module__].__file__ or "").with_suffix(".js")
    data = {
        "test": test_id(kind, questions),
        "kind": kind,
        "string": asdict(STRINGS["finger"]),
        "struck": {how: asdict(string) for how, string in STRUCK_STRINGS.items()},
        "vibrato": VIBRATO,
        "sounds": [[_sound(one) for one in shown] for shown, _ in seen],
    }
    return environment.get_template("blind_test.html.jinja").render(
        kind=kind,
        questions=seen,
        tempo=TEMPO,
        riff=RIFF,
        unsure=UNSURE,
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),  # inside <script> only a "<" could end it
        plucked=plucked.read_text(encoding="utf-8"),
    )


def _sound(shown: Shown) -> dict[str, Any]:
    settings = WriteSettings(tempo=TEMPO, columns_per_beat=shown.columns_per_beat)
    sounds: dict[Phrase, int] = {}
    played = phrases(gestures(shown.tab, settings), settings.tone)
    strokes = [[round(onset, 6), sounds.setdefault(phrase, len(sounds))] for onset, phrase in played]
    phrase_values = [asdict(phrase) for phrase in sounds]
    return {"seconds": round(length(shown.tab, settings), 6), "strokes": strokes, "phrases": phrase_values}


def test_id(kind: str, questions: Sequence[Question]) -> str:
    """What tells that a key, a page and answers belong together: a digest of what is shown."""
    texts = [one.wide for question in questions for one in question.shown]
    return hashlib.sha256("\n\n".join([kind, *texts]).encode()).hexdigest()[:12]


def make(options: argparse.Namespace) -> None:
    """Write page and key."""
    out = Path(options.out)
    for name in ("index.html", "key.json"):
        files.check_free(out / name, force=options.force)
    styles = options.styles.split(",") if options.styles else STYLES if options.kind == "style" else ()
    for name in styles:
        read_style(name)
    # Pages beside other things show other tabs of the machine: one that came again would be told at once.
    chance = Chance(f"blind {options.kind} {Path(options.beside or '').name} {options.seed}")
    machine = Machine(Composer(options.model), styles, chance)
    endless = asked(options.kind, machine, options.beside, options.seed)
    questions = [question for question, _ in zip(endless, range(options.pairs), strict=False)]
    if len(questions) < options.pairs:
        raise InputError(f"{options.beside} is enough for {len(questions)} of {options.pairs} --pairs")
    key = {
        "version": VERSION,
        "test": test_id(options.kind, questions),
        "kind": options.kind,
        "model": options.model or "the model of the package",
        "beside": options.beside if options.kind in TAKE_BESIDE else None,
        "seed": options.seed,
        "questions": [{"right": one.right, "choices": [*one.choices], "tabs": one.origins} for one in questions],
    }
    out.mkdir(parents=True, exist_ok=True)
    files.write_text(out / "index.html", page_of(options.kind, questions), force=options.force)
    files.write_text(out / "key.json", json.dumps(key, indent=1) + "\n", force=options.force)
    print(f"blind_test: {out / 'index.html'} to read, {out / 'key.json'} to keep from the reader", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="default: the model of the package")
    parser.add_argument("--beside", metavar="FOLDER|DATASET|composed")
    parser.add_argument("--kind", choices=KINDS, default="machine")
    parser.add_argument("--pairs", type=int, default=20, metavar="N", help="questions on the page")
    parser.add_argument("--styles", metavar="A,B", help="styles that the machine writes in (default: as it draws them)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="blind", metavar="FOLDER")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--score", nargs="+", metavar="FILE", help="a key and answers to it, as often as you like")
    options = parser.parse_args(arguments)
    try:
        if options.score is None:
            make(options)
        elif len(options.score) % 2:
            raise InputError("--score takes pairs of files: KEY ANSWERS")
        else:
            for key, answers in zip(options.score[::2], options.score[1::2], strict=True):
                print("\n".join(report(read_json(key, "questions"), read_json(answers, "answers"))))
    except BasstabError as error:
        sys.exit(f"blind_test: {error}")


if __name__ == "__main__":
    main()
