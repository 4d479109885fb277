"""Inputs that are in order: tabs, songs and charts of our own, in every format that is read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from basstab_hf import formats
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab.values import Tab
from tests import gpif, song_files

TAB = """Title: So it goes
Artist: Nobody

4/4, 16 columns a bar, tempo 96
[Verse]
   Am      F           x2
G|-----5-7-|-9h11-/12--|
D|---5-----|-(7)-x-----|
A|-7---p5--|-<12>----~-|
E|5--------|-t10-b--r--|

Chorus:
G|--------|
D|--2-2---|
A|2-----3-|
E|--------|
"""
FIVE = "\n".join(f"{label}|--{fret}--{fret}-|----{fret}---|" for label, fret in zip("GDAEB", "01234", strict=True))
WORDS = b"| || |-- -- h p / \\ ~ x <12> (7) G D A E B F# Eb [Verse] Chorus: x2 :|| ||: 4/4 3/4 tempo %".split()


def texts() -> list[bytes]:
    """Pages and texts with tabs, in several wrappings."""
    html = f"<html><head><title>A tab</title></head><body><h1>A</h1><pre>{TAB}</pre><p>x</p></body></html>"
    store = json.dumps({"store": {"page": {"data": {"tab_view": {"wiki_tab": {"content": TAB}, "meta": {}}}}}})
    attribute = store.replace("&", "&amp;").replace('"', "&quot;")
    mail = "From: a@example.org\nContent-Transfer-Encoding: quoted-printable\n\n" + TAB.replace("=", "=3D")
    return [
        TAB.encode(),
        FIVE.encode(),
        html.encode(),
        f'<div class="js-store" data-content="{attribute}"></div>'.encode(),
        TAB.replace("|", "│").replace("-", "–").encode(),
        TAB.encode("utf-16"),
        gzip.compress(TAB.encode()),
        base64.encodebytes(TAB.encode()),
        mail.encode(),
        rb"{\rtf1\ansi " + TAB.replace("\n", "\\par\n").encode() + b"}",
        TAB.replace("\n", "\\n").encode(),
        b"1 e & a 2 e & a 3 e & a 4\nG|----------------|\nD|----------------|\nA|7---7---5---5---|\n"
        b"E|----------------|",
        b"bass intro, drop D\nD-------\nA-------\nD--0-0--",
    ]


def written(suffix: str) -> list[bytes]:
    """Tabs as this package writes them to files of a suffix."""
    found = []
    for text in (TAB, FIVE):
        with TemporaryDirectory() as folder:
            path = Path(folder, f"a{suffix}")
            formats.write(Tab.parse(text), path, WriteSettings(), force=False)
            found.append(path.read_bytes())
    return found


def midi() -> list[bytes]:
    """Songs and tabs."""
    return [song_files.midi(["Am", "F"], bass=[33, 29], marks={0: "Verse"}), *written(".mid")]


def guitar_pro() -> list[bytes]:
    """Files of versions 3 to 5."""
    versions = ((5, 1, 0), (5, 0, 0), (4, 0, 6), (3, 0, 0))
    made = [
        song_files.guitar_pro(["Am", "F"], bass=[5, 1], markers={0: "Verse"}, repeats=[1], version=one)
        for one in versions
    ]
    return [*made, *written(".gp5")]


def gpif_xml() -> list[bytes]:
    """Scores of versions 6 and 7."""
    bar = [gpif.q(4, 5), gpif.q(3, 7, gpif.slide(2)), gpif.e(2, 5), gpif.e(2, 7), gpif.q(1, 9, gpif.on("Muted"))]
    tracks = [gpif.Track([bar, bar]), gpif.Track([(bar, bar), bar], name="Lead", program=27)]
    return [gpif.score(*tracks, version=version, masters={0: "<Repeat start='true'/>"}) for version in (6, 7)]


def musicxml() -> list[bytes]:
    """Songs and tabs."""
    return [song_files.musicxml(["Am", "F"], bass=["A", "F"], names=True), *written(".musicxml")]


def zipped(path: str, content: bytes) -> bytes:
    """An archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path, content)
    return out.getvalue()


XML_WORDS = (
    *b"<note> </note> <measure> </measure> <chord/> <backup> <duration>0</duration> <rest/> <tie type='start'/>".split(
        b"> "
    ),
    *(b"<fret>99</fret>", b"<string>9</string>", b"<divisions>0</divisions>", b"<alter>1e9</alter>", b"&#0;", b"<!--"),
    *(
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"<?xml version='1.0' encoding='utf-7'?>",
        b"<a xmlns='b'>",
        b"<time>0/0</time>",
    ),
    *(b"<beats>0</beats>", b"<Property name='Fret'>", b"-1", b"<repeat times='99999'/>", b"<ending number='1,2'/>"),
)
TEX_WORDS = b". | : ( ) { } 3.4.4 r.4 -.4 x.4 :4 :0 \\tuning \\track \\tempo 0 {h} {b (0 4)}".split()
TEX_WORDS += b"{tu 3} \\ro \\rc 99 \\ts 0 0 \" ' /*".split()
CHARTS = (
    b"title: A\ntempo: 96\n[Verse]\n| Am | F . C . | % | G7 :| x2\n[Chorus]\n|: Dm7 G7 | C^7 :|\n[1.] Am | [2.] E7 |\n"
    b"D.C. al Fine",
    b"{title: A}\n{key: Am}\n{start_of_verse}\n[Am]One [F]two\n{c: x2}\n{end_of_verse}\n"
    b"{start_of_grid}\n|| Am . F . | C ||\n{eog}",
    b"irealb://A=Nobody==Bossa=C==1r34LbKcu7[T44A-7 |F^7 |G7sus4,n|C6 x ]*A==0=0",
    b"Am F | C G/B\n| Dm7 G7 | C |",
)
CHART_WORDS = b"| || |: :| % x2 N.C. D.C. D.S. Coda Fine [A] {soc} {eoc} Am7b5 C^7 G/B n s l".split()
CHART_WORDS += b"irealb:// 1r34LbKcu7 = == T44 .".split()


def odd_text(chance: random.Random, words: list[bytes]) -> str:
    """Words in any order with blanks and line ends, some of them halves of surrogate pairs."""
    pieces = [chance.choice(words).decode("latin-1") for _ in range(chance.randint(1, 60))]
    pieces += chance.choices(
        ("\n", " ", "\ud800", "\u202e", "\x1b", "\x00", "é", "1", "-" * 9), k=chance.randint(1, 20)
    )
    chance.shuffle(pieces)
    return chance.choice(("", " ", "\n")).join(pieces)
