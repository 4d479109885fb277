r"""The tags and beats of AlphaTex -> staffs, whose bars have beats at exact places, and the form that they share.

Input: text. Output: `Song`. As alphaTab reads it: a duration holds until the next one, over bars and tracks; \track and
\staff begin again at the first bar, and so does \voice, whose beats come beside those of the first voice; a bar is as
long as its time signature says, one with \ac (an upbeat) as long as its beats are. One that its beats overfill is as
long as they are, which alphaTab lets run into the next.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction

from basstab_hf.errors import InputError
from basstab_hf.formats.alphatex_grammar import BarLine, Beat, Duration, Effect, Node, Note, Tag, nodes
from basstab_hf.formats.song_form import SongBar, SongForm
from basstab_hf.formats.track import MAX_BARS, one_line
from basstab_hf.rhythm.tab_time import Tempo

#: Most beats of one file, repeated ones (`* 3`) included.
MAX_BEATS = 200_000
#: Notes of a tuplet -> in the time of how many, where {tu 3} says no more.
_TUPLETS = {3: 2, 5: 4, 6: 4, 7: 4, 9: 8, 10: 8, 11: 8, 12: 8}
_MOST_IN_TUPLET = 64
#: Whole notes of a duration: below zero the double and the fourfold.
_DURATIONS = {-4: Fraction(4), -2: Fraction(2), **{2**power: Fraction(1, 2**power) for power in range(9)}}
#: Triplet feel of eighths, as the tag names it.
_SWUNG_EIGHTHS = ("t8", "triplet8th", "triplet-8th", "2")
_UNITS = (1, 2, 4, 8, 16, 32, 64)
_MOST_BEATS_A_BAR, _MOST_ENDINGS, _MOST_REPEATS = 64, 32, 99
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")
#: Effects of a note that are those of its beat.
_OF_BEATS = frozenset({"d", "dd", "tu", "gr", "ch", "tempo"})
#: Tags that layout, display and playback of a recording take, which no tab loses.
_SILENT = frozenset(
    {
        "subtitle",
        "album",
        "words",
        "music",
        "wordsandmusic",
        "copyright",
        "copyright2",
        "instructions",
        "notices",
        "tab",
    }
    | {"systemslayout", "defaultsystemslayout", "showdynamics", "hidedynamics", "usesystemsignseparator"}
    | {"multibarrest", "bracketextendmode", "singletracktracknamepolicy", "multitracktracknamepolicy"}
    | {"firstsystemtracknamemode", "othersystemstracknamemode", "firstsystemtracknameorientation"}
    | {"othersystemstracknameorientation", "extendbarlines", "chorddiagramsinscore", "hideemptystaves"}
    | {"hideemptystavesinfirstsystem", "showsinglestaffbrackets", "defaultbarnumberdisplay", "barnumberdisplay"}
    | {"displaytranspose", "clef", "ottava", "barlineleft", "barlineright", "scale", "width", "sync", "accidentals"}
    | {"spd", "sph", "spu", "db", "beaming", "chord", "articulation"}
)


@dataclass(frozen=True, slots=True)
class TimedBeat:
    """A beat from `onset` on in its bar, both in quarter notes."""

    onset: Fraction
    length: Fraction
    beat: Beat


@dataclass(slots=True)
class Bar:
    """A bar of one staff; `filled` is where the last beat of its longest voice ends."""

    beats: list[TimedBeat] = field(default_factory=list)
    filled: Fraction = Fraction(0)
    simile: str = ""


@dataclass(slots=True)
class Staff:
    """A staff of a track; `tuning` are the words of its tag, `instrument` a number or a name."""

    name: str = ""
    instrument: str = ""
    tuning: tuple[str, ...] = ()
    bars: list[Bar] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    @property
    def percussion(self) -> bool:
        return self.instrument.lower() == "percussion"

    @property
    def has_notes(self) -> bool:
        return any(timed.beat.notes for bar in self.bars for timed in bar.beats)


@dataclass(slots=True)
class _Shared:
    """A bar that all tracks share, while it is read."""

    beats: int = 4
    unit: int = 4
    upbeat: bool = False
    form: SongBar = field(default_factory=lambda: SongBar("4/4", Fraction(4)))


@dataclass(frozen=True, slots=True)
class Song:
    """All that stands in a file."""

    heading: dict[str, str]
    staffs: tuple[Staff, ...]
    shared: tuple[_Shared, ...]
    tempos: tuple[Tempo, ...]

    def form(self, staff: Staff) -> SongForm:
        """The bars of a staff, as long as they are there, with what all staffs say of them."""
        bars = []
        for number, (shared, bar) in enumerate(zip(self.shared, staff.bars, strict=False)):
            length = Fraction(shared.beats * 4, shared.unit)
            others = [other.bars[number].filled for other in self.staffs if number < len(other.bars)]
            if shared.upbeat:
                length = max(others) or length
            bars.append(replace(shared.form, signature=f"{shared.beats}/{shared.unit}", length=max(length, bar.filled)))
        return SongForm(tuple(bars), self.tempos)


def read_song(text: str, name: str) -> Song:
    """What stands in AlphaTex; `name` is what messages call it.

    Raises:
        InputError: text that is no AlphaTex, naming the line.
    """
    reader = _Reader(name)
    for node in nodes(text, name):
        reader.read(node)
    return reader.song()


class _Reader:
    """Reads from left to right; what holds for later beats is kept here."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._heading: dict[str, str] = {}
        self._staffs = [Staff()]
        self._shared: list[_Shared] = []
        self._tempos: dict[tuple[int, Fraction], Tempo] = {}
        self._number = 0  # of the bar
        self._place = Fraction(0)  # in it
        self._duration = Fraction(1)
        self._tuplet = Fraction(1)
        self._n_beats = 0
        self._barwise = False

    def read(self, node: Node) -> None:
        if isinstance(node, Tag):
            self._tag(node)
        elif isinstance(node, Duration):
            self._duration, self._tuplet = self._length(node.value, node.line), Fraction(1)
            for effect in node.effects:
                self._tuplet = self._tuplet_of(effect) if effect.name == "tu" else self._tuplet
        elif isinstance(node, BarLine):
            self._bar()
            self._number, self._place = self._number + 1, Fraction(0)
        else:
            self._beat(node)

    def song(self) -> Song:
        tempos = tuple(tempo for _, tempo in sorted(self._tempos.items()))
        return Song(self._heading, tuple(self._staffs), tuple(self._shared), tempos)

    # Bars

    @property
    def _staff(self) -> Staff:
        return self._staffs[-1]

    def _bar(self) -> Bar:
        """The bar that is read, of this staff."""
        self._shared_bar()
        while len(self._staff.bars) <= self._number:
            self._staff.bars.append(Bar())
        return self._staff.bars[self._number]

    def _shared_bar(self) -> _Shared:
        """The bar that is read, of all staffs; a new one has the time signature of the one before."""
        if self._number >= MAX_BARS:
            raise InputError(f"{self._name} has more than {MAX_BARS:,} bars")
        while len(self._shared) <= self._number:
            last = self._shared[-1] if self._shared else _Shared()
            form = SongBar("4/4", Fraction(4), swing=last.form.swing, uneven=last.form.uneven)
            self._shared.append(_Shared(last.beats, last.unit, form=form))
        return self._shared[self._number]

    # Tags

    def _tag(self, tag: Tag) -> None:
        first = tag.values[0] if tag.values else ""
        if tag.name in ("title", "artist"):
            self._heading[tag.name] = first
        elif tag.name == "track":
            self._begin(Staff(name=one_line(first) or "track"), new=bool(self._staff.name))
            self._staff.instrument = next(
                (effect.values[0] for effect in tag.effects if effect.name == "instrument" and effect.values), ""
            )
        elif tag.name == "staff":
            self._begin(Staff(self._staff.name, self._staff.instrument), new=False)
        elif tag.name == "voice":
            self._voice()
        elif tag.name == "voicemode":
            self._barwise = first.lower() == "barwise"
        elif tag.name == "instrument":
            self._staff.instrument = first
        elif tag.name == "tuning":
            self._staff.tuning = tag.values
        elif tag.name in _BAR_TAGS:
            self._sign(tag, first)
        elif tag.name not in _SILENT:
            self._staff.passed_over[f"\\{tag.name}"] += 1

    def _begin(self, staff: Staff, *, new: bool) -> None:
        """Go on with another staff; one without bars was only a heading."""
        if new or self._staff.bars:
            self._staffs.append(staff)
        else:
            passed_over = self._staff.passed_over
            self._staffs[-1] = replace(staff, passed_over=passed_over)
        self._number, self._place, self._tuplet = 0, Fraction(0), Fraction(1)

    def _voice(self) -> None:
        """Begin a voice beside the one that was read: at the first bar, or in the same one."""
        if self._barwise:
            self._place = Fraction(0)
        elif any(bar.beats for bar in self._staff.bars):
            self._number, self._place = 0, Fraction(0)

    def _sign(self, tag: Tag, first: str) -> None:
        """A tag of the bar that is read."""
        shared = self._shared_bar()
        form = shared.form
        numbers = [int(value) for value in tag.values if value.isascii() and value.isdigit() and len(value) < 3]
        if tag.name == "ts":
            shared.beats, shared.unit = self._signature(tag)
        elif tag.name == "tempo":
            self._tempo(tag.values)
        elif tag.name == "section":
            shared.form = replace(form, section=one_line(tag.values[-1]) if tag.values else "")
        elif tag.name == "ro":
            shared.form = replace(form, opens=True)
        elif tag.name == "rc" and numbers:
            shared.form = replace(form, closes=numbers[0])
        elif tag.name == "ae":
            endings = form.endings
            for ending in numbers:
                endings |= 1 << ending - 1 if 1 <= ending <= _MOST_ENDINGS else 0
            shared.form = replace(form, endings=endings)
        elif tag.name == "ac":
            shared.upbeat = True
        elif tag.name == "jump":
            shared.form = replace(form, jumps=True)
        elif tag.name == "tf":
            self._feel(first.lower())
        elif tag.name == "simile":
            self._bar().simile = first.lower()

    def _signature(self, tag: Tag) -> tuple[int, int]:
        if tag.values == ("common",):
            return 4, 4
        if len(tag.values) < 2 or not all(value.isascii() and value.isdigit() for value in tag.values[:2]):
            where = f"{self._name}, line {tag.line}"
            raise InputError(f"{where}: '\\\\ts' is no time signature: write \\ts (4 4)")
        beats, unit = int(tag.values[0][:4]), int(tag.values[1][:4])
        if not 1 <= beats <= _MOST_BEATS_A_BAR or unit not in _UNITS:
            raise InputError(f"{self._name}, line {tag.line}: {beats}/{unit} is no time signature")
        return beats, unit

    def _feel(self, name: str) -> None:
        """How eighths and the like are played, from this bar on."""
        swing = name in _SWUNG_EIGHTHS
        uneven = not swing and name not in ("", "none", "no", "notripletfeel", "0")
        for shared in self._shared[self._number :]:
            shared.form = replace(shared.form, swing=swing, uneven=uneven)

    def _tempo(self, values: tuple[str, ...]) -> None:
        if values and _DECIMAL.fullmatch(values[0]):
            place = self._number, self._place
            self._tempos.setdefault(place, Tempo(*place, float(values[0])))

    # Beats

    def _beat(self, beat: Beat) -> None:
        self._n_beats += beat.times
        if self._n_beats > MAX_BEATS:
            raise InputError(f"{self._name} has more than {MAX_BEATS:,} beats")
        if beat.duration is not None:
            self._duration = self._length(beat.duration, beat.line)
        beat = _with_effects_of_notes(beat)
        length, tuplet, grace = self._duration, self._tuplet, False
        for effect in beat.effects:
            tuplet = self._tuplet_of(effect) if effect.name == "tu" else tuplet
            grace = grace or effect.name == "gr"
            if effect.name in ("d", "dd"):
                length *= 2 - Fraction(1, 2 ** len(effect.name))
            elif effect.name == "tempo":
                self._tempo(effect.values)
        length = Fraction(0) if grace else length * tuplet
        bar = self._bar()
        for _ in range(beat.times):
            bar.beats.append(TimedBeat(self._place, length, beat))
            self._place += length
        bar.filled = max(bar.filled, self._place)

    def _length(self, duration: int, line: int) -> Fraction:
        """Quarter notes."""
        if duration not in _DURATIONS:
            told = f"{str(duration)!r} is no duration that is read: -4 -2 1 2 4 8 16 32 64 128 256"
            raise InputError(f"{self._name}, line {line}: {told}")
        return 4 * _DURATIONS[duration]

    def _tuplet_of(self, effect: Effect) -> Fraction:
        """By what {tu 3} or {tu (5 4)} shortens notes."""
        numbers = [int(value) for value in effect.values if value.isascii() and value.isdigit() and len(value) < 3]
        notes, normal = (numbers[0], numbers[1]) if len(numbers) > 1 else (next(iter(numbers), 0), 0)
        normal = normal or _TUPLETS.get(notes, 0)
        if 0 < notes <= _MOST_IN_TUPLET and 0 < normal <= _MOST_IN_TUPLET:
            return Fraction(normal, notes)
        self._staff.passed_over[f"tu {' '.join(effect.values)[:20]}"] += 1
        return Fraction(1)


_BAR_TAGS = frozenset({"ts", "tempo", "section", "ro", "rc", "ae", "ac", "jump", "tf", "simile"})


def _with_effects_of_notes(beat: Beat) -> Beat:
    """A beat with the effects that stand behind one of its notes and are those of a beat."""
    found = tuple(effect for note in beat.notes for effect in note.effects if effect.name in _OF_BEATS)
    if not found:
        return beat
    notes: list[Note] = [
        replace(note, effects=tuple(effect for effect in note.effects if effect.name not in _OF_BEATS))
        for note in beat.notes
    ]
    return replace(beat, notes=tuple(notes), effects=(*beat.effects, *found))
