"""A person at each page, and a book of what passed."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.static_space.writer import write_static_space
from tests.conftest import needs_chromium, needs_npm
from tests.journeys.hand import Hand
from tests.journeys.servers import Demo, demo_server, file_server
from tests.journeys.songs import practised
from tests.journeys.table import ROWS, WAYS

_HERE = Path(__file__).parent
#: Where pictures and the table of passes go, if anywhere.
_OUT = Path(os.environ["JOURNEYS_OUT"]) if os.environ.get("JOURNEYS_OUT") else None
#: A demo that runs already, to be driven instead of one of our own.
_DEMO = os.environ.get("JOURNEYS_DEMO")
_DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
    "keyboard": {"viewport": {"width": 1280, "height": 800}},
}
_PASSED: dict[tuple[int, str, str], bool] = {}
#: Whether all pages are driven in all ways, which takes half an hour; else a mouse on two of them, without endurance.
_ALL = os.environ.get("JOURNEYS") == "all"
#: Starts a demo of its own, which takes a minute; test_demo_page.py ends one, too.
_LONG = "50-demo"
_USUAL = ("demo-desktop", "desktop-demo", "practice-desktop", "desktop-practice")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All of them drive a browser for long."""
    if not _ALL:
        left = [item for item in items if _HERE in item.path.parents and not _is_usual(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    for item in items:
        if _HERE in item.path.parents:
            for mark in (pytest.mark.slow, needs_chromium, needs_npm):
                item.add_marker(mark)


def _is_usual(item: pytest.Item) -> bool:
    if item.path.name == "test_endurance.py" or _LONG in item.name:
        return False
    return any(usual in item.name for usual in _USUAL)


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo, started once."""
    with demo_server() as found:
        yield found


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static Space, as it is pushed."""
    return write_static_space(None, tmp_path_factory.mktemp("site") / "some" / "prefix")


@pytest.fixture(scope="session")
def static_url(static_folder: Path) -> Iterator[str]:
    """Where a plain file server has it, under some path."""
    with file_server(static_folder.parent.parent, "some/prefix/") as url:
        yield url


@pytest.fixture(scope="session")
def practice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice page of a long song."""
    path = tmp_path_factory.mktemp("practice") / "song.html"
    practised(path)
    return path


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Where a page is; servers start when they are asked for first."""

    def found(place: str) -> str:
        if place == "demo" and _DEMO:
            return _DEMO
        if place == "demo":
            demo: Demo = request.getfixturevalue("demo")
            return demo.url
        if place == "static":
            url: str = request.getfixturevalue("static_url")
            return url
        return f"file://{request.getfixturevalue('practice_file')}"

    return found


class Newcomers:
    """Makes people at pages, each with a browser of their own, and keeps what went wrong there."""

    def __init__(self, chromium: Any, address: Callable[[str], str]) -> None:
        self._chromium, self._address = chromium, address
        self._contexts: list[Any] = []
        self.wrong: list[str] = []

    def comes(self, place: str, way: str = "desktop", url: str = "", **more: Any) -> Hand:
        """Somebody opens the page."""
        context = self._chromium.new_context(accept_downloads=True, **(_DEVICES[way] | more))
        self._contexts.append(context)
        context.add_init_script(path=_HERE / "senses.js")
        if place != "practice":
            context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        self.watches(page)
        me = Hand(page, place, way)
        self.arrives(me, url)
        return me

    def arrives(self, me: Hand, url: str = "") -> None:
        """Open the page's address, and wait until it can be used."""
        me.page.goto(url or self._address(me.place))
        me.at("play").wait_for(timeout=60_000) if me.place == "practice" else me.ready()

    def watches(self, page: Any) -> None:
        """Note what no visitor should meet."""

        def asked(request: Any) -> None:
            if not request.url.startswith(("http://127.0.0.1", "http://localhost", "file:", "data:", "blob:")):
                self.wrong.append(f"asked for {request.url}")

        page.on("request", asked)
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.accept()))

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def newcomers(chromium: Any, address: Callable[[str], str]) -> Iterator[Newcomers]:
    """People at pages; what went wrong with any of them fails the test."""
    made = Newcomers(chromium, address)
    yield made
    made.close()
    assert not made.wrong


@pytest.fixture
def me(request: pytest.FixtureRequest, newcomers: Newcomers) -> Iterator[Hand]:
    """The person of a journey."""
    _, place, way = request.param
    found = newcomers.comes(place, way)
    yield found
    if _OUT:
        folder = _OUT / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        found.page.screenshot(path=folder / f"{request.node.callspec.id}.png", timeout=20_000)


# ---- The table of passes ----


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Note what passed, by row, page and way."""
    report = yield
    key = getattr(item, "callspec", None) and item.callspec.params.get("me")  # type: ignore[attr-defined]
    if key and _OUT:
        _PASSED[key] = _PASSED.get(key, True) and report.passed
        if call.when == "teardown":
            _write_passes()
    return report


def _write_passes() -> None:
    """Write the table, as far as it is known."""
    assert _OUT
    lines = ["| no. | what the player does | demo d p k | static d p k | practice d p k |", "|---|---|---|---|---|"]
    count: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for number, (what, _) in ROWS.items():
        cells = []
        for place in ("demo", "static", "practice"):
            cell = ""
            for way in WAYS:
                passed = _PASSED.get((number, place, way))
                cell += {None: " ·", True: " ✓", False: " ✗"}[passed]
                if passed is not None:
                    count[place, way][0] += passed
                    count[place, way][1] += 1
            cells.append(cell)
        lines.append(f"| {number} | {what} |{' |'.join(cells)} |")
    lines += ["", *(f"{place} {way}: {passed} of {all_}" for (place, way), (passed, all_) in sorted(count.items()))]
    _OUT.mkdir(parents=True, exist_ok=True)
    (_OUT / f"passes-{os.environ.get('PYTEST_XDIST_WORKER', 'all')}.md").write_text("\n".join(lines) + "\n")
