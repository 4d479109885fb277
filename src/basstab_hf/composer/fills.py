"""What happens in the last bar of a phrase: a lead into the next chord, a fill, a stop, a rest.

Input: the cell of the bar as it would be. Output: the cell that stands there instead.
"""

from __future__ import annotations

from basstab_hf.composer.chance import Chance
from basstab_hf.composer.style import Style


def ending(cell: str, how: str, style: Style, chance: Chance) -> str:
    """A cell with the ending that is asked for, a name of `style.ENDS`."""
    match how:
        case "lead":
            return lead(cell)
        case "turn":
            return turn(cell)
        case "fill":
            fill = chance.draw(style.fills)
            return cell[: len(cell) - len(fill)] + fill
        case "stop":
            return stop(cell, style.beat, chance)
        case "rest":
            return "." * len(cell)
    return cell


def lead(cell: str) -> str:
    """The last note leads into the next chord; a bar of one note gets one on its last beat."""
    places = onsets(cell)
    if len(places) < 2:
        last = len(cell) - len(cell) // 4
        return cell[:last] + ">" + cell[last + 1 :] if places and places[0] < last else cell
    return cell[: places[-1]] + ">" + cell[places[-1] + 1 :]


def turn(cell: str) -> str:
    """The last two notes walk to the next chord."""
    places = onsets(cell)
    if len(places) < 3:
        return lead(cell)
    walked = list(cell)
    walked[places[-2]], walked[places[-1]] = ("u", ">")
    return "".join(walked)


def stop(cell: str, beat: int, chance: Chance) -> str:
    """Only the first beat, or the first half, is played."""
    end = beat if chance.of(0.5) else len(cell) // 2
    kept = cell[:end] if onsets(cell[:end]) else "R" + "." * (end - 1)
    return kept + "." * (len(cell) - end)


def onsets(cell: str) -> list[int]:
    """The steps at which a note starts."""
    return [step for step, mark in enumerate(cell) if mark != "."]
