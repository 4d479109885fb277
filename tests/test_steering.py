import json
import shutil
from pathlib import Path

import pytest

from basstab_hf import generate_tab
from basstab_hf.errors import InputError
from basstab_hf.generate import Request
from basstab_hf.generate.bar_width import asked_width
from basstab_hf.generate.steering import asked_words, check_learnt, key_words
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import CONTROL_WORDS
from tests.conftest import riff

LEARNT = {
    "dataset": {
        "controls": {"<technique:none>": 90, "<technique:slide>": 10, "<technique:tap>": 9, "<density:low>": 50}
    }
}


def test_words_stand_in_the_order_of_training() -> None:
    asked = asked_words(key="Em", technique=["slide", "hammer-on", "slide"], density="low", metre=None, register=None)
    assert asked == ("<density:low>", "<technique:hammer-on>", "<technique:slide>", "<key:Em>")
    assert list(asked) == sorted(asked, key=CONTROL_WORDS.index)


def test_what_was_learnt_may_be_asked() -> None:
    check_learnt(("<density:low>", "<technique:slide>"), LEARNT, "m")
    check_learnt((), {}, "m")


@pytest.mark.parametrize(
    ("words", "usual", "width"),
    [((), 17, 17), (("<metre:3/4>",), 17, 13), (("<key:C>", "<metre:9/8>"), 16, 18), (("<metre:3/4>",), None, None)],
)
def test_a_metre_sets_the_width_of_bars(words: tuple[str, ...], usual: int | None, width: int | None) -> None:
    assert asked_width(words, usual) == width


@pytest.mark.parametrize(
    ("word", "metrics", "message"),
    [
        ("<technique:slap>", LEARNT, "m did not learn <technique:slap>: of technique it knows none, slide$"),
        ("<technique:tap>", LEARNT, "m did not learn <technique:tap>"),
        ("<key:Em>", LEARNT, "m never learnt to be asked for key: leave it out"),
        ("<key:Em>", {}, "m never learnt to be asked for key"),
    ],
)
def test_what_was_not_learnt_is_told(word: str, metrics: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_learnt((word,), metrics, "m")


def test_the_model_reads_the_words_in_front_and_the_tab_has_none(riff_model: Path, starts: list[list[int]]) -> None:
    learnt = list(json.loads((riff_model / "metrics.json").read_text())["dataset"]["controls"])
    controls = tuple(sorted([word for word in learnt if "density" in word or "metre" in word]))
    prompt = Tab.parse("\n".join(line[:38] for line in riff(3).split("\n")[:4]))
    tab = generate_tab(riff_model, Request(prompt=prompt, bars=2, seed=1, asked=controls), engine="numpy")
    assert starts[0][1 : 1 + len(controls)] == [7 + CONTROL_WORDS.index(word) for word in controls]
    assert Tab.parse(tab.text) == tab
    assert tab.text.startswith("G|")
    assert generate_tab(riff_model, Request(bars=3, seed=1, asked=controls)).text.startswith("G|")


@pytest.mark.parametrize(
    ("found", "what"), [(1, "is of format 1"), (None, "is not of basstab_hf, or older than its format 2")]
)
def test_a_tokenizer_of_another_format_is_told(riff_model: Path, tmp_path: Path, found: int | None, what: str) -> None:
    model = Path(shutil.copytree(riff_model, tmp_path / "model"))
    config = json.loads((model / "tokenizer_config.json").read_text())
    config["basstab_format"] = found
    (model / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=f"{what}; this version reads format 2"):
        generate_tab(model)


def test_a_key_is_asked_for_by_the_name_that_the_model_learnt() -> None:
    metrics = {"dataset": {"controls": {"<key:F#>": 20, "<key:Em>": 3}}}
    assert key_words("Gb", metrics) == key_words("F# major", metrics) == ("<key:F#>",)
    assert key_words("Em", metrics) == key_words(None, metrics) == ()
    with pytest.raises(InputError, match="key 'H'"):
        key_words("H", metrics)
