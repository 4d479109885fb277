import importlib.util
import itertools
import json
from collections import Counter
from types import SimpleNamespace

import pytest

from basstab_hf import files
from basstab_hf.dataset import public_domain
from basstab_hf.dataset.arrange import arrange
from basstab_hf.dataset.public_domain import COLLECTIONS, tunes
from basstab_hf.errors import InputError, MissingExtraError

pytest.importorskip("music21")

FOLDERS = {
    "ryansMammoth": ["AReel.abc", "BReel.abc", "CReel.abc"],
    "oneills1850": ["0001-0002.abc", "0003-0004.abc"],
    "airdsAirs": ["book1.abc"],
    "miscFolk": ["northumbrianminstrelsyopus.abc", "americanfifeopus.abc"],
}


def tune_text(number, title, body="CDEF GABc|cBAG FEDC|CEGc CEGc|C8|"):
    return f"X:{number}\nT:{title}\nZ:Ann Other\nM:4/4\nL:1/8\nQ:1/4=90\nK:C\n{body}\n\n"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("BASSTAB_CACHE", str(folder))
    return folder


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A small music21 installation: two tunes a book, one of them in two voices."""
    package = tmp_path / "music21"
    for folder, names in FOLDERS.items():
        (package / "corpus" / folder).mkdir(parents=True)
        for name in names:
            one_each = folder == "ryansMammoth"
            text = tune_text(1, f"{name} 1") + ("" if one_each else tune_text(2, f"{name} 2"))
            if folder == "airdsAirs":
                text += tune_text(3, "Two voices", "V:1\nC8|")
            (package / "corpus" / folder / name).write_text(text)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin=str(package / "__init__.py")))
    return package / "corpus"


@pytest.fixture
def reads(monkeypatch):
    """Count how many tunes are read from ABC."""
    counts = Counter()
    read = public_domain._read

    def counting(text):
        counts["read"] += 1
        return read(text)

    monkeypatch.setattr(public_domain, "_read", counting)
    return counts


def test_collections_and_their_files_take_turns(corpus):
    assert [tune.title for tune in tunes()] == [
        "AReel.abc 1", "0001-0002.abc 1", "book1.abc 1", "northumbrianminstrelsyopus.abc 1",
        "BReel.abc 1", "0003-0004.abc 1", "book1.abc 2", "northumbrianminstrelsyopus.abc 2",
        "CReel.abc 1", "0001-0002.abc 2", "0003-0004.abc 2",
    ]  # fmt: skip


def test_every_tune_says_where_it_comes_from(corpus):
    tune = list(tunes(2))[1]
    assert tune.collection == "O'Neill's Music of Ireland"
    assert tune.source == "music21/corpus/oneills1850/0001-0002.abc#1"
    assert tune.credit == "O'Neill's Music of Ireland, transcribed by Ann Other"
    assert tune.licence.startswith("composition: public domain (published 1903 and 1907); transcription: ")
    assert (tune.key, tune.time_signature, tune.tempo) == ("C major", "4/4", 90.0)
    assert public_domain._credit(COLLECTIONS[0], "") == "Ryan's Mammoth Collection, transcriber not named in the file"


def test_the_cache_gives_the_same_tunes(corpus, reads, cache):
    refused = Counter()
    cold = list(tunes(refused=refused))
    assert refused == {"several voices": 1}
    assert reads["read"] == 12
    assert list(tunes(refused=refused)) == cold
    assert reads["read"] == 12
    assert refused == {"several voices": 2}
    assert {path.name.split(".")[0] for path in (cache / "corpus").iterdir()} == {each.slug for each in COLLECTIONS}


def test_a_larger_limit_reads_only_what_is_new(corpus, reads):
    few = list(tunes(4))
    assert reads["read"] == 4
    assert list(tunes(6))[:4] == few
    assert reads["read"] == 6
    assert list(tunes(0)) == []
    assert len(list(tunes(999))) == 11


def test_who_stops_early_keeps_what_was_read(corpus, reads):
    assert len(list(itertools.islice(tunes(6), 2))) == 2
    list(tunes(6))
    assert reads["read"] == 6


def test_a_damaged_cache_is_read_again(corpus, reads, cache):
    good = list(tunes())
    path = next((cache / "corpus").glob("airds.*"))
    first, second, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first[:30], second.split("\t")[0] + '\t{"title":1}', *rest, "nonsense"]))
    assert list(tunes()) == good
    assert reads["read"] == 14  # the two damaged ones
    path.write_bytes(b"\xff\xfe")
    assert list(tunes()) == good


def test_a_cache_that_cannot_be_written_costs_nothing_else(corpus, cache, caplog):
    cache.write_text("a file where the folder should be")
    assert len(list(tunes())) == 11
    assert "tunes are not cached" in caplog.text


def test_processes_give_the_same(corpus, monkeypatch, tmp_path):
    alone = list(tunes())
    monkeypatch.setenv("BASSTAB_CACHE", str(tmp_path / "another"))
    monkeypatch.setattr(public_domain, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(public_domain, "_BATCH", 8)
    assert list(tunes(jobs=2)) == alone


def test_output_streams_stay_clean(corpus, capfd):
    list(tunes())
    assert capfd.readouterr() == ("", "")


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("BASSTAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "basstab_hf"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / ".cache" / "basstab_hf"


def test_music21_missing_or_without_its_corpus(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[corpus\]"):
        next(tunes())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    with pytest.raises(InputError, match="without its corpus"):
        next(tunes())


def test_real_tunes_become_tabs():
    found = list(tunes(16))
    assert [tune.collection for tune in found[:4]] == [each.name for each in COLLECTIONS]
    assert all(tune.title and tune.credit and "public domain" in tune.licence for tune in found)
    cockade = arrange(next(tune for tune in found if tune.title == "The Ranting Highlandman"))
    assert {len(bar) for bar in cockade.bars} == {17}
    assert cockade.tuning.word == "GDAE"


def test_records_are_plain_json(corpus, cache):
    list(tunes())
    for path in (cache / "corpus").iterdir():
        for line in path.read_text().splitlines():
            key, record = line.split("\t")
            assert len(key) == 20
            assert {"bars", "title", "key"} <= set(json.loads(record)) or "refused" in json.loads(record)
