"""AlphaTex: what we write is what alphaTab reads."""

from __future__ import annotations

import pytest

from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.tab import Tab

RIFF = r"""
G|-----------------|-------------5/7-|
D|---------9h11p9--|-<12>-----t5-----|
A|-7/9-x-----------|-----(3)-2b--4~--|
E|-0---0---3-------|-5\--------------|
"""


def test_a_riff_is_printed_as_the_grammar_says() -> None:
    tab = Tab(Tab.parse(RIFF).systems, title='A "riff" \\ of\tours', artist="")
    text = to_alphatex(tab, WriteSettings(tempo=92.5, tone="pick"))
    assert text.splitlines() == [
        r'\title "A \"riff\" \\ of ours"',
        r"\tempo 92.5",
        r'\track "Bass"',
        r"\staff {tabs}",
        r"\tuning (G2 D2 A1 E1)",
        r"\instrument 34",
        r"\ts (4 4) (7.3{sl} 0.4).8 9.3.8 (x.3 0.4).4 (9.2{h} 3.4).8 11.2.8 -.2{h}.16 9.2.8{d} |",
        r"5.4{sod}.16 12.2{nh}.8{d} -.2.16 3.3{g}.8{d} 2.3{b (0 4)}.8 5.2.8{tt} (5.1{sl} 4.3{v}).8 7.1.8 |",
    ]


@pytest.mark.parametrize(("word", "names"), [("CbGbDbAb", "Cb3 Gb2 Db2 Ab1"), ("GDAEB", "G2 D2 A1 E1 B0")])
def test_open_strings_have_their_octaves(word: str, names: str) -> None:
    from basstab_hf.formats.alphatex import note_names
    from basstab_hf.tuning import Tuning

    assert " ".join(note_names(Tuning.parse(word))) == names
