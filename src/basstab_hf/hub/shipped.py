"""Where the model lies that comes with this package: scripts/release_model puts it there."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from basstab_hf.errors import InputError

#: What names this model wherever a model is named; a folder of that name is ./shipped.
SHIPPED = "shipped"
#: The folder's name in the package.
FOLDER = "shipped_model"


def shipped_model() -> Path:
    """The folder of the model that is used where none is named.

    It is a model folder as any other, but for the code that would travel with it: that is this package.

    Raises:
        InputError: an installation without it.
    """
    folder = Path(str(resources.files("basstab_hf"))) / FOLDER
    if not (folder / "model.safetensors").is_file():
        raise InputError(f"{folder} is not there: install basstab-hf anew, or name a model folder")
    return folder
