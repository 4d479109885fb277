"""Write the card of a model folder: model_card.md filled in with what its own files and its evaluation say.

Usage: python scripts/write_card.py MODEL DATASET EVALUATION.json     (MODEL/README.md is written)
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import yaml

from basstab_hf import __version__
from basstab_hf.generate import Request, generate_tab

ROOT = Path(__file__).resolve().parent.parent
NAME = "basstab-public-domain"
LICENCE = "apache-2.0"
DATA_RIGHTS = (
    "The compositions are in the public domain; the transcriptions come with the music21 package, in files that state "
    "no restriction (the dataset's card names each collection and transcriber)."
)


def main(model: Path, dataset: Path, evaluation: Path) -> None:
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True).from_string(  # noqa: S701
        (ROOT / "model_card.md").read_text(encoding="utf-8")
    )
    (model / "README.md").write_text(template.render(facts(model, dataset, evaluation)), encoding="utf-8")


def facts(model: Path, dataset: Path, evaluation: Path) -> dict[str, Any]:
    """Every value that the template asks for."""
    metrics, stats, measured = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (model / "metrics.json", dataset / "stats.json", evaluation)
    )
    config = yaml.safe_load((model / "training.yaml").read_text(encoding="utf-8"))
    pieces = metrics["dataset"]["pieces"]
    return {
        "licence": LICENCE,
        "dataset_id": None,
        "dataset_name": f"public-domain tunes arranged for bass (fingerprint `{stats['fingerprint']}`)",
        "model_name": NAME,
        "repo_id": "path/to/this/folder",
        "parameters": f"{metrics['parameters']:,}",
        "n_pieces": f"{pieces['train']:,}",
        "data_rights": DATA_RIGHTS,
        "sample_tab": generate_tab(model, Request(bars=8, seed=1)).text,
        "cpu_minutes": f"{metrics['cpu_seconds'] / 60:.0f}",
        "steps": config["training"]["max_steps"],
        "revision": revision(),
        "controls": config["controls"],
        "fill_in_the_middle": config["fill_in_the_middle"],
        "control_words": sorted({word[1:].partition(":")[0] for word in metrics["dataset"]["controls"]}),
        "split": f"{measured['split']} ({measured['pieces']} pieces)",
        "results": {
            "this model": measured["bits_per_column"],
            "this model alone": measured["bits_per_column_no_cache"],
            **{name: found["bits_per_column"] for name, found in measured["baselines"].items()},
        },
        "tabs": measured["tabs"],
        "obedience": [
            one for one in measured.get("obedience", []) if one["measure"] == "tabs so" and "<" in one["asked"]
        ],
    }


def revision() -> str:
    """Version of the package and the commit that it stands at, with a mark where files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"basstab-hf {__version__}" + (f", commit {done.stdout.strip()}" if done.returncode == 0 else "")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
