"""One way in: what flags say and what the fields of the page say becomes the same request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.commands import tabs
from basstab_hf.commands.parser import parse
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.generate import Guards, Music, Request
from basstab_hf.generate.ask import ask
from basstab_hf.generate.request import RANGES
from basstab_hf.page.form import Form, wanted
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab
from tests.conftest import riff

#: A model that learnt a few control words.
METRICS = {"dataset": {"controls": {"<key:F#>": 50, "<key:Em>": 3, "<density:low>": 50}}}
TRIPLETS = "\n".join(f"{label}|{'5--' * 4}|{'7--' * 4}|{'5--' * 4}|" for label in "GDAE")


@given(
    key=st.sampled_from(["", "Gb", "Em", "C#m"]),
    chords=st.sampled_from(["", "Am F C G", "Am, F | C - G"]),
    difficulty=st.sampled_from([None, 1, 5]),
    tempo=st.integers(40, 240),
    density=st.sampled_from([None, "low"]),
    seed=st.integers(0, 2**32 - 1),
    bars=st.integers(1, 32),
    best_of=st.integers(1, 16),
    max_copy=st.booleans(),
    temperature=st.sampled_from([0.0, 0.5, 2.0]),
    tuning=st.sampled_from(["", "drop D", "GDAEB"]),
)
def test_flags_and_fields_ask_for_the_same(density: str | None, max_copy: bool, **asked: Any) -> None:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items() if value not in (None, "")]
    flags += [f"--density={density}"] if density else []
    flags += ["--max-copy=12"] if max_copy else []
    options = parse(["generate", *flags])
    composer: Any = SimpleNamespace(model=SimpleNamespace(metrics=METRICS))
    more = {name: getattr(options, name) for name in ("bars", "systems", "width", "tuning")}
    form = Form.of({**asked, "asked": {"density": density}, "max_copy": max_copy})
    assert tabs.request_of(options, composer, prompt=None, **more) == wanted(form, METRICS, 17).request


def test_texts_become_what_a_model_is_asked() -> None:
    request = ask(METRICS, key="Gb", chords="| Am | F - C", controls={"density": "low", "metre": "", "technique": []})
    assert request.asked == ("<density:low>", "<key:F#>")
    assert (request.music.key, request.music.chords) == ("Gb", ("Am", "F C"))
    assert ask({}, tuning="drop D").tuning == Tuning.parse("GDAD")
    assert ask({}, key="", chords=None, tuning="") == Request(music=Music(feel=1.0))


def test_the_grid_of_the_prompt_counts_unless_another_is_asked_for() -> None:
    assert ask({}).music.columns_per_beat == 4
    assert ask({}, prompt=Tab.parse(TRIPLETS)).music.columns_per_beat == 3
    assert ask({}, prompt=Tab.parse(TRIPLETS), columns_per_beat=6).music.columns_per_beat == 6


def test_a_prompt_in_another_tuning_is_told() -> None:
    prompt = Tab.parse(riff(1))
    assert ask({}, prompt=prompt, tuning="standard").tuning == prompt.tuning
    with pytest.raises(InputError, match="the prompt is in GDAE, --tuning says GDAD: leave one out"):
        ask({}, prompt=prompt, tuning="drop D")


@pytest.mark.parametrize("name", RANGES)
def test_numbers_are_taken_up_to_the_ends_of_their_range(name: str) -> None:
    kind = next(kind for kind in (Request, Music, Guards) if name in kind.__dataclass_fields__)
    for value in RANGES[name]:
        assert getattr(kind(**{name: value}), name) == value
    for value in (RANGES[name][0] - 1, RANGES[name][1] + 1, float("nan")):
        with pytest.raises(BasstabError, match=f"{name} .*: choose "):
            kind(**{name: value})
