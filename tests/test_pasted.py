"""What stands around a tab: the simple rule of `Tab.parse` and the tokenizer, held to the recogniser."""

import logging
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from basstab_hf import BassTabTokenizer, Tab, recognise_tabs
from basstab_hf.errors import TabError
from basstab_hf.formats.text import parse, to_text
from basstab_hf.generate.pipeline_basstab import prompt_words
from basstab_hf.tab.pasted import read_pasted
from tests.conftest import riff
from tests.strategies import tabs

SONG = """Title: Small Hours
Artist: Nobody
4/4, 16 columns a bar, ♩=120

I play this with a pick. Let it ring.

[Intro]  x2
   Am               F
   1   2   3   4    1   2   3   4
G|----------------|----------------|
D|----------------|----------------|
A|-0---0---3---3--|-3---3---2---2--|  x2
E|----------------|----------------|
   let ring--------|
   hal--le--lu - jah

Verse
G|----------------|
D|----------------|
A|-0---0---3---3--|
E|----------------|
Have fun!
"""
CLEAN = """G|----------------|----------------|
D|----------------|----------------|
A|-0---0---3---3--|-3---3---2---2--|
E|----------------|----------------|

G|----------------|
D|----------------|
A|-0---0---3---3--|
E|----------------|"""

#: What people write around tabs, none of which names another instrument or tuning.
_WORDS = [
    *("Title: Small Hours", "Artist: Nobody", "[Verse 1]", "Chorus:", "Intro", "(x4)", "Play it twice", "Have fun!"),
    *("    Am       F       C", "1 e & a 2 e & a 3 e & a", "tempo 120", "4/4", "la la la, oh - oh", "*", "~~~"),
]


_LOW = "\n".join(f"{label}|-5---7-|-12----|" for label in "GDAEB")
_FLAT = "\n".join(f"{label}|-5---7-|h9-x---|" for label in ("Gb", "Db", "Ab", "Eb"))
_TABS = st.sampled_from([Tab.parse(text) for text in (riff(1), riff(2, bars=4), CLEAN, _LOW, _FLAT)])


@pytest.fixture(scope="module", params=["column", "riff"])
def tokenizer(request: pytest.FixtureRequest) -> BassTabTokenizer:
    texts = [" ".join(Tab.parse(text).words) for text in (CLEAN, riff(1), riff(2))]
    return BassTabTokenizer.from_column_texts(texts, min_count=1, kind=request.param)


def test_a_song_as_people_paste_it_is_read_everywhere(tokenizer: BassTabTokenizer) -> None:
    tab = Tab.parse(SONG)
    assert (tab.text, tab.title, tab.artist) == (CLEAN, "Small Hours", "Nobody")
    assert tokenizer(SONG)["input_ids"] == tokenizer([CLEAN, SONG])["input_ids"][1] == tokenizer(CLEAN)["input_ids"]
    assert prompt_words(SONG) == prompt_words(CLEAN)
    assert parse(SONG.encode(), "song") == recognise_tabs(SONG).tab == tab


def test_places_point_into_the_text_as_it_was_given(tokenizer: BassTabTokenizer) -> None:
    found = tokenizer(SONG, return_offsets_mapping=True)
    first = SONG.index("G|---")
    assert found["offset_mapping"][1:3] == [(first, first + 1), (first + 1, first + 2)]


@settings(max_examples=25)
@given(st.data())
def test_the_recogniser_finds_the_same(data: st.DataObject) -> None:
    tab = data.draw(_TABS)
    parts = [system.text for system in tab.systems for _ in range(data.draw(st.integers(1, 2)))]
    lines = st.lists(st.sampled_from([*_WORDS, ""]), max_size=3)
    text = "\n".join(line for part in parts for line in [*data.draw(lines), part, *data.draw(lines), ""])
    read, found = Tab.parse(text), recognise_tabs(text)
    assume(found.systems)  # labels such as those of a guitar are another question
    assert read == found.tab


@settings(max_examples=15)
@given(_TABS, st.text(st.characters(codec="utf-8"), max_size=12), st.text("abc -|<>:G", max_size=12))
def test_a_title_and_an_artist_survive_where_the_text_has_them(tab: Tab, title: str, artist: str) -> None:
    named = Tab(tab.systems, " ".join(title.split()), " ".join(artist.split()))
    text = to_text(named)
    assume(recognise_tabs(text).tab == named)  # what would be read as something else is left out of the text, and told
    assert Tab.parse(text) == named


@given(tabs())
def test_a_clean_tab_is_left_alone(tab: Tab) -> None:
    assert read_pasted(tab.text).left_out == ()
    assert Tab.parse(tab.text) == tab


@given(st.text("GDAE|-5 \n\r\x0b\x85x:<k>", max_size=200))
def test_every_line_stays_where_it_was(text: str) -> None:
    read = read_pasted(text).text
    pairs = zip(text.splitlines(keepends=True), read.splitlines(keepends=True), strict=True)
    assert all(len(was) == len(now) and was.startswith(now.rstrip()) for was, now in pairs)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("G|--5--\nD|-----\nsome words\nA|-----\nE|-----", "a system has 4 to 6 string lines, this one 2"),
        ("G|--5--\nD|-----\nA|--- -\nE|-----", "line 5: 'A|--- -' is not a labelled string line"),
        ("G|--5--\n |-----\nA|-----\nE|-----", "line 4: '|-----' is not a labelled string line"),
        ("G|--5--\nD|-----\nA-------\nE|-----", "line 5: 'A-------' is not a labelled string line"),
        ("G|--5--\nD|-----\nA|-----\nE|-----\n-------", "line 7: '-------' is not a labelled string line"),
        ("G|--5--\nD|----\nA|-----\nE|-----", "line 4: 4 columns, the line above has 5"),
        ("<key:Hm>\nG|--5--\nD|-----\nA|-----\nE|-----", "line 3: '<key:Hm>' is not a labelled string line"),
    ],
)
def test_what_may_be_a_string_line_is_never_left_out(tokenizer: BassTabTokenizer, broken: str, message: str) -> None:
    readers: list[Callable[[str], object]] = [Tab.parse, tokenizer, prompt_words]
    for read in readers:
        with pytest.raises(TabError) as told:
            read(f"Title: Small Hours\n\n{broken}")
        assert message in str(told.value)
        assert "`basstab recognise FILE`" in str(told.value)


def test_text_without_a_tab_is_refused(tokenizer: BassTabTokenizer) -> None:
    readers: list[Callable[[str], object]] = [Tab.parse, tokenizer]
    for read in readers:
        with pytest.raises(TabError, match="line 1: 'Title: Small Hours' is not a labelled string line"):
            read("Title: Small Hours\nHello")


def test_what_is_left_out_is_told_once(tokenizer: BassTabTokenizer, caplog: pytest.LogCaptureFixture) -> None:
    def told() -> list[str]:
        found = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return found

    with caplog.at_level(logging.WARNING):
        tokenizer([SONG, SONG, CLEAN], padding=True)
        assert told() == ["left out, for it is no string line: 'Title: Small Hours' and 23 more"]
        Tab.parse(f"Title: Small Hours\n\n{CLEAN}\n\nHave fun!")  # what is kept is not told
        assert told() == ["left out, for it is no string line: 'Have fun!'"]
        Tab.parse(f"Title: Small Hours\n\n{CLEAN}")
        tokenizer(CLEAN)
        assert told() == []


@pytest.mark.parametrize("kind", ["column", "note"])
def test_added_special_tokens_stand_above_systems_as_reserved_words_do(kind: str) -> None:
    tokenizer = BassTabTokenizer.from_column_texts([" ".join(Tab.parse(CLEAN).words)], min_count=1, kind=kind)
    plain = tokenizer(CLEAN)["input_ids"]
    tokenizer.add_special_tokens({"extra_special_tokens": ["<band:us>", "<take>"]})
    ids = tokenizer(f"<band:us> <key:Em>\n<take>\n{CLEAN}")["input_ids"]
    added = tokenizer.convert_tokens_to_ids(["<band:us>", "<key:Em>", "<take>"])
    assert ids == [plain[0], *added, *plain[1:]]
    assert tokenizer.decode(ids[1:]) == f"<band:us> <key:Em> <take>\n{CLEAN}"
    assert tokenizer(CLEAN)["input_ids"] == plain
