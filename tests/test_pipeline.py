"""The whole path as a user walks it: sources -> dataset -> tokenizer -> model -> evaluation -> tab, MIDI, sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basstab_hf import Tab, formats
from basstab_hf.cli import main
from basstab_hf.tab.timing import timed_notes
from tests.conftest import REAL_TABS

BRIEF = {
    "model.n_layer": 1,
    "model.n_embd": 32,
    "model.n_positions": 160,
    "training.max_steps": 20,
    "training.eval_steps": 10,
    "training.use_cpu": True,
}
SETTINGS = [part for name, value in BRIEF.items() for part in ("--set", f"{name}={value}")]


def _run(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


def _walk(source: str, out: Path, limit: int) -> Tab:
    data, tokenizer, model = out / "dataset", out / "tokenizer", out / "model"
    _run("build", source, "--limit", limit, "--out", data)
    _run("tokenizer", data, "--out", tokenizer)
    _run("train", data, "--tokenizer", tokenizer, "--out", model, *SETTINGS)
    _run("evaluate", model, data, "--samples", "3", "--out", out / "evaluation")
    files = [out / name for name in ("tab.txt", "tab.mid", "tab.wav")]
    _run("generate", model, "--bars", 8, "--seed", 1, "--out", *files)
    return formats.read(files[0])


@pytest.mark.slow
def test_from_public_domain_tunes_to_a_tab_one_can_hear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASSTAB_CACHE", str(tmp_path / "cache"))
    tab = _walk("public-domain", tmp_path, limit=60)
    assert len(tab.bars) == 8
    assert len({len(bar) for bar in tab.bars}) == 1
    metrics = json.loads((tmp_path / "evaluation" / "metrics.json").read_text())
    assert metrics["pieces"] > 0
    assert metrics["bits_per_column"] > 0
    assert (tmp_path / "tab.mid").stat().st_size > 50
    assert (tmp_path / "tab.wav").stat().st_size > 44_100
    again = tmp_path / "again"
    _run("build", "public-domain", "--limit", 60, "--out", again)  # from the cache
    names = [f"data/{split}-00000-of-00001.parquet" for split in ("train", "validation", "test")]
    assert all((again / name).read_bytes() == (tmp_path / "dataset" / name).read_bytes() for name in names)


@pytest.mark.slow
@pytest.mark.skipif(not REAL_TABS.is_dir(), reason=f"no real tabs at {REAL_TABS}: set BASSTAB_REAL_TABS")
def test_from_real_pages_to_a_tab(tmp_path: Path) -> None:
    tab = _walk(str(REAL_TABS / "pages"), tmp_path, limit=40)
    assert len(tab.bars) == 8
    assert timed_notes(tab)
