"""Rules written by us -> whole songs of bass lines: the source `composed` of a dataset. Nobody's music is in it.

song          a seed and a number -> a `Song`
style         the files in styles/, one a style, which a musician can write (docs/composer.md)
plan, form    the sections of a song, and what they are made of
harmony       numerals in a key -> chords
line, fills   chords and cells -> the notes of each bar
fretboard     pitches -> strings and frets
articulation  hammer-ons, slides, dead notes
grids         the grids that people write in
part          a line in a style over chords that somebody gives: what a model follows that is asked for a style
writing       bars -> systems in such a grid
chance        choices that fall alike on every machine
"""

from __future__ import annotations

from basstab_hf.composer.song import Song, compose
from basstab_hf.composer.style import names as style_names

__all__ = ["Song", "compose", "style_names"]
