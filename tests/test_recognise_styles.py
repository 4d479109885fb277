"""Whatever style a system is printed in, recognition returns that system."""

from hypothesis import given, settings

from basstab_hf.recognise import recognise_tabs
from basstab_hf.tab.values import Tab
from tests.styles import Printed, printed


@settings(max_examples=150, deadline=None)
@given(printed())
def test_a_printed_system_comes_back(page: Printed) -> None:
    found = recognise_tabs(page.text)
    assert tuple(system.labels for system in found.systems) == page.labels
    assert found.tab.systems == page.systems
    assert Tab.parse(found.tab.text).systems == page.systems
