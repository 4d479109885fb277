"""The dataset card: what is in a built dataset, where it comes from, what was left out, and how rows get removed.

The same facts go into croissant.json, for machines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from basstab_hf.dataset.croissant import write_croissant
from basstab_hf.dataset.licences import NOT_TOLD, hub_licence, spdx
from basstab_hf.dataset.plots import plot_contents, plot_lengths
from basstab_hf.dataset.rows import SPLITS, features
from basstab_hf.printing.markdown import environment
from basstab_hf.tab import columns
from basstab_hf.versions import versions

#: Rows of the card's tables; the rest is summed up in one.
MOST_ROWS = 30
#: Fields that only some sources tell, and what stands there where they do not.
_TOLD = {"title": "", "artist": "", "tempo": None, "time_signature": "", "key": "", "style": ""}
_NAME = "Bass tablature"
_PACKAGE = "basstab-hf"


@dataclass
class Origin:
    """What came from one place under one licence."""

    pieces: int = 0
    columns: int = 0
    retrieved: set[str] = field(default_factory=set)  # the first and the last day
    credits: Counter[str] = field(default_factory=Counter)

    def count(self, row: dict[str, Any]) -> None:
        """Count a row."""
        self.pieces += 1
        self.columns += row["n_columns"]
        days = self.retrieved | {row["retrieved_at"][:10]} - {""}
        self.retrieved = {min(days), max(days)} if days else days
        if row["credit"]:
            self.credits[row["credit"]] += 1


@dataclass
class Statistics:
    """What the card tells of the rows, counted as they are written."""

    lengths: dict[str, Counter[int]] = field(default_factory=lambda: {split: Counter() for split in SPLITS})  # bars
    tunings: Counter[str] = field(default_factory=Counter)
    techniques: Counter[str] = field(default_factory=Counter)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    notes: int = 0
    bars: int = 0
    examples: dict[str, str] = field(default_factory=dict)  # the first system of a split
    told: Counter[str] = field(default_factory=Counter)  # rows that tell a field
    confidence: float = 0.0  # summed over the rows that were recognised
    recognised: int = 0  # rows whose tab a recogniser read from text
    web: int = 0  # rows from web sites
    unfree: int = 0  # rows whose note on rights names no licence

    @property
    def uncertain(self) -> float:
        """The share of recognised rows that may be read wrong somewhere, by the recogniser's own confidence."""
        return 1 - self.confidence / self.recognised if self.recognised else 0.0

    def count(self, split: str, row: dict[str, Any]) -> None:
        """Count a row."""
        self.lengths[split][row["n_bars"]] += 1
        self.tunings[row["tuning"]] += 1
        self.techniques.update(row["techniques"])
        self.notes += row["n_notes"]
        self.bars += row["n_bars"]
        self.told.update(name for name, nothing in _TOLD.items() if row[name] != nothing)
        if row["confidence"] < 1:
            self.recognised += 1
            self.confidence += row["confidence"]
        self.web += bool(urlsplit(row["url"]).hostname)
        self.unfree += spdx(row["licence"]) == NOT_TOLD
        self.origins.setdefault((_place(row), row["licence"]), Origin()).count(row)
        first = row["systems"][0]
        self.examples.setdefault(split, columns.print_rows(first["labels"], first["lines"]))


def write_card(folder: Path, stats: dict[str, Any], statistics: Statistics, n_bytes: dict[str, int]) -> None:
    """Write README.md, with the YAML head that the Hub and `load_dataset` read, its plots, and croissant.json.

    Args:
        stats: what stats.json holds.
        n_bytes: size of the rows in memory by split.
    """
    (folder / "plots").mkdir()
    plot_lengths(statistics.lengths, folder / "plots" / "lengths.png")
    plot_contents(statistics.tunings, statistics.techniques, folder / "plots" / "contents.png")
    templates = environment(trim_blocks=True, lstrip_blocks=True)
    templates.filters["spdx"] = spdx
    licence = hub_licence(licence for _, licence in statistics.origins)
    ours = versions([_PACKAGE])[_PACKAGE]
    version = f"{ours}+{stats['fingerprint']}"
    rai = _rai(stats, statistics)
    template = templates.from_string(Path(__file__).with_name("card.md.jinja").read_text(encoding="utf-8"))
    card = template.render(
        stats=stats,
        found=statistics,
        n_pieces=sum(stats["kept"].values()),
        n_bytes=n_bytes,
        download_size=sum(path.stat().st_size for path in (folder / "data").iterdir()),
        features=features()._to_yaml_list(),  # as datasets writes it into its own cards
        size=_size_category(sum(stats["kept"].values())),
        origins=_most(statistics.origins),
        licence=licence,
        version=version,
        rai=rai,
        told=_TOLD,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    about = {
        "name": _NAME,
        "description": f"{sum(stats['kept'].values()):,} pieces for bass as tablature, {statistics.bars:,} bars.",
        "version": versions([_PACKAGE])[_PACKAGE],
        "license": sorted({spdx(licence) for _, licence in statistics.origins}),
        "url": "https://huggingface.co/datasets/PATH_OR_REPO",
        "inLanguage": "zxx",
        "keywords": ["music", "bass", "tablature"],
        "citeAs": f"{_NAME}, version {version}, built with basstab-hf",
        "creator": {"@type": "Organization", "name": "whoever built it with basstab-hf"},
    }
    write_croissant(folder, about, rai)


def _rai(stats: dict[str, Any], found: Statistics) -> dict[str, str]:
    """How the rows came about and what they are good for, in RAI's words; the card says the same."""
    places = ", ".join(place for (place, _), _ in _most(found.origins)[:5])
    errors = (
        f"{found.recognised:,} rows were recognised in text; by the recogniser's own confidence {found.uncertain:.1%} "
        "of them hold a system that is not exactly as it was printed."
        if found.recognised
        else "No row was recognised in text: all were composed, arranged or read from files of notes."
    )
    tuning, count = found.tunings.most_common(1)[0]
    return {
        "dataCollection": f"From {places}; see where the pieces come from.",
        "dataPreprocessingProtocol": "Near duplicates, pieces under two bars or eight notes, and systems that the "
        "recogniser trusts too little are left out; versions of a song are in one split.",
        "dataLimitations": f"{errors} What a source does not tell, such as tempo or key, is empty. A tab has no "
        "dynamics, and its rhythm is as exact as its columns.",
        "dataBiases": f"{count / sum(found.tunings.values()):.0%} of the pieces are in the tuning {tuning}. "
        "Styles are those of the places named, chiefly Western popular and folk music; of pages, what amateurs chose "
        "to write down.",
        "personalSensitiveInformation": "Names of artists and transcribers, as credits; nothing else of persons.",
        "dataUseCases": "Training and measuring models of bass lines; study of notation. Not for telling who played "
        "or wrote something.",
        "dataReleaseMaintenancePlan": "Built anew by `basstab build`; a fingerprint names the rows. Whoever holds "
        "rights in a piece can have it removed: the card says how.",
    }


def _most(origins: dict[tuple[str, str], Origin]) -> list[tuple[tuple[str, str], Origin]]:
    """Origins, the largest first; many small ones become one."""
    ordered = sorted(origins.items(), key=lambda item: (-item[1].pieces, item[0]))
    rest = ordered[MOST_ROWS:]
    if len(rest) > 1:
        others = Origin(sum(one.pieces for _, one in rest), sum(one.columns for _, one in rest))
        ordered[MOST_ROWS:] = [((f"{len(rest)} more", "see the field licence"), others)]
    return ordered


def _place(row: dict[str, Any]) -> str:
    """Where a row comes from: a web site, a collection, or the files of who built the dataset."""
    return urlsplit(row["url"]).hostname or (row["artist"] if row["credit"] else "local files")


def _size_category(rows: int) -> str:
    """The Hub's words for how many rows there are."""
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((words for most, words in steps if rows < most), "1M<n<10M")
