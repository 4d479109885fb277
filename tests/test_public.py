import subprocess
import sys

import basstab_hf

NAMES = [
    *("BassTabTokenizer", "BasstabError", "Tab", "generate_tab", "recognise_tabs", "register", "to_columns", "to_text"),
]


def test_the_public_names_are_these_eight_and_load() -> None:
    assert sorted(basstab_hf.__all__) == sorted(NAMES)
    assert all(getattr(basstab_hf, name) for name in NAMES)
    assert set(NAMES) <= set(dir(basstab_hf))


def test_the_core_needs_no_torch() -> None:
    program = """
import sys
for name in ("torch", "datasets", "transformers"): sys.modules[name] = None
from basstab_hf import Tab, to_columns, recognise_tabs, generate_tab, BasstabError
import basstab_hf.formats
assert recognise_tabs("G|-5-|\\nD|---|\\nA|---|\\nE|---|").tab.words[0] == "GDAE"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_wrong_name_is_an_attribute_error() -> None:
    assert not hasattr(basstab_hf, "utils")
