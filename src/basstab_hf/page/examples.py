"""Prompts to begin with, in different styles, written for this page. Output: `EXAMPLES`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """Two bars of a style, with what suits them."""

    name: str
    prompt: str
    key: str = ""
    chords: str = ""
    tempo: int = 100
    style: str = ""


EXAMPLES = (
    Example(
        "Rock in eighths",
        """\
G|-----------------|-----------------|
D|-----------------|-----------------|
A|-----------------|---------3-3-2-2-|
E|-0-0-0-0-3-3-3-3-|-5-5-5-5---------|
""",
        key="Em",
        chords="Em Am C G",
        tempo=132,
        style="rock",
    ),
    Example(
        "Walking blues",
        """\
G|-----------------|-----------------|
D|-------------2---|---------5---4---|
A|-----2---4-------|-2---4-----------|
E|-3---------------|-----------------|
""",
        key="G",
        chords="G7 C7 G7 D7",
        tempo=116,
        style="walking",
    ),
    Example(
        "Slow reggae",
        """\
G|-----------------|-----------------|
D|-----------------|-----------------|
A|-0---0-3-----2-0-|-----------------|
E|-----------------|-3---3-------2-0-|
""",
        key="Am",
        chords="Am G",
        tempo=76,
        style="reggae",
    ),
    Example(
        "Funk in sixteenths",
        """\
G|-----------------|-----------------|
D|-----------5-7---|-----------5---7-|
A|-5-5---5-x-----x-|-5-5---5-x---x---|
E|-----------------|-----------------|
""",
        key="Dm",
        tempo=98,
        style="funk",
    ),
    Example(
        "Drop D",
        """\
G|-----------------|-----------------|
D|-----------------|---------------0-|
A|-----------------|-------------3---|
D|-0-0-5-3-0-0-6-5-|-0-0-5-3-0-0-----|
""",
        key="Dm",
        tempo=112,
        style="metal",
    ),
    Example(
        "Waltz",
        """\
G|-------------|-------------|
D|-----2---2---|-----0---0---|
A|-0-----------|-------------|
E|-------------|-3-----------|
""",
        key="Am",
        chords="Am G F E7",
        tempo=140,
        style="waltz",
    ),
)
