"""The fields that tell how to write. Input: what the model learnt. Output: Gradio components, and a `Form` of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from basstab_hf.demo.examples import EXAMPLES
from basstab_hf.demo.form import BOLDEST, MAX_BARS, MAX_BEST_OF, MAX_CHORDS, MAX_PROMPT, TEMPOS, Form
from basstab_hf.tokenizer.control_table import KEYS, TABLE
from basstab_hf.tokenizer.control_words import control_word

_KEYS = [("Any", ""), *((key, key) for key in KEYS)]
_TUNINGS = [
    ("Standard: EADG", ""),
    ("Drop D", "GDAD"),
    ("Half a step down", "GbDbAbEb"),
    ("A whole step down", "FCGD"),
    ("Drop C", "FCGC"),
    ("BEAD", "DAEB"),
]
_LEVELS = [
    ("Any", 0),
    ("1: first lessons", 1),
    ("2: easy", 2),
    ("3: some practice", 3),
    ("4: hard", 4),
    ("5: whatever a hand can do", 5),
]
#: Notes in a row that may be those of one known tune, where that is asked for.
_COPY = 12
#: Seeds that are drawn: short enough to be told to somebody else.
_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Fields:
    """Components by name: those of `Form`, one for each control that the model learnt, and a button an example."""

    plain: Mapping[str, Any]
    asked: Mapping[str, Any]
    examples: tuple[Any, ...]

    @property
    def components(self) -> set[Any]:
        return {*self.plain.values(), *self.asked.values()}

    def form(self, values: Mapping[Any, Any]) -> Form:
        """What the fields say, by the value of each component; an empty seed is drawn."""
        given = {name: values[component] for name, component in self.plain.items()}
        form = Form(**given, asked={name: values[component] for name, component in self.asked.items()})
        seed = secrets.randbelow(_SEEDS) if form.seed is None else form.seed
        return replace(form, seed=seed, max_copy=_COPY if form.max_copy else None)

    def fill(self) -> None:
        """Let each example's button fill in what belongs to it: in the browser, so that Generate at once will do."""
        filled = [self.plain[name] for name in ("prompt", "key", "chords", "tempo")]
        for button, example in zip(self.examples, EXAMPLES, strict=True):
            values = [example.prompt.rstrip(), example.key, example.chords, example.tempo]
            button.click(None, outputs=filled, js=f"() => {json.dumps(values)}", api_visibility="private")


def fields(learnt: Collection[str]) -> Fields:
    """Lay the fields out, the usual ones first; `learnt` are the control words that the model learnt."""
    prompt = gr.Textbox(
        label="Your riff",
        info="A tab that is to go on. Leave it empty to begin from nothing.",
        placeholder="G|-----------------|\nD|-----------------|\nA|-----------------|\nE|-0-0-3-3-5-5-3-3-|",
        lines=5,
        max_lines=12,
        max_length=MAX_PROMPT,
        elem_classes="tab-text",
        elem_id="prompt",
    )
    with gr.Row(elem_classes="examples"):
        examples = tuple(gr.Button(example.name, size="sm", min_width=90) for example in EXAMPLES)
    plain = {"prompt": prompt, **_music()}
    with gr.Accordion("More", open=False):
        with gr.Row():
            asked = _asked(learnt)
        plain |= _more()
    return Fields(plain, asked, examples)


def _music() -> dict[str, Any]:
    with gr.Row():
        key = gr.Dropdown(_KEYS, value="", label="Key", min_width=90, scale=1)
        chords = gr.Textbox(
            label="Chords, one a bar", placeholder="Am F C G", max_length=MAX_CHORDS, min_width=160, scale=2
        )
    with gr.Row():
        bars = gr.Slider(1, MAX_BARS, value=8, step=1, label="New bars", min_width=150)
        temperature = gr.Slider(0, BOLDEST, value=1, step=0.1, label="How bold", min_width=150)
    with gr.Row():
        difficulty = gr.Dropdown(_LEVELS, value=0, label="Difficulty", min_width=150)
        tempo = gr.Slider(*TEMPOS, value=100, step=1, label="Tempo", min_width=150)
    return {
        "key": key,
        "chords": chords,
        "bars": bars,
        "temperature": temperature,
        "difficulty": difficulty,
        "tempo": tempo,
    }


def _asked(learnt: Collection[str]) -> dict[str, Any]:
    """A field for each control of which the model learnt something."""
    dropdowns = {}
    for control in TABLE:
        known = [value for value in control.values if control_word(control.name, value) in learnt]
        if known and control.label:
            choices = [("Any", ""), *((value, value) for value in known)]
            dropdowns[control.name] = gr.Dropdown(choices, value="", label=control.label, min_width=100)
    return dropdowns


def _more() -> dict[str, Any]:
    with gr.Row():
        tuning = gr.Dropdown(
            _TUNINGS,
            value="",
            label="Tuning",
            info="of a new tab; a riff keeps its own",
            allow_custom_value=True,
            min_width=150,
        )
        seed = gr.Number(
            None,
            label="Seed",
            info="the same one, the same tab",
            placeholder="any",
            min_width=150,
        )
    best_of = gr.Slider(
        1, MAX_BEST_OF, value=1, step=1, label="Best of", info="so many tabs are written, the best one is shown"
    )
    max_copy = gr.Checkbox(False, label=f"Draw again what has more than {_COPY} notes in a row of a tune it learnt")
    return {"tuning": tuning, "seed": seed, "best_of": best_of, "max_copy": max_copy}
