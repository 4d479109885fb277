"""What looks like a bass tab and is none is refused with its reason."""

import pytest

from basstab_hf.recognise import recognise_tabs


def stack(labels: str, *rows: str) -> str:
    names = labels.split()
    return "\n".join(f"{label}|{row}" for label, row in zip(names, rows * len(names), strict=False))


REFUSED = {
    "guitar": (stack("e B G D A E", "--3--|"), "six strings in EBGDAE: guitar"),
    "guitar, low string first": (stack("E A D G B E", "--3--|"), "six strings in EADGBE: guitar"),
    "guitar tuned otherwise": (stack("D A G D A D", "--3--|"), "six strings in DAGDAD: not tuned like a bass"),
    "guitar, newlines lost": (stack("e B G D A E", "--3--|").replace("\n", " "), "six strings in EBGDAE: guitar"),
    "guitar without labels": ("|--3--|\n" * 6, "six lines without labels: guitar"),
    "five lines without labels": ("|--3--|\n" * 5, "five lines without labels: guitar"),
    "five strings of a guitar": (stack("B G D A E", "--3--|"), "five strings in BGDAE: guitar"),
    "banjo": (stack("D B G D G", "--3--|"), "five strings in DBGDG: not tuned like a bass"),
    "four strings of a guitar": (stack("E B G D", "--3--|"), "four strings in EBGD: guitar"),
    "seven strings": (stack("E B G D A E B", "--3--|"), "seven strings: a bass has 4 to 6"),
    "ukulele": (stack("A E C G", "--3--|"), "four strings in AECG: ukulele"),
    "ukulele, low string first": (stack("G C E A", "--3--|"), "four strings in GCEA: ukulele"),
    "violin": ("Violin tab\n" + stack("E A D G", "--3--|"), "four strings of a violin"),
    "mandolin": ("tab for mandolin\n" + stack("G D A E", "--3--|"), "four strings of a mandolin"),
    "drums": ("HH|x-x-x-x-|\nSD|----o---|\nBD|o-------|\nCC|x-------|", "lines labelled HH SD BD CC: drums"),
    "drums without labels": ("|x--xx--x|\n|----o---|\n|o---o---|\n|x-----oo|", "note heads without frets"),
    "fretboard": (stack("G D A E", "---|---|-o-|---|"), "a drawing of a fretboard"),
    "fretboard with fingers": ("   1   2   3\n" + stack("G D A E", "---|-2-|-3-|"), "a drawing of a fretboard"),
    "marks without frets": ("|--h--|\n" * 4, "no frets"),
    "one line": ("like this: G|--3--5--|", "one string line: a bass has 4 to 6"),
    "two lines": ("G|--3--|\nD|--3--|", "two string lines: a bass has 4 to 6"),
    "one string again and again": (stack("G G G G G G G G", "--3--|"), "8 lines of one string"),
    "palm mute": ("  |---P.M.---|", "a line of annotation"),
    "another name": ("Vox|--5--5--|", "one line labelled Vox"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, reason: str) -> None:
    found = recognise_tabs(f"some words\n\n{text}\n\nmore words")
    assert found.systems == ()
    assert found.rejected
    assert all(refused.reason.startswith(reason) for refused in found.rejected)
    assert found.rejected[0].first_line == 3 + text.count("\n", 0, text.index("|") + 1) * (
        text.split("\n")[0].count("|") == 0
    )


@pytest.mark.parametrize(
    "text",
    [
        "well - that is it -- no more",
        "| h  Hammer-on\n| p  Pull-off\n| b  bend\n| ~  vibrato",
        "| / / / / | / / / / |\n" * 4,
        "-------------\n=============\n_____________",
        "| name | price |\n|------|-------|\n| a    | b     |",
        "C | G | Am | F",
        "",
    ],
)
def test_what_is_no_tab_gives_no_system(text: str) -> None:
    assert recognise_tabs(text).systems == ()


def test_a_violin_on_a_page_about_a_bass_is_a_bass() -> None:
    page = "Violin part for bass\n" + stack("G D A E", "--3--|")
    assert len(recognise_tabs(page).systems) == 1


def test_an_instrument_with_other_strings_takes_no_bass() -> None:
    page = f"Ukulele:\n{stack('A E C G', '--3--|')}\n\nLow part:\n{stack('G D A E', '--3--|')}"
    assert [system.tuning.word for system in recognise_tabs(page).systems] == ["GDAE"]


def test_dead_notes_and_rests_alone_are_a_tab() -> None:
    assert len(recognise_tabs(stack("G D A E", "-x-x-X--|")).systems) == 1
    assert len(recognise_tabs(stack("G D A E", "--------|")).systems) == 1


def test_counts_over_short_bars_make_no_fretboard() -> None:
    assert len(recognise_tabs("1   2   3   4\n" + stack("G D A E", "---|-2-|-3-|")).systems) == 1


@pytest.mark.parametrize(
    ("text", "tuning"),
    [
        (stack("e B G D A E", "--3--|"), "EBGDAE"),
        (stack("E A D G B E", "--3--|"), "EBGDAE"),
        ("|--3--|\n" * 6, "EBGDAE"),
        (stack("B G D A E", "--3--|"), "BGDAE"),
    ],
)
def test_guitars_are_kept_where_all_instruments_are_wanted(text: str, tuning: str) -> None:
    (system,) = recognise_tabs(text, all_instruments=True).systems
    assert system.tuning.word == tuning


def test_no_instrument_that_a_tuning_cannot_hold_is_kept() -> None:
    for labels in ("E B G D A E B", "A E C G"):
        assert recognise_tabs(stack(labels, "--3--|"), all_instruments=True).systems == ()
