from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import BassTabTokenizer
from basstab_hf.tokenizer.growth import grown, spelt
from basstab_hf.tokenizer.token_kinds import KINDS

OLD = ["GDAE |||| ---5 ---- ---- ---7 ---- |||| ---5 ---- ---- ---7 ---- |||| <END>"]

columns = st.text("-0579hx|", min_size=4, max_size=4)
texts = st.lists(
    st.lists(columns, min_size=1, max_size=30).map(lambda body: " ".join(["GDAD", "||||", *body, "<END>"])),
    min_size=1,
    max_size=4,
)


@given(st.sampled_from(KINDS), texts)
def test_what_is_there_keeps_its_ids_and_nothing_is_lost(kind: str, new: list[str]) -> None:
    old = BassTabTokenizer.from_column_texts(OLD, min_count=1, kind=kind)
    more = grown(old, new, min_count=1)
    assert more.convert_ids_to_tokens(range(len(old))) == old.convert_ids_to_tokens(range(len(old)))
    assert more(OLD)["input_ids"] == old(OLD)["input_ids"]
    assert [more.decode_columns(ids) for ids in more(new)["input_ids"]] == new
    assert more.kind == kind
    assert " GDAD" in more.get_vocab()
    assert sum(map(len, more(new)["input_ids"])) <= sum(map(len, old(new)["input_ids"]))


def test_new_tokens_are_spelt_with_old_ones() -> None:
    old = BassTabTokenizer.from_column_texts(OLD, min_count=1, kind="note")
    more = grown(old, ["GDAD |||| -9-- ---- ---- |||| <END>"], min_count=1)
    parts = {
        more.convert_ids_to_tokens(place): old.convert_ids_to_tokens(ids)
        for place, ids in enumerate(spelt(old, more), start=len(old))
    }
    assert "".join(parts[" -9-- ---- ----"]) == " -9-- ---- ----"
    assert all("".join(ids) == token for token, ids in parts.items())


def test_the_same_songs_again_add_nothing() -> None:
    old = BassTabTokenizer.from_column_texts(OLD, min_count=1, kind="note")
    assert len(grown(old, OLD, min_count=1)) == len(old)
