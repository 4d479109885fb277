"""Chords that are asked for are read in front of their bars by every engine, and never written into a tab."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Guards, Music, Request, Sampling
from basstab_hf.generate.ask import ask
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.processors import tab_processors
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import BOS, CHORD_WORDS
from tests.conftest import needs_cpp, riff

CHORDS = ("Am7/G", "F", "N.C.")
FREE = Guards(max_repeats=0)


@pytest.fixture(scope="module")
def told_model(riff_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The riffs' model, as if it had learnt to be told chords and tempi."""
    folder = Path(shutil.copytree(riff_model, tmp_path_factory.mktemp("told") / "model"))
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["dataset"] |= {"chords": 50, "controls": {"<tempo:120-139>": 50}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def request(prompt: Tab | None = None, bars: int = 7) -> Request:
    music = Music(chords=CHORDS, strength=0)
    return Request(prompt, bars=bars, width=None if prompt else 17, seed=1, music=music, guards=FREE)


def test_chords_are_read_in_front_of_their_bars(told_model: Path, starts: list[list[int]]) -> None:
    composer = Composer(told_model, "numpy")
    [written] = composer.write(request(), 1)
    assert len(written.tab.bars) == 7
    tokenizer = composer.model.tokenizer
    assert tokenizer.decode(starts[0], skip_special_tokens=False).split() == [
        *(BOS, "GDAE", "||||", "<root:A>", "<quality:m7>", "<bass:G>")
    ]
    assert not {word for word in CHORD_WORDS if word in written.tab.text}
    heard: list[str] = []
    [streamed] = composer.write(request(), 1, heard.extend)
    assert streamed.tab == Tab.from_words(heard) == written.tab
    del starts[:]
    open_bar = Tab.parse("G|---5-|---\nD|-----|---\nA|-5---|---\nE|-----|-3-")
    [written] = composer.write(request(open_bar, 2), 1)
    read = tokenizer.decode(starts[0], skip_special_tokens=False).split()
    assert read[8:] == ["||||", "<root:A>", "<quality:m7>", "<bass:G>", "----", "---3", "----"]
    assert [len(bar) for bar in written.tab.bars] == [5, 5, 5]


@needs_cpp
@pytest.mark.parametrize("prompt", [None, riff(1, bars=4)])
def test_engines_write_the_same_under_chords(told_model: Path, prompt: str | None) -> None:
    asked = request(prompt and Tab.parse(prompt))
    tabs = [list(Composer(told_model, engine).write(asked, 3)) for engine in ("numpy", "cpp")]
    assert [one.tab for one in tabs[0]] == [one.tab for one in tabs[1]]
    asked = Request(systems=3, width=17, seed=1, music=asked.music, guards=FREE)
    first, second = (next(Composer(told_model, engine).write(asked)).tab for engine in ("numpy", "cpp"))
    assert first == second
    assert len(first.systems) == 3


def test_the_processors_force_the_same_words(told_model: Path) -> None:
    words = ModelWords.of_folder(told_model)
    model = AutoModelForCausalLM.from_pretrained(told_model)
    music = Music(chords=CHORDS, strength=0)
    for asked in (
        Request(bars=5, width=8, sampling=Sampling(0), music=music, guards=FREE),
        Request(systems=1, width=8, sampling=Sampling(0), music=music, guards=FREE),
    ):
        out = model.generate(
            input_ids=torch.tensor([[1]]),
            do_sample=False,
            max_new_tokens=120,
            logits_processor=tab_processors(told_model, asked),
        )
        text = words.tokenizer.decode(out[0].tolist(), skip_special_tokens=False).split()
        assert text[1:6] == ["GDAE", "||||", "<root:A>", "<quality:m7>", "<bass:G>"]
        columns = words.tokenizer.decode(out[0].tolist(), skip_special_tokens=True).split()
        assert Tab.from_words(columns) == next(Composer(told_model, "numpy").write(asked)).tab


def test_bars_are_filled_in_under_chords(told_model: Path, starts: list[list[int]]) -> None:
    composer = Composer(told_model, "numpy")
    tab = Tab.parse(riff(3, bars=8))
    [written] = composer.infill(tab, 4, 5, request())
    assert written.tab.bars[:3] + written.tab.bars[5:] == tab.bars[:3] + tab.bars[5:]
    read = composer.model.tokenizer.decode(starts[0], skip_special_tokens=False).split()
    assert read[-4:] == ["<fim_middle>", "<root:A>", "<quality:m7>", "<bass:G>"]


def test_a_model_that_knows_no_chords_writes_as_ever(riff_model: Path, starts: list[list[int]]) -> None:
    composer = Composer(riff_model, "numpy")
    asked = request()
    plain = Request(bars=7, width=17, seed=1, guards=FREE)
    assert next(composer.write(asked)).tab == next(composer.write(plain)).tab
    assert starts[0] == starts[len(starts) // 2] == [1, *composer.model.encode(["GDAE", "||||"])]
    with pytest.raises(InputError, match="chord 1, 'H'"):
        next(composer.write(Request(music=Music(chords=("H",)))))


def test_a_tempo_is_asked_of_models_that_learnt_it(told_model: Path, riff_model: Path) -> None:
    told, untold = (ModelWords.of_folder(folder).metrics for folder in (told_model, riff_model))
    assert ask(told, tempo=120.0).asked == ("<tempo:120-139>",)
    assert ask(told).asked == ask(told, tempo=90.0).asked == ask(untold, tempo=120.0).asked == ()
    assert ask(told).music.tempo == ask(told, tempo=100.0).music.tempo
