"""Write down what only its maker knows of the released model, and its evaluation, and make its card of that.

Usage: python scripts/write_card.py MODEL DATASET EVALUATION.json

MODEL/card.yaml, MODEL/evaluation.json (without the figures of single pieces) and MODEL/README.md are written.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from basstab_hf import __version__
from basstab_hf.publish.card_mark import marked
from basstab_hf.publish.model_card import FACTS, model_card

ROOT = Path(__file__).resolve().parent.parent
NAME = "basstab-composed"
LICENCE = "apache-2.0"
DATA_RIGHTS = (
    "Songs composed by the package's own rules are CC0. The tunes are in the public domain; their transcriptions come "
    "with the music21 package, in files that state no restriction (the dataset's card names each collection and "
    "transcriber)."
)


def main(model: Path, dataset: Path, evaluation: Path) -> None:
    measured = json.loads(evaluation.read_text(encoding="utf-8"))
    measured.pop("per_piece", None)
    (model / "evaluation.json").write_text(json.dumps(measured) + "\n", encoding="utf-8")
    (model / FACTS).write_text(yaml.safe_dump(facts(model, dataset), sort_keys=False, width=120), encoding="utf-8")
    (model / "README.md").write_text(marked(model_card(model)), encoding="utf-8")


def facts(model: Path, dataset: Path) -> dict[str, Any]:
    """What card.yaml tells; who made it, and what listeners said of it, stays when the card is made again."""
    fingerprint = json.loads((dataset / "stats.json").read_text(encoding="utf-8"))["fingerprint"]
    old = yaml.safe_load((model / FACTS).read_text(encoding="utf-8")) if (model / FACTS).is_file() else {}
    return {
        "name": NAME,
        "licence": LICENCE,
        "data": f"songs composed by rules, and public-domain tunes arranged for bass (fingerprint `{fingerprint}`)",
        "rights": DATA_RIGHTS,
        "authors": "The basstab-hf authors",
        "made_by": old.get("made_by") or revision(),
        **{name: old[name] for name in ("project", "space", "listening", "listening_how") if name in old},
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
