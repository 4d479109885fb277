"""What programs may ask of the page's server: five tools, typed and documented, offered by MCP.

    write           a tab, from nothing or from a riff
    rewrite_bars    other bars in place of some
    convert         a tab in another notation
    check           what of a text is a bass tab, and why the rest is none
    explain         what a tab holds, in plain words

Input and output are texts and numbers: nothing that a client names is opened. Docstrings are read by models and shown
to people: `Args` has one line for each argument. Everything is checked here, for a client may send anything.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal

from basstab_hf import formats
from basstab_hf.errors import InputError
from basstab_hf.files import scratch
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.settings import TEMPO
from basstab_hf.formats.track import Track
from basstab_hf.page.back import Back
from basstab_hf.page.explaining import explain as explained
from basstab_hf.page.form import BOLDEST, MAX_BARS, MAX_VARIATIONS, TEMPOS
from basstab_hf.page.riff import MAX_PROMPT, needed
from basstab_hf.page.values import number, whole
from basstab_hf.recognise import recognise_tabs
from basstab_hf.rhythm.tempo_words import PLAYED_TEMPOS
from basstab_hf.tokenizer.control_table import TABLE

#: Characters of a page to check, and of a file to convert: sixty bars of MusicXML.
MAX_PAGE, MAX_FILE = 200_000, 400_000
#: Characters of an answer; more would fill a model's context.
MAX_ANSWER = 400_000
_SEEDS = 1_000_000
#: Notations that are texts, by name: the suffix of their files.
_READ = {"tab": ".txt", "alphatex": ".alphatex", "musicxml": ".musicxml"}
_WRITTEN = {**_READ, "svg": ".svg"}
#: Files that are no texts, and what they are called on the web.
_BINARY = {"midi": (".mid", "audio/midi"), "gp5": (".gp5", "application/octet-stream")}

Notation = Literal["tab", "alphatex", "musicxml"]
Target = Literal["tab", "alphatex", "musicxml", "svg", "midi", "gp5"]
Density = Literal["", "low", "medium", "high"]


class Tools:
    """The tools of one model. Each raises a BasstabError, one line, for what cannot be done."""

    def __init__(self, back: Back) -> None:
        self._back = back

    @property
    def all(self) -> tuple[Callable[..., str], ...]:
        """Every tool, in the order in which they are listed."""
        return self.write, self.rewrite_bars, self.convert, self.check, self.explain

    def write(
        self,
        riff: str = "",
        chords: str = "",
        key: str = "",
        style: str = "",
        bars: int = 8,
        tempo: float = TEMPO,
        tuning: str = "",
        density: Density = "",
        difficulty: int = 0,
        boldness: float = 1.0,
        seed: int = -1,
    ) -> str:
        """Write a bass line as tablature: a new one, or bars that go on with a riff. Takes a second at most.

        Args:
            riff: A bass tab to go on with, at most 20,000 characters; empty begins from nothing.
            chords: Chords, one a bar, such as "Am F C G", or with bar lines "Am F | C G"; they come round again.
                Several lines are read as a chart, with sections, repeats and endings.
            key: A key such as "Em" or "Bb"; empty leaves it open.
            style: A style such as rock, funk, motown, reggae, walking, bossa; empty leaves it open.
            bars: New bars, 1 to 64; a chart has its own.
            tempo: Quarter notes a minute, 40 to 240; the hand has time by it.
            tuning: Strings from the highest to the lowest such as "GDAD" or "drop D"; empty is standard, or the riff's.
            density: How many notes: low, medium or high; empty leaves it open.
            difficulty: 1 (first lessons) to 5 (whatever a hand can do); 0 leaves it open.
            boldness: 0 takes the likeliest notes, 1 draws as people write, up to 2.
            seed: The same seed writes the same tab; -1 draws one.

        Returns:
            The tab as text, the riff included, and below it remarks and the seed.
        """
        form = _form(riff=riff, chords=chords, key=key, tempo=tempo, boldness=boldness, seed=seed)
        asked = {"density": _named("density", density)}
        form |= {
            "style": _named("style", style),
            "bars": whole("bars", bars, 1, MAX_BARS),
            "tuning": _text("tuning", tuning, 40),
            "difficulty": whole("difficulty", difficulty, 0, 5),
            "asked": {name: value for name, value in asked.items() if value},
        }
        result = self._ask(do="write", form=form)["result"]
        return _answer(result["text"], result["notes"])

    def rewrite_bars(
        self,
        tab: str,
        first_bar: int,
        last_bar: int,
        versions: int = 1,
        chords: str = "",
        key: str = "",
        boldness: float = 1.0,
        seed: int = -1,
    ) -> str:
        """Rewrite some bars of a bass tab so that they fit what is before and after; all others stay as they are.

        Args:
            tab: The bass tab, at most 20,000 characters.
            first_bar: The first bar to rewrite, counted from 1.
            last_bar: The last one; at most 8 bars at once.
            versions: How many versions to choose from, 1 to 4.
            chords: Chords for the new bars, one a bar, such as "Am F"; empty leaves them open.
            key: A key such as "Em"; empty leaves it open.
            boldness: 0 takes the likeliest notes, 1 draws as people write, up to 2.
            seed: The same seed writes the same bars; -1 draws one.

        Returns:
            The whole tab, once for each version, and below it remarks and the seed.
        """
        n_bars = len(_needed(tab).tab.bars)
        first, last = whole("first_bar", first_bar, 1, n_bars), whole("last_bar", last_bar, 1, n_bars)
        if last < first:
            raise InputError(f"bars {first} to {last}: the first comes before the last")
        count = whole("versions", versions, 1, MAX_VARIATIONS)
        form = _form(riff="", chords=chords, key=key, tempo=TEMPO, boldness=boldness, seed=seed)
        found = self._ask(do="rewrite", text=tab, first=first, last=last, count=count, form=form)["versions"]
        answers = [_answer(one["text"], one["notes"]) for one in found]
        headed = [f"Version {place}\n{text}" for place, text in enumerate(answers, 1)] if count > 1 else answers
        return "\n\n".join(headed)

    def convert(self, source: str, to: Target, source_format: Notation = "tab", tempo: float = 0) -> str:
        """Convert a bass part between notations: tab text, AlphaTex, MusicXML; and to a picture, MIDI or Guitar Pro.

        Args:
            source: The text of the part itself, no path and no URL, at most 400,000 characters (a tab: 20,000).
            to: What to make: tab, alphatex, musicxml, svg (a picture, as text), midi or gp5 (files, as data: URLs).
            source_format: What the source is: tab, alphatex or musicxml.
            tempo: Quarter notes a minute, 5 to 600; 0 takes what the source tells, else 100.

        Returns:
            The part in the other notation.
        """
        kind, wanted = _text("source_format", source_format, 40), _text("to", to, 40)
        if kind not in _READ:
            raise InputError(f"source_format {kind!r}: choose {', '.join(_READ)}")
        if wanted not in (*_WRITTEN, *_BINARY):
            raise InputError(f"to {wanted!r}: choose {', '.join((*_WRITTEN, *_BINARY))}")
        most = MAX_PROMPT if kind == "tab" else MAX_FILE
        track = _track(_text("source", source, most), _READ[kind])
        settings = _settings(track, number("tempo", tempo, 0, PLAYED_TEMPOS[1]))
        if wanted in _BINARY:
            suffix, media_type = _BINARY[wanted]
            content = _written(track, suffix, settings)
            return _bounded(f"data:{media_type};base64,{base64.b64encode(content).decode()}")
        content = _written(track, _WRITTEN[wanted], settings)
        return _bounded(content.decode())

    def check(self, text: str) -> str:
        """Find the bass tabs in a text, e-mail or HTML page, mend them, and say why other lines are none.

        Args:
            text: The text itself, no path and no URL, at most 200,000 characters.

        Returns:
            Each system with its lines, tuning, confidence and what was mended; what was refused and why; the clean tab.
        """
        found = recognise_tabs(_text("text", text, MAX_PAGE))
        lines = [
            f"Lines {one.line_numbers[0]} to {one.line_numbers[-1]}: a bass tab, {one.tuning}, "
            f"surely so to {one.confidence:.0%}; {'mended: ' + '; '.join(one.repairs) if one.repairs else 'clean'}."
            for one in found.systems
        ]
        lines += [f"Lines {no.first_line} to {no.last_line}: no bass tab: {no.reason}." for no in found.rejected]
        if not found.systems:
            return _bounded("\n".join([*lines, "No bass tab is in this text."]))
        return _bounded("\n".join([*lines, "", found.tab.text]))

    def explain(self, tab: str) -> str:
        """Explain a bass tab in plain words: strings, metre, key, chords, form, hand positions, marks, difficulty.

        Args:
            tab: The bass tab, at most 20,000 characters; chords, counts and sections printed beside it are read, too.

        Returns:
            A line for each thing; what is heard or guessed, and not written there, is called so.
        """
        return explained(_needed(tab))

    def _ask(self, **message: Any) -> dict[str, Any]:
        """What the page would be answered.

        Raises:
            InputError: what cannot be done.
        """
        answer = self._back.answer(message, lambda _: None)
        if "error" in answer:
            raise InputError(answer["error"])
        return answer


def _form(**given: Any) -> dict[str, Any]:
    """The fields that two tools share, checked; a seed below 0 is drawn."""
    seed = whole("seed", given["seed"], -1, _SEEDS)
    return {
        "prompt": _text("riff", given["riff"], MAX_PROMPT),
        "chords": _text("chords", given["chords"], MAX_PROMPT),
        "key": _text("key", given["key"], 40),
        "tempo": number("tempo", given["tempo"], *TEMPOS),
        "temperature": number("boldness", given["boldness"], 0, BOLDEST),
        "seed": None if seed < 0 else seed,
    }


def _text(name: str, value: object, most: int) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name}: write a text, not {type(value).__name__}")
    if len(value) > most:
        raise InputError(f"{name} has {len(value):,} characters, {most:,} are taken")
    return value


def _named(control: str, value: object) -> str:
    """A value of a control, or what people call it; "" for none."""
    text = _text(control, value, 40)
    row = next(row for row in TABLE if row.name == control)
    meant = row.reads(text) if text else ""
    if meant and meant not in row.values:
        raise InputError(f"{control} {text!r}: choose {', '.join(row.values)}")
    return meant


def _needed(tab: object) -> Track:
    text = _text("tab", tab, MAX_PROMPT)
    if not text.strip():
        raise InputError("tab: it is empty: lines such as 'G|--5--|', one a string, make one")
    return needed(text, MAX_PROMPT).track


def _track(text: str, suffix: str) -> Track:
    return formats.read_tracks(text.encode(errors="replace"), "the text", suffix).first("the text")


def _settings(track: Track, tempo: float) -> WriteSettings:
    return WriteSettings(
        tempo=tempo or track.tempo or TEMPO,
        columns_per_beat=track.columns_per_beat,
        time=replace(track.time, tempo=tempo) if tempo else track.time,
        marks=track.marks,
    )


def _written(track: Track, suffix: str, settings: WriteSettings) -> bytes:
    with scratch() as folder:
        path = folder / f"tab{suffix}"
        formats.write(track.tab, path, settings)
        return path.read_bytes()


def _answer(text: str, remarks: Iterable[str]) -> str:
    """A tab, and remarks below it that no reader of tabs takes for one."""
    return _bounded("\n\n".join([text.rstrip(), "\n".join(remarks)]).rstrip())


def _bounded(answer: str) -> str:
    if len(answer) > MAX_ANSWER:
        raise InputError(f"the answer has {len(answer):,} characters, {MAX_ANSWER:,} are given: send fewer bars")
    return answer
