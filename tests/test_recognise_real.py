"""Recognition of other people's tabs, where the folder with them is at hand: nothing of it is part of the project."""

from __future__ import annotations

import json

import pytest

from basstab_hf.recognise import Recognition, recognise_bytes
from basstab_hf.tab.values import Tab
from tests.conftest import REAL_TABS

needs_labels = pytest.mark.skipif(
    not (REAL_TABS / "truth.json").exists(), reason=f"no labelled tabs in {REAL_TABS}: set BASSTAB_REAL_TABS"
)
needs_pages = pytest.mark.skipif(
    not (REAL_TABS / "pages").exists(), reason=f"no pages in {REAL_TABS}: set BASSTAB_REAL_TABS"
)


@pytest.fixture(scope="module")
def labelled() -> list[tuple[list[list[str]], Recognition]]:
    """Lines of each labelled document's systems, and what recognition says of it."""
    truth = json.loads((REAL_TABS / "truth.json").read_text())
    return [
        (
            [system["lines"] for system in document["systems"]],
            recognise_bytes((REAL_TABS / document["file"]).read_bytes()),
        )
        for document in truth
    ]


@needs_labels
def test_labelled_systems_are_found_exactly(labelled: list[tuple[list[list[str]], Recognition]]) -> None:
    wanted = exact = given = right = 0
    for lines, found in labelled:
        four = [list(system.lines) for system in found.systems if len(system.lines) == 4]
        wanted, given, exact = wanted + len(lines), given + len(four), exact + sum(line in four for line in lines)
        right += lines == four
    assert exact >= 0.97 * wanted
    assert exact >= 0.97 * given
    assert right >= len(labelled) - 1


@needs_labels
def test_confidence_means_something(labelled: list[tuple[list[list[str]], Recognition]]) -> None:
    judged = [
        (system.confidence, list(system.lines) in lines)
        for lines, found in labelled
        for system in found.systems
        if len(system.lines) == 4
    ]
    sure = [exact for confidence, exact in judged if confidence >= 0.9]
    assert len(sure) >= 0.9 * len(judged)
    assert sum(sure) >= 0.98 * len(sure)


@needs_pages
def test_every_string_line_of_the_pages_is_used_or_refused_for_a_reason() -> None:
    used = 0
    reasons: dict[str, int] = {}
    for path in sorted((REAL_TABS / "pages").rglob("*.html")):
        found = recognise_bytes(path.read_bytes())
        assert Tab.parse(found.tab.text).systems == found.tab.systems
        used += sum(len(system.lines) for system in found.systems)
        for refused in found.rejected:
            reasons[refused.reason] = reasons.get(refused.reason, 0) + refused.last_line - refused.first_line + 1
    unexplained = {
        reason: lines for reason, lines in reasons.items() if "annotation" not in reason and "guitar" not in reason
    }
    assert used > 35_000
    assert sum(unexplained.values()) < 0.005 * used, unexplained
