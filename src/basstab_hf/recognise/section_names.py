"""Headings -> the name of the section that they begin: "Verse 1" for "[Verse 1]   x4", "Riff" for {start_of_tab: Riff}.

Input: a line of text. Output: a name, or None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from basstab_hf.recognise.instrument_words import BASS, DRUMS, GUITAR, OTHER
from basstab_hf.tab.names import is_stated

_REPEAT = re.compile(
    r"(?<![\w.])[xX]\s?(\d{1,2})(?![\w:])|(?<![\w.:])(\d{1,2})\s?[xX](?!\w)|(?<![\w.:])(\d{1,2})\s+times\b"
    r"|\brepeat\s+(\d{1,2})\b",
    re.IGNORECASE,
)
_WORDS = (
    # English
    r"intro|verse|(?:pre|post|after)[- ]?chorus|chorus|bridge|outro|solo|riff|interlude|break(?:down)?|ending|coda"
    r"|fill|refrain|hook|instrumental|part|section|middle|main|vamp|turnaround|tag|groove|theme|head|build[- ]?up"
    r"|opening"
    # Spanish, Portuguese, Italian, French
    r"|introducción|introdução|introduzione|introduction|estrofa|estribillo|pre-?estribillo|coro|verso|puente|interludio"
    r"|interlúdio|refrão|pré-?refrão|estrofe|ponte|parte|strofa|ritornello|couplet|pré-?refrain|pont"
    # German, Dutch, Swedish, Norwegian, Danish, Finnish, Polish, Czech, Hungarian, Turkish
    r"|strophe|vers|kehrreim|brücke|zwischenspiel|vorspiel|nachspiel|schluss|refrein|tussenspel|brug|refräng"
    r"|mellanspel|mellomspill|omkvæd|refreng|säkeistö|kertosäe|välisoitto|zwrotka|refren|wstęp|zakończenie|przejście"
    r"|sloka|refrén|předehra|mezihra|dohra|versszak|refré[nm]|nakarat|kıta|köprü"
    # Russian, Ukrainian, Greek
    r"|вступление|куплет|припев|предприпев|проигрыш|соло|бридж|мост|кода|концовка|интро|аутро|вступ|приспів|програш"
    r"|εισαγωγή|κουπλέ|ρεφρέν|γέφυρα"
)
_NAME = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)
#: Words of scripts without blanks, a number or letter beside them.
_UNSPACED = re.compile(
    "[A-DＡ-Ｄ]?[メﾒ]ロ|イントロ|アウトロ|(?:大|ラスト)?サビ|ギターソロ|ベースソロ|ソロ|リフ|ブリッジ|エンディング|[前間后後][奏]|间奏"
    "|主歌|副歌|尾奏|桥段|橋段|전주|간주|후주|후렴|브릿지|벌스|인트로|아웃트로"
)
_BRACKETED = re.compile(r"\s*(?:\[([^\[\]]{1,60})\]|<([^<>]{1,60})>|#{2,6}\s+(\S.{0,80}))")
_DIRECTIVE = re.compile(
    r"\s*\{\s*(?:(?:start_of_|so)(?P<part>[a-z]{1,12})|(?P<comment>c|ci|cb|comment(?:_italic|_box)?|highlight))"
    r"\s*(?::\s*(?:label=)?(?P<name>[^{}]{0,80}))?\}",
    re.IGNORECASE,
)
#: What ChordPro's parts are called where they have no name of their own; its tabs and grids are no sections.
_PARTS = {"verse": "Verse", "v": "Verse", "chorus": "Chorus", "c": "Chorus", "bridge": "Bridge", "b": "Bridge"}
_PIECE = re.compile(r"\S++(?>(?:\s{1,2}\S++)*)")
_PLAYING = re.compile(r"(?:repeat|play|same|see|then|like|as)\b", re.IGNORECASE)
_COLON = re.compile(r"(?<=\w):(?=\s|$)")
#: A heading in a language that is not known: up to three words and a colon, directly above a system.
_UNKNOWN = re.compile(r"\s*(?P<name>[^\W\d_][\w'’.-]{2,}(?: [\w'’.-]{1,20}){0,2})\s*[:：]\s*")
_NO_SECTION = re.compile(
    rf"(?:{BASS}|{GUITAR}|{DRUMS}|{OTHER}|tun(?:e|ed|ing)|tempo|key|capo|notes?|legend|chords?|tabs?|tabbed|bpm|time"
    r"|count|strings?|title|artist|album|song|author|date|year|by|from|written|music|words|afinación|afinação|stimmung"
    r"|accordage|строй|настройка|subject)",
    re.IGNORECASE,
)
_LONGEST_HEADING = 200  # characters
_NEAR = 4  # columns that a heading may begin right of its system


@lru_cache(maxsize=256)
def section_name(line: str, column: int = 0) -> str | None:
    """The name that a heading gives; None for other lines.

    Of headings side by side ("Riff 1      Riff 2") the last one that begins at or before `column` counts.
    """
    if "--" in line or len(line) > _LONGEST_HEADING:
        return None
    if ":" in line and is_stated(line):
        return None
    if "{" in line and (directive := _DIRECTIVE.match(line)):
        return _directive_name(directive)
    name = None
    for match in _PIECE.finditer(line):
        found = _piece_name(match[0])
        if found and (name is None or match.start() <= column + _NEAR):
            name = found
    return name


def unknown_name(line: str) -> str | None:
    """The name that a line directly above a system gives it, though no word in it is known: "Säkeistö 2:"."""
    found = _UNKNOWN.fullmatch(line) if len(line) <= _LONGEST_HEADING else None
    if found is None or any(_NO_SECTION.fullmatch(word) for word in found["name"].split()):
        return None
    return found["name"]


def repeat_in(text: str) -> int | None:
    """The count in a text: 4 for "x4", "(4x)", "play 4 times"."""
    match = _REPEAT.search(text) if _may_repeat(text) else None
    return int(match[1] or match[2] or match[3] or match[4]) if match is not None else None


def without_repeat(text: str) -> str:
    """A text with blanks where it has a count."""
    return _REPEAT.sub(lambda match: " " * len(match[0]), text) if _may_repeat(text) else text


def _may_repeat(text: str) -> bool:
    """Whether a search is worth its time, which few lines of a page are."""
    lower = text.lower()
    return "x" in lower or "times" in lower or "repeat" in lower


def _directive_name(directive: re.Match[str]) -> str | None:
    name = (directive["name"] or "").strip().strip('"')
    if directive["comment"]:
        return _piece_name(name) if name else None
    return _bare(name) if name else _PARTS.get(directive["part"].lower())


def _piece_name(text: str) -> str | None:
    bracketed = _BRACKETED.match(text)
    if bracketed is not None:
        return _bare(bracketed[1] or bracketed[2] or bracketed[3])
    named = _NAME.search(text) or (None if text.isascii() else _UNSPACED.search(text))
    if named is None or len(text.split()) > 6 or text[-1] in ",;!?" or _PLAYING.match(text):
        return None
    return _bare(_COLON.split(text)[0])


def _bare(text: str) -> str | None:
    if _may_repeat(text):
        text = _REPEAT.sub("", text)
    text = text.strip(" \t.:：-=*#[]|【】「」")
    return text.strip("() ") if text.count("(") != text.count(")") else text or None
