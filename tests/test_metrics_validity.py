from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.metrics.validity import has_broken_frets, validity
from tests.conftest import riff
from tests.strategies import tabs

RULES = ["equal_lines", "legal_symbols", "frets_in_range", "closed_frets", "attached_techniques", "usual_bars"]


def system(*lines: str) -> str:
    """A system: the lines given are the lowest, the others are blank."""
    blank = "".join("|" if mark == "|" else "-" for mark in lines[-1])
    every = [*[blank] * (4 - len(lines)), *lines]
    return "\n".join(f"{label}|{line}" for label, line in zip("GDAE", every, strict=True))


def broken(text: str) -> list[str]:
    """Rules that a text does not keep throughout."""
    return [rule for rule, share in asdict(validity(text)).items() if share < 1 and rule != "tab_validity"]


@pytest.mark.parametrize(
    "line",
    [
        "5---7-5-|--------",
        "5h7---7p5|-0h10h12-|",
        "--7--h8--p7---|",  # spaced out
        "5h-7-7-p-5|0h----(2)-|",
        "5-/-7---|7\\-5----|5~-/-7--|",
        "5/7-7\\5-|--/7--5/|",
        "5b--7~~-|7^--9b~-|",
        "9=======|====5---|",
        "(5)-<12>|--x-(x)-|",
        "12-10-57|77-777--|",  # 57: two notes
        "t5--T7-S3-P5----|",
        "*--5---5--*|",
    ],
)
def test_what_people_write_is_valid(line: str) -> None:
    assert broken(system(line)) == []
    assert validity(system(line)).tab_validity == 1


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (["5--q--7-|"], "legal_symbols"),
        (["37---58-|"], "frets_in_range"),
        (["(5------|"], "closed_frets"),
        (["<12-----|"], "closed_frets"),
        (["5)------|"], "closed_frets"),
        (["-5------|", "12------|"], "closed_frets"),
        (["5h------|"], "attached_techniques"),
        (["--h5----|"], "attached_techniques"),
        (["5--/--7-|"], "attached_techniques"),
        (["5-/---7-|"], "attached_techniques"),
        (["--/-7---|"], "attached_techniques"),
        (["5h---|-7---|"], "attached_techniques"),
        (["5h------------7|"], "attached_techniques"),
        (["5--b----|"], "attached_techniques"),
        (["--~-----|"], "attached_techniques"),
        (["5---==--|"], "attached_techniques"),
        (["t---5---|"], "attached_techniques"),
        (["5-------|5-------|5----|"], "usual_bars"),
    ],
)
def test_each_rule_is_told_from_the_others(lines: list[str], rule: str) -> None:
    assert broken(system(*lines)) == [rule]
    assert validity(system(*lines)).tab_validity == 0


def test_lines_of_unequal_length() -> None:
    text = system("5---7---|").replace("D|--------|", "D|------|")
    assert "equal_lines" in broken(text)
    doubled = "G|--5--|\nD||-----|\nA|-----|\nE||-----|"
    assert broken(doubled) == []


def test_shares_are_those_of_systems() -> None:
    found = validity(f"{system('5---7---|')}\n\n{system('5--h----|')}\n\n{system('5--qh---|')}\n\n{riff(1)}")
    assert found.attached_techniques == 3 / 5
    assert found.legal_symbols == 4 / 5
    assert found.usual_bars == 2 / 5  # the riff's bars are the most
    assert found.tab_validity == 2 / 5


def test_an_open_bar_at_the_end_has_no_width_yet() -> None:
    assert broken(system("5---7---|5---")) == []
    assert broken(system("5---7")) == []


@pytest.mark.parametrize("text", ["", "no tab at all", "G|--5--|"])
def test_text_without_systems_keeps_no_rule(text: str) -> None:
    assert set(asdict(validity(text)).values()) == {0}


def test_string_lines_that_make_no_system_count_as_one() -> None:
    three = "\n".join(system("5---7---|").splitlines()[1:])
    assert validity(f"{system('5---7---|')}\n\n{three}").tab_validity == 1 / 2


def test_broken_frets_are_more_than_half_of_what_is_written() -> None:
    assert has_broken_frets(["-37--58--5"])
    assert not has_broken_frets(["-37--5--5"])
    assert not has_broken_frets([])


@given(st.text() | tabs().map(lambda tab: tab.text))
def test_values_keep_their_ranges(text: str) -> None:
    found = asdict(validity(text))
    assert all(0 <= value <= 1 for value in found.values())
    assert found["tab_validity"] <= min(found[rule] for rule in RULES)


def test_spacing_of_bars_and_key_do_not_matter() -> None:
    text = riff(3)
    assert validity(text) == validity(text.replace("E|", "D|")) == validity(text.replace("-|", "---|"))
    assert Tab.parse(text).systems
