"""The Python that stands in for native packages in the browser says what the packages say."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy
from safetensors.numpy import save_file
from selectolax import lexbor

from basstab_hf import Tab
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.recognise import markup, page
from basstab_hf.recognise.markup import cut_markup, is_markup
from basstab_hf.recognise.page import read_page
from basstab_hf.static_space.stand_ins import safetensors as our_safetensors
from basstab_hf.static_space.stand_ins import tokenizers as our_tokenizers
from basstab_hf.static_space.stand_ins.numpy import random as our_random
from basstab_hf.static_space.stand_ins.selectolax import lexbor as our_lexbor
from basstab_hf.tokenizer.control_words import RESERVED, foreign_part
from basstab_hf.tokenizer.token_kinds import KINDS, learn
from tests.conftest import REAL_TABS, riff
from tests.strategies import ODDITIES, tabs

TEXTS = [" ".join(Tab.parse(riff(number)).words) for number in range(12)]
DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint64", "bool"]


def _saved(kind: str) -> bytes:
    if kind == "shipped":
        return (shipped_model() / "tokenizer.json").read_bytes()
    return learn(TEXTS, kind, 1).to_str().encode()


@pytest.fixture(scope="module", params=[*KINDS, "shipped"])
def both(request: pytest.FixtureRequest) -> tuple[tokenizers.Tokenizer, our_tokenizers.Tokenizer]:
    """The package's tokenizer and ours of the same file."""
    saved = _saved(request.param)
    return tokenizers.Tokenizer.from_buffer(saved), our_tokenizers.Tokenizer.from_buffer(saved)


def _column_texts() -> st.SearchStrategy[str]:
    """Column text of tabs, with reserved words and with what no tab has."""
    words = st.sampled_from([*RESERVED[:80], *ODDITIES, "<END>", "GDAE", "||||", "5---", "----", "9-9-9-9", "<key:"])
    drawn = st.lists(words, max_size=4).map(" ".join)
    return st.lists(
        st.one_of(tabs(2).map(lambda tab: " ".join(tab.words)), drawn, st.text(max_size=6)), max_size=4
    ).map(" ".join)


@given(text=_column_texts())
def test_texts_have_the_same_ids(text: str, both: tuple[tokenizers.Tokenizer, our_tokenizers.Tokenizer]) -> None:
    native, ours = both
    assert ours.encode(text, add_special_tokens=False).ids == native.encode(text, add_special_tokens=False).ids


@given(data=st.data())
def test_ids_have_the_same_text(
    data: st.DataObject, both: tuple[tokenizers.Tokenizer, our_tokenizers.Tokenizer]
) -> None:
    native, ours = both
    ids = data.draw(st.lists(st.integers(0, native.get_vocab_size() - 1), max_size=20))
    for skip in (True, False):
        assert ours.decode(ids, skip_special_tokens=skip) == native.decode(ids, skip_special_tokens=skip)


def test_the_vocabulary_is_the_same(both: tuple[tokenizers.Tokenizer, our_tokenizers.Tokenizer]) -> None:
    native, ours = both
    assert ours.get_vocab() == native.get_vocab()
    for place in (0, 1, 80, native.get_vocab_size() - 1, native.get_vocab_size()):
        assert ours.id_to_token(place) == native.id_to_token(place)
    for word in ("<pad>", " <END>", "nothing"):
        assert ours.token_to_id(word) == native.token_to_id(word)
    assert foreign_part(ours) == foreign_part(native) == ""


def test_a_foreign_tokenizer_is_told_the_same() -> None:
    about = json.loads(_saved("column"))
    about["normalizer"]["normalizers"].append({"type": "Lowercase"})
    saved = json.dumps(about).encode()
    told = foreign_part(our_tokenizers.Tokenizer.from_buffer(saved))
    assert told == foreign_part(tokenizers.Tokenizer.from_buffer(saved))
    assert "Lowercase" in told


@pytest.mark.parametrize(
    "saved", [b"", b"{}", b"[]", b"\xff", b'{"model": {"type": "WordLevel"}}', b'{"model": 5}', b"null"]
)
def test_what_is_no_tokenizer_is_refused(saved: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        our_tokenizers.Tokenizer.from_buffer(saved)


def test_what_nothing_here_adds_is_refused() -> None:
    with pytest.raises(ValueError, match="no tokens are put in front"):
        our_tokenizers.Tokenizer.from_buffer(_saved("column")).encode("5---", add_special_tokens=True)


def _arrays() -> st.SearchStrategy[np.ndarray[Any, Any]]:
    shapes = hypothesis_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return st.sampled_from(DTYPES).flatmap(lambda name: hypothesis_numpy.arrays(name, shapes))


@given(tensors=st.dictionaries(st.text(max_size=5).filter(lambda name: name != "__metadata__"), _arrays(), max_size=4))
def test_tensors_are_read_as_they_were_saved(
    tensors: dict[str, np.ndarray[Any, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("tensors") / "some.safetensors"
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path, {"about": "a test"})
    with our_safetensors.safe_open(path, "numpy") as ours, safetensors.safe_open(path, "numpy") as native:
        assert sorted(ours.keys()) == sorted(native.keys())
        assert ours.metadata() == native.metadata()
        for name in native.keys():  # noqa: SIM118  # it is no mapping
            np.testing.assert_array_equal(ours.get_tensor(name), native.get_tensor(name))
            assert ours.get_tensor(name).dtype == native.get_tensor(name).dtype
            assert ours.get_slice(name).get_shape() == native.get_slice(name).get_shape()
            assert ours.get_slice(name).get_dtype() == native.get_slice(name).get_dtype()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "whole.safetensors"
    save_file({"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float16)}, path, {"c": "d"})
    return path.read_bytes()


def _opens(module: Any, path: Path) -> bool:
    try:
        with module.safe_open(path, "numpy") as file:
            for name in file.keys():  # noqa: SIM118
                file.get_tensor(name)
    except module.SafetensorError:
        return False
    return True


def test_what_the_package_refuses_is_refused(whole: bytes, tmp_path: Path) -> None:
    """Every file with one byte spoilt, and every beginning: a stand-in may be stricter, but never takes more."""
    path = tmp_path / "spoilt.safetensors"
    chance = random.Random(5)
    head = 8 + int.from_bytes(whole[:8], "little")
    taken = 0
    for spoilt in [
        *(whole[:end] for end in range(len(whole))),
        whole + b"\0",
        *(
            whole[:place] + bytes([chance.randrange(256)]) + whole[place + 1 :]
            for place in range(head)
            for _ in range(4)
        ),
    ]:
        path.write_bytes(spoilt)
        ours = _opens(our_safetensors, path)
        assert not ours or _opens(safetensors, path), spoilt
        taken += ours
    assert taken > 10  # names and values of metadata may be others


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ('{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}', 4),
        ('{"a": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}}', 4),
        ('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [1], '
         '"data_offsets": [0, 4]}}', 4),
        ('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}', 8),
        ('{"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}', 8),
        ('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', 8),
        ('{"a": {"dtype": "F32", "shape": [true], "data_offsets": [0, 4]}}', 4),
        ('{"__metadata__": {"a": 5}}', 0),
        ("[" * 100_000, 0),
    ],
)  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(header: str, size: int, tmp_path: Path) -> None:
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(size))
    assert not _opens(our_safetensors, path)
    assert not _opens(safetensors, path)


def test_a_tensor_that_is_not_there_is_told(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "whole.safetensors"
    path.write_bytes(whole)
    with (
        our_safetensors.safe_open(path, "numpy") as file,
        pytest.raises(our_safetensors.SafetensorError, match="tensor z"),
    ):
        file.get_tensor("z")


def _cut(text: str, parser: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(markup, "LexborHTMLParser", parser)
    monkeypatch.setattr(page, "LexborHTMLParser", parser)
    return cut_markup(text)


PAGES = {
    "article": "<!doctype html><html><head><title>T</title><style>a|-5-</style></head><body><article><h1>Riff</h1>"
    "<pre>G|--5--|\nD|-----|\nA|-----|\nE|-----|</pre></article>"
    "<script>var a = '<pre>G|--</pre>';</script></body></html>",
    "no body": "<title>Riff</title><main>Verse<br>G|--5--|<br>D|-----|<br>A|&lt;12&gt;-|<br>E|-----|</main>",
    "open head": "<html><head><title>x</title><p>G|--5--|<p>D|-----|<p>A|-----|<p>E|-----|",
    "text in the head": "<head>\n<meta charset=utf-8>G|-1-|<main>\nD|---|\n</main>",
    "select": "<main><select><option>G|-1-|</select>G|-2-|<svg><text>G|-3-|</text></svg></main>",
    "comment": "<main><!-- G|-1-| -->G|-2-|<!---->D|---|</main>",
    "textarea": "<main><textarea>G|-1-|\nD|---|</textarea></main>",
    "entities": "<main>G&#124;&#45;5-|&nbsp;&#x2014;&amp;lt;</main>",
    "crooked": "<main></div><b><i>G|-1-|</b>D|-2-|</i><p>A|<br/>E|</main>after",
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_cut_as_by_the_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _cut(PAGES[name], our_lexbor.LexborHTMLParser, monkeypatch)
    assert ours == _cut(PAGES[name], lexbor.LexborHTMLParser, monkeypatch)
    assert any("|" in line for line in ours.lines)


def test_people_s_pages_are_cut_as_by_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the pages that lie here: the lines that hold tab are the same ones."""
    texts = [path.read_text("utf-8", "replace") for path in sorted(Path("tests/data").rglob("*.htm*"))]
    texts += [path.read_text("utf-8", "replace") for path in sorted(REAL_TABS.rglob("*.htm*"))][:200]
    for text in filter(is_markup, texts):
        ours = _cut(text, our_lexbor.LexborHTMLParser, monkeypatch)
        native = _cut(text, lexbor.LexborHTMLParser, monkeypatch)
        assert [line for line in ours.lines if "|" in line] == [line for line in native.lines if "|" in line]


def test_a_stored_page_is_read_as_by_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    store = {"store": {"page": {"data": {"tab_view": {"wiki_tab": {"content": "[tab]G|--5--|\nD|-----|[/tab]"}}}}}}
    content = json.dumps(store).replace('"', "&quot;")
    text = f'<p class=js-store>no</p><div class="a js-store" data-content="{content}" data-content="{{}}"></div>'
    found = read_page(text)
    monkeypatch.setattr(page, "LexborHTMLParser", our_lexbor.LexborHTMLParser)
    assert read_page(text).lines == found.lines == ["G|--5--|", "D|-----|"]


def test_another_selector_is_refused() -> None:
    with pytest.raises(ValueError, match="alone is known"):
        our_lexbor.LexborHTMLParser("<p>").css_first("p > a")


@given(seed=st.integers(0, 2**160), way=st.lists(st.integers(0, 4), max_size=3), count=st.integers(0, 40))
def test_seeds_give_the_numbers_of_numpy(seed: int, way: list[int], count: int) -> None:
    """Also those of children, and of children that are born later."""
    native, ours = np.random.SeedSequence(seed), our_random.SeedSequence(seed)
    for place in way:
        native, ours = ([*each.spawn(2), *each.spawn(3)][place] for each in (native, ours))
    np.testing.assert_array_equal(ours.generate_state(count), native.generate_state(count))
    drawn = np.random.default_rng(native).random(count)
    np.testing.assert_array_equal(our_random.default_rng(ours).random(count), drawn)
    assert our_random.default_rng(ours).random(count).dtype == drawn.dtype
    if not way:
        np.testing.assert_array_equal(our_random.default_rng(seed).random(count), drawn)


def test_without_a_seed_it_is_left_to_chance() -> None:
    first, second = (our_random.SeedSequence().generate_state(4).tolist() for _ in range(2))
    assert first != second
    with pytest.raises(ValueError, match="at least 0"):
        our_random.SeedSequence(-1)
