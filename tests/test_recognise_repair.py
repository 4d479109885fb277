"""Lines as found become lines of one length in one spelling; expected values are worked out by hand."""

import pytest

from basstab_hf.recognise.repair import repair

Lines = tuple[str, ...]


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        (("7H9", "P--", "X--", "---"), ("7h9", "p--", "x--", "---")),
        (("5s7", "9s5", "5S7", "3s3"), ("5/7", "9\\5", "5/7", "3s3")),
        (("S5-", "-P7", "7P5", "5s7"), ("S5-", "-P7", "7p5", "5/7")),
        (("3v--", "3vv-", "-v--", "7v5-"), ("3~--", "3~~-", "-v--", "7~5-")),
        (("9___-", "-----", "-----", "--5--"), ("9===-", "-----", "-----", "--5--")),
        (("==5=", "====", "====", "===="), ("--5-", "----", "----", "----")),
        (("- 5-", "-\u2022--", "----", "----"), ("--5-", "----", "----", "----")),
        (("|--", "--", "--", "--"), ("--", "--", "--", "--")),
        (("<", "E", "N", "D", ">"), ("<", "E", "-", "D", ">")),
    ],
)
def test_one_spelling(found: Lines, mended: Lines) -> None:
    assert repair(found).lines == mended


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        # One bar is a column too long: the others are padded there, not at the end.
        (("-5-|--|", "-7--|--|", "---|--|", "---|--|"), ("-5--|--|", "-7--|--|", "----|--|", "----|--|")),
        # A closing bar line left out on one string.
        (("--|--|", "--|--", "--|--|", "--|--|"), ("--|--|",) * 4),
        # A doubled closing bar line on some strings.
        (("--|--|", "--|--||", "--|--||", "--|--|"), ("--|--||",) * 4),
        # A line cut off: the bar lines of the others go on.
        (("--|--|", "-", "--|--|", "--|--|"), ("--|--|",) * 4),
        # Bars that do not pair at all.
        (("-5-|-|", "----|-----", "--", "--"), ("-5-|-|----", "----|-----", "----------", "----------")),
    ],
)
def test_one_length(found: Lines, mended: Lines) -> None:
    repaired = repair(found)
    assert repaired.lines == mended
    assert repaired.repairs == ("lines of unequal length aligned at their bar lines",)


def test_nothing_is_told_of_a_clean_system() -> None:
    assert repair(("-5h7-|", "--<12>", "--(5)-", "3~-x--")).repairs == ()
