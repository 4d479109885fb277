import lzma
import math
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.evaluation import baselines
from basstab_hf.evaluation.baselines import PpmdModel, PrimedModel, WordBytes, XzModel, ZpaqModel, baseline_nats

VERSE = "GDAE |||| ---- ---5 ---- --7- |||| <END> "
WORDS = st.lists(st.sampled_from(["GDAE", "||||", "----", "---5", "--7-", "<END>", "h---", "é---"]), max_size=60)


def test_xz_pays_a_repeated_verse_once() -> None:
    model = XzModel([VERSE])
    once, often = model.nats([VERSE, VERSE * 50])
    assert often < once + 60  # 49 verses of 8 words in under 11 bytes


def test_xz_is_the_size_of_raw_lzma_of_a_byte_a_word() -> None:
    words = [f"-{number:03}" for number in range(10)]
    text = " ".join(words[::-1])
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}]
    size = len(lzma.compress(bytes(range(9, -1, -1)), lzma.FORMAT_RAW, filters=filters))
    assert XzModel([" ".join(words)]).nats([text]) == pytest.approx([size * 8 * math.log(2)])


@settings(max_examples=50)
@given(learnt=WORDS, text=WORDS)
def test_what_xz_packs_can_be_unpacked(learnt: list[str], text: list[str]) -> None:
    """Else its size would be no cost of the text: words are cut at their bytes again."""
    model = WordBytes([" ".join(learnt)])
    known = {model.packed(word): word for word in learnt}
    packed = model.packed(" ".join(text))
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
    model = WordBytes([" ".join(words)])
    codes = [model.packed(word) for word in words]
    assert sum(len(code) == 1 for code in codes) == 254
    assert len(set(codes)) == 400


def test_all_baselines_price_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "zpaq_is_here", lambda: False)
    scores = baseline_nats([VERSE * 20], [VERSE * 3], [VERSE * 5, VERSE])
    assert list(scores.nats) == ["unigram", "4-gram", "n-gram", "n-gram, cache", "xz", "PPMd, primed"]
    assert all(len(costs) == 2 and min(costs) >= 0 for costs in scores.nats.values())  # 0: under a byte
    assert scores.nats["4-gram"][0] < scores.nats["unigram"][0]
    assert any(remark.startswith("ZPAQ, primed: left out, zpaq is not here: apt-get") for remark in scores.remarks)


def test_what_is_not_installed_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "ppmd_is_here", lambda: False)
    scores = baseline_nats([VERSE], [], [VERSE], most_zpaq=0)
    assert scores.remarks == (
        "n-grams: no songs to choose an order by",
        "PPMd, primed: left out, pyppmd is not here: pip install pyppmd",
    )
    assert "PPMd, primed" not in scores.nats


def test_a_primed_compressor_knows_the_songs_it_was_given() -> None:
    words = [f"-{number:03}" for number in range(100)]
    songs = [" ".join(random.Random(seed).choices(words, k=300)) for seed in range(4)]
    model = PpmdModel(songs[:3], songs[3:])
    known, new = model.nats([songs[1], songs[3]])
    assert known < 0.3 * new
    assert model.nats([songs[3], songs[1]]) == [new, known]  # nothing is learnt from piece to piece
    assert PrimedModel.nats(model, [songs[1], songs[3]]) == [known, new]  # each from the beginning
    assert model.score_after([songs[3]], songs[3]) < 0.3 * new == 0.3 * model.score_after([], songs[3])


#: Stands for the program: what it is called with, and an archive of a size that shows what was packed.
ZPAQ = """#!/bin/sh
[ "$1 $2 $3" = "add archive.zpaq data" ] || exit 2
{ echo head; cat data; } > archive.zpaq
"""


def test_zpaq_is_asked_about_some_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zpaq").write_text(ZPAQ)
    (tmp_path / "zpaq").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    texts = ["---- " * length for length in range(1, 11)]
    scores = baseline_nats([VERSE], [], texts, most_zpaq=3)
    found = [None if math.isnan(cost) else round(cost / math.log(256)) for cost in scores.nats["ZPAQ, primed"]]
    assert found == [None, 2, None, None, None, 6, None, None, 9, None]
    assert scores.remarks[-1] == "ZPAQ, primed: 3 of the pieces, evenly chosen"
    assert all(not math.isnan(cost) for cost in baseline_nats([VERSE], [], texts).nats["ZPAQ, primed"])
    (tmp_path / "zpaq").write_text("#!/bin/sh\necho no space >&2; exit 1\n")
    with pytest.raises(InputError, match="zpaq failed: no space"):
        ZpaqModel([VERSE]).nats(texts)
