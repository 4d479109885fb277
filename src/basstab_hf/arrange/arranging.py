"""A track and what is asked for -> the track as it is then: transposed, retuned, easier or harder, in another position.

Input: a `Track` or `Tab`, an `Arrangement`. Output: `Arranged`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from basstab_hf.arrange.difficulty import HIGHEST_FRETS, at_level
from basstab_hf.arrange.piece import read_piece, write_piece
from basstab_hf.arrange.placing import Wish, place
from basstab_hf.arrange.request import FRETS, OPEN, Arrangement
from basstab_hf.arrange.retune import in_tuning, keeping_frets, transpose, with_capo, within_reach
from basstab_hf.formats.track import Track
from basstab_hf.rhythm.beat_grid import guess_columns_per_beat
from basstab_hf.tab.marks import MAX_FRET
from basstab_hf.tab.values import Tab


@dataclass(frozen=True, slots=True)
class Arranged:
    """A track with all that stood beside it where it still holds; `remarks` tell what moved, and what is left out."""

    track: Track
    remarks: tuple[str, ...] = ()

    @property
    def tab(self) -> Tab:
        return self.track.tab


def arrange(source: Track | Tab, wanted: Arrangement) -> Arranged:
    """Arrange a track, or a tab whose grid is guessed.

    Onsets stay, and so do pitches, unless something else is asked for or a note is out of reach, which is told.

    Raises:
        InputError: a tab without bars; frets to be kept on strings that there are not; notes that no grid has room for.
    """
    piece = read_piece(_track(source) if isinstance(source, Tab) else source)
    if wanted.keep == FRETS and wanted.tuning is not None:
        piece = keeping_frets(piece, wanted.tuning)
    else:
        piece = transpose(piece, wanted.transpose)
        piece = in_tuning(piece, wanted.tuning)
        piece = within_reach(with_capo(piece, wanted.capo))
    if wanted.difficulty is not None:
        piece = at_level(piece, wanted.difficulty)
    if wanted.keep != FRETS:
        piece = place(piece, _wish(wanted))
    track = write_piece(piece)
    return Arranged(replace(track, remarks=()), track.remarks)


def _wish(wanted: Arrangement) -> Wish:
    level = wanted.difficulty
    easy = level == 1 and not wanted.position
    return Wish(
        hand=1 if easy else wanted.hand,
        open_strings=wanted.position == OPEN,
        stays=not easy and wanted.hand is None,
        max_fret=MAX_FRET if level is None else HIGHEST_FRETS[level],
    )


def _track(tab: Tab) -> Track:
    grid = guess_columns_per_beat(tab)
    return Track(tab, "", None, "", (), grid.columns_per_beat, grid.reason, confidence=grid.confidence)
