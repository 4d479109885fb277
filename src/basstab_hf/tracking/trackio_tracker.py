"""Runs recorded in trackio: in its database, or wherever its environment variables send them."""

from __future__ import annotations

import contextvars
import io
import os
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TextIO

from basstab_hf.errors import InputError
from basstab_hf.files import may_write
from basstab_hf.tracking.mlflow_store import PROJECT, Role

#: Where one of these is set, runs are not kept on this machine.
_ELSEWHERE = ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL")


class Run:
    """A run in trackio's database, or wherever its environment variables send it; it knows neither states nor tags.

    Trials of a search are a group by the name of the search's run.
    """

    def __init__(
        self, name: str, parameters: Mapping[str, str], resumed: str | None = None, role: Role | None = None
    ) -> None:
        import trackio

        _check_place()
        parent = role.parent if role else ""
        unique = f"{parent} {name}" if parent else f"{Path(name).name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        # trackio goes on in a run by its name: no two may have the same. It has none of those without figures, as
        # the run of a search is at first, so there a missing one is begun.
        self._name = resumed or unique
        begin = partial(
            trackio.init,
            PROJECT,
            self._name,
            group=parent or None,
            config=dict(parameters),
            resume=("allow" if role else "must") if resumed else "never",
            embed=False,
            auto_log_cpu=False,
            auto_log_gpu=False,
        )
        self._is_trial = bool(parent)
        try:
            with self._printing():
                # trackio ends the run of its context when another begins: each has a context of its own.
                self._run = contextvars.Context().run(begin)
        except (ValueError, OSError) as error:
            raise InputError(f"trackio takes no run {self._name}: {' '.join(str(error).split())}") from error
        # It says no further than this what a resumed run has.
        self._last_step = self._run._next_step - 1
        self._sent: dict[str, int] = {}

    def log(self, figures: Mapping[str, float], step: int) -> None:
        new = {name: value for name, value in figures.items() if self._sent.get(name, self._last_step) < step}
        if new:
            self._run.log(new, step=step)
            self._sent |= dict.fromkeys(new, step)

    def log_all(self, figures: Mapping[int, Mapping[str, float]]) -> None:
        for step, found in figures.items():
            self.log(found, step)

    def keep(self, model: Path, figures: Mapping[str, float], step: int) -> None:
        self._run.log(dict(figures), step=step)

    def note(self) -> dict[str, str]:
        return {"tracker": "trackio", "id": self._name}

    def end(self, state: str, tags: Mapping[str, str] | None = None) -> None:
        with self._printing():
            self._run.finish()

    def _printing(self) -> redirect_stdout[TextIO]:
        """stdout is for data, and a message a trial would be many."""
        return redirect_stdout(io.StringIO() if self._is_trial else sys.stderr)


def _check_place() -> None:
    """Refuse to begin where trackio would lose every figure, with a warning only.

    Raises:
        InputError: its folder cannot be written.
    """
    from trackio.utils import TRACKIO_DIR

    if any(map(os.environ.get, _ELSEWHERE)) or may_write(Path(TRACKIO_DIR)):
        return
    raise InputError(f"trackio cannot write {TRACKIO_DIR}: let TRACKIO_DIR name another folder, or leave --track out")
