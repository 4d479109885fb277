"""Files of Guitar Pro 6 to 8, made by hand: music -> score.gpif -> .gp (zip) or .gpx (BCFS, BCFZ)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

EADG, BEADG = (43, 38, 33, 28), (43, 38, 33, 28, 23)
GUITAR = (64, 59, 55, 50, 45, 40)
SECTOR = 4096
VALUES = {1: "Whole", 2: "Half", 4: "Quarter", 8: "Eighth", 16: "16th", 32: "32nd", 64: "64th"}


def on(name: str) -> str:
    """A property that is set."""
    return f'<Property name="{name}"><Enable /></Property>'


def told(name: str, tag: str, value: object) -> str:
    return f'<Property name="{name}"><{tag}>{value}</{tag}></Property>'


def slide(flags: int) -> str:
    return told("Slide", "Flags", flags)


def bend(highest: int) -> str:
    return on("Bended") + told("BendOriginValue", "Float", 0.0) + told("BendDestinationValue", "Float", highest)


@dataclass(frozen=True)
class Note:
    """`string` 1 is the highest-pitched; `properties` and `extra` are XML inside and beside the properties."""

    string: int
    fret: int
    properties: str = ""
    extra: str = ""


@dataclass(frozen=True)
class Beat:
    value: int
    notes: tuple[Note, ...] = ()
    dots: int = 0
    tuplet: tuple[int, int] | None = None
    properties: str = ""
    extra: str = ""


def beat(value: int, *notes: Note, **more: Any) -> Beat:
    return Beat(value, notes, **more)


def q(string: int, fret: int, properties: str = "", extra: str = "") -> Beat:
    return beat(4, Note(string, fret, properties, extra))


def e(string: int, fret: int, properties: str = "", extra: str = "") -> Beat:
    return beat(8, Note(string, fret, properties, extra))


def grace(string: int, fret: int, properties: str = "") -> Beat:
    return beat(8, Note(string, fret, properties), extra="<GraceNotes>BeforeBeat</GraceNotes>")


TIED = '<Tie origin="false" destination="true" />'
RIFF = [e(4, 3), e(4, 3), e(3, 5), e(2, 5), q(3, 3), e(4, 0), e(4, 1)]


@dataclass
class Track:
    """`bars` are lists of beats, or tuples of them: voices; `told` and `beside` are XML inside and beside its staff."""

    bars: Sequence[Any]
    strings: tuple[int, ...] = EADG
    name: str = "Bass"
    program: int = 33
    told: str = ""
    beside: str = ""
    marks: dict[int, str] = field(default_factory=dict)  # XML in the bar of a number


class _Tables:
    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = {}

    def add(self, kind: str, inner: str) -> int:
        rows = self.rows.setdefault(kind, [])
        rows.append(f'<{kind} id="{len(rows)}">{inner}</{kind}>')
        return len(rows) - 1

    def xml(self) -> str:
        return "".join(f"<{kind}s>{''.join(rows)}</{kind}s>" for kind, rows in self.rows.items())

    def bar(self, track: Track, number: int) -> int:
        music = track.bars[number]
        voices = [
            self.add("Voice", f"<Beats>{' '.join(str(self.beat(track, one)) for one in voice)}</Beats>")
            for voice in (music if isinstance(music, tuple) else (music,))
        ]
        ids = [*map(str, voices), *["-1"] * (4 - len(voices))]
        return self.add("Bar", f"<Voices>{' '.join(ids)}</Voices>{track.marks.get(number, '')}")

    def beat(self, track: Track, made: Beat) -> int:
        tuplet = f'<PrimaryTuplet num="{made.tuplet[0]}" den="{made.tuplet[1]}" />' if made.tuplet else ""
        dots = f'<AugmentationDot count="{made.dots}" />' if made.dots else ""
        rhythm = self.add("Rhythm", f"<NoteValue>{VALUES[made.value]}</NoteValue>{dots}{tuplet}")
        notes = [str(self.note(track, note)) for note in made.notes]
        inner = f'<Rhythm ref="{rhythm}" />' + (f"<Notes>{' '.join(notes)}</Notes>" if notes else "")
        return self.add("Beat", f"{inner}{made.extra}<Properties>{made.properties}</Properties>")

    def note(self, track: Track, note: Note) -> int:
        place = told("String", "String", len(track.strings) - note.string) + told("Fret", "Fret", note.fret)
        return self.add("Note", f"<Properties>{place}{note.properties}</Properties>{note.extra}")


def tempo(bar: int, value: str, position: float = 0) -> str:
    return (
        f"<Automation><Type>Tempo</Type><Linear>false</Linear><Bar>{bar}</Bar><Position>{position}</Position>"
        f"<Visible>true</Visible><Value>{value}</Value></Automation>"
    )


def score(
    *tracks: Track,
    masters: dict[int, str] | None = None,
    signatures: dict[int, str] | None = None,
    tempos: str | None = None,
    head: str = "",
    version: int = 7,
) -> bytes:
    """A score; `masters` is XML in the bars of all tracks, by number; `signatures` hold until the next one."""
    tables = _Tables()
    signature, rows = "4/4", []
    for number in range(len(tracks[0].bars)):
        signature = (signatures or {}).get(number, signature)
        ids = " ".join(str(tables.bar(track, number)) for track in tracks)
        inner = f"<Time>{signature}</Time><Bars>{ids}</Bars>{(masters or {}).get(number, '')}"
        rows.append(f"<MasterBar>{inner}</MasterBar>")
    made = "".join(_track(number, track, version) for number, track in enumerate(tracks))
    order = " ".join(map(str, range(len(tracks))))
    automations = tempo(0, "120 2") if tempos is None else tempos
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<GPIF><GPVersion>{version}</GPVersion><Score><Title>Walk</Title>'
        f"<Artist>Nobody</Artist></Score><MasterTrack><Tracks>{order}</Tracks><Automations>{automations}</Automations>"
        f"{head}</MasterTrack><Tracks>{made}</Tracks><MasterBars>{''.join(rows)}</MasterBars>{tables.xml()}</GPIF>"
    ).encode()


def _track(number: int, track: Track, version: int) -> str:
    pitches = " ".join(map(str, reversed(track.strings)))
    inner = f"<Properties>{told('Tuning', 'Pitches', pitches) if pitches else ''}{track.told}</Properties>"
    if version >= 7:
        midi = f"<MIDI><LSB>0</LSB><MSB>0</MSB><Program>{track.program}</Program></MIDI>"
        inner = f"<Sounds><Sound><Name>s</Name>{midi}</Sound></Sounds><Staves><Staff>{inner}</Staff></Staves>"
    else:
        inner = f'<GeneralMidi table="Instrument"><Program>{track.program}</Program></GeneralMidi>{inner}'
    return f'<Track id="{number}"><Name>{escape(track.name)}</Name>{inner}{track.beside}</Track>'


# Containers


def gp(xml: bytes, path: str = "Content/score.gpif") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("VERSION", "7.0")
        archive.writestr(path, xml)
    return stream.getvalue()


def bcfs(files: dict[str, bytes], turned: bool = False) -> bytes:
    """Files in sectors; `turned`: the last sector of each first."""
    sectors = [b"\xff" * SECTOR]
    for name, content in files.items():
        n_sectors = -(-len(content) // SECTOR)
        numbers = [*range(len(sectors) + 1, len(sectors) + 1 + n_sectors)]
        numbers = numbers[::-1] if turned else numbers
        entry = bytearray(SECTOR)
        entry[0] = 2
        entry[4 : 4 + len(name)] = name.encode()
        entry[0x8C:0x90] = len(content).to_bytes(4, "little")
        entry[0x94 : 0x94 + 4 * n_sectors] = b"".join(number.to_bytes(4, "little") for number in numbers)
        parts = [content[start : start + SECTOR].ljust(SECTOR, b"\0") for start in range(0, len(content), SECTOR)]
        sectors += [bytes(entry), *(parts[::-1] if turned else parts)]
    return b"BCFS" + b"".join(sectors)


def bcfz(content: bytes) -> bytes:
    """The content in chunks: repeats of four bytes and more, other bytes one to three at a time."""
    bits: list[str] = []
    place = 0
    while place < len(content):
        back, length = _repeat(content, place)
        if length >= 4:
            width = max(back, length).bit_length()
            bits += ["1", f"{width:04b}", *(f"{number:0{width}b}"[::-1] for number in (back, length))]
        else:
            length = min(3, len(content) - place)
            bits += ["0", f"{length:02b}"[::-1], *(f"{byte:08b}" for byte in content[place : place + length])]
        place += length
    whole = "".join(bits)
    whole += "0" * (-len(whole) % 8)
    return b"BCFZ" + len(content).to_bytes(4, "little") + int(whole or "0", 2).to_bytes(len(whole) // 8)


def _repeat(content: bytes, place: int) -> tuple[int, int]:
    """How far back the longest of some repeats begins, and how long it is: at most as long as it is far."""
    found = content.rfind(content[place : place + 4], max(0, place - 30_000), place)
    if found < 0:
        return 0, 0
    back, length = place - found, 0
    while length < min(back, len(content) - place) and content[found + length] == content[place + length]:
        length += 1
    return back, length


def gpx(xml: bytes) -> bytes:
    return bcfz(bcfs({"misc.xml": b"<m/>", "score.gpif": xml, "other": b"\2\0\0\0" * 3}))
