"""What stands beside lines tells that they are a piece of a guitar; further kinds of lines as people write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.recognise import encodings, recognise_tabs

WIDTHS = st.integers(15, 60)  # a dash at least beside the longest words
WORDS = st.sampled_from(["3-let", "ring", "(as before)", "then", "hold it"])


def line(width: int, *frets: tuple[int, str], fill: str = "-") -> str:
    body = fill * width
    for place, fret in frets:
        body = body[: place % (width - len(fret))] + fret + body[place % (width - len(fret)) + len(fret) :]
    return f"|{body}|"


LINES = st.builds(lambda place, fret: ((place, str(fret)),), st.integers(0, 60), st.integers(0, 24))


@given(WIDTHS, st.lists(LINES, min_size=4, max_size=4), WORDS, st.booleans())
def test_a_guitar_with_words_in_its_upper_lines_gives_no_bass(
    width: int, played: list[tuple[tuple[int, str], ...]], words: str, twice: bool
) -> None:
    upper = [line(width), line(width, (2, words))] if not twice else [line(width, (1, words)), line(width, (1, words))]
    assert not recognise_tabs("\n".join([*upper, *(line(width, *frets) for frets in played)])).systems


@given(WIDTHS, LINES, st.integers(1, 3))
def test_a_guitar_in_double_spacing_gives_no_bass(width: int, frets: tuple[tuple[int, str], ...], times: int) -> None:
    page = "\n\n\n".join(["\n\n".join([line(width, *frets)] * 6)] * times)
    assert not recognise_tabs(page).systems


@given(st.lists(st.sampled_from(["|---1--2--|", "|-let-ring|", "|-slow--3-|", "|---------|"]), max_size=9))
@example(["|---1--2--|", "|-let-ring|"] * 2 + ["|---1--2--|"])
def test_lines_and_annotations_in_any_order_are_read(lines: list[str]) -> None:
    recognise_tabs("Bass\n" + "\n".join(lines))


FALSE = {
    "empty strings above": "C|\nC|\n" + "\n".join(f"{label}|--7--5--|" for label in "GCGC"),
    "letters over a capo": "E-|C|-----\nB-|A|--3--\nG-|P|--0--\nD-|O|--2--\nA-| |--3--\nE-|4|-----",
    "a string of words above": "|Bb-str975-44444-->|\n"
    + "\n".join(f"|{x}--------3------>|" for x in ("Gb", "Db", "Ab", "Db")),
    "chords spelled": "A:  577xxx\nG:  355xxx\nB:  799xxx\nA#: 688xxx",
    "numbered strings of a guitar": "\n".join(f"{number})---2-2-2-2--" for number in "3456"),
    "strings of a ukulele in another order": "\n".join(f"{label}|--5--5--|" for label in "AEGC"),
    "a guitar's lowest strings": "\n".join(f"{label}|--9-12--|" for label in "BGDAEA"),
    "four lines on a page of guitar": "\n".join(["--3--5--7--"] * 6) + "\n\nSolo\n\n" + "\n".join(["--3--5--7--"] * 4),
    "twelve lines on a page of six": "\n".join(["--3--5--7--"] * 6) + "\n\n" + "\n".join(["--3--5--7--"] * 12),
}


@pytest.mark.parametrize("page", FALSE.values(), ids=FALSE.keys())
def test_no_bass(page: str) -> None:
    found = recognise_tabs(page)
    assert not found.systems
    assert found.rejected


def stacked(separator: str, end: str = "", names: tuple[str, ...] = ("G", "D", "A", "E")) -> str:
    return "\n".join(f"{name}{separator}{row}{end}" for name, row in zip(names, FOUR, strict=True))


FOUR = ("--------5-7--", "----5-7------", "--5----------", "-------------")
TRUE = {
    "bars that are lost in a character set": "\n".join(
        f"{label}?{row}?" for label, row in zip("GDAE", FOUR, strict=True)
    ),
    "strokes for bars": stacked("/ ", ""),
    "names and strokes": stacked("//", "|", ("SOL", "RE", "LA", "MI")),
    "points behind the labels": stacked(".", "|"),
    "a track of a bass": "Gtr I (E A D G) - 'Untitled'\n\nGtr I\n" + "\n".join(f"|{row}|" for row in FOUR),
    "prose about a guitar": "Bass tab\n\nwhen the guitar part ends\n" + "\n".join(f"|{row}|" for row in FOUR),
    "a violin on a page of bass": "my bass tab\n[Violin solo]\n" + stacked("|", "|"),
    "signs lost in a line": "|---3-?????---------------|\n|-1-?????-----------------|\n"
    "|-------------------------|\n|-----5-------------------|",
    "frets behind a blank": "G-----------\nD ----3-1---\nA 555-333----\nE -------555-",
    "a chord over it": " G\n" + stacked("|", "|"),
}


@pytest.mark.parametrize("page", TRUE.values(), ids=TRUE.keys())
def test_a_bass(page: str) -> None:
    (found,) = recognise_tabs(page).systems
    assert len(found.lines) == 4


def test_entities_are_the_signs_that_they_stand_for() -> None:
    (found,) = recognise_tabs("G|--&lt;12&gt;--|\nD|--------|\nA|--------|\nE|--------|").systems
    assert found.repaired_lines[0] == "--<12>--|"


@given(st.sampled_from(["(let ring)", "hold on", "Repeat", "[fade]", "slide"]), st.integers(0, 12), WIDTHS)
def test_words_between_dashes_keep_their_columns_and_are_told(word: str, place: int, width: int) -> None:
    top = f"{'-' * place}--{word}--14--7{'-' * width}"
    rows = (top, "-" * (len(top) - 6) + "-5----", "-" * len(top), "3" + "-" * (len(top) - 1))
    (found,) = recognise_tabs("\n".join(f"{label}|{row}|" for label, row in zip("GDAE", rows, strict=True))).systems
    assert found.repaired_lines[0] == top.replace(word, "-" * len(word)) + "|"
    assert any(word in repair for repair in found.repairs)


def test_too_many_string_lines_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="string lines"):
        recognise_tabs("G|- " * (encodings.MAX_STRING_LINES + 1))
