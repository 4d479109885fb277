"""The bass tracks of a file, and the choice among them: the values that readers give.

Input: the parts of a file as `Listed`, which of them are joined, and how to read them. Output: `Tracks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from basstab_hf.errors import InputError
from basstab_hf.formats.parts import Listed, listing
from basstab_hf.formats.track import Track, TrackError

#: What asks for all bass tracks instead of one.
ALL = "all"
#: Reads the parts at some places in the file's list, joined; raises a TrackError where they give no tab.
Reading: TypeAlias = Callable[[Sequence[int]], Track]


def _nothing(places: Sequence[int]) -> Track:
    raise TrackError(f"no part {places[0] + 1}")


@dataclass(frozen=True, slots=True)
class Tracks:
    """The bass tracks of a file, and for each one left out the reason.

    `told` is what a user reads behind the file's name where there is no track, "" for the usual words. `parts` are all
    parts of the file, basses or not, which `read` reads by their places; a file of text has none.
    """

    tracks: tuple[Track, ...]
    refused: tuple[str, ...]
    told: str = ""
    parts: tuple[Listed, ...] = ()
    read: Reading = field(default=_nothing, compare=False, repr=False)

    @classmethod
    def of(
        cls, parts: Sequence[Listed], read: Reading, groups: Sequence[Sequence[int]] | None = None, none: str = ""
    ) -> Tracks:
        """The tracks that `read` makes of the bass parts of a file; `none` is `told` where there is no part.

        `groups` are places of bass parts that belong together, one track each; without them every bass is one. A track
        of which `read` raises a TrackError is left out.
        """
        if groups is None:
            groups = [[place] for place, part in enumerate(parts) if part.is_bass]
        kept, errors = [], []
        for group in groups:
            try:
                kept.append(_read(parts, read, group))
            except TrackError as error:
                errors.append(error)
        told = errors[0].told if errors else none
        return cls(tuple(kept), tuple(error.reason for error in errors), told, tuple(parts), read)

    def first(self, name: str) -> Track:
        """The first bass track of the file called `name`; a remark names those that are left out.

        Raises:
            InputError: there is none.
        """
        return self.chosen(name, None)[0]

    def chosen(self, name: str, which: str | None) -> tuple[Track, ...]:
        """The tracks of the file called `name` that are asked for: `ALL` basses, or one by its name or number.

        With None it is the first bass.

        Raises:
            InputError: there is none; the message lists the parts of the file.
        """
        if which is not None and which != ALL and (self.parts or which != "1"):
            return (self._one(name, which),)
        if not self.tracks:
            raise InputError(self._none(name))
        if which == ALL:
            return self.tracks
        first, *others = self.tracks
        if not others:
            return (first,)
        names = ", ".join(self.parts[track.number - 1].label for track in others)
        remark = f"other bass tracks are left out: {names}; --track NUMBER takes one, --track {ALL} each"
        return (replace(first, remarks=(*first.remarks, remark)),)

    def _one(self, name: str, which: str) -> Track:
        found = [part for part in self.parts if which.isdecimal() and part.number == int(which)]
        found = found or [part for part in self.parts if part.name.casefold() == which.casefold()]
        found = found or [part for part in self.parts if which.casefold() in part.name.casefold()]
        if len(found) != 1:
            told = "several tracks" if found else "no track"
            has = f"it has {listing(found or self.parts)}" if self.parts else "it is one tab"
            raise InputError(f"{name} has {told} {which!r}: {has}")
        try:
            return _read(self.parts, self.read, [self.parts.index(found[0])])
        except TrackError as error:
            raise InputError(f"{name}: track {found[0]} cannot be written: {error.reason}") from error

    def _none(self, name: str) -> str:
        if self.refused:
            words = self.told or f"holds no bass track that can be written ({self.refused[0]})"
            return f"{name} {words}"
        if self.told:
            return f"{name} {self.told}"
        if not self.parts:
            return f"{name} holds no bass track: it has no notes"
        return (
            f"{name} holds no bass track: one says bass in its name or has MIDI program 33 to 40; "
            f"--track takes one of {listing(self.parts)}"
        )


def _read(parts: Sequence[Listed], read: Reading, group: Sequence[int]) -> Track:
    """The track that some parts make, with its number; a remark says which were joined."""
    track = replace(read(group), number=parts[group[0]].number)
    if len(group) == 1:
        return track
    names = ", ".join(parts[place].label for place in group)
    remark = f"joined, since they never sound together: {names}; --track NUMBER takes one alone"
    return replace(track, remarks=(*track.remarks, remark))


def numbered(path: str, number: int) -> str:
    """A path with a number before its suffix: out.txt, 2 -> out-2.txt."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-{number}{dot}{suffix}"
