"""Engraved tabs: what is on the page, in every format, as other programs read it."""

import io
import re
import xml.etree.ElementTree as ET
import zlib
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab, formats
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings, fonts, pictures, sheet
from basstab_hf.formats.engraving import engrave
from basstab_hf.formats.placed import half_width
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Score
from basstab_hf.formats.shapes import Circle, Line, Text
from basstab_hf.formats.text_widths import text_width, wrapped
from basstab_hf.formats.track import Marks
from basstab_hf.recognise.annotations import Chord
from basstab_hf.rhythm.form import NO_SIGN, Sign
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.tab.timing import timed_notes
from tests.conftest import riff
from tests.engraved import faults, scores
from tests.strategies import tabs

ROWS = [
    "0---x---(5)--<12>---------------|7h9-----0---5---|----------------|",
    "5/7----7b----9p7-/---5----------|5---5\\--7b--0---|0-2-3-5-7~--5===|",
    "----3-3-------------------------|----------------|--------t7------|",
    "3-----------0-----------------3-|--------3h5/7---|----------------|",
]
TRICKS = replace(
    Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", ROWS, strict=True))), title='A <b>"&"</b> \x07'
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(path: Path) -> list[str]:
    return [element.text or "" for element in ET.parse(path).iter(f"{SVG}text")]


def test_every_fret_stands_on_the_page(tmp_path: Path) -> None:
    formats.write(TRICKS, tmp_path / "t.svg")
    found = Counter(texts(tmp_path / "t.svg"))
    frets = Counter(
        str(note.fret)
        for note in timed_notes(TRICKS)
        if not {"dead note", "ghost note", "harmonic"} & {*note.techniques}
    )
    for fret, count in frets.items():
        assert found[fret] >= count
    for mark in ("(5)", "<12>", "H", "P", "full", "T", 'A <b>"&"</b>', "= 100"):
        assert found[mark] >= 1


@given(scores(), st.sampled_from([(sheet.A4_WIDTH, sheet.MARGIN), (370.0, 6.0)]))
def test_nothing_covers_anything_and_nothing_leaves_the_page(score: Score, size: tuple[float, float]) -> None:
    laid = sheet.lay_out(score, *size)
    for height in (None, sheet.A4_HEIGHT):
        for page in engrave(laid, height) if size[0] > 400 or height is None else ():
            assert not [*faults(page)]
    for system in laid.systems:
        assert system.bars[-1].right <= size[0] - size[1] + 0.1


@given(tabs())
@settings(max_examples=40)
def test_any_tab_gives_a_well_formed_picture_inside_its_page(tab: Tab) -> None:
    try:
        score = to_score(tab, WriteSettings())
    except InputError:
        return
    (page,) = engrave(sheet.lay_out(score), None)
    root = ET.fromstring(pictures.to_svg(page))
    for line in root.iter(f"{SVG}line"):
        assert -1 <= float(line.get("x1", 0)) <= page.width + 1
        assert -1 <= float(line.get("y2", 0)) <= page.height
    placed = [bar for system in sheet.lay_out(score).systems for bar in system.bars]
    assert [bar.number for bar in placed] == [*range(1, len(score.bars) + 1)]
    for bar in placed:
        places = [bar.left, *(beat.x for beat in bar.beats), bar.right]
        assert places == sorted(places)


def test_lines_are_full_and_the_last_one_is_not_stretched() -> None:
    found = sheet.lay_out(to_score(Tab.parse(riff(3, bars=24)), WriteSettings()))
    edges = [round(system.bars[-1].right) for system in found.systems]
    assert len(edges) > 3
    assert len({*edges[:-1]}) == 1
    assert edges[0] == sheet.A4_WIDTH - sheet.MARGIN
    counts = [len(system.bars) for system in found.systems]
    assert max(counts) - min(counts[:-1]) <= 1


def test_a_png_has_ink_also_where_a_machine_has_no_fonts(tmp_path: Path, monkeypatch) -> None:
    from PIL import Image

    formats.write(TRICKS, tmp_path / "t.png")
    picture = np.asarray(Image.open(tmp_path / "t.png").convert("L"))
    assert picture.shape[1] == 2 * sheet.A4_WIDTH
    assert 0.005 < (picture < 128).mean() < 0.1
    import resvg_py

    drawn = resvg_py.svg_to_bytes

    def ink(**options: object) -> int:
        """Dark pixels of the same page drawn without the fonts of this machine, which differ in weight."""
        bare = {"skip_system_fonts": True, **options}
        monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **more: drawn(**{**more, **bare}))
        formats.write(TRICKS, tmp_path / "u.png", force=True)
        return int((np.asarray(Image.open(tmp_path / "u.png").convert("L")) < 128).sum())

    without_text = ink(font_files=[])
    text = (picture < 128).sum() - without_text
    assert text > 1000
    assert ink() - without_text > 0.5 * text


def test_a_pdf_has_pages_with_text_that_can_be_searched(tmp_path: Path) -> None:
    formats.write(replace(Tab.parse(riff(3, bars=160)), title="Long Song"), tmp_path / "t.pdf")
    content = (tmp_path / "t.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", content)) > 3
    assert b"Long Song" in content


def glyphs(pdf: bytes) -> set[str]:
    """Names of glyphs in the fonts that a .pdf holds."""
    from fontTools.ttLib import TTFont, TTLibError

    found: set[str] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            font = TTFont(io.BytesIO(zlib.decompress(stream)))
        except (zlib.error, TTLibError):
            continue
        found |= {*font.getGlyphOrder()}
    return found


def test_arabic_is_joined_and_cyrillic_is_there_in_a_pdf(tmp_path: Path) -> None:
    """DejaVu Sans has the forms of Arabic letters in words as glyphs named by Unicode's presentation forms."""
    formats.write(replace(TRICKS, title="Бас\r\x1b"), tmp_path / "t.pdf")
    assert f"/Title <feff{'Бас'.encode('utf-16-be').hex()}>".encode() in (tmp_path / "t.pdf").read_bytes()
    assert len(glyphs((tmp_path / "t.pdf").read_bytes())) >= 3
    formats.write(replace(TRICKS, title="بحر"), tmp_path / "u.pdf")
    assert {"uniFE91", "uniFEA4", "uniFEAE"} <= glyphs((tmp_path / "u.pdf").read_bytes())


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
@pytest.mark.parametrize(
    ("title", "named"), [("低音", "低 (U+4F4E)"), ("Funk \U0001f3b8", "U+1F3B8"), ("\u1400", "U+1400")]
)
def test_letters_that_no_font_has_are_told_before_anything_is_written(
    tmp_path: Path, monkeypatch, caplog, suffix: str, title: str, named: str
) -> None:
    monkeypatch.setattr(fonts, "_folders", lambda: ())
    with pytest.raises(InputError, match=re.escape(named)) as told:
        formats.write(replace(TRICKS, title=title), tmp_path / f"t{suffix}")
    assert "install a font" in str(told.value)
    assert not [*tmp_path.iterdir()]
    assert not caplog.text
    formats.write(replace(TRICKS, title=title), tmp_path / "t.svg")


def test_a_font_of_the_system_stands_in(tmp_path: Path, monkeypatch) -> None:
    """A font with one letter of its own lies in a folder of the system; then that letter is no obstacle."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    for place, point in enumerate([(0, 0), (0, 700), (900, 700), (900, 0)]):
        (pen.lineTo if place else pen.moveTo)(point)
    pen.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "own"])
    made.setupCharacterMap({0x13000: "own"})
    made.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "own": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (500, 0), "own": (1000, 0)})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Own", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    (tmp_path / "fonts").mkdir()
    made.save(tmp_path / "fonts/Own.ttf")
    (tmp_path / "fonts/broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(fonts, "_folders", lambda: (tmp_path / "fonts",))
    for suffix in (".pdf", ".png"):
        formats.write(replace(TRICKS, title="Bas \U00013000"), tmp_path / f"t{suffix}")
    assert (tmp_path / "t.png").is_file()
    assert (tmp_path / "t.pdf").is_file()


def test_a_tab_too_long_for_one_picture_is_told(tmp_path: Path) -> None:
    tab = Tab.parse("\n\n".join([riff(3, bars=4).strip()] * 200))
    with pytest.raises(InputError, match=r"write a \.pdf"):
        formats.write(tab, tmp_path / "t.png")
    assert not list(tmp_path.iterdir())


def test_the_tuning_is_told_where_it_is_not_the_usual(tmp_path: Path) -> None:
    formats.write(Tab.parse(riff(3)), tmp_path / "t.svg")
    assert not [text for text in texts(tmp_path / "t.svg") if text.startswith("Tuning")]
    formats.write(Tab.parse(riff(3).replace("E|", "D|")), tmp_path / "u.svg")
    assert "Tuning, low to high: D A D G" in texts(tmp_path / "u.svg")


@pytest.mark.parametrize("row", ["0" * 64, "0-" * 8 + "12" * 8, "0---" * 40, "5-------------", "0-1-2-3-4-5-6-"])
def test_odd_bars_and_every_note_value_can_be_drawn(tmp_path: Path, row: str) -> None:
    tab = Tab.parse("\n".join(f"{label}|{row if label == 'A' else '-' * len(row)}|" for label in "GDAE"))
    for columns in (1, 3, 4, 5, 6, 16, 7.5):
        formats.write(tab, tmp_path / "t.svg", WriteSettings(columns_per_beat=columns), force=True)
        ET.parse(io.StringIO((tmp_path / "t.svg").read_text()))


SONG = """Title: Harbour
4/4, 16 columns a bar, ♩=96

[Verse]
   Am7               C/E
G|-----------------|-----------------|
D|-------------5-7-|-----------------|
A|-----5h7-7-------|-3-----3---3-2---|
E|-5---------------|-----------------|

[Chorus]
    F       G         Am
G||-----------------|-----------------||
D||*----------------|----------------*||
A||*----------------|----------------*||
E||-1---1---3---3---|-5---5-8-5-------|| x3
    S   P   S   P     S   S P S
"""


def test_sections_chords_slaps_and_repeats_stand_over_and_between_the_bars(tmp_path: Path) -> None:
    (tmp_path / "song.txt").write_text(SONG)
    track = formats.read_track(tmp_path / "song.txt")
    settings = WriteSettings(tempo=96, columns_per_beat=4, time=track.time, marks=track.marks)
    formats.write(track.tab, tmp_path / "song.svg", settings)
    shown = texts(tmp_path / "song.svg")
    for text, times in {"Verse": 1, "Chorus": 1, "Am7": 1, "C/E": 1, "F": 1, "S": 5, "P": 3, "3x": 1}.items():
        assert shown.count(text) == times, text
    made = sheet.lay_out(to_score(track.tab, settings))
    for system in made.systems:
        for bar in system.bars:
            for beat in bar.beats:
                assert bar.left < beat.x < bar.right
        heights = {over.text: over.base for over in system.over}
        if "Chorus" in heights:
            assert heights["Chorus"] > heights["F"] > heights["S"]
    assert sum("Circle" in str(type(shape)) for page in engrave(made) for shape in page.shapes) >= 1 + 4


def test_a_chord_is_drawn_where_it_changes_and_where_a_line_or_a_repeat_begins() -> None:
    """Over each bar of a row that a model was asked for, in text."""
    tab = Tab.parse(riff(1, bars=12))
    names = (("Am", "Am", "F", "F"), ("F", "F", "F", "F"), ("F", "F", "Am", "Am"))
    marks = [
        Marks(chords=tuple(Chord(start, name) for (start, _), name in zip(system.bar_spans, row, strict=True)))
        for system, row in zip(tab.systems, names, strict=True)
    ]
    form = (*[NO_SIGN] * 5, Sign(opens=True), Sign(closes=2), *[NO_SIGN] * 5)
    score = to_score(tab, WriteSettings(marks=tuple(marks), time=TabTime(form=form)))
    row = [name for line in names for name in line]
    for width in (370.0, 800.0):
        made = sheet.lay_out(score, width)
        begins = {0, 5, *(system.bars[0].number - 1 for system in made.systems)}
        wanted = [name for place, name in enumerate(row) if place in begins or row[place - 1] != name]
        drawn = [shape.text for page in engrave(made) for shape in page.shapes if isinstance(shape, Text)]
        assert [text for text in drawn if text in names[0]] == wanted


def test_endings_and_tempos_are_drawn(tmp_path: Path) -> None:
    source = tmp_path / "song.alphatex"
    source.write_text(
        '\\track "Bass"\n\\tuning (G2 D2 A1 E1)\n\\instrument 33\n\\tempo 100\n\\ro 3.4.1 | \\ae 1 \\rc 2 5.4.1 | '
        "\\ae 2 7.4.1 | \\tempo 150 3.4.1 |\n"
    )
    track = formats.read_track(source)
    settings = WriteSettings(tempo=100, columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks)
    formats.write(track.tab, tmp_path / "song.svg", settings)
    shown = texts(tmp_path / "song.svg")
    assert [shown.count(text) for text in ("1.", "2.", "= 100", "= 150")] == [1, 1, 1, 1]


def drawn(tab: Tab, columns: float = 4) -> list:
    (page,) = engrave(sheet.lay_out(to_score(tab, WriteSettings(columns_per_beat=columns))), None)
    return list(page.shapes)


def tab_of(**rows: str) -> Tab:
    wide = max(map(len, rows.values()))
    return Tab.parse("\n".join(f"{label}|{rows.get(label, '-' * wide)}|" for label in "GDAE"))


def test_dots_stand_over_beams_and_behind_flags() -> None:
    """The dotted eighth: beamed to a sixteenth, and by itself before a rest."""
    for row in ("0--00--00--00--0", "0--r0---0---0---", "----0-----0-----"):
        (page,) = engrave(sheet.lay_out(to_score(tab_of(E=row), WriteSettings(columns_per_beat=4))), None)
        assert not [*faults(page)]
    beamed = drawn(tab_of(E="0--00--00--00--0"))
    dots = [shape for shape in beamed if isinstance(shape, Circle) and shape.radius < 1.5]
    assert len(dots) == 4


def test_a_half_note_has_a_shorter_stem_than_a_quarter_and_a_whole_none() -> None:
    def stems(row: str) -> list[float]:
        lines = [shape for shape in drawn(tab_of(E=row)) if isinstance(shape, Line) and shape.width == 1.2]
        return [round(line.end[1] - line.start[1]) for line in lines if line.start[0] == line.end[0]]

    assert stems("0---0---0---0---") == [22] * 4
    assert stems("0-------0-------") == [12] * 2
    assert stems("0---------------") == []


def test_letters_stand_over_their_note_or_beside_it() -> None:
    """A tap on the low string under a note of the top string: the letter is the low one's."""
    shapes = drawn(tab_of(G="-5-7------------", E="t5--------------"))
    (letter,) = [shape for shape in shapes if isinstance(shape, Text) and shape.text == "T"]
    frets = [shape for shape in shapes if isinstance(shape, Text) and shape.text == "5"]
    low = max(frets, key=lambda shape: shape.place[1])
    assert abs(letter.place[1] - low.place[1]) < 6
    assert 0 < letter.place[0] - low.place[0] < 14
    alone = drawn(tab_of(E="t5--------------"))
    (letter,) = [shape for shape in alone if isinstance(shape, Text) and shape.text == "T"]
    (fret,) = [shape for shape in alone if isinstance(shape, Text) and shape.text == "5"]
    assert letter.place[0] == pytest.approx(fret.place[0])
    assert letter.place[1] < fret.place[1] - 3 * sheet.GAP


def test_a_hammer_on_past_another_string_is_told_over_its_goal() -> None:
    shapes = drawn(tab_of(D="----5-----------", A="3-------h5------"))
    (letter,) = [shape for shape in shapes if isinstance(shape, Text) and shape.text == "H"]
    goals = [shape.place[0] for shape in shapes if isinstance(shape, Text) and shape.text == "5"]
    assert letter.place[0] == pytest.approx(max(goals))


def test_tempo_marks_can_be_found_and_changed(tmp_path: Path) -> None:
    formats.write(TRICKS, tmp_path / "t.svg", WriteSettings(tempo=92.5))
    (mark,) = [one for one in ET.parse(tmp_path / "t.svg").iter(f"{SVG}text") if one.get("class") == "tempo-mark"]
    assert (mark.text, mark.get("data-bpm")) == ("= 92.5", "92.5")


def test_long_titles_are_wrapped_and_whole(tmp_path: Path) -> None:
    title = " ".join(f"word{number}" for number in range(60))[:300]
    formats.write(replace(TRICKS, title=title, artist=title), tmp_path / "t.svg")
    shown = " ".join(text for text in texts(tmp_path / "t.svg") if "word" in text)
    assert shown == f"{title} {title}"
    assert "".join(wrapped("低" * 100, 300, 22)) == "低" * 100


def test_text_is_never_wider_than_thought() -> None:
    """In DejaVu Sans, which matplotlib brings, and Aileron, which Pillow brings."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts/ttf"
    plain = [ImageFont.truetype(folder / "DejaVuSans.ttf", 100), ImageFont.load_default(100)]
    bold = ImageFont.truetype(folder / "DejaVuSans-Bold.ttf", 100)
    for text in (
        "<12>",
        "(5)",
        "24",
        "3x",
        "full",
        "1½",
        "Bbmaj7#11/D",
        "Harbour Lights",
        "ÄÉÎÖ Ñandú",
        "Ночь Щука",
        "مرحبا",
    ):
        for font in plain:
            assert font.getlength(text) <= text_width(text, 100) + 1, text
        assert bold.getlength(text) <= text_width(text, 100, bold=True) * 1.02, text


def test_a_crowded_bar_stands_smaller_rather_than_in_a_heap() -> None:
    tab = tab_of(A="12" * 24)
    laid = sheet.lay_out(to_score(tab, WriteSettings(columns_per_beat=8)), 370.0, 6.0)
    assert laid.systems[0].scale < 1
    for system in laid.systems:
        beats = [beat for bar in system.bars for beat in bar.beats]
        for one, other in pairwise(beats):
            wide = sum(half_width(beat.beat.notes[0]) if beat.beat.notes else 0 for beat in (one, other))
            assert other.x - one.x > wide * system.scale
