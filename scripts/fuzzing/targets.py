"""What reads inputs, by name. A target makes input number n from a seed alone, and reads it.

Reading ends well, or with a `BasstabError`: everything else is a finding.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from basstab_hf.errors import BasstabError
from fuzzing import command_lines, seeds
from fuzzing.mutation import flipped, mutated, odd_document, odd_xml
from tests import gpif

_SHIPPED = Path(__file__).parents[2] / "src/basstab_hf/shipped_model"
_CONFIGS = Path(__file__).parents[2] / "configs"


Change: TypeAlias = Callable[[bytes, Sequence[bytes], Sequence[bytes], random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """`make` an input by chance; `read` it, in a folder that it may use and that is its own.

    `most`: inputs of it beside the others in a long run; `seconds` that one may take.
    """

    make: Callable[[random.Random], bytes]
    read: Callable[[bytes, Path], object]
    most: int = 50_000
    seconds: float = 5


def _bytes(
    contents: Callable[[], Sequence[bytes]], tokens: Sequence[bytes], change: Change = mutated
) -> Callable[[random.Random], bytes]:
    kept = cache(contents)

    def make(chance: random.Random) -> bytes:
        found = kept()
        return change(chance.choice(found), found, tokens, chance)

    return make


def _wrapped(
    make: Callable[[random.Random], bytes], wrap: Callable[[bytes], bytes]
) -> Callable[[random.Random], bytes]:
    """Half of the inputs are changed inside of their container, half of them the container itself."""

    def both(chance: random.Random) -> bytes:
        if chance.random() < 0.7:
            return wrap(make(chance))
        whole = wrap(make(random.Random(chance.randrange(8))))  # noqa: S311
        return mutated(whole, [whole], (), chance)

    return both


# Readers


def _recognise(content: bytes, folder: Path) -> None:
    from basstab_hf.recognise import decode, explain, recognise_tabs

    text = decode(content, "the file")
    found = recognise_tabs(text, all_instruments=content[-1:] < b"@")
    json.dumps(found.to_json())
    explain(text, found)
    if found.systems:
        found.tab.text.encode()


def read_tab(suffix: str, content: bytes, folder: Path) -> None:
    """The tracks of a file, and now and then these written."""
    from basstab_hf import formats
    from basstab_hf.formats.settings import WriteSettings

    found = formats.read_tracks(content, "the file", suffix)
    with contextlib.suppress(BasstabError):
        found.first("the file")
    for track in found.tracks[: 3 * (content[-2:-1] < b"\x60")]:
        settings = WriteSettings(track.tempo or 100, track.columns_per_beat or 4, marks=track.marks, time=track.time)
        for kind in (".txt", ".musicxml" if len(content) % 2 else ".alphatex"):
            with contextlib.suppress(BasstabError):
                formats.write(track.tab, folder / f"out{kind}", settings, force=True)


def read_song(suffix: str, content: bytes, folder: Path) -> None:
    from basstab_hf.chart.rendering import render
    from basstab_hf.listen.hear import hear
    from basstab_hf.listen.read import parse_song

    render(hear(parse_song(content, "the file", suffix)).chart)


def read_chart(content: bytes, folder: Path) -> None:
    """A chart, a third higher."""
    from basstab_hf.chart import reading
    from basstab_hf.chart.rendering import render
    from basstab_hf.chart.transposing import transposed
    from basstab_hf.recognise import decode

    render(transposed(reading.read_chart(decode(content, "the file"), "the file"), 3)).encode()


def _reader(suffix: str, content: bytes, folder: Path) -> None:
    """As a tab, or as a song where that is read."""
    from basstab_hf.listen.values import SUFFIXES

    if suffix in SUFFIXES and content[-1:] > b"\xa0":
        read_song(suffix, content, folder)
    else:
        read_tab(suffix, content, folder)


def _gpx(xml: bytes) -> bytes:
    """Packed now and then: to pack takes twenty times as long as to read."""
    return gpif.gpx(xml) if len(xml) % 16 == 0 else gpif.bcfs({"score.gpif": xml})


# Settings


@cache
def _documents(kind: str) -> list[Any]:
    if kind == "site":
        return [yaml.safe_load(path.read_text()) for path in sorted((_CONFIGS / "scrape").glob("*.yaml"))]
    return [yaml.safe_load(path.read_text()) for path in sorted((_CONFIGS / kind).glob("*.yaml"))]


_YAML_TOKENS = (
    b"&a *a << : - ? | > {} [] !!python/object:os.system !!binary 2026-01-01 1e-3 .nan ~ !!int x: 0o17".split()
)


def _yaml(kind: str, chance: random.Random) -> bytes:
    documents = _documents(kind)
    if chance.random() < 0.5:
        text = yaml.safe_dump(odd_document(chance.choice(documents), chance, dates=True), allow_unicode=True)
        return text.encode(errors="surrogatepass")
    contents = [yaml.safe_dump(document).encode() for document in documents]
    return mutated(chance.choice(contents), contents, (*_YAML_TOKENS, b"[" * 60, b"\n- "), chance)


def _settings(kind: str, content: bytes, folder: Path) -> None:
    path = folder / "settings.yaml"
    path.write_bytes(content)
    if kind == "site":
        from basstab_hf.scrape.site import Site

        site = Site.read(path)
        site.identity()
        for _, _ in zip(site.urls(), range(3), strict=False):
            pass
    elif kind == "search":
        from basstab_hf.search.config import SearchConfig

        SearchConfig.read(path)
    else:
        from basstab_hf.training.config import TrainConfig

        TrainConfig.read(path)


def _set(chance: random.Random) -> bytes:
    names = ("training.seed", "model.n_layer", "kind", "tunings", "training", "about", "x", "", "training.", "a.b.c")
    values = ("1", "[]", "{a: b}", "2026-01-01", "1e-3", "&a [*a]", "!!python/none", "[[[[", "\ud800", "", "=", ": :")
    lines = [
        f"{chance.choice(names)}{chance.choice(('=', '=', ' ', '=='))}{chance.choice(values)}"
        for _ in range(chance.choice((1, 1, 2)))
    ]
    return "\n".join(lines).encode(errors="surrogatepass")


def _put_over(content: bytes, folder: Path) -> None:
    from basstab_hf.training.config import TrainConfig

    TrainConfig.small(content.decode(errors="surrogatepass").split("\n"))


# Model folders


@cache
def _model_document(name: str) -> Any:
    text = (_SHIPPED / name).read_text()
    return yaml.safe_load(text) if name.endswith(".yaml") else json.loads(text)


_JSONS = (
    *("config.json", "generation_config.json", "metrics.json", "metrics.json", "card.yaml", "training.yaml"),
    "tokenizer_config.json",
)


def _model_json(chance: random.Random) -> bytes:
    """Its first line names the file."""
    name = chance.choice(_JSONS)
    document, dates = _model_document(name), name.endswith(".yaml")
    if chance.random() < 0.8:
        if name == "metrics.json" and chance.random() < 0.6:
            document = {**document, "dataset": odd_document(document["dataset"], chance)}
        else:
            document = odd_document(document, chance, dates=dates)
        text = yaml.safe_dump(document) if dates else json.dumps(document)
        return f"{name}\n{text}".encode(errors="surrogatepass")
    others = [b"[" * 9000, b'{"a":' * 3000, b"\xff\xfe", b"", b"null", b"&a [*a]"]
    content = mutated(json.dumps(document).encode(), others, (b"[", b"{", b'"', b"NaN", b"\\ud800"), chance)
    return name.encode() + b"\n" + content


def _folder_of_model(folder: Path) -> Path:
    made = folder.parent / f"{folder.name}-model"
    if not made.exists():
        shutil.copytree(_SHIPPED, made)
    return made


@contextlib.contextmanager
def _put(path: Path, content: bytes) -> Iterator[None]:
    kept = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(kept)


@cache
def _shipped_tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(_SHIPPED / "tokenizer.json"))


def _read_model_json(content: bytes, folder: Path) -> None:
    """What a folder says of itself, as `generate`, `push` and `evaluate` ask for it."""
    from basstab_hf.generate import model_words, steering
    from basstab_hf.generate.ranking import usual_nats
    from basstab_hf.generate.vocabulary import Vocabulary
    from basstab_hf.model.match_cache import MatchSettings
    from basstab_hf.model.weights import _sizes, read_config
    from basstab_hf.publish.model_card import read_facts

    name, _, text = content.partition(b"\n")
    made = _folder_of_model(folder)
    with _put(made / name.decode(), text):
        if name == b"card.yaml":
            read_facts(made)
        elif name == b"config.json":
            sum(1 for _ in _sizes(made / "config.json", read_config(made)).shapes())
        elif name == b"tokenizer_config.json":
            model_words.ModelWords.of_folder(made)
        else:
            tokenizer, cache = _shipped_tokenizer(), MatchSettings.of_folder(made)
            vocabulary = Vocabulary.of(tokenizer.get_vocab())
            words = model_words.ModelWords(made, tokenizer, vocabulary, cache, model_words.read_metrics(made))
            found = (words.usual_width, words.fills_in, words.chord_words(["Am"]), usual_nats(words.metrics))
            json.dumps(found)
            steering.check_learnt((), words.metrics, "the model")
            steering.drawn_style(words.metrics, 1)
            steering.key_words("Am", words.metrics)


_BINARIES = {"tunes.dat": 1, "mixture.safetensors": 1, "model.safetensors": 1, "tokenizer.json": 1}


def _model_binary(chance: random.Random) -> bytes:
    """The name of a file, and what is changed in it: places and bytes. The whole would be too much to keep."""
    name = chance.choice((*_BINARIES,))
    changes = [(chance.randrange(1 << 30), chance.choice(_ODD_PARTS)) for _ in range(chance.choice((1, 2, 5)))]
    near = chance.random() < 0.7
    return json.dumps([name, near, [(place, part.hex()) for place, part in changes]]).encode()


_ODD_PARTS = (
    *(b"\x00", b"\xff", b"\x7f", b"9", b"-", b"[", b"{", b'"', b"\xff\xff\xff\x7f", b"null", b"1e999", b"\\ud800"),
    *(b'"F16"', b'"I64"', b'"Precompiled"', b'"Replace"', b"[0,0]", b"BASSTUNE", b"999999999"),
)


def _read_model_binary(content: bytes, folder: Path) -> None:
    from basstab_hf.generate.model_words import ModelWords
    from basstab_hf.model.mixture_weights import Weights
    from basstab_hf.model.tunes import read_tunes
    from basstab_hf.model.weights import read_model

    name, near, changes = json.loads(content)
    made = _folder_of_model(folder)
    changed = bytearray((made / name).read_bytes())
    for place, part in changes:
        begin = place % min(len(changed), 5000 if near else len(changed))
        changed[begin : begin + len(part) // 2] = bytes.fromhex(part)
    with _put(made / name, bytes(changed)):
        if name == "tunes.dat":
            read_tunes(made)
        elif name == "mixture.safetensors":
            Weights.load(made / name)
        elif name == "model.safetensors":
            read_model(made)
        else:
            ModelWords.of_folder(made)


@cache
def _bass_tab_tokenizer() -> Any:
    from basstab_hf.model.folder import load_tokenizer

    return load_tokenizer(_SHIPPED)


_COLUMNS = b"GDAE |||| ---- 5--- --12 <END> <bos> <eos> <style:rock> <key:Am> <root:A> x--- (--- |||||".split()
_COLUMNS += b"GDAEB <unk> G|-5-| D|---|".split()


def _tokens(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return seeds.odd_text(chance, _COLUMNS).encode(errors="surrogatepass")
    found = seeds.texts()[:2]
    return mutated(chance.choice(found), found, (*_COLUMNS, b"\xed\xa0\x80"), chance)


def _tokenize(content: bytes, folder: Path) -> None:
    from basstab_hf.tab.values import Tab

    tokenizer = _bass_tab_tokenizer()
    try:
        text = content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
    with contextlib.suppress(BasstabError):
        Tab.parse(text)
    with contextlib.suppress(BasstabError):
        tokenizer.tokenize(text)
    with contextlib.suppress(BasstabError):
        tokenizer([text, "GDAE ||||"], return_offsets_mapping=True)
    tokenizer.decode([byte * 11 % len(tokenizer) for byte in content[:200]])
    tokenizer(text)


# Datasets


@cache
def _rows() -> list[dict[str, Any]]:
    from basstab_hf.dataset.cleaning import Found, read
    from basstab_hf.dataset.sources import Order

    found = [one for number in range(3) for one in read(Order(1, number))]
    return [one.row for one in found if isinstance(one, Found)]


def _table(rows: Sequence[Any]) -> Any:
    """Rows as a table of pyarrow, whatever they hold."""
    import pyarrow as pa

    names = sorted({str(name) for row in rows if isinstance(row, dict) for name in row if str(name).isprintable()})
    columns = {}
    for name in names:
        values = [row.get(name) if isinstance(row, dict) else None for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, UnicodeError):
            columns[name] = pa.array([str(value).encode("utf-8", "replace") for value in values])
    return pa.table(columns)


def _rows_to_read(chance: random.Random) -> bytes:
    """A Parquet file of odd rows, or a changed one of good rows."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = _rows()
    if chance.random() < 0.6:
        rows = [odd_document(row, chance) for row in rows] if chance.random() < 0.5 else odd_document(rows, chance)
    table = _table(rows if isinstance(rows, list) else [rows])
    out = io.BytesIO()
    try:
        parquet.write_table(table, out, compression=chance.choice(("none", "zstd", "snappy")))
    except pa.ArrowException:  # a struct without a field
        parquet.write_table(pa.table({"columns": [[1.5]], "x": [None]}), out)
    return out.getvalue() if chance.random() < 0.6 else mutated(out.getvalue(), [out.getvalue()], (b"PAR1",), chance)


def _read_rows(content: bytes, folder: Path) -> None:
    from basstab_hf.dataset.load import count_licences, load_facts, load_rows, load_texts

    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "train-00000.parquet").write_bytes(content)
    for read in (load_facts, load_rows, load_texts):
        with contextlib.suppress(BasstabError):
            list(read(folder if read is load_rows else str(folder), "train"))
    count_licences(str(folder), ["train"])


_PAGES_TOKENS = (b'{"url":', b"[" * 3000, b"\\ud800", b"null", b"\xff", b'"content"', b"1e999", b"{}", b"\n")


def _pages(chance: random.Random) -> bytes:
    page = {"url": "http://a.example/b/so-it-goes.html", "content": seeds.TAB, "title": "A", "sha256": "0" * 64}
    page |= {"artist": "B", "fetched_at": "2026-01-01T00:00:00Z", "final_url": "http://a.example/b", "licence": ""}
    if chance.random() < 0.5:
        lines = [json.dumps(odd_document(page, chance)) for _ in range(3)]
        return "\n".join([*lines, ""]).encode(errors="surrogatepass")
    whole = json.dumps(page).encode() + b"\n"
    return mutated(whole * 2, [whole], _PAGES_TOKENS, chance)


def _build(content: bytes, folder: Path) -> None:
    from basstab_hf.dataset.cleaning import Found, read
    from basstab_hf.dataset.sources import items

    (folder / "pages.jsonl").write_bytes(content)
    for item in items(str(folder)):
        for found in read(item):
            if isinstance(found, Found):
                json.dumps(found.row).encode()
                str(found.row["columns"]).encode()


def _site_page(content: bytes, folder: Path) -> None:
    """What a spider asks of a page."""
    from scrapy.http import HtmlResponse

    from basstab_hf.scrape import reading

    told = b"text/html" if content[:1] < b"\x60" else b"text/html; charset=" + content[:12].replace(b"\n", b"")
    response = HtmlResponse("http://a.example/b/c.html", body=content, headers={"Content-Type": told})
    text = reading.text_of(response)
    if text is None:
        return
    page = reading.as_html(response, text)
    reading.title_of(page)
    reading.links(page)
    reading.elements(page, "pre")


TARGETS: dict[str, Target] = {
    "recognise": Target(_bytes(seeds.texts, seeds.WORDS), _recognise, 100_000),
    "text": Target(_bytes(seeds.texts, seeds.WORDS), partial(_reader, ".txt")),
    "midi": Target(
        _bytes(seeds.midi, (b"MTrk", b"\xff\x51\x03", b"\x90\x28\x5a", b"\xff\x2f\x00"), flipped),
        partial(_reader, ".mid"),
    ),
    "guitar pro 3 to 5": Target(
        _bytes(seeds.guitar_pro, (b"FICHIER GUITAR PRO v5.10",), flipped), partial(_reader, ".gp5")
    ),
    "guitar pro 6": Target(_wrapped(_bytes(seeds.gpif_xml, seeds.XML_WORDS, odd_xml), _gpx), partial(_reader, ".gpx")),
    "guitar pro 7": Target(
        _wrapped(_bytes(seeds.gpif_xml, seeds.XML_WORDS, odd_xml), partial(seeds.zipped, "Content/score.gpif")),
        partial(_reader, ".gp"),
    ),
    "musicxml": Target(_bytes(seeds.musicxml, seeds.XML_WORDS, odd_xml), partial(_reader, ".musicxml")),
    "mxl": Target(
        _wrapped(_bytes(seeds.musicxml, seeds.XML_WORDS, odd_xml), partial(seeds.zipped, "a.musicxml")),
        partial(_reader, ".mxl"),
    ),
    "alphatex": Target(_bytes(partial(seeds.written, ".alphatex"), seeds.TEX_WORDS), partial(_reader, ".alphatex")),
    "chart": Target(_bytes(lambda: seeds.CHARTS, seeds.CHART_WORDS), read_chart),
    "training settings": Target(partial(_yaml, "train"), partial(_settings, "train")),
    "search settings": Target(partial(_yaml, "search"), partial(_settings, "search")),
    "site settings": Target(partial(_yaml, "site"), partial(_settings, "site")),
    "single settings": Target(_set, _put_over),
    "model documents": Target(_model_json, _read_model_json),
    "model binaries": Target(_model_binary, _read_model_binary, 20_000),
    "tokenizer": Target(_tokens, _tokenize),
    "parquet": Target(_rows_to_read, _read_rows, 30_000),
    "pages.jsonl": Target(_pages, _build),
    "spider": Target(_bytes(seeds.texts, seeds.WORDS), _site_page),
    "command lines": Target(command_lines.make, command_lines.read, 30_000, seconds=30),
}
