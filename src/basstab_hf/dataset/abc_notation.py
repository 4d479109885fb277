"""ABC notation -> melodies, through music21's tokenizer.

Input: a file of ABC tunes. Output: the text of every tune, and for one of them its header and bars.

music21 tokenizes notes, keys, lengths, tuplets and broken rhythms in about 2 ms a tune; its scores, which nothing here
needs, cost 30 to 140 ms more. Ornaments are taken out before: where its score of a tune differs (13 of 89 compared),
notes under a fermata (`H`) or beside other marks are missing there, and fewer of its bars add up.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from basstab_hf.dataset.tune import MelodyNote, TuneBar, TuneError
from basstab_hf.errors import MissingExtraError

# Accidentals hold to the end of the bar, as in print; music21 does so from ABC 2.0 on. These files name no version.
_ABC_VERSION = (2, 1, 0)
_FIELD = re.compile(r"[A-Za-z]:")
_INLINE_FIELD = re.compile(r"\[([A-Z]:[^\]\n]*)\]")
# What does not sound, or stands between a note and the `>` or `<` that belongs to it, where music21 misses the rhythm.
_SILENT = re.compile(
    r"%.*"
    r'|"[^"\n]*"'  # chord symbols and words
    r"|\{[^}\n]*\}"  # grace notes
    r"|![a-z]+!"  # !fermata!
    r"|\((?!\d)|\)"  # slurs
    r"|[!.~`*$\\]"
    r"|[H-WYh-wy]"  # bowing, trills, spacers
)
# Around the names in `Z:` fields: mail and web addresses, dates, verbs.
_NOT_A_NAME = re.compile(
    r"<.*?>|\(?\S+[@:]\S+|https?://\S+|www\.\S+|\b\d[\w/.-]*|\b(?:transcribed|transcription|contributed|abc'd)\b|[*\"]|=0D",
    re.IGNORECASE,
)
_NAME_IN_ADDRESS = re.compile(r"^(?:Transcribed by )?([a-z]+)\.([a-z]+)@\S+$")
_CREDIT = re.compile(
    r"(?:(?:(?:[A-Z]\w+ )?[Cc]orrected|[Pp]roofread) by )?(?:[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){1,3}|[a-z]{4,})"
)


@dataclass(frozen=True, slots=True)
class AbcTune:
    """What one ABC tune says, before the collection adds provenance; see `Tune` for the units."""

    title: str
    transcriber: str
    key: str
    time_signature: str
    tempo: float | None
    bars: tuple[TuneBar, ...]


def split_book(text: str) -> list[str]:
    """Cut a file into the texts of its tunes: each from its `X:` line to the next."""
    return [tune for tune in re.split(r"^(?=X:)", text, flags=re.MULTILINE) if tune.startswith("X:")]


def read_tune(text: str) -> AbcTune:
    """Read one tune.

    Raises:
        TuneError: it has several voices, no metre, chords throughout, or music21 cannot read it.
        MissingExtraError: music21 is not installed.
    """
    fields = list(_fields(text))
    if any(name == "V" for name, _ in fields):
        raise TuneError("several voices")
    metres = {_time_signature(value) for name, value in fields if name == "M"}
    if len(metres) != 1 or "" in metres:
        raise TuneError("no metre or several", ", ".join(sorted(metres)))
    tokens = _tokens(text)
    return AbcTune(
        title=_title(next((value for name, value in fields if name == "T"), "")),
        transcriber=_credit(value for name, value in fields if name == "Z"),
        key=_key(tokens),
        time_signature=metres.pop(),
        tempo=_tempo(next((value for name, value in fields if name == "Q"), "")),
        bars=tuple(_bars(tokens)),
    )


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Header and inline fields in order: name and value."""
    for line in _INLINE_FIELD.sub(r"\n\1\n", text).splitlines():
        if _FIELD.match(line):
            yield line[0], line[2:].split("%")[0].strip()


def _tokens(text: str) -> list[Any]:
    """music21's tokens of a tune, notes with pitch names and lengths."""
    try:
        from music21 import abcFormat
    except ImportError as error:
        raise MissingExtraError("music21", "corpus") from error
    lines = _INLINE_FIELD.sub(r"\n\1\n", text).splitlines()
    sounding = "\n".join(line if _FIELD.match(line) else _SILENT.sub("", line) for line in lines)
    if "&" in sounding:
        raise TuneError("several voices")
    handler = abcFormat.ABCHandler(abcVersion=_ABC_VERSION)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            handler.process(sounding)
        except Exception as error:  # music21 raises anything from its own errors to IndexError on faulty ABC
            raise TuneError("music21 cannot read it", f"{type(error).__name__}: {error}") from error
    if said.getvalue():
        raise TuneError("music21 cannot read it", said.getvalue().strip())
    return list(handler.tokens)


def _bars(tokens: Iterable[Any]) -> Iterator[TuneBar]:
    """Group notes between bar lines of any kind; of tied notes only the first starts anew, in the next bar as well."""
    from music21 import abcFormat, pitch

    notes: list[MelodyNote] = []
    at = Fraction(0)
    strain, ending = True, 0
    last: int | None = None  # pitch of the note just before, for ties
    for token in tokens:
        if isinstance(token, abcFormat.ABCBar):
            if at:
                yield TuneBar(tuple(notes), float(at), strain, ending)
                notes, at, strain = [], Fraction(0), False
            if token.isRepeatBracket():
                strain, ending = False, int(token.isRepeatBracket())
            elif not token.isRegular():
                strain, ending = True, 0
        elif isinstance(token, abcFormat.ABCNote):
            length = _quarters(token)
            sounding = _sounding_pitch(token, pitch.Pitch)
            if sounding is not None:
                if token.tie in ("stop", "continue") and sounding == last:
                    if notes:
                        held = notes.pop()
                        notes.append(MelodyNote(held.onset, held.duration + float(length), held.pitch))
                elif length:
                    notes.append(MelodyNote(float(at), float(length), sounding))
            last = sounding
            at += length
    if at:
        yield TuneBar(tuple(notes), float(at), strain, ending)


def _quarters(token: Any) -> Fraction:
    length = Fraction(token.quarterLength).limit_denominator(192)
    if token.activeTuplet is not None:
        length *= Fraction(token.activeTuplet.tupletMultiplier()).limit_denominator(192)
    return length


def _sounding_pitch(token: Any, pitch: Any) -> int | None:
    """MIDI number of a note, of a chord its highest, of a rest None."""
    inner = getattr(token, "subTokens", None)
    names = [note.pitchName for note in inner] if inner is not None else [token.pitchName]
    return max((int(pitch(name).midi) for name in names if name), default=None)


def _key(tokens: Iterable[Any]) -> str:
    from music21 import abcFormat

    for token in tokens:
        if isinstance(token, abcFormat.ABCMetadata) and token.isKey():
            tonic, mode = getattr(token.getKeySignatureObject(), "tonic", None), token.getKeySignatureParameters()[1]
            if tonic is not None:
                return f"{tonic.name.replace('-', 'b')} {mode}"
    raise TuneError("no key")


def _time_signature(metre: str) -> str:
    metre = {"C": "4/4", "C|": "2/2"}.get(metre, metre)
    return metre if re.fullmatch(r"\d+/\d+", metre) else ""


def _tempo(value: str) -> float | None:
    """Quarter notes a minute from `1/4=112` or `3/8=120 "Slow"`."""
    match = re.match(r"(\d+)/(\d+)\s*=\s*(\d+)", value)
    return int(match[3]) * 4 * int(match[1]) / int(match[2]) if match else None


def _title(value: str) -> str:
    """A title as one reads it: articles in front, capitals only at the start of words."""
    title = re.sub(r"\s*-{2,}\s*", " ", value).strip(' ."')
    title = re.sub(r"^(.*?)\.?, (The|A|An)$", r"\2 \1", title)
    return title.title().replace("'S", "'s").replace("'D", "'d") if title.isupper() else title


def _credit(values: Iterable[str]) -> str:
    """Names from `Z:` fields, without addresses, dates and remarks."""
    named = (_NAME_IN_ADDRESS.sub(lambda address: f"{address[1]} {address[2]}".title(), value) for value in values)
    cleaned = (re.sub(r"[\s,;]+", " ", _NOT_A_NAME.sub(" ", value)).strip(" .") for value in named)
    names = (re.sub(r"^(?:by|be) ", "", name) for name in cleaned)
    return ", ".join(dict.fromkeys(name for name in names if _CREDIT.fullmatch(name)))
