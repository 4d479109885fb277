"""Recognition end to end: what is found, what is refused and why, and that nothing else than a BasstabError leaves."""

import json

from basstab_hf.recognise import recognise_tabs
from basstab_hf.tab import Tab

PLAIN = "\n".join(["[Verse]", "G|-----|", "D|--2--|", "A|3---5|", "E|-----|  x4"])


def test_a_plain_system_with_its_heading_and_count() -> None:
    found = recognise_tabs(PLAIN)
    (system,) = found.systems
    assert system.labels == ("G", "D", "A", "E")
    assert system.lines == ("-----|", "--2--|", "3---5|", "-----|")
    assert system.first_line == 2
    assert (system.section, system.repeats) == ("Verse", 4)
    assert Tab.parse(found.tab.text).systems == found.tab.systems
    assert json.loads(json.dumps(found.to_json()))["systems"][0]["tuning"] == "GDAE"
