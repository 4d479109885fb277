"""What transformers' `generate` writes with our processors: as our engines do, row by row, to the last bar."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel

from basstab_hf.errors import InputError, TabError
from basstab_hf.generate import Composer, Guards, Request, Sampling
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.processors import (
    ControlProcessor,
    GrammarProcessor,
    MatchCacheProcessor,
    loaded_words,
    tab_processors,
)
from basstab_hf.generate.prompt_ids import read_prompt
from basstab_hf.generate.so_far import SoFar
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.metrics.validity import validity
from basstab_hf.tab.columns import END
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import BOS, EOS, PAD
from tests.conftest import riff

GREEDY = {"do_sample": False, "max_new_tokens": 400}
OPEN = Tab.parse("""
G|-----------------|-----
D|-----------------|-----
A|-0---0---3---3---|-----
E|-----------------|-3---""")


@pytest.fixture(scope="module")
def shipped() -> Any:
    return AutoModelForCausalLM.from_pretrained(shipped_model())


@pytest.fixture(scope="module")
def words() -> ModelWords:
    return ModelWords.of_folder(shipped_model())


def batch(words: ModelWords, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
    """Left-padded."""
    most = max(map(len, rows))
    ids = torch.tensor([[0] * (most - len(row)) + list(row) for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != 0).long()}


def opening(tab: Tab | None, tuning: str = "GDAE") -> list[str]:
    found = list(tab.words) if tab else [tuning, "||||"]
    return [BOS, *(found[:-1] if found[-1] == END else found)]


def tabs(words: ModelWords, rows: torch.Tensor) -> list[Tab]:
    return [Tab.from_words(words.tokenizer.decode(row).split()) for row in rows.tolist()]


@pytest.mark.parametrize("cached", [True, False])
def test_greedy_generate_writes_what_our_engine_writes(shipped: Any, words: ModelWords, cached: bool) -> None:
    composer = Composer(shipped_model(), "numpy")
    prompts = [None, Tab.parse(riff(1, bars=4)), OPEN]
    free = Guards(max_repeats=0)
    requests = [Request(p, bars=4, sampling=Sampling(0), match_cache=cached, guards=free) for p in prompts]
    expected = [next(composer.write(request)).tab for request in requests]
    grammar = GrammarProcessor(words, bars=4)
    rows = [grammar.hold_back(words.encode(opening(prompt))) for prompt in prompts]
    processors = [MatchCacheProcessor(words.cache)] if cached else []
    out = shipped.generate(**batch(words, rows), **GREEDY, logits_processor=[*processors, grammar])
    assert tabs(words, out) == expected
    assert len(rows[2]) < len(words.encode(opening(OPEN)))  # how long its last note is was left to the model


def test_the_processors_of_a_folder_write_as_the_composer_does(riff_model: Path) -> None:
    request = Request(bars=3, width=9, tuning=Tuning.parse("GDAE"), sampling=Sampling(0))
    model = AutoModelForCausalLM.from_pretrained(riff_model)
    inputs = batch(ModelWords.of_folder(riff_model), [[1]])
    out = model.generate(**inputs, **GREEDY, logits_processor=tab_processors(riff_model, request))
    assert tabs(ModelWords.of_folder(riff_model), out) == [next(Composer(riff_model, "numpy").write(request)).tab]
    plain = Request(match_cache=False, guards=Guards(max_repeats=0))
    assert [type(one).__name__ for one in tab_processors(riff_model, plain)] == ["GrammarProcessor"]
    with pytest.raises(InputError, match=r"never learnt|did not learn"):
        tab_processors(riff_model, Request(asked=("<technique:slap>",)))


def test_a_loaded_model_says_what_its_folder_does_as_far_as_it_is_there(shipped: Any, words: ModelWords) -> None:
    tokenizer = AutoTokenizer.from_pretrained(shipped_model())
    found = loaded_words(shipped, tokenizer)
    assert (found.cache, found.usual_width, found.vocabulary) == (words.cache, 17, words.vocabulary)
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=1, n_embd=8, vocab_size=len(tokenizer)))
    for name in ("", "/not/there/any/more"):
        model.name_or_path = name
        found = loaded_words(model, tokenizer)
        assert (found.cache, found.usual_width) == (None, None)


def test_bold_samples_are_all_well_formed_and_as_long_as_asked(shipped: Any, words: ModelWords) -> None:
    torch.manual_seed(1)
    inputs = batch(words, [words.encode(opening(None)), words.encode(opening(OPEN))])
    options = {"do_sample": True, "temperature": 1.5, "top_p": 1.0, "max_new_tokens": 200, "num_return_sequences": 25}
    out = shipped.generate(**inputs, **options, logits_processor=[GrammarProcessor(words, bars=4)])
    found = tabs(words, out)
    assert len(found) == 50
    assert {len(tab.bars) for tab in found[:25]} == {4}
    assert {len(tab.bars) for tab in found[25:]} == {5}  # the open bar is the first
    assert all(tab.text.startswith("G|-----------------|-----") for tab in found[25:])
    assert [validity(tab.text).tab_validity for tab in found] == [1.0] * 50


def test_beams_do_not_crash_and_systems_are_counted(shipped: Any, words: ModelWords) -> None:
    inputs = batch(words, [words.encode(opening(None))])
    processors = [*tab_processors(shipped_model(), Request(systems=2, width=9, sampling=Sampling(0)))]
    out = shipped.generate(**inputs, num_beams=3, **GREEDY, logits_processor=processors)
    [tab] = tabs(words, out)
    assert len(tab.systems) == 2
    assert validity(tab.text).tab_validity == 1.0


def scores(words: ModelWords, n_rows: int = 1) -> torch.Tensor:
    return torch.zeros(n_rows, len(words.vocabulary))


def legal(words: ModelWords, processor: GrammarProcessor, ids: list[int]) -> list[str]:
    """What may follow, as tokens."""
    [row] = processor(torch.tensor([ids]), scores(words))
    return [words.tokenizer.id_to_token(place) for place in torch.nonzero(row > -torch.inf).flatten().tolist()]


def test_a_system_is_begun_as_the_prompt_lets_it(words: ModelWords) -> None:
    def after(text: str, **options: Any) -> list[str]:
        return legal(words, GrammarProcessor(words, **options), words.encode(text.split()))

    assert after(BOS, tuning=Tuning.parse("GDAD"), bars=1) == [" GDAD"]
    assert after("<bos>") == [" GDAE"]
    assert after("GDAE |||| 5--- |||| <END> GDAD") == [" ||||"]
    closed = "GDAE |||| 5--- ---- ---- ---- |||| <END>"
    assert after(closed) == [EOS, " GDAE"]
    assert after(closed, bars=2) == [" GDAE"]
    assert EOS not in after(f"{closed} GDAE ||||")


def test_a_tuning_that_the_model_never_saw_is_spelt_token_by_token(words: ModelWords) -> None:
    tuning = Tuning.parse("A#FCG")
    processor, ids = GrammarProcessor(words, tuning=tuning, bars=1), words.encode([BOS])
    for token in words.encode([tuning.word, "||||"]):
        assert legal(words, processor, ids) == [words.tokenizer.id_to_token(token)]
        ids.append(token)
    assert len(legal(words, processor, ids)) > 1


def test_behind_the_last_bar_only_the_end_may_follow(words: ModelWords) -> None:
    processor = GrammarProcessor(words, bars=1, width=4)
    ids = words.encode(["<bos>", "GDAE", "||||"])
    legal(words, processor, ids)
    ids += words.encode(["5---", "----", "----", "----"])
    assert legal(words, processor, ids) == [" ||||"]
    ids += words.encode(["||||"])
    assert legal(words, processor, ids) == [EOS]
    assert legal(words, processor, [*ids, words.tokenizer.token_to_id(EOS), words.tokenizer.token_to_id(PAD)]) == [EOS]


def test_what_is_legal_follows_from_the_ids_alone(words: ModelWords) -> None:
    """One processor for all, in any order, says what a new one says of each."""
    prompt, more = words.encode(["<bos>", "GDAE", "||||"]), words.encode(["5---", "----", "||||"])
    shared = GrammarProcessor(words, bars=2, prompt_length=len(prompt))
    for n in (0, 3, 1, 2, 3):
        ids = [*prompt, *more[:n]]
        assert legal(words, shared, ids) == legal(words, GrammarProcessor(words, bars=2, prompt_length=3), ids)
    again = GrammarProcessor(words, bars=2)
    before = legal(words, again, prompt)
    legal(words, again, [*prompt, *more])
    assert legal(words, again, prompt) == before  # the next `generate` with the same prompt


def test_the_metre_asked_for_sets_the_width(words: ModelWords) -> None:
    usual, waltz = (read_prompt(words, words.encode([*asked, "GDAE", "||||"])) for asked in ([], ["<metre:3/4>"]))
    assert (usual.width, waltz.width) == (17, 13)
    assert waltz.words == ("GDAE", "||||")


def test_nothing_is_left_without_a_word(words: ModelWords) -> None:
    """What others forbid altogether is decided by the grammar, so that there is always something to draw."""
    forbidden = torch.full((1, len(words.vocabulary)), -torch.inf)
    [row] = GrammarProcessor(words)(torch.tensor([words.encode([BOS])]), forbidden)
    assert torch.softmax(row, dim=-1)[words.vocabulary.ids["GDAE"]] == 1.0


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("5--- GDAE", TabError, "must start with its tuning"),
        ("<fim_suffix> |||| <fim_prefix> GDAE |||| <fim_middle>", InputError, "filled in by `Composer.infill`"),
    ],
)
def test_prompts_that_cannot_be_gone_on_with_are_told(
    words: ModelWords, text: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        legal(words, GrammarProcessor(words), words.encode(text.split()))


def test_strings_that_were_never_learnt_are_told(riff_model: Path) -> None:
    words = ModelWords.of_folder(riff_model)
    with pytest.raises(InputError, match="never learnt tabs of 5 strings"):
        legal(words, GrammarProcessor(words), words.encode(["GDAEB", "|||||"]))


def test_only_a_word_that_longer_ones_begin_with_is_held_back(words: ModelWords) -> None:
    processor = GrammarProcessor(words)
    for text in ("<bos>", "<bos> GDAE ||||", "<bos> GDAE"):
        ids = tuple(words.encode(text.split()))
        assert processor.hold_back([0, 0, *ids]) == ids
    ids = words.encode(["<bos>", "GDAE", "||||", "5---"])
    kept = processor.hold_back(ids)
    assert list(kept) == ids[:-1]
    following = legal(words, processor, [0, *kept])
    assert len(following) > 1
    assert all(token.startswith(" 5---") for token in following)


class OnlyOnce:
    """Forbids what the bar has; likes the open E string."""

    def __init__(self, words: ModelWords) -> None:
        self._words = words
        self.seen: list[tuple[int, int, int]] = []

    def bias(self, so_far: SoFar) -> Any:
        self.seen.append((so_far.bar, so_far.column, so_far.tokens))
        if so_far.bar > 0:
            return None
        ids = self._words.vocabulary.ids
        found = np.zeros(len(self._words.vocabulary), np.float32)
        found[ids["---0"]] = 3.0
        found[[ids[column] for column in so_far.bars[-1] if column in ids]] = -np.inf
        return found


def test_controls_push_and_forbid_and_know_where_the_tab_stands(words: ModelWords) -> None:
    control = OnlyOnce(words)
    processor = ControlProcessor(words, [control])
    ids = words.encode(["<bos>", "GDAE", "||||", "5---", "----"])
    [row] = processor(torch.tensor([ids]), scores(words))
    ids.append(words.vocabulary.ids["||||"])
    place = words.vocabulary.ids
    assert row[place["---0"]] - row[place["7---"]] == pytest.approx(3.0)
    assert row[place["5---"]] < -900
    assert torch.isfinite(row).all()
    [row] = processor(torch.tensor([ids]), scores(words))
    assert row.tolist() == pytest.approx([-np.log(len(words.vocabulary))] * len(row))
    assert control.seen == [(0, 2, 0), (1, 0, 1)]


def test_controls_write_with_generate_what_they_write_with_our_loop(shipped: Any, words: ModelWords) -> None:
    from basstab_hf.generate.job import continuing
    from basstab_hf.generate.loop import write
    from basstab_hf.generate.tab_model import TabModel

    request = Request(bars=3, sampling=Sampling(0))
    job = continuing(TabModel.open(None, "numpy"), request)
    [found] = write(job.model.engine, [job.plan(request, np.random.SeedSequence(1), [OnlyOnce(words)])])
    processors = tab_processors(shipped_model(), request, [OnlyOnce(words)])
    out = shipped.generate(**batch(words, [words.encode([BOS])]), **GREEDY, logits_processor=processors)
    assert tabs(words, out) == [job.tab(found)]
