"""Whatever titles, names, notes and figures hold: cards and tables show it as text, and their heads stay YAML."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from basstab_hf.dataset.build import build
from basstab_hf.demo.gradio_space import write_gradio_space
from basstab_hf.errors import InputError
from basstab_hf.evaluation.report import model_index
from basstab_hf.formats.practice import to_html
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.printing.markdown import block, code, code_cell, environment, plain, prose
from basstab_hf.printing.tables import table
from basstab_hf.publish.model_card import Facts, model_card
from basstab_hf.search.report import _page
from basstab_hf.tab.values import Tab
from tests.conftest import riff
from tests.test_search_report import trial

#: What each would do where it came through: run, lead away, end the head, a code block or a table, hide, or be drawn.
HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(1)">',
    "[x](javascript:alert(1)) ![y](javascript:alert(2)) <javascript:alert(3)>",
    "a\n---\nlicense: mit\n---\n# A heading",
    "``` x\n```\n<script>alert(1)</script>\n``",
    "a | b\n|---|---|\n| `c|d` | e |\n",
    '`a``<script>alert(1)</script>`` "); import os; print(write("',
    "\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u2066\u200f\x00",
    "{{ 7 * 7 }} {% raw %} ${x} $$x$$ &lt;script&gt; <!-- x --> }\\end{document}",
    "[ref]: javascript:alert(1)\n\n[ref] [ref][]",
    "- a: &x [*x, 'b\", !!python/object:os.system {}",
)
_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SEEN = {"details", "summary", "audio"}  # what our own templates have of HTML


class _Elements(HTMLParser):
    """Names of elements, and where their links and scripts lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def rendered(markdown: str) -> _Elements:
    return _Elements(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def harmless(markdown: str) -> _Elements:
    """What a page with this Markdown has; nothing of it runs or leads to a script."""
    found = rendered(markdown)
    assert not {"script", "iframe", "object", "form", "input", "style"} & set(found.names)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [value for _, value in found.attributes if re.match(r"\s*(javascript|data|vbscript):", value, re.I)]
    assert not _ACTS.search(markdown)
    return found


def head_and_body(card: str) -> tuple[dict[str, Any], str]:
    """As the Hub splits them, and each value of the head without what would act unseen."""
    assert card.startswith("---\n")
    head, body = card[4:].split("\n---\n", 1)
    values = yaml.safe_load(head)
    assert not _ACTS.search(json.dumps(values, ensure_ascii=False).replace("\\n", ""))
    return values, body


@given(st.one_of(st.sampled_from(HOSTILE), st.text("<>`[]()!|\\*_-=+#~$&:/\n\r\t 1.abJ\x1b\u202e")))
def test_a_text_is_shown_and_nothing_of_it_is_markup(text: str) -> None:
    assert set(harmless(f"x {plain(text)} y").names) <= {"p"}
    assert set(harmless(f"{prose(text)}\n").names) <= {"p", "code"}
    assert set(harmless(f"x `y {code(text)}` z").names) <= {"p", "code"}
    assert set(harmless(f"```\nx\n{block(text)}\n```\n").names) <= {"pre", "code"}
    found = harmless(f"| a | b |\n|---|---|\n| x {plain(text)} | {code_cell(text)} |\n").names
    assert found.count("td") == 2
    assert set(found) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    made = environment().from_string("# {{ text }}\n").render(text=text)
    assert set(harmless(made).names) <= {"h1"}


@given(st.text("ab\\<>`*_[]|#~$&", min_size=1).filter(str.strip))
def test_what_is_shown_is_the_text_itself(text: str) -> None:
    html = MarkdownIt("commonmark").render(f"x{plain(text)}y")
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert shown == f"<p>x{text}y</p>\n"


def _model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(shipped_model() / name, folder / name)
    return folder


@pytest.mark.parametrize("text", HOSTILE)
def test_the_card_of_a_model_shows_text(tmp_path: Path, text: str) -> None:
    folder = _model(tmp_path)
    told = dict.fromkeys(("name", "licence", "data", "rights", "authors", "made_by", "listening_how"), text)
    (folder / "card.yaml").write_text(yaml.safe_dump(told | {"listening": [[text, text]]}))
    dataset = {"source": text, "licences": {text: 3}, "controls": {f"<{text}:x>": 2, "<style:rock>": 1}}
    (folder / "metrics.json").write_text(
        json.dumps({"validation": {"bits_per_column": 1.0}, "dataset": dataset, "versions": {"basstab-hf": text}})
    )
    half = {"mean": 0.4, "ends": [0, 1]}
    obedience = [{"measure": "tabs so", "asked": f"<{text}>", "when_asked": half, "otherwise": half}]
    tabs = {"model": {text: {"mean": 0.5}}, text: {text: {"mean": 0.5}}}
    measured = {"split": text, "pieces": 3, "bits_per_column": 1.0, "baselines": {text: {"bits_per_column": 2.0}}}
    (folder / "evaluation.json").write_text(json.dumps(measured | {"tabs": tabs, "obedience": obedience}))
    (folder / "training.yaml").write_text(yaml.safe_dump({"kind": text}))
    head, body = head_and_body(model_card(folder, "me/tabs"))
    assert head["library_name"] == "transformers"
    assert head["tags"] == ["music", "bass", "tablature", "music-generation", "gpt2"]
    found = harmless(body)
    (folder / "card.yaml").write_text(yaml.safe_dump(dict.fromkeys(told, "x") | {"listening": [["x", "x"]]}))
    for name in ("metrics.json", "evaluation.json", "training.yaml"):
        (folder / name).write_text((folder / name).read_text().replace(json.dumps(text)[1:-1], "x"))
    (folder / "training.yaml").write_text("kind: x\n")
    other = harmless(head_and_body(model_card(folder, "me/tabs"))[1])
    # the same page but for code in prose
    assert [name for name in found.names if name != "code"] == [name for name in other.names if name != "code"]


@pytest.mark.parametrize("field", ["space", "project", "datasets"])
def test_what_is_no_address_is_refused(tmp_path: Path, field: str) -> None:
    folder = _model(tmp_path)
    for text in HOSTILE:
        (folder / "card.yaml").write_text(yaml.safe_dump({field: [text] if field == "datasets" else text}))
        with pytest.raises(InputError, match=r"card\.yaml"):
            model_card(folder, "me/tabs")
    assert Facts(project="https://example.org/x?y=1").project


def test_the_card_of_a_dataset_shows_text(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    lines = [
        dict.fromkeys(("title", "artist", "licence", "credit", "fetched_at", "retrieved_at"), text)
        | {"url": f"https://{'a' * number}.example.org/<script>", "content": f"<pre>{text}\n\n{riff(number)}</pre>"}
        for number, text in enumerate(HOSTILE, start=1)
    ]
    (pages / "pages.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    build([str(pages)], tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    head, body = head_and_body(text)
    assert head["pretty_name"] == "Bass tablature"
    assert head["license"] == "other"
    found = harmless(body)
    assert set(found.names) <= {
        *("h1", "h2", "p", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "a", "img")
    }
    assert {value for name, value in found.attributes if name in ("href", "src")} == {
        *("https://docs.mlcommons.org/croissant/", "plots/lengths.png", "plots/contents.png")
    }
    json.loads((tmp_path / "out" / "croissant.json").read_text())


@pytest.mark.parametrize("text", HOSTILE)
def test_tables_and_pages_show_text(text: str) -> None:
    found = harmless(table([["", text], [text, "1"]], form="markdown")).names
    assert found.count("td") == found.count("th") == 2
    latex = table([["", text], [text, "1"]], form="latex")
    assert len(latex.splitlines()) == 7
    assert not _ACTS.search(latex)
    told = replace(trial(1, 2.0, "failed", text), parameters={text: text})
    page = _Elements(_page([told], {}, about=text, dataset=text))
    assert "script" not in page.names
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "img" not in page.names
    tab = replace(Tab.parse(riff(1)), title=text, artist=text)
    practice = _Elements(to_html(tab, WriteSettings()))
    assert practice.names.count("script") == 2
    assert "img" not in practice.names
    assert not [name for name, _ in practice.attributes if name.startswith("on")]


def test_a_results_block_stays_yaml(tmp_path: Path) -> None:
    class Measured:
        dataset, model, split, bits_per_column, bits, figures = "", "", "test", 1.0, (), {}

    for text in HOSTILE:
        measured: Any = Measured()
        measured.dataset = measured.model = text.replace("\x00", "")
        [index] = yaml.safe_load(model_index(measured))["model-index"]
        assert not _ACTS.search(json.dumps(index, ensure_ascii=False))


def test_a_space_of_no_repository_is_refused(tmp_path: Path) -> None:
    for text in HOSTILE:
        with pytest.raises(InputError, match="is no model on the Hub"):
            write_gradio_space(text, tmp_path / "space")
