"""The pipeline for tabs: one tab out of every kind of prompt, in processes with the package and without."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GenerationConfig, pipeline, set_seed

from basstab_hf.errors import InputError, TabError
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.generate.pipeline_basstab import BassTabGenerationPipeline, printable
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.metrics.validity import validity
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.tab_words import print_words
from tests.conftest import riff

OPEN = """
G|-----------------|-----
D|-----------------|-----
A|-0---0---3---3---|-----
E|-----------------|-3---""".lstrip()
COLUMNS = " ".join(Tab.parse(OPEN).words)
FULL = riff(3, bars=4)
CONTROLLED = f"<metre:3/4>\n{OPEN}"


@pytest.fixture(scope="module")
def write() -> Any:
    return pipeline("text-generation", model=str(shipped_model()), pipeline_class=BassTabGenerationPipeline)


@pytest.fixture(scope="module")
def write_short(riff_model: Path) -> Any:
    """With a model that reads 128 columns."""
    return pipeline("text-generation", model=str(riff_model), pipeline_class=BassTabGenerationPipeline)


def text(found: Any) -> str:
    [record] = found
    assert set(record) == {"generated_text"}
    return str(record["generated_text"])


def seeded(number: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def rows_begin_with(tab: str, prompt: str) -> bool:
    """Whether the prompt's lines go on in the tab's: nothing of it moved or was glued on below."""
    pairs = zip(tab.splitlines(), prompt.splitlines(), strict=False)
    return all(line.startswith(before) for line, before in pairs)


def test_a_prompt_and_what_follows_are_one_tab(write: Any) -> None:
    found = text(write(OPEN, bars=3))
    assert rows_begin_with(found, OPEN)
    assert [len(bar) for bar in Tab.parse(found).bars] == [17] * 4  # the open bar is the first of three
    assert validity(found).tab_validity == 1.0


@pytest.mark.parametrize("columns", ["5---", "5--- ----", "5--- ---- ----", "---- ---- ----"])
def test_how_long_a_last_note_is_held_is_open_and_no_column_is_lost(write: Any, columns: str) -> None:
    prompt = f"GDAE |||| {columns}"
    for options in ({"do_sample": False}, {"num_return_sequences": 5}):
        for record in write(prompt, bars=1, **options):
            words = Tab.parse(record["generated_text"]).words
            assert " ".join(words).startswith(prompt)
            assert len(words) == 2 + 17 + 2  # with bar line and `<END>`


def test_behind_a_full_system_it_goes_on_in_the_same_or_in_a_new_one(write: Any) -> None:
    found = [Tab.parse(record["generated_text"]) for record in write(FULL, bars=4, num_return_sequences=4)]
    assert {len(tab.bars) for tab in found} == {8}
    assert all(tab.bars[:4] == Tab.parse(FULL).bars for tab in found)
    assert all(rows_begin_with(tab.text, FULL.rstrip("\n")) for tab in found)


def test_every_form_of_a_prompt_gives_the_same_tab(write: Any) -> None:
    chat = [{"role": "system", "content": "You play bass."}, {"role": "user", "content": OPEN}]
    raw = text(write(OPEN, bars=2, generator=seeded()))
    assert text(write(f"<bos> {COLUMNS}", bars=2, generator=seeded())) == raw
    [answered] = write(chat, bars=2, generator=seeded())
    assert answered["generated_text"] == [*chat, {"role": "assistant", "content": raw}]
    [longer] = write(answered["generated_text"], bars=1, generator=seeded())
    assert longer["generated_text"][:2] == chat
    assert rows_begin_with(longer["generated_text"][2]["content"], raw)
    assert text(write(chat, bars=2, generator=seeded(), return_full_text=False)).startswith("G|-----")


def test_an_empty_prompt_starts_a_tab(write: Any) -> None:
    found = text(write("", bars=2))
    assert found.startswith("G|")
    assert len(Tab.parse(found).bars) == 2


def test_batches_write_what_single_prompts_do(write: Any) -> None:
    prompts = [OPEN, "", FULL, COLUMNS]
    options = {"bars": 2, "do_sample": False}
    single = [text(write(prompt, **options)) for prompt in prompts]
    assert [text(found) for found in write(prompts, batch_size=3, **options)] == single
    assert [text(found) for found in write((one for one in prompts), **options)] == single
    assert single[0] == single[3]
    several = write(prompts, batch_size=4, bars=2, num_return_sequences=3)
    assert [[len(Tab.parse(one["generated_text"]).bars) for one in found] for found in several] == [
        [3] * 3,
        [2] * 3,
        [6] * 3,
        [3] * 3,
    ]


def test_what_is_new_can_be_had_alone_as_text_or_ids(write: Any) -> None:
    whole, new = (text(write(OPEN, bars=2, generator=seeded(), return_full_text=full)) for full in (True, False))
    joined = [f"{before}{row[2:]}" for before, row in zip(OPEN.splitlines(), new.splitlines(), strict=True)]
    assert joined == whole.splitlines()
    [record] = write(OPEN, bars=2, generator=seeded(), return_tensors=True)
    assert write.tokenizer.backend_tokenizer.decode(record["generated_token_ids"]).split() == list(
        Tab.parse(whole).words[:-1]
    )
    alone = text(write(FULL, max_new_tokens=1, return_full_text=False))
    assert alone == "" or alone.startswith("G|")


def test_grammar_and_cache_are_those_of_our_engines(write: Any) -> None:
    composer = Composer(shipped_model(), "numpy")
    for prompt in (OPEN, FULL):
        for cached in (True, False):
            request = Request(Tab.parse(prompt), bars=4, sampling=Sampling(0), match_cache=cached)
            found = text(write(prompt, bars=4, do_sample=False, match_cache=cached))
            assert found == next(composer.write(request)).tab.text


def test_seeds_repeat_a_tab(write: Any) -> None:
    first, second, third = (text(write("", bars=4, generator=seeded(number))) for number in (1, 1, 2))
    assert first == second != third
    set_seed(5)
    fourth = text(write("", bars=4))
    set_seed(5)
    assert text(write("", bars=4, generator=seeded())) == first  # leaves the common state alone
    assert text(write("", bars=4)) == fourth


def test_control_words_of_a_prompt_are_heeded_and_shown_on_request(write: Any) -> None:
    assert not text(write(CONTROLLED, bars=1)).startswith("<")
    shown = text(write(CONTROLLED, bars=1, skip_special_tokens=False))
    assert shown.startswith("<metre:3/4>\nG|")
    new = text(write("<metre:3/4>\nG|\nD|\nA|\nE|", bars=2))
    assert [len(bar) for bar in Tab.parse(new).bars] == [13, 13]


def test_control_words_may_come_as_a_prefix_and_nothing_else(write: Any) -> None:
    asked = text(write(OPEN, bars=1, prefix="<metre:3/4>", generator=seeded()))
    assert asked == text(write(CONTROLLED, bars=1, generator=seeded()))
    with pytest.raises(InputError, match="prefix has 'GDAE'"):
        write(OPEN, prefix="GDAE ||||")


def test_without_a_number_of_bars_no_bar_is_left_broken_off(write: Any) -> None:
    found = Tab.parse(text(write(OPEN, max_new_tokens=40, generator=seeded())))
    assert {len(bar) for bar in found.bars} == {17}
    assert len(found.bars) > 2
    assert text(write("", max_new_tokens=1)).startswith("G|")  # not even one bar: all of it


def test_without_the_grammar_what_prints_as_a_tab_is_kept(write: Any) -> None:
    options = {"grammar": False, "match_cache": False, "temperature": 3.0, "top_p": 1.0}
    set_seed(1)
    for found in write(OPEN, num_return_sequences=10, max_new_tokens=40, **options):
        assert rows_begin_with(found["generated_text"], OPEN)
        Tab.parse(found["generated_text"])
    found = [Tab.parse(one["generated_text"]) for one in write("", bars=2, grammar=False, num_return_sequences=3)]
    assert [len(tab.bars) for tab in found] == [2] * 3


words = st.sampled_from(["GDAE", "||||", "5---", "-----", "<END>", "<eos>", "<key:Em>", "x", "GDAEB", "|||||", "\t---"])


@given(st.lists(words, max_size=12))
def test_what_is_kept_of_any_words_prints(found: Sequence[str]) -> None:
    kept = printable(found)
    assert kept == list(found[: len(kept)])
    print_words(kept)


@pytest.mark.parametrize(
    ("prompt", "error", "message"),
    [
        ("G|-5-\nD|---\nA|--\nE|---", TabError, "line 3: 2 columns, the line above has 3"),
        ("hello", TabError, "'hello' is no tuning word"),
        ("GDAE |||| 5---- ----", TabError, "column 2 of a system in GDAE is '5----'"),
        ("<fim_suffix> |||| <fim_prefix> GDAE |||| <fim_middle>", InputError, "`Composer.infill` fills bars in"),
        ([{"role": "user", "content": None}], InputError, "a prompt is a tab as text"),
    ],
)
def test_a_prompt_that_cannot_be_continued_is_told_in_one_line(
    write: Any, prompt: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as told:
        write(prompt, bars=1)
    assert "\n" not in str(told.value)


def test_strings_that_were_never_learnt_are_told(write_short: Any) -> None:
    with pytest.raises(InputError, match="never learnt tabs of 5 strings"):
        write_short("GDAEB ||||| 5----", bars=1)


def test_numbers_that_cannot_be_are_told(write: Any) -> None:
    for bars in (0, 2.5):
        with pytest.raises(InputError, match=f"bars {bars}: choose a whole number, 1 or more"):
            write(OPEN, bars=bars)


def two_bar_systems(n_systems: int) -> str:
    """Of 38 columns each."""
    return "\n\n".join("\n".join(line[:38] for line in riff(number).splitlines()[:4]) for number in range(n_systems))


def test_a_prompt_longer_than_the_model_reads_is_continued_all_the_same(
    write_short: Any, caplog: pytest.LogCaptureFixture
) -> None:
    prompt = two_bar_systems(5)
    found = text(write_short(prompt, bars=1))
    assert len(Tab.parse(found).bars) == 11
    assert Tab.parse(found).bars[:10] == Tab.parse(prompt).bars
    with caplog.at_level(logging.WARNING, "basstab_hf"):
        found = text(write_short("", bars=50))
    assert 5 <= len(Tab.parse(found).bars) < 9
    assert "of 50 bars: the model can read no more" in caplog.text
    found = text(write_short(two_bar_systems(3), bars=2))  # all of it could be read, but then little be written
    assert len(Tab.parse(found).bars) == 8
    with pytest.raises(InputError, match="last system has more than 64 tokens"):
        write_short(riff(1, bars=4).replace("|\n", f"{'-' * 80}|\n"))


def test_lengths_are_kept_however_they_are_told(write_short: Any) -> None:
    def n_new(**options: Any) -> int:
        [record] = write_short("", return_tensors=True, **options)
        return len(record["generated_token_ids"]) - 3

    assert n_new(max_new_tokens=7) == 7
    assert n_new(max_length=13) == 10
    assert 7 < n_new(max_new_tokens=1000) <= 125
    config = GenerationConfig(max_new_tokens=9, do_sample=True, pad_token_id=0, eos_token_id=2)
    assert n_new(generation_config=config) == 9
    assert config.max_new_tokens == 9


PROGRAM = """
import importlib.util, json, pickle, sys, warnings
warnings.simplefilter("error")
sys.modules["basstab_hf"] = None  # the package cannot be imported
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline, set_seed
model_folder, shipped, raw, columns = sys.argv[1:]
found = {}
for name, args in (("inferred", []), ("named", ["bass-tab-generation"])):
    write = pipeline(*args, model=model_folder, trust_remote_code=True)
    set_seed(1)
    found[name] = [write(raw, bars=2)[0]["generated_text"], type(write).__name__, type(write.tokenizer).__name__]
found["bold"] = []
for number in range(20):
    set_seed(number)
    found["bold"] += write(raw if number % 2 else "", bars=4, temperature=1.5)[0]["generated_text"],
found["without"] = write(raw, bars=1, grammar=False, match_cache=False)[0]["generated_text"]
model = AutoModelForCausalLM.from_pretrained(model_folder, trust_remote_code=True)
tokenizer = AutoTokenizer.from_pretrained(model_folder)
inputs = tokenizer(columns, return_tensors="pt")
set_seed(1)
ids = model.generate(**inputs, bars=3)
plain = AutoModelForCausalLM.from_pretrained(model_folder)
set_seed(1)
plain.name_or_path = "/not/there"  # code beside the model has no say
options = {"custom_generate": model_folder, "trust_remote_code": True, "tokenizer": tokenizer}
again = plain.generate(**inputs, bars=3, **options)
found["generate"] = [tokenizer.decode(ids[0], skip_special_tokens=True), ids.tolist() == again.tolist()]
spec = importlib.util.spec_from_file_location("handler", model_folder + "/handler.py")
handler = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handler)
endpoint = handler.EndpointHandler(model_folder)
request = {"inputs": [raw, ""], "parameters": {"bars": 2, "seed": 1}}
found["endpoint"] = [endpoint(request), endpoint(request), endpoint({"inputs": raw})]
found["pickled"] = len(pickle.loads(pickle.dumps(write))(raw, bars=1))
stock = pipeline("text-generation", model=model_folder)
found["stock"] = [stock(columns, max_new_tokens=3)[0]["generated_text"], type(stock).__name__]
found["chat"] = stock([{"role": "user", "content": raw}], max_new_tokens=3)[0]["generated_text"][1]["content"]

del sys.modules["basstab_hf"]
import basstab_hf
write = pipeline("bass-tab-generation", model=shipped, trust_remote_code=True)
names = [type(write).__module__, type(write.tokenizer).__name__]
found["shipped, trusted"] = [write(raw, bars=2)[0]["generated_text"], *names]
basstab_hf.register()
basstab_hf.register()
for name, folder in (("registered", model_folder), ("shipped", shipped)):
    write = pipeline("bass-tab-generation", model=folder)
    found[name] = [write(raw, bars=2)[0]["generated_text"], type(write).__module__, type(write.tokenizer).__name__]
found["no trust"] = type(pipeline(model=model_folder)).__module__
found["plain"] = type(pipeline("text-generation", model=model_folder)).__name__
write.save_pretrained(sys.argv[1] + "-again")
print(json.dumps(found))
"""


def test_a_folder_brings_its_pipeline_along_and_the_registered_one_needs_no_trust(riff_model: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(riff_model), str(shipped_model()), OPEN, COLUMNS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in ("inferred", "named"):
        tab, *names = found[name]
        assert names == ["BassTabGenerationPipeline", "BassTabTokenizer"]
        assert rows_begin_with(tab, OPEN)
    assert found["inferred"] == found["named"]
    assert all(validity(tab).tab_validity == 1.0 for tab in found["bold"])
    assert [len(Tab.parse(tab).bars) for tab in found["bold"]] == [4, 5] * 10
    assert {len(bar) for tab in found["bold"] for bar in Tab.parse(tab).bars} == {17}
    assert len(Tab.parse(found["without"]).bars) >= 2
    words, same = found["generate"]
    assert same
    assert [len(bar) for bar in Tab.from_words(words.split()).bars] == [17] * 4
    assert found["pickled"] == 1
    first, again, plain = found["endpoint"]
    assert first == again
    assert [len(Tab.parse(record["generated_text"]).bars) for [record] in first] == [3, 2]
    assert rows_begin_with(text(plain), OPEN)
    assert found["stock"][0].startswith(f"{COLUMNS} ")
    assert found["stock"][1] == found["plain"] == "TextGenerationPipeline"
    assert len(found["chat"].split()) == 3
    for name in ("shipped, trusted", "registered", "shipped"):
        tab, *names = found[name]
        assert names == ["basstab_hf.generate.pipeline_basstab", "BassTabTokenizer"]
        assert len(Tab.parse(tab).bars) == 3
    assert found["no trust"] == "basstab_hf.generate.pipeline_basstab"
    again = Path(f"{riff_model}-again")
    assert (again / "pipeline_basstab.py").is_file()
    assert "bass-tab-generation" in json.loads((again / "config.json").read_text())["custom_pipelines"]


def test_the_shipped_folder_names_code_that_is_there() -> None:
    [offered] = json.loads((shipped_model() / "config.json").read_text())["custom_pipelines"].values()
    tokenizer = json.loads((shipped_model() / "tokenizer_config.json").read_text())["auto_map"]["AutoTokenizer"][1]
    for named in (offered["impl"], tokenizer):
        module, _, name = named.partition(".")
        assert f'__all__ = ["{name}"]' in (shipped_model() / f"{module}.py").read_text()
