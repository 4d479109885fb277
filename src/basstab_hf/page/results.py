"""A track -> what the page shows, plays and hands out of it.

Input: a `Track`, and the settings of the page. Output: values that JSON can hold; files as base64.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from basstab_hf import formats
from basstab_hf.errors import InputError
from basstab_hf.files import scratch
from basstab_hf.formats.settings import TEMPO, WriteSettings
from basstab_hf.formats.text import printed
from basstab_hf.formats.tones import TONES
from basstab_hf.formats.track import Marks, Track, one_line
from basstab_hf.page import values
from basstab_hf.page.form import MAX_NAME, chosen
from basstab_hf.page.riff import plainly
from basstab_hf.rhythm.tempo_words import PLAYED_TEMPOS
from basstab_hf.tab.values import Tab

#: The usual sound.
_TONE = "finger"
#: The name of files of a tab without a title, and characters of a name.
NAME, _MOST_NAME = "basstab", 80
#: What no file name has on some system, and names that Windows keeps for itself.
_UNSAFE = re.compile(r"[^\w .,()&'+-]+")
_KEPT = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_FIELDS = frozenset({"tempo", "tone", "title", "artist", "left_handed", "swing", "usual_tempo"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How a tab is heard and written; None leaves it as the tab says, an empty title or artist is none.

    `usual_tempo` is that of a tab that says none.
    """

    tempo: float | None = None
    tone: str = _TONE
    title: str | None = None
    artist: str | None = None
    left_handed: bool = False
    swing: bool | None = None
    usual_tempo: float | None = None

    @classmethod
    def of(cls, given: object) -> Settings:
        """The settings in a message.

        Raises:
            InputError: a field that there is not, or a value that no field takes.
        """
        got = values.known("settings", values.fields("settings", given), _FIELDS)
        return cls(
            tempo=values.maybe_number("tempo", got.get("tempo"), *PLAYED_TEMPOS),
            tone=chosen("tone", got.get("tone"), tuple(TONES)) or _TONE,
            title=values.maybe_text("title", got.get("title"), MAX_NAME),
            artist=values.maybe_text("artist", got.get("artist"), MAX_NAME),
            left_handed=values.flag("left_handed", got.get("left_handed")),
            swing=None if got.get("swing") is None else values.flag("swing", got["swing"]),
            usual_tempo=values.maybe_number("usual_tempo", got.get("usual_tempo"), *PLAYED_TEMPOS),
        )

    def on(self, track: Track) -> Track:
        """The track with what these say of title, artist and swing."""
        tab = track.tab
        if self.title is not None:
            tab = replace(tab, title=one_line(self.title))
        if self.artist is not None:
            tab = replace(tab, artist=one_line(self.artist))
        swing = track.time.swing if self.swing is None else self.swing
        return replace(track, tab=tab, time=replace(track.time, swing=swing))

    def writing(self, track: Track) -> WriteSettings:
        """How the track is written into files and played."""
        return WriteSettings(
            tempo=self.tempo or track.tempo or self.usual_tempo or TEMPO,
            columns_per_beat=track.columns_per_beat,
            tone=self.tone,
            time=track.time,
            marks=track.marks,
            left_handed=self.left_handed,
        )


def track_of(tab: Tab, columns_per_beat: float, **more: Any) -> Track:
    """A track of a tab that was written here; `more` are fields of `Track`."""
    return Track(
        **{"name": "", "tempo": None, "time_signature": "", "marks": (), **more, "tab": tab}, **_grid(columns_per_beat)
    )


def result(track: Track, settings: Settings, told: Iterable[str] = (), seed: int | None = None) -> dict[str, Any]:
    """What shows and plays a track: text, title, tempo, bars, notes, and the value of the player.

    A tab that is no score is not played: that is told, and there is no value.
    """
    track = settings.on(track)
    writing = settings.writing(track)
    shown = printed(track.tab, None, _in_tempo(track, writing), track.marks or _no_marks(track.tab))
    notes = [*told, *map(plainly, (*track.remarks, *shown.remarks))]
    play: dict[str, Any] | None = None
    try:
        play = _play(track.tab, writing)
        notes += [plainly(remark) for remark in play.get("remarks", ())]
    except InputError as error:
        notes.append(plainly(f"this tab is not played: {error}"))
    return {
        "text": shown.text,
        "title": track.tab.title,
        "artist": track.tab.artist,
        "tempo": writing.tempo,
        "seed": seed,
        "bars": len(track.tab.bars),
        "notes": list(dict.fromkeys(filter(None, notes))),
        "play": play,
    }


def file(track: Track, suffix: str, settings: Settings) -> dict[str, Any]:
    """A file of a track, named by its title: `name`, `content` as base64, `remarks`.

    Raises:
        InputError: no such format, or a tab that it cannot hold.
        MissingExtraError: the format needs what is not installed.
    """
    track = settings.on(track)
    writing = settings.writing(track)
    with scratch() as folder:
        path = folder / f"{NAME}{suffix}"
        remarks = formats.write(track.tab, path, replace(writing, time=_in_tempo(track, writing)), force=True)
        content = path.read_bytes()
    return sent(file_name(track.tab.title, suffix), content, [plainly(remark) for remark in remarks])


def sent(name: str, content: bytes, remarks: Iterable[str] = ()) -> dict[str, Any]:
    """A file as a message has it."""
    return {"name": name, "content": base64.b64encode(content).decode(), "remarks": list(remarks)}


def file_name(title: str, suffix: str) -> str:
    """A name that every system takes, after a title."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", one_line(title)))[:_MOST_NAME].strip(" ._")
    if _KEPT.fullmatch(name):
        name = f"{NAME} {name}"
    return f"{name or NAME}{suffix}"


def _in_tempo(track: Track, writing: WriteSettings) -> Any:
    """What is known of the time, in the tempo that is played: changes move with it. A usual tempo is not told."""
    time = track.time
    if time.tempo is None and writing.tempo == TEMPO:
        return time
    changes = tuple(replace(change, tempo=writing.tempo_of(change)) for change in time.tempos)
    return replace(time, tempo=writing.tempo, tempos=changes)


def _play(tab: Tab, writing: WriteSettings) -> dict[str, Any]:
    from basstab_hf.formats.playable import playable

    return playable(tab, writing)


def _no_marks(tab: Tab) -> tuple[Marks, ...]:
    return (Marks(),) * len(tab.systems)


def _grid(columns_per_beat: float) -> Mapping[str, Any]:
    return {"columns_per_beat": int(columns_per_beat)}
