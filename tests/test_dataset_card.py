"""The card of a dataset and its Croissant: what is told, warned of where it applies, and what validators say."""

import json
import re
import warnings
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from basstab_hf.dataset.build import build
from basstab_hf.dataset.licences import hub_licence, spdx
from basstab_hf.dataset.names import in_words
from basstab_hf.dataset.pieces import Piece
from basstab_hf.dataset.rows import song_of
from basstab_hf.tab.values import Tab
from tests.conftest import riff

WEB = "Tabs found on web pages are other people's work"


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("card") / "composed"
    build(["composed"], out, limit=6, seed=1)
    return out


def scraped(tmp_path: Path, licence: str) -> Path:
    pages = tmp_path / "pages"
    pages.mkdir()
    told = {"url": "https://tabs.example.org/a", "title": "So What", "artist": "Miles", "licence": licence}
    (pages / "pages.jsonl").write_text(json.dumps(told | {"content": f"<pre>{riff(8)}</pre>"}) + "\n")
    build([str(pages)], tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("note", "known"),
    [
        ("CC0-1.0: composed by the rules of basstab_hf, from nobody's music", "CC0-1.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-nc/3.0/", "CC-BY-NC-3.0"),
        ("cc-by", "NOASSERTION"),
        ("MIT", "MIT"),
        ("Apache License 2.0", "Apache-2.0"),
        ("public domain", "LicenseRef-public-domain"),
        (
            "composition: public domain (published 1883); transcription: in files that state no restriction",
            "LicenseRef-public-domain-composition",
        ),
        ("not in the public domain", "NOASSERTION"),
        ("not stated: ask the owner before sharing", "NOASSERTION"),
        ("permitted", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_a_note_is_told_in_spdx_only_as_far_as_it_goes(note: str, known: str) -> None:
    assert spdx(note) == known


def test_the_hub_is_told_one_licence_where_all_rows_have_it() -> None:
    assert hub_licence(["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]) == "cc-by-4.0"
    assert hub_licence(["CC BY 4.0", "CC0"]) == "other"
    assert hub_licence(["public domain"]) == "other"
    assert hub_licence([]) == "other"


def test_a_page_does_not_write_unseen_into_the_card(tmp_path: Path) -> None:
    text = (scraped(tmp_path, "CC0 \u202eevil\x1b[31m") / "README.md").read_text()
    assert r"\u202eevil" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_card_tells_what_applies_and_warns_of_nothing_else(composed: Path) -> None:
    text = (composed / "README.md").read_text()
    card = DatasetCard(text)
    assert card.data.license == "cc0-1.0"
    assert "license_name" not in card.data.to_dict()
    assert card.data.language == ["zxx"]
    assert WEB not in text
    assert "no licence is known" not in text
    assert "No row was recognised in text" in text
    rows = [row for path in (composed / "data").glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    assert all(row["n_bars"] >= 2 and row["n_notes"] >= 8 for row in rows)
    for name in ("tempo", "key", "style"):
        assert f"`{name}` {sum(bool(row[name]) for row in rows)}" in text
    for heading in ("What it is for", "How to cite", "How a piece is removed"):
        assert f"\n## {heading}" in text
    assert not re.search(r"^\| 0? ?\|( \|)*$", text, re.MULTILINE)  # no table of nothing
    fingerprint = json.loads((composed / "stats.json").read_text())["fingerprint"]
    assert f"version = {{0.1.0+{fingerprint}}}" in text
    assert "FROM 'hf://datasets/PATH_OR_REPO/data/*.parquet'" in text


def test_pages_are_warned_of_with_what_is_known_of_their_rights(tmp_path: Path) -> None:
    text = (scraped(tmp_path, "") / "README.md").read_text()
    assert WEB in text
    assert "Of 1 pieces no licence is known" in text
    assert DatasetCard(text).data.license_name == "stated-in-every-row"
    assert re.search(r"1 rows were recognised in text; by the recogniser's own confidence \d\.\d% of them", text)
    (tmp_path / "free").mkdir()
    free = (scraped(tmp_path / "free", "CC BY 4.0") / "README.md").read_text()
    assert DatasetCard(free).data.license == "cc-by-4.0"
    assert "no licence is known" not in free


def test_croissant_is_valid_and_reads_the_rows(composed: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries
        import mlcroissant

        found = mlcroissant.Dataset(jsonld=composed / "croissant.json")
        issues = found.metadata.ctx.issues
        assert not issues.errors
        assert all("datePublished" in warning for warning in issues.warnings)  # two builds are the same bytes
        (train,) = (one for one in found.metadata.record_sets if one.name.startswith("train"))
        records = list(found.records(train.uuid))
    rows = pq.read_table(next((composed / "data").glob("train-*"))).to_pylist()
    assert [record[f"{train.uuid}/columns"].decode() for record in records] == [row["columns"] for row in rows]
    document = json.loads((composed / "croissant.json").read_text())
    assert document["license"] == ["CC0-1.0"]
    assert {name for name in document if name.startswith("rai:")} >= {
        "rai:dataCollection",
        "rai:dataBiases",
        "rai:dataLimitations",
        "rai:personalSensitiveInformation",
        "rai:dataUseCases",
    }


def test_names_of_files_become_words_and_stay_the_same_song() -> None:
    assert in_words("so-what-bass-tab") == "So What"
    assert in_words("foo_fighters") == "Foo Fighters"
    for name in ("So What", "riff", "U2", "AC-DC", "", "a--b", "take-5"):
        assert in_words(name) == name
    as_file, as_words = (
        song_of(Piece(Tab((), title=title, artist=artist), "x", "y"))
        for title, artist in (("so-what-bass-tab", "miles-davis"), ("So What", "Miles Davis"))
    )
    assert as_file == as_words
