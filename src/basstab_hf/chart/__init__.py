"""Chords and the form of a song, without its notes: charts as musicians write them.

names          names of keys and chords -> pitch classes
bars           the chords of a bar as text, "Dm7 G7" or "C . . G" <-> chords at their places
keys           chords -> the key that they stand in
values         frozen values: Chart > Section > ChartBar > PlacedChord
reading        text of any notation -> a Chart: the one way in
text           plain text: headings, sections, rows of chords, with or without words below
rows           a row of chords, with or without bar lines
headings       lines that are no chords: "Key: Em", "[Verse, style=reggae]"
beats          how the words of a bar share its beats
chordpro       ChordPro: directives, chords in lyrics, grids
ireal_links    links and pages of iReal Pro -> its songs, unscrambled
ireal          a song of iReal Pro
written        bars as they are written, with their signs, and what reading knows
unrolling      repeats, endings and jumps -> bars as they are played
transposing    a chart some semitones higher
rendering      a Chart -> plain text that reads back
"""
