import doctest
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from basstab_hf import BassTabTokenizer, Tab
from basstab_hf.errors import BasstabError, InputError, TabError
from basstab_hf.tab.columns import split_labels, to_columns
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System
from basstab_hf.tokenizer import tokenization_basstab
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, RESERVED, control_word
from basstab_hf.tokenizer.tab_words import column_text, reserved_line
from tests.conftest import riff
from tests.strategies import TUNINGS, odd_texts, tabs
from tests.test_columns import SEED_TAB, SEED_WORDS

TEXTS = [" ".join(SEED_WORDS), "GDAD |||| ---- 5--- |||| <END> GDAD |||| 5--- |||| <END>"]
NAMED = [(len(split_labels(word)), word) for word in TUNINGS]
STEERED = f"<density:low> <key:Em>\n{SEED_TAB}\n\n<metre:3/4>\n\nGb |5|\nDb |-|\nAb |-|\nEb |-|"


@pytest.fixture(scope="module")
def tokenizer() -> BassTabTokenizer:
    return BassTabTokenizer.from_column_texts(TEXTS, min_count=1)


@pytest.fixture(scope="module", params=["column", "note", "riff"])
def any_kind(request: pytest.FixtureRequest) -> BassTabTokenizer:
    tunings = [" ".join(Tab((System(Tuning.parse(word), ("-|",) * n),)).words) for n, word in NAMED]
    return BassTabTokenizer.from_column_texts([*TEXTS, *tunings], min_count=1, kind=request.param)


def test_the_example_in_the_documentation_is_true() -> None:
    failed, attempted = doctest.testmod(tokenization_basstab)
    assert (failed, attempted > 3) == (0, True)


def test_the_seeds_dictionary_is_there(tokenizer: BassTabTokenizer) -> None:
    ids = tokenizer.convert_tokens_to_ids([f" {word}" for word in SEED_WORDS])
    assert ids == tokenizer(SEED_TAB, add_special_tokens=False)["input_ids"]
    assert set(ids) <= set(tokenizer.get_vocab().values())


@given(tab=tabs())
def test_tabs_survive_character_for_character(any_kind: BassTabTokenizer, tab: Tab) -> None:
    ids = any_kind(tab.text)["input_ids"]
    assert ids == any_kind(" ".join(tab.words))["input_ids"]
    assert any_kind.unk_token_id not in ids
    assert any_kind.decode(ids, skip_special_tokens=True) == tab.text
    assert any_kind.decode_columns(ids) == " ".join(tab.words)


@given(column=st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=4, max_size=4))
def test_no_printable_character_is_unknown(any_kind: BassTabTokenizer, column: str) -> None:
    tab = "\n".join(f"{label}|-{mark}|" for label, mark in zip("GDAE", column, strict=True))
    ids = any_kind(tab)["input_ids"]
    assert any_kind.unk_token_id not in ids
    assert any_kind.decode(ids, skip_special_tokens=True) == tab


@given(st.lists(tabs(max_systems=2), min_size=1, max_size=4), st.sampled_from(["left", "right"]), st.integers(1, 9))
def test_batches_say_what_single_texts_say(any_kind: BassTabTokenizer, found: list[Tab], side: str, step: int) -> None:
    texts = [tab.text for tab in found]
    batch = any_kind(texts, padding=True, padding_side=side, pad_to_multiple_of=step)
    (length,) = {len(row) for row in batch["input_ids"]}
    assert length % step == 0
    for text, ids, mask in zip(texts, batch["input_ids"], batch["attention_mask"], strict=True):
        single = any_kind(text)
        pads = [0] * (length - len(single["input_ids"]))
        assert ids == (single["input_ids"] + pads if side == "right" else pads + single["input_ids"])
        assert mask == ([1] * len(single["input_ids"]) + pads if side == "right" else pads + single["attention_mask"])
    decoded = any_kind.batch_decode(batch["input_ids"], skip_special_tokens=True)
    assert decoded == texts


def test_padding_stands_on_the_left_for_generation(tokenizer: BassTabTokenizer) -> None:
    ids = tokenizer([SEED_TAB, "GDAE |||| ----"], padding=True)["input_ids"]
    assert ids[1][0] == tokenizer.pad_token_id
    assert tokenizer(SEED_TAB, padding="max_length", max_length=20)["input_ids"][:11] == [
        tokenizer.pad_token_id
    ] * 10 + [1]


def test_tensors_come_in_the_shape_of_transformers(any_kind: BassTabTokenizer) -> None:
    for texts, rows in ((SEED_TAB, 1), ([SEED_TAB, SEED_TAB], 2)):
        encoded = any_kind(texts, return_tensors="np", return_offsets_mapping=True)
        assert encoded["input_ids"].shape[0] == encoded["offset_mapping"].shape[0] == rows
        assert (any_kind(texts, return_tensors="np")["input_ids"] == encoded["input_ids"]).all()


@pytest.mark.parametrize("tab", [SEED_TAB, SEED_TAB.replace("||", "|")])
def test_details_are_there_when_asked_for(tokenizer: BassTabTokenizer, tab: str) -> None:
    encoded = tokenizer([tab, "GDAE |||| ----"], padding=True)
    assert encoded.tokens(0) == ["<bos>", *(f" {word}" for word in column_text(tab).split())]
    assert encoded.tokens(1)[0] == "<pad>"
    assert pickle.loads(pickle.dumps(encoded)).tokens(0) == encoded.tokens(0)
    assert tokenizer(tab).word_ids()[:3] == [None, 0, 1]
    assert tokenizer(tab, return_length=True)["length"] == [len(encoded.tokens(0))]
    assert set(tokenizer(tab, return_attention_mask=False)) == {"input_ids"}
    assert tokenizer(tab, return_tensors="np")["input_ids"].shape == (1, len(encoded.tokens(0)))


def test_irregular_raw_tabs_go_the_long_way_to_the_same_ids(tokenizer: BassTabTokenizer) -> None:
    clean = SEED_TAB.replace("||", "|")
    ids = tokenizer(clean)["input_ids"]
    for text in (SEED_TAB, clean.replace("\n", "\r\n"), clean.replace("|-", " |-"), clean.replace("G", "g")):
        assert tokenizer(text)["input_ids"] == ids
        assert tokenizer([text, clean])["input_ids"] == [ids, ids]
    for text in (
        "5|---\n-|---\n-|---\n-|---",
        "GD|-\nA|-\nE|-\n|-",
        "G|<\nD|E\nA|N\nE|D\nB|>",
        "G|\x00\nD|\x00\nA|\x00\nE|\x00",
    ):
        with pytest.raises(TabError):
            tokenizer(text)


def test_columns_seen_once_fall_back_to_characters_and_tunings_never() -> None:
    rare = BassTabTokenizer.from_column_texts(TEXTS, min_count=2)
    assert " 9---" not in rare.get_vocab()
    assert " GDAD" in rare.get_vocab()
    assert rare.tokenize(SEED_TAB)[9:14] == [" ", "9", "-", "-", "-"]
    assert rare(SEED_TAB)["input_ids"] == rare(column_text(SEED_TAB))["input_ids"]


def test_decoding_says_tab_or_columns(tokenizer: BassTabTokenizer) -> None:
    ids = tokenizer("---- 5---")["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "---- 5---"  # no tab: there is no tuning
    ids = tokenizer(SEED_TAB)["input_ids"]
    assert tokenizer.decode(ids, output="columns") == f"<bos> {column_text(SEED_TAB)}"
    with pytest.raises(InputError, match="choose tab or columns"):
        tokenizer.decode(ids, output="midi")


def test_reserved_words_have_fixed_ids_and_are_one_token_each(any_kind: BassTabTokenizer) -> None:
    assert any_kind.convert_tokens_to_ids(list(RESERVED)) == list(range(len(RESERVED)))
    assert {FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX} < set(RESERVED)
    assert 80 <= len(CONTROL_WORDS) <= 110
    assert control_word("key", "Em") in CONTROL_WORDS
    with pytest.raises(KeyError, match="there are C, C#"):
        control_word("key", "H")
    text = " ".join(["GDAE", "||||", *RESERVED, "----"])
    assert any_kind(text, add_special_tokens=False)["input_ids"][2:-1] == list(range(len(RESERVED)))
    assert any_kind.decode(any_kind(text)["input_ids"], output="columns") == f"<bos> {text}"


def test_control_words_stand_above_systems(any_kind: BassTabTokenizer) -> None:
    words = column_text(STEERED)
    assert words == f"<density:low> <key:Em> {' '.join(SEED_WORDS)} <END> <metre:3/4> GbDbAbEb |||| 5--- |||| <END>"
    ids = any_kind(STEERED)["input_ids"]
    assert ids == any_kind(words)["input_ids"]
    printed = any_kind.decode(ids[1:])
    assert printed.startswith("<density:low> <key:Em>\nG|---9h11\n")
    assert column_text(printed) == words
    assert any_kind.decode(ids, skip_special_tokens=True) == Tab.parse(printed.replace("<metre:3/4>", "")[22:]).text


@given(st.lists(st.one_of(tabs(max_systems=2), st.sets(st.sampled_from(RESERVED), min_size=1)), max_size=5))
def test_tabs_with_reserved_words_survive(any_kind: BassTabTokenizer, parts: list[Tab | set[str]]) -> None:
    text = "\n\n".join(part.text if isinstance(part, Tab) else " ".join(sorted(part)) for part in parts)
    ids = any_kind(text, add_special_tokens=False)["input_ids"]
    if "\n" in text.strip():
        assert any_kind(any_kind.decode(ids), add_special_tokens=False)["input_ids"] == ids


@pytest.mark.parametrize("text", [STEERED, STEERED.replace("\n", "\r\n"), f"\n\n  {SEED_TAB}"])
def test_offsets_point_into_the_top_string_line(text: str) -> None:
    known = BassTabTokenizer.from_column_texts([column_text(STEERED)], min_count=1)
    encoded = known(text, return_offsets_mapping=True)
    assert encoded["offset_mapping"] == known([SEED_TAB, text], return_offsets_mapping=True)["offset_mapping"][1]
    pieces = [text[start:end] for start, end in encoded["offset_mapping"]]
    seed = ["G", *"|---9h11"]
    assert pieces in (
        ["", *seed],
        ["", "<density:low>", "<key:Em>", *seed, "", "<metre:3/4>", "Gb", *"|5|", ""],
    )
    end = text.index("9h11") + 4
    assert ((end, end) in encoded["offset_mapping"]) == ("Gb" in text)


def test_offsets_of_characters_are_those_of_their_column(tokenizer: BassTabTokenizer) -> None:
    text = "G|--\nD|--\nA|3-\nE|--"
    encoded = tokenizer(text, return_offsets_mapping=True)
    assert encoded["offset_mapping"][3:8] == [(2, 3)] * 5


def test_offsets_of_a_token_of_several_columns_reach_over_them() -> None:
    notes = BassTabTokenizer.from_column_texts(TEXTS, min_count=1, kind="note")
    encoded = notes(SEED_TAB, return_offsets_mapping=True)
    tokens = notes.convert_ids_to_tokens(encoded["input_ids"])
    start = SEED_TAB.index("9h")
    assert encoded["offset_mapping"][tokens.index(" 9--- h---")] == (start, start + 2)
    assert encoded["offset_mapping"][tokens.index(" 1--- 1---")] == (start + 2, start + 4)
    words = column_text(SEED_TAB)
    encoded = notes(words, return_offsets_mapping=True)
    assert words[slice(*encoded["offset_mapping"][tokens.index(" 9--- h---")])] == "9--- h---"


def test_truncation_keeps_whole_systems_if_asked(any_kind: BassTabTokenizer) -> None:
    text = riff(1, bars=16)
    tab, length = Tab.parse(text), len(any_kind(text)["input_ids"])
    per_system = (length - 1) / len(tab.systems)
    room = int(2.5 * per_system)
    for side, kept in (("right", tab.systems[:2]), ("left", tab.systems[-2:])):
        any_kind.truncation_side = side
        encoded = any_kind(text, truncation=True, max_length=room, whole_systems=True, return_offsets_mapping=True)
        assert any_kind.decode(encoded["input_ids"], skip_special_tokens=True) == Tab(kept).text
        first = next(start for start, end in encoded["offset_mapping"] if end)
        assert text[first:].startswith(kept[0].text[:1])
        assert len(any_kind(text, truncation=True, max_length=room)["input_ids"]) == room
        short = any_kind(text, truncation=True, max_length=int(per_system / 2), whole_systems=True)["input_ids"]
        assert len(short) == int(per_system / 2)
    any_kind.truncation_side = "right"
    whole = any_kind([text], truncation=True, max_length=length, whole_systems=True)["input_ids"]
    assert whole == [any_kind(text)["input_ids"]]


def test_overflowing_tokens_keep_their_places(any_kind: BassTabTokenizer) -> None:
    encoded = any_kind(
        [SEED_TAB, riff(1)], truncation=True, max_length=12, return_overflowing_tokens=True, return_offsets_mapping=True
    )
    texts = [[SEED_TAB, riff(1)][sample] for sample in encoded["overflow_to_sample_mapping"]]
    assert len(texts) > 4
    assert all(end <= len(text) for text, row in zip(texts, encoded["offset_mapping"], strict=True) for _, end in row)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G|---\nD|--\nA|---\nE|---", "line 2: 2 columns, the line above has 3: `basstab recognise FILE`"),
        (f"<key:Em>\n\n{SEED_TAB}\n\nG|-\nD|-", "line 8: a system has 4 to 6 string lines, this one 2: `basstab rec"),
        ("<key:Hm>\nG|-\nD|-\nA|-\nE|-", "line 1: '<key:Hm>' is not a labelled string line"),
        ("G|---9h11-----|", "'G|---9h11-----|' is one line of a tab: .*`basstab recognise FILE`"),
    ],
)
def test_what_looks_like_a_tab_and_is_none_is_refused(any_kind: BassTabTokenizer, text: str, message: str) -> None:
    for given_text in (text, [SEED_TAB, text]):
        with pytest.raises(TabError, match=message.replace("|", r"\|")):
            any_kind(given_text)


def test_pairs_and_numbers_are_refused(tokenizer: BassTabTokenizer) -> None:
    with pytest.raises(TabError, match="not pairs"):
        tokenizer(SEED_TAB, SEED_TAB)
    with pytest.raises(TabError, match="a text or a list of texts"):
        tokenizer([5])
    with pytest.raises(InputError, match="'beat' is no kind of tokens: there are column, note, riff"):
        BassTabTokenizer.from_column_texts(TEXTS, kind="beat")
    assert issubclass(TabError, BasstabError)


def test_split_words_and_sloppy_blanks_are_column_text(any_kind: BassTabTokenizer) -> None:
    ids = any_kind(SEED_TAB)["input_ids"]
    assert any_kind(list(SEED_WORDS), is_split_into_words=True)["input_ids"] == ids
    assert any_kind([list(SEED_WORDS)], is_split_into_words=True)["input_ids"] == [ids]
    assert any_kind("  ".join(SEED_WORDS) + " ")["input_ids"] == ids
    assert any_kind.encode(f"<bos> {' '.join(SEED_WORDS)}", add_special_tokens=False) == ids


def test_added_tokens_and_end_of_text_are_respected(tokenizer: BassTabTokenizer) -> None:
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again(SEED_TAB)["input_ids"] == tokenizer(SEED_TAB)["input_ids"]
    assert again.add_tokens(["<song:1>"]) == 1
    assert again("<song:1> GDAE |||| ----")["input_ids"][1] == len(again) - 1
    assert again(SEED_TAB)["input_ids"] == tokenizer(SEED_TAB)["input_ids"]
    again.add_eos_token = True
    assert again(SEED_TAB)["input_ids"][-1] == again.eos_token_id


def _encode(arguments: tuple[BassTabTokenizer, str]) -> list[int]:
    tokenizer, text = arguments
    ids: list[int] = tokenizer(text)["input_ids"]
    return ids


def test_worker_processes_and_threads_agree(any_kind: BassTabTokenizer) -> None:
    text = riff(2)
    ids = any_kind(text)["input_ids"]
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(_encode, [(any_kind, text)])) == [ids]

    def work(number: int) -> bool:
        cut = any_kind(text, truncation=True, max_length=5 + number % 7)["input_ids"]
        long = any_kind([text, SEED_TAB], padding="max_length", max_length=400 + number)["input_ids"][0]
        same = any_kind.decode(ids, skip_special_tokens=True) == Tab.parse(text).text
        return same and cut == ids[: 5 + number % 7] and long[-len(ids) :] == ids and len(long) == 400 + number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


CHAT = BassTabTokenizer.from_column_texts([*TEXTS, *(f"{word} {'|' * n}" for n, word in NAMED)], min_count=1)


def _chat(*texts: str) -> str | None:
    """Column text by the chat template; None where it refuses."""
    try:
        text: str = CHAT.apply_chat_template([{"role": "user", "content": text} for text in texts], tokenize=False)
    except TemplateError as error:
        assert "\n" not in str(error)
        return None
    return text.removeprefix("<bos>")


def _rule(text: str) -> str | None:
    """Column text of a raw tab with reserved words; None where it is refused or has other words around it."""
    lines = text.strip().splitlines()
    left_out: list[str] = []
    try:
        if len(lines) > 1:
            words = column_text(text, left_out=left_out)
            return None if left_out else words
        reserved = reserved_line().search(text) or not lines
        return " ".join(lines[0].split() if reserved and lines else to_columns(text))
    except TabError:
        return None


@settings(max_examples=400)
@given(odd_texts(["<density:low>", "<key:F#m>", "<bos>"]))
def test_the_chat_template_gives_the_same_words_or_refuses(text: str) -> None:
    assert _chat(text) == _rule(text)


def test_several_messages_are_one_tab() -> None:
    assert _chat("<key:C>\n" + SEED_TAB, "", SEED_TAB) == column_text(f"<key:C>\n{SEED_TAB}\n\n{SEED_TAB}")
