"""What comes from outside never acts on a terminal unseen, and odd bytes are told with a line."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from basstab_hf.cli import _log, main
from basstab_hf.commands.output import print_json, say
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError
from basstab_hf.printing.foreign import visible
from basstab_hf.publish.contents import Contents
from basstab_hf.publish.upload import _with_card
from basstab_hf.recognise import explain, recognise_tabs

ACTING = "\x1b]0;title\x07\x9b31m\r\u202egrave\u2066\U000e0041\x7f"


@given(st.text(st.characters(), max_size=40))
def test_what_is_seen_stays_and_what_is_not_is_spelt_as_json_spells_it(text: str) -> None:
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # halves side by side are a pair
    shown = visible(text)
    assert all(sign.isprintable() or sign in "\n\t" or ord(sign) >= 0xA0 for sign in shown)
    assert visible(shown) == shown
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == joined


def acts(shown: str) -> bool:
    return any(sign in shown for sign in ACTING if not sign.isprintable())


def test_explain_tells_the_escapes_of_a_page() -> None:
    text = f"G|--5--|\nD|-----|\nA|-----|\nE|-----|\nwords {ACTING} end\n"
    shown = explain(text, recognise_tabs(text))
    assert r"words \u001b]0;title\u0007\u009b31m\u000d\u202egrave" in shown
    assert not acts(shown)


def test_errors_remarks_and_json_tell_the_escapes_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recognise", f"no file{ACTING}"]) == 1
    say(f"the Hub says {ACTING}")
    print_json({"title": ACTING})
    out, err = capsys.readouterr()
    assert not acts(err)
    assert not acts(out)
    assert r"the Hub says \u001b" in err
    assert json.loads(out) == {"title": ACTING}


HOSTILE_CHART = f"{{title: Blues {ACTING}}}\n{{artist: {ACTING}}}\n[Verse {ACTING}]\n| C | F | G7 | C |\n"
HOSTILE_RIFF = f"{ACTING} by {ACTING}\nG|--------|\nD|--------|\nA|--3-5-3-|\nE|3-----3-|\n{ACTING}\n"
#: Chords with hostile names, keys and values of the head: what of these a command takes, and what it says of the rest.
HOSTILE_WORDS = ("A\x1b[31m", "\u202eC", "\x9b2J")


@pytest.mark.parametrize("as_json", [False, True])
def test_no_command_lets_the_words_of_others_act(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, as_json: bool
) -> None:
    riff, chart = tmp_path / "riff.txt", tmp_path / f"a{ACTING.replace('/', '')}.txt"
    riff.write_text(HOSTILE_RIFF, encoding="utf-8")
    chart.write_text(HOSTILE_CHART, encoding="utf-8")
    song = tmp_path / f"song{HOSTILE_WORDS[0]}.musicxml"
    calls: list[list[object]] = [
        ["recognise", riff],
        ["recognise", chart],
        ["chart", chart],
        ["convert", riff, song],
        ["convert", song, tmp_path / "again.gp5"],
        ["arrange", song, "--transpose", "2"],
        ["develop", riff],
        ["infill", riff, "--bars", "1"],
        ["generate", "--chart", chart],
        ["build", tmp_path, "--out", tmp_path / f"data{HOSTILE_WORDS[1]}", "--progress"],
        ["generate", "--chords", f"| {HOSTILE_WORDS[0]} | {HOSTILE_WORDS[1]} |"],
        ["generate", "--style", HOSTILE_WORDS[2]],
        ["push", tmp_path / HOSTILE_WORDS[2], "me/x", "--dry-run"],
        ["evaluate", tmp_path / HOSTILE_WORDS[0], tmp_path / HOSTILE_WORDS[1]],
    ]
    heard = ""
    for call in calls:
        with suppress(SystemExit):
            main([*map(str, call), *(["--json"] if as_json and call[0] not in ("evaluate",) else [])])
        out, err = capsys.readouterr()
        progress = err.replace("\r", "\n").replace("\x1b[A", "")  # a bar goes back to its line
        assert not acts(out), call
        assert not acts(progress), call
        heard += out + err
    assert r"\u001b" in heard


def test_what_libraries_log_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    _log(debug=False)
    logging.getLogger("basstab_hf.some").warning("%s says %s", "a page", ACTING)
    told = capsys.readouterr().err
    assert told.startswith("basstab: a page says \\u001b]0;title")
    assert not acts(told)


def test_a_readme_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_bytes(b"# Caf\xe9")
    contents = Contents(kind="dataset", files={"README.md": readme}, left_out={})
    with pytest.raises(InputError, match=r"README\.md is no UTF-8 \(byte 6\): save it as UTF-8"):
        _with_card(contents, tmp_path, "me/tabs", tmp_path)


def test_a_dataset_of_numbers_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    parquet.write_table(pa.table({"columns": [1, 2]}), tmp_path / "data" / "train-00000-of-00001.parquet")
    with pytest.raises(InputError, match="parquet cannot be read: columns holds int64, no text; build it anew"):
        load_texts(str(tmp_path), "train")
