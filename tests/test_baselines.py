import lzma
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.evaluation.baselines import XzModel, baseline_nats

VERSE = "GDAE |||| ---- ---5 ---- --7- |||| <END> "
WORDS = st.lists(st.sampled_from(["GDAE", "||||", "----", "---5", "--7-", "<END>", "h---", "é---"]), max_size=60)


def test_xz_pays_a_repeated_verse_once() -> None:
    model = XzModel([VERSE])
    once, often = model.nats(VERSE), model.nats(VERSE * 50)
    assert often < once + 60  # 49 verses of 8 words in under 11 bytes


def test_xz_is_the_size_of_raw_lzma_of_a_byte_a_word() -> None:
    words = [f"-{number:03}" for number in range(10)]
    text = " ".join(words[::-1])
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}]
    size = len(lzma.compress(bytes(range(9, -1, -1)), lzma.FORMAT_RAW, filters=filters))
    assert XzModel([" ".join(words)]).nats(text) == pytest.approx(size * 8 * math.log(2))


@settings(max_examples=50)
@given(learnt=WORDS, text=WORDS)
def test_what_xz_packs_can_be_unpacked(learnt: list[str], text: list[str]) -> None:
    """Else its size would be no cost of the text: words are cut at their bytes again."""
    model = XzModel([" ".join(learnt)])
    known = {model._packed(word): word for word in learnt}
    packed = b"".join(map(model._packed, text))
    found = []
    while packed:
        if packed[0] == 255:
            spelt, _, packed = packed[1:].partition(b"\xfe")
            found.append(spelt.decode())
        else:
            found.append(known[packed[:1]])
            packed = packed[1:]
    assert found == text


def test_no_more_words_than_bytes() -> None:
    words = [f"{number:04}" for number in range(400)]
    model = XzModel([" ".join(words)])
    codes = [model._packed(word) for word in words]
    assert sum(len(code) == 1 for code in codes) == 254
    assert len(set(codes)) == 400


def test_all_baselines_price_every_piece() -> None:
    nats = baseline_nats([VERSE * 20], [VERSE * 5, VERSE])
    assert list(nats) == ["unigram", "4-gram", "xz"]
    assert all(len(costs) == 2 and min(costs) > 0 for costs in nats.values())
    assert nats["4-gram"][0] < nats["unigram"][0]
