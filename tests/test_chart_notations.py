"""Charts in five notations, written for this table: all chords at their beats."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from basstab_hf.chart.ireal_links import unscrambled
from basstab_hf.chart.reading import read_chart
from basstab_hf.chart.rendering import bar_words
from basstab_hf.chart.values import Chart


def shown(chart: Chart) -> str:
    """Sections by name, then their bars; dots are equal parts of a bar."""
    sections = (
        (f"{section.name}: " if section.name else "")
        + " | ".join(bar_words(bar, chart.time[0]) for bar in section.bars)
        for section in chart.sections
    )
    return " // ".join(sections)


def link(music: str, old: bool = False) -> str:
    """A link of iReal Pro with one song; scrambling twice gives what was there."""
    if old:
        return "irealbook://" + quote(f"Made Up=Doe Jane=Medium Swing=C=n={music}")
    return "irealb://" + quote(f"Made Up=Doe Jane==Medium Swing=A-==1r34LbKcu7{unscrambled(music)}==120=3===Mine")


WITH_LINES = [
    ("| Dm7 G7 | Cmaj7 | % |", "Dm7 G7 | Cmaj7 | Cmaj7"),
    ("Am F | C G", "Am F | C G"),
    ("|Am|F|C|G|", "Am | F | C | G"),
    ("| C . . G | . . F . |", "C . . G | . F"),
    ("| C / / G | / / F / |", "C . . G | . F"),
    ("| C/// | F/ G/ |", "C | F G"),
    ("| C F G | D |", "C . F G | D"),
    ("Time: 3/4\n| C G | D E F | A |", "C . G | D E F | A"),
    ("6/8\n| C G | Am |", "C G | Am"),
    ("Time: 5/4\n| C G |", "C . . G ."),
    ("| C - - G | F - D |", "C . . G | F D"),
    ("| C D E F G A B C |", "C D E F G A B C"),
    ("|: C | F :| G |", "C | F | C | F | G"),
    ("||: C | F :|| G ||", "C | F | C | F | G"),
    ("[: C | F :] G", "C | F | C | F | G"),
    ("|: C | F :| x3", "C | F | C | F | C | F"),
    ("|: C | F :| (3x) | G |", "C | F | C | F | C | F | G"),
    ("| C | F | x2\n| G |", "C | F | C | F | G"),
    ("| C | F :|", "C | F | C | F"),
    ("|: C |1. F :|2. G |", "C | F | C | G"),
    ("|: C |[1. F | A :|[2. G | D |]", "C | F | A | C | G | D"),
    ("|: C |1,2. F :|3. G |", "C | F | C | F | C | G"),
    ("|: C | [1.-3.] F :| [4.] G ||", "C | F | C | F | C | F | C | G"),
    ("|: C |1. F :| G | D |", "C | F | C | G | D"),
    ("| C | D Fine | E | F | D.C. al Fine", "C | D | E | F | C | D"),
    ("| C | Segno D | E | F | D.S.", "C | D | E | F | D | E | F"),
    ("| 𝄋 C | D 𝄌 | E | D.S. al Coda |\n| 𝄌 F |", "C | D | E | C | D | F"),
    ("[A]\n| C | D To Coda | E | D.C. al Coda\n[Coda]\n| F |", "A: C | D | E // A: C | D // Coda: F"),
    ("|: C | D :| E Fine | F | Da Capo al Fine", "C | D | C | D | E | F | C | D | E"),
    ("| Am | N.C. | . | NC G |", "Am | N.C. | . | NC G"),
    ("| C | D | %% | E |", "C | D | C | D | E"),
    ("𝄆 C │ F 𝄇 G ‖", "C | F | C | F | G"),
    ("[Verse]\n| C | D |\n[Chorus]\n| F | G |\n[Verse]", "Verse: C | D // Chorus: F | G // Verse: C | D"),
    ("Verse 1: | C | D |\nA: | F |\n", "Verse 1: C | D // A: F"),
    ("Intro | C | D |\nCHORUS x2\n| F |", "Intro: C | D // CHORUS: F // CHORUS: F"),
    ("[Verse x2]\n| C | # as it comes\n# words\n[Solo] | A |", "Verse: C // Verse: C // Solo: A"),
    ("| C7(b9,#11) Bb°7 | F#ø7/E |", "C7(b9,#11) Bb°7 | F#ø7/E"),
    ("| Hm | B | F#/H |", "Bm | Bb | F#/B"),
]

WITHOUT_LINES = [
    ("Am F C G", "Am | F | C | G"),
    ("Am, F, C, G", "Am | F | C | G"),
    ("Am - F - C - G", "Am | F | C | G"),
    ("Am F\nC G", "Am | F | C | G"),
    ("C / / G", "C . . G"),
    ("C . . . F . G .", "C | F G"),
    ("Am % F %", "Am | Am | F | F"),
    ("Am F x2", "Am | F | Am | F"),
    ("Key: Em\n\nVerse: Em C\nChorus: G D\nVerse:", "Verse: Em | C // Chorus: G | D // Verse: Em | C"),
    ("Am        F\nThis is a line of words\n  C     G\nand another one below", "Am | F | C | G"),
    ("[Verse 1]\nG    D\nsing it now with us\n[Chorus]\nC\noh oh oh yes", "Verse 1: G | D // Chorus: C"),
]

CHORDPRO = [
    ("{title: Mine}\n[Am]Words and [F]more of [C]them", "Am | F | C"),
    ("[Am] / / [F] / / / /", "Am . . F | ."),
    ("[Am] | [F] / [C] / | [G]", "Am | F C | G"),
    ("{time: 3/4}\n[Am] / / [F] / [C]", "Am | F . C"),
    ("{sov}\n[C]one [D]two\n{eov}\n{soc}\n[F]three\n{eoc}\n{chorus}", "Verse: C | D // Chorus: F // Chorus: F"),
    ("{start_of_verse: Verse 1}\n[C]la\n{end_of_verse}\n[G]la", "Verse 1: C // G"),
    ('{start_of_bridge label="Middle"}\n[C]la [F]la\n{eob}', "Middle: C | F"),
    ("{c: Verse}\n[C]la [D]la\n{c: Chorus x2}\n[F]la", "Verse: C | D // Chorus: F // Chorus: F"),
    ("[Verse]\n[C]la [D]la (x2)", "Verse: C | D | C | D"),
    ("{capo: 2}\n{key: C}\n[C]la [Am/G]la", "D | Bm/A"),
    ("{transpose: -1}\n[C]la [F#m]la", "B | Fm"),
    ("{sot}\nE|--3--|\n{eot}\n[*softly][C]la", "C"),
    ("{sov}\n[C]la [D]la\n{eov}\n{sov}\nla la\n{eov}", "Verse: C | D // Verse: C | D"),
]

GRIDS = [
    ("{start_of_grid}\n| C . . . | F . G . |\n{end_of_grid}", "C | F G"),
    ("{sog}\n|: C . . . | % . . . :|\n{eog}", "C | C | C | C"),
    ("{sog: Intro}\n| Am . . F |\n{eog}\n[G]la", "Intro: Am . . F // G"),
    ('{start_of_grid label="Solo" shape="2x4"}\n|| C . . . | D . . . |.\n{eog}', "Solo: C | D"),
    ("{sog}\n| C . . . | D . . . |\n| %% . . . | . . . . |\n{eog}", "C | D | C | D"),
    ("{time: 3/4}\n{sog}\n| C . D |1 E . . :|2 F . . |\n{eog}", "C . D | E | C . D | F"),
    ("{sog 4x4}\nVerse | C . . . | softly\n{eog}", "Verse: C"),
]

IREAL = [
    ("T44C   |D-7 G7 |C^7   | x  Z", "C | Dm7 G7 | Cmaj7 | Cmaj7"),
    ("[*AT44C   |F   ][*BG   |C   Z", "A: C | F // B: G | C"),
    ("{*AT44C   |N1F   }        |N2G   Z", "A: C | F | C | G"),
    ("T34C   |D- G7 |E-7, A7,|F F/E F/D |C   Z", "C | Dm . G7 | Em7 . A7 | F F/E F/D | C"),
    ("T44C   |D   |   r|    |E   Z", "C | D | C | D | E"),
    ("T44C-7 sF7,Bb7,|lEb^7   |Ah7 D7b9 |n   |p G7 Z", "Cm7 . F7 Bb7 | Ebmaj7 | Aø7 D7b9 | N.C. | . G7"),
    ("T44C   |W/B   |A-, W/G |F Q |G   Z", "C | C/B | Am Am/G | F | G"),
    ("{T44C   |F  <3x> }G   Z", "C | F | C | F | C | F | G"),
    ("[T44C   |F<Fine>   |G   |A-  <D.C. al Fine> Z", "C | F | G | Am | C | F"),
    ("[T44SC   |F  Q |G   |A-  <D.S. al Coda> ]Y[QD-   |E   Z", "C | F | G | Am | C | F | Dm | E"),
    ("T44C(A-7)   |F^7#11  (G7) |Bb7alt fG13sus ULZ", "C | Fmaj7#11 | Bb7alt G13sus"),
    ("T44CKcl LZF XyQKcl Z", "C | C | F | F"),
    ("T12C   |F G Z", "C | F G"),
]

CHARTS = [*WITH_LINES, *WITHOUT_LINES, *CHORDPRO, *GRIDS]


@pytest.mark.parametrize(("text", "played"), CHARTS)
def test_all_chords_are_at_their_beats(text: str, played: str) -> None:
    assert shown(read_chart(text)) == played


@pytest.mark.parametrize(("music", "played"), IREAL)
def test_songs_of_ireal_pro_are_at_their_beats(music: str, played: str) -> None:
    assert shown(read_chart(link(music))) == played
    if not {"Kcl", "LZ", "XyQ"} & {music[place : place + 3] for place in range(len(music))}:
        assert shown(read_chart(link(music, old=True))) == played


def test_headings_tell_of_the_whole() -> None:
    chart = read_chart("Title: Made [Up]\nBy: Jane\nKey: e minor; Tempo: 96 bpm\nTime: 3/4\nStyle: Reggae\n| Em |")
    assert (chart.title, chart.artist, chart.key, chart.tempo) == ("Made (Up)", "Jane", "Em", 96)
    assert (chart.time, chart.style) == ((3, 4), "reggae")
    song = read_chart(link("T44C   Z"))
    assert (song.title, song.artist, song.key, song.tempo, song.style) == ("Made Up", "Jane Doe", "Am", 120, "walking")


def test_sections_can_have_a_style_of_their_own() -> None:
    verse, chorus, again = read_chart("[Verse, style=reggae, density=low]\n| C |\n[Chorus]\n| F |\n[Verse]").sections
    assert (verse.style, verse.density, chorus.style, chorus.density) == ("reggae", "low", None, None)
    assert again == verse
