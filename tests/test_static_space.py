"""What the scripts of the static Space do in JavaScript is what the package does in Python."""

import itertools
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from basstab_hf.errors import BasstabError, InputError, OutputError, TabError, TuningError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.generate.engine import Cached
from basstab_hf.generate.grammar import Grammar
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.sampling import pick
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.match_cache import LENGTHS, MatchCache, MatchSettings
from basstab_hf.static_space.writer import MODEL, write_static_space
from basstab_hf.tab.columns import END, split_labels, to_columns, to_text
from basstab_hf.tab.lines import flowed
from basstab_hf.tab.marks import split_frets
from basstab_hf.tab.tuning import NAMES, Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.token_kinds import learn
from basstab_hf.web_parts import ALPHATAB, ONNX
from tests.conftest import needs_npm
from tests.strategies import TUNINGS, odd_texts, tabs, widened

DRIVER = Path(__file__).with_name("static_space.mjs")
RANDOM = random.Random(1)


class Node:
    """Node, with a written Space."""

    def __init__(self, space: Path) -> None:
        self._space = space
        (space / "package.json").write_text('{"type": "module"}')

    def ask(self, questions: Sequence[tuple[str, Any]], tokenizer: Path | None = None) -> list[Any]:
        tokenizer = tokenizer or self._space / MODEL / "tokenizer.json"
        command = [str(shutil.which("node")), str(DRIVER), str(self._space), str(tokenizer)]
        done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)
        return answers


class FakeEngine(Cached):
    """Logits that follow from the last tokens, in whole numbers: the same in any language."""

    def __init__(self, context: int, size: int) -> None:
        self.context, self.size = context, size
        self._tokens = np.arange(size)

    def _read(self, ids: Sequence[int], position: int) -> np.ndarray:
        self._ids = [*(self._ids[:position] if position else ()), *ids]
        number = len(self._ids)
        for token in self._ids[-3:]:
            number = (number * 1031 + token) % 1000003
        values = (number + self._tokens**2 * 31 + self._tokens * (number % 911)) % 1024
        return (values / 96).astype(np.float32)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_static_space(None, tmp_path_factory.mktemp("space") / "space")


@pytest.fixture(scope="module")
def node(space: Path) -> Node:
    return Node(space)


@pytest.fixture(scope="module")
def model_words() -> ModelWords:
    return ModelWords.of_folder(shipped_model())


def _ways() -> Iterator[tuple[str, int, Sampling]]:
    """Tuning, bars and sampling."""
    yield "GDAE", 8, Sampling(0)
    yield from [("GDAE", 4, Sampling())] * 12
    yield "GDAD", 9, Sampling(0.8, top_p=1)
    yield "GbDbAbEb", 5, Sampling(1.4, top_p=0.9, min_p=0.05)
    yield "DAEB", 20, Sampling(2, top_p=1, min_p=0.02)  # a tuning that the model never saw
    yield "FCGD", 40, Sampling(0.3)
    yield "FCGD", 40, Sampling(0.05)  # falls into loops
    yield "GDAE", 1, Sampling(5, top_p=1)


@needs_npm
@pytest.mark.parametrize("context", [1024, 96])
def test_a_tab_of_the_same_seed_is_the_same_as_in_python(
    node: Node, model_words: ModelWords, monkeypatch: pytest.MonkeyPatch, context: int
) -> None:
    """With grammar, match cache, guard against loops, prompts, and a context that is full."""
    fake = FakeEngine(context, len(model_words.vocabulary))
    monkeypatch.setattr("basstab_hf.generate.tab_model.load_engine", lambda folder, engine: fake)
    ours = Composer()
    requests = [
        Request(bars=bars, tuning=Tuning.parse(tuning), sampling=sampling, seed=seed)
        for seed, (tuning, bars, sampling) in enumerate(_ways())
    ]
    tabs = [next(ours.write(request)).tab for request in requests]
    continued = [replace(request, prompt=_cut(tab)) for request, tab in zip(requests, tabs, strict=True)]
    tabs += [next(ours.write(request)).tab for request in continued]
    requests += continued
    answers = node.ask([("write", {"request": _asked(request), "context": context}) for request in requests])
    for request, tab, answer in zip(requests, tabs, answers, strict=True):
        assert Tab.from_words(answer) == tab, request


def _cut(tab: Tab) -> Tab:
    """A tab that ends anywhere, often inside a note."""
    words = tab.words
    places = [place for place in range(3, len(words)) if END not in words[place - 3 : place]]
    return Tab.from_words(words[: RANDOM.choice(places)])


def _asked(request: Request) -> dict[str, Any]:
    """A request in JavaScript."""
    sampling = request.sampling
    return {
        "prompt": request.prompt.text if request.prompt else "",
        "tuning": request.tuning.word if request.tuning else None,
        "bars": request.bars,
        "seed": request.seed,
        "sampling": {"temperature": sampling.temperature, "topP": sampling.top_p, "minP": sampling.min_p},
    }


def _texts(strings: int) -> list[str]:
    """Column text of tabs with every technique, half of it nonsense."""
    tuning = {4: "GDAE", 5: "GDAEB", 6: "CGDAEB"}[strings]
    marks = "-" * 40 + "0123456789xhp/\\b^~=()<>12121212"
    texts = []
    for _ in range(5):
        bars = ["".join(RANDOM.choices(marks, k=strings * 16)) for _ in range(4)]
        columns = [[bar[place : place + strings] for place in range(0, len(bar), strings)] for bar in bars]
        texts.append(
            " ".join([tuning, *(word for bar in columns for word in ("|" * strings, *bar)), "|" * strings, END])
        )
    return texts


@pytest.fixture(scope="module", params=[("column", 4), ("note", 5), ("riff", 6), None], ids=str)
def vocabulary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A tokenizer, of the shipped model or learnt from nonsense, and how many strings it knows."""
    if request.param is None:
        return shipped_model() / "tokenizer.json", [4]
    kind, strings = request.param
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"
    learn(_texts(strings), kind, 1).save(str(path))
    return path, [strings]


@needs_npm
def test_words_have_the_same_ids(node: Node, vocabulary: tuple[Path, list[int]]) -> None:
    path, _ = vocabulary
    tokenizer = Tokenizer.from_file(str(path))
    texts = [text for strings in (4, 5, 6) for text in _texts(strings)]
    texts += [
        "<bos> <key:Em> GDAE |||| 5--- ---- é--- -—-- --🎸- 10-- 111- 22-- ----",
        "F#C#G#C# |||| -12- ---- ----",
        "",
    ]
    answers = node.ask([("encode", text.split()) for text in texts], path)
    assert answers == [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


@needs_npm
def test_the_same_may_follow(node: Node, vocabulary: tuple[Path, list[int]]) -> None:
    """Behind what the grammar lets through, and behind anything else."""
    path, [strings] = vocabulary
    words = Vocabulary.of(Tokenizer.from_file(str(path)).get_vocab())
    grammar = Grammar(words, strings)
    questions, expected = [], []
    for width in (None, 8, 17, 64):
        walk, legal = _walk(grammar, words, width)
        questions.append(("legal", {"strings": strings, "width": width, "words": walk}))
        expected.append(legal)
    assert node.ask(questions, path) == expected


def _walk(grammar: Grammar, vocabulary: Vocabulary, width: int | None) -> tuple[list[str], list[list[int]]]:
    """Words one after another, and what may follow each."""
    state = grammar.start(None, width)
    legal = np.flatnonzero(grammar.legal(state)).tolist()
    walk, masks = [], []
    for _ in range(40):
        word = vocabulary.words[RANDOM.choice(legal)] or ""
        if RANDOM.random() < 0.1:
            word = "".join(RANDOM.choices("-5120x(h/<=é", k=grammar.n_strings))
        state = grammar.advance(state, word)
        legal = np.flatnonzero(grammar.legal(state)).tolist()
        walk.append(word)
        masks.append(legal)
    return walk, masks


@needs_npm
def test_the_same_text_is_a_clean_tab(node: Node) -> None:
    texts = [
        "G|--5-|--7-|\nD|----|----|\nA|----|----|\nE|----|----|",
        "Gb|--5-|\nDb|----|\nAb|----|\nEb|----|\n\n \ng|12\nd|--\na|--\ne|--\nb|--",
        "G||--5-|\nD|----|\nA||----|\nE|----|",
        "G |-\r\n D |-\r\nA|-  \r\nE|-\r\n",
        "G|-🎸\nD|--\nA|--\nE|--",
        "",
        " \n\n",
    ]
    assert node.ask([("columns", text) for text in texts]) == [list(to_columns(text)) for text in texts]
    words = [list(to_columns(text)) for text in texts if text.strip()]
    assert node.ask([("text", word) for word in words]) == [to_text(word) for word in words]


@needs_npm
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Intro\nG|-5-|\nD|---|\nA|---|\nE|---|", "line 1"),
        ("G|-5-|\nD|---|\nA|---|", "line 1"),
        ("\nG|-5-|\nD|---|\nA|----|\nE|---|", "line 4"),
        ("G|-5-|\nD|-\u200b-|\nA|---|\nE|---|", "line 2"),
        ('<img src=x onerror=alert(1)>"', "line 1"),
    ],
)
def test_what_is_no_clean_tab_is_refused_in_one_line(node: Node, text: str, place: str) -> None:
    with pytest.raises(TabError, match=place):
        to_columns(text)
    [answer] = node.ask([("columns", text)])
    assert answer["error"].startswith(f"{place}: ")
    assert "\n" not in answer["error"]


@needs_npm
def test_a_tuning_that_the_model_cannot_write_is_refused(node: Node) -> None:
    seven = "\n".join(f"{label}|-5-|" for label in "FCGDAEB")
    up = "\n".join(f"{label}|-5-|" for label in "CCCC")
    request = {"tuning": "GDAE", "bars": 1, "seed": 1, "sampling": {"temperature": 0, "topP": 1, "minP": 0}}
    questions = [("write", {"request": {**request, "prompt": prompt}, "context": 64}) for prompt in (seven, up)]
    strings, falling = node.ask(questions)
    assert "7" in strings["error"]
    assert "CCCC" in falling["error"] or falling == strings


@needs_npm
def test_the_same_is_written_for_alphatab(node: Node) -> None:
    """Tabs with every technique, nonsense, bars of any width, also by second digits, ties over bar lines, 6/8."""
    tabs = [Tab.from_words(text.split()) for strings in (4, 5, 6) for text in _texts(strings)]
    tabs += [_bars(width, share) for width in (1, 3, 7, 12, 13, 16, 17, 18, 24, 33, 40) for share in (0.02, 0.1, 0.4)]
    tabs += [_partly_widened(_bars(width, share)) for width in (8, 9, 16, 17) for share in (0.1, 0.2, 0.3, 0.4)]
    tabs += [_line(f"{'-' * 17}|" * usual + "7---7---7---7---|") for usual in (3, 4, 8)]
    tabs += [_line(f"{'-' * 16}|" * usual + "12---------------|") for usual in (2, 3)]
    tabs += [_line(f"{'-' * 16}|" * 4 + "12---------------|", f"{'-' * 16}|" * 4 + "-5---------------|")]
    tabs += [_line(line) for line in SIGNED_OR_LATE]
    tabs += [tab.tab for tab in Composer().write(Request(bars=16, seed=1), 10)]
    tabs += [_line(_figures(), _figures()) for _ in range(200)]
    questions = [("alphatex", {"words": tab.words, "tempo": 92.5}) for tab in tabs]
    for tab, answer in zip(tabs, node.ask(questions), strict=True):
        assert answer == to_alphatex(tab, WriteSettings(tempo=92.5)), tab.text


#: Repeat signs, what is left of a line behind one, leads of even bars, hammer-ons over blanks.
SIGNED_OR_LATE = (
    ":3---5---7---8---|3---5---7---8---:|",
    ":-3---5---7---8---|-3---5---7---8---:|-",
    "3---5---7---8---|:3---5---7---8--:|3---5---7---8---|",
    "-3---5---7---8--|-3-----5-7-----3|-8--------------|",
    "-3---5---7---8---|:3---5---7---8---:|-3---5---7---8---|",
    "3---|:|5---|:",
    "5h--7---5p--3---x-h-7---5-------h7--|",
)


def _line(low: str, other: str = "") -> Tab:
    """A tab with notes on its lowest string, and on the next one."""
    blank = "".join("|" if mark == "|" else "-" for mark in low)
    return Tab.parse(f"G|{blank}\nD|{blank}\nA|{other or blank}\nE|{low}")


def _figures() -> str:
    """A bar of 32 columns: frets around 22, marks that lead over blanks."""
    figures = [
        "22",
        "19",
        "12",
        "24",
        "9",
        "2",
        "x",
        "5/-7",
        "7\\-5",
        "5\\-7",
        "12\\-0",
        "3h-5",
        "5-p---3",
        "(22)",
        "7-/-9",
    ]
    drawn = "".join("-" * RANDOM.choice((1, 1, 2, 3)) + RANDOM.choice(figures) for _ in range(RANDOM.randint(1, 12)))
    return drawn[:32].ljust(32, "-") + "|"


def _partly_widened(tab: Tab) -> Tab:
    """The bars of a tab, and again with a column more for each second digit."""
    return Tab((*tab.systems, *widened(tab).systems))


def _bars(width: int, share: float) -> Tab:
    """Six bars, of which such a share of columns has something in it."""
    marks = "0123579x=1=h/(2b~^t<\\\\p)>"
    lines = [
        "|".join(
            "".join(RANDOM.choice(marks) if RANDOM.random() < share else "-" for _ in range(width)) for _ in range(6)
        )
        for _ in range(4)
    ]
    return Tab.parse("\n".join(f"{label}|{line}|" for label, line in zip("GDAE", lines, strict=True)))


@needs_npm
def test_what_cannot_be_drawn_is_told_in_one_line(node: Node) -> None:
    words = ["GDAE", "||||", "5---", "||||", END, "GDAD", "||||", "5---", "||||", END]
    answers = node.ask([("alphatex", {"words": some, "tempo": 100}) for some in (words, [], ["GDAE", "||||"])])
    assert "only tabs in one tuning are drawn" in answers[0]["error"]
    assert [answer["error"] for answer in answers[1:]] == ["the tab has no bars: nothing to draw"] * 2


@needs_npm
def test_strings_have_the_same_pitches(node: Node) -> None:
    words = [*NAMES.values(), "F#C#G#C#", "CFBbEb", "ADGC", "EADGBE", "BbFCG"]
    known = [word for word in words if _pitches(word)]
    assert node.ask([("pitches", word) for word in known]) == [list(_pitches(word) or ()) for word in known]


def _pitches(word: str) -> tuple[int, ...] | None:
    try:
        return Tuning.parse(word).pitches
    except TuningError:
        return None


@needs_npm
def test_a_seed_gives_the_same_numbers(node: Node) -> None:
    seeds = [0, 1, 42, 2**31, 2**32 - 1]
    expected = [np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0]).random(20).tolist() for seed in seeds]
    assert node.ask([("uniform", seed) for seed in seeds]) == expected


def test_the_folder_says_what_it_is(space: Path) -> None:
    _, head, _ = (space / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    card = yaml.safe_load(head)
    assert (card["sdk"], card["app_file"]) == ("static", "index.html")
    facts = json.loads((space / "space.json").read_text(encoding="utf-8"))
    assert facts["tunings"][0] == {"word": "GDAE", "name": "standard"}
    assert facts["strings"] == [4, 5, 6]
    for part in facts["parts"].values():
        assert "integrity" in part or (space / part["url"]).is_file()


def test_without_node_the_parts_come_from_a_cdn_with_their_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("basstab_hf.web_parts.node_modules", lambda: None)
    out = write_static_space(shipped_model(), tmp_path / "space")
    parts = json.loads((out / "space.json").read_text(encoding="utf-8"))["parts"]
    for part in (*ALPHATAB, *ONNX):
        assert parts[part.name] == {"url": part.url, "integrity": part.integrity}
        assert f"connect-src 'self' blob: data: {part.url.partition('/npm/')[0]};" in (out / "index.html").read_text()
    assert not (out / "parts").exists()


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("basstab_hf.web_parts.node_modules", lambda: None)
    out = write_static_space(None, tmp_path / "space")
    with pytest.raises(OutputError, match="add --force"):
        write_static_space(None, out)
    (out / "index.html").unlink()
    assert (write_static_space(None, out, force=True) / "index.html").is_file()
    home = tmp_path / "home"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary")
    with pytest.raises(OutputError, match="no folder that basstab wrote"):
        write_static_space(None, home, force=True)


def test_a_model_that_writes_no_tabs_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(shipped_model(), folder)
    learn(["hello world"], "column", 1).save(str(folder / "tokenizer.json"))
    with pytest.raises(InputError, match="no tabs of 4 to 6 strings"):
        write_static_space(folder, tmp_path / "space")
    Tokenizer.from_file(str(shipped_model() / "tokenizer.json")).save(str(folder / "tokenizer.json"))
    config = json.loads((folder / "config.json").read_text()) | {"vocab_size": 7}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"the model has 7 tokens, its tokenizer\.json \d+"):
        write_static_space(folder, tmp_path / "space")
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        write_static_space(tmp_path, tmp_path / "space")
    assert not (tmp_path / "space").exists()


def _asked_of(rule: Callable[[Any], Any], question: Any) -> Any:
    """What Python says; None where it refuses."""
    try:
        return rule(question)
    except BasstabError:
        return None


def _answers(node: Node, kind: str, questions: Sequence[Any]) -> list[Any]:
    """What JavaScript says; None where it refuses, in one line."""
    found = node.ask([(kind, question) for question in questions])
    errors = [answer["error"] for answer in found if isinstance(answer, dict)]
    assert not any("\n" in error for error in errors)
    return [None if isinstance(answer, dict) else answer for answer in found]


#: A process of Node is asked many things at once; to make failing lists shorter would take minutes.
_MANY = settings(
    max_examples=8,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@needs_npm
@_MANY
@given(texts=st.lists(odd_texts(), min_size=40, max_size=80))
def test_any_text_gives_the_same_words_or_is_refused(node: Node, texts: list[str]) -> None:
    assert _answers(node, "columns", texts) == [_asked_of(lambda text: list(to_columns(text)), text) for text in texts]


@needs_npm
@_MANY
@given(
    runs=st.lists(st.text("0123456789", max_size=12) | st.text("12", max_size=12), min_size=50, max_size=150),
    words=st.lists(st.text("ABCDEFGabcdefg#bH ", max_size=12), min_size=50, max_size=150),
)
def test_frets_and_labels_are_read_alike(node: Node, runs: list[str], words: list[str]) -> None:
    assert _answers(node, "frets", runs) == [[[*pair] for pair in split_frets(run)] for run in runs]
    words += [*TUNINGS, *("".join(word) for word in itertools.product("GDAEBC", repeat=4))]
    assert _answers(node, "labels", words) == [_asked_of(lambda word: [*split_labels(word)], word) for word in words]
    # `Tuning.parse` takes "EADG", the lowest string first, for a name of GDAE; a page has none.
    spelt = [word for word in words if _asked_of(split_labels, word) and word.lower() not in NAMES]
    assert _answers(node, "pitches", spelt) == [_asked_of(lambda word: [*Tuning.parse(word).pitches], w) for w in spelt]


@needs_npm
@_MANY
@given(found=st.lists(st.tuples(tabs(), st.integers(4, 90)), min_size=20, max_size=40))
def test_lines_are_broken_alike(node: Node, found: list[tuple[Tab, int]]) -> None:
    answers = node.ask([("wrapped", {"words": tab.words, "width": width}) for tab, width in found])
    for (tab, width), answer in zip(found, answers, strict=True):
        assert Tab.from_words(answer).systems == flowed(tab, width).systems


@st.composite
def _draws(draw: st.DrawFn) -> tuple[list[float | None], list[int], Sampling, float]:
    """Scores with ties and impossible tokens, those that are legal, how to draw, and a chance."""
    values = st.sampled_from([0.0, -0.5, -1.0, -30.0, -800.0, None]) | st.floats(-20, 0)
    scores = draw(st.lists(values, min_size=1, max_size=30))
    scores[draw(st.integers(0, len(scores) - 1))] = draw(st.floats(-5, 0))
    possible = [token for token, score in enumerate(scores) if score is not None]
    legal = {draw(st.sampled_from(possible)), *draw(st.sets(st.integers(0, len(scores) - 1)))}
    sampling = Sampling(
        draw(st.sampled_from([0, 0.001, 0.7, 1, 10]) | st.floats(0.01, 10)),
        top_p=draw(st.sampled_from([0.01, 0.5, 1]) | st.floats(0.01, 1)),
        min_p=draw(st.sampled_from([0, 0.5, 1]) | st.floats(0, 1)),
    )
    return scores, sorted(legal), sampling, draw(st.sampled_from([0.0, 0.5, 1 - 2**-53]) | st.floats(0, 0.999))


@needs_npm
@_MANY
@given(draws=st.lists(_draws(), min_size=40, max_size=80))
def test_the_same_token_is_drawn(
    node: Node, draws: list[tuple[list[float | None], list[int], Sampling, float]]
) -> None:
    questions, expected = [], []
    for scores, allowed, sampling, chance in draws:
        how = {"temperature": sampling.temperature, "topP": sampling.top_p, "minP": sampling.min_p}
        questions.append(("pick", {"scores": scores, "allowed": allowed, "sampling": how, "chance": chance}))
        found = np.array([-np.inf if score is None else score for score in scores])
        legal = np.isin(np.arange(len(scores)), allowed)
        expected.append(pick(found, legal, sampling, chance))
    assert node.ask(questions) == expected


@needs_npm
@_MANY
@given(
    songs=st.lists(
        st.tuples(
            st.lists(st.integers(0, 3), min_size=1, max_size=90),
            st.lists(st.floats(-9, 9) | st.none(), min_size=4, max_size=4).filter(any),
            st.floats(0, 4),
            st.lists(st.floats(0, 0.99), min_size=len(LENGTHS), max_size=len(LENGTHS)),
        ),
        min_size=3,
        max_size=8,
    )
)
def test_the_cache_of_a_song_expects_the_same(node: Node, songs: list[tuple[Any, ...]]) -> None:
    questions: list[tuple[str, Any]] = []
    expected = []
    for ids, logits, decay, weights in songs:
        questions.append(
            (
                "mixed",
                {"settings": {"decay": decay, "weights": weights}, "lengths": LENGTHS, "ids": ids, "logits": logits},
            )
        )
        cache = MatchCache(MatchSettings(decay, tuple(weights)))
        for token in ids:
            cache.read([token])
            with np.errstate(divide="ignore"):
                expected.append(cache.mix(np.array([-np.inf if score is None else score for score in logits])))
    found = [row for answer in node.ask(questions) for row in answer]
    infinite = [[-np.inf if value is None else value for value in row] for row in found]
    np.testing.assert_allclose(infinite, expected, rtol=1e-9, atol=1e-12)
