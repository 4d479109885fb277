"""Chords and the form of a song, without its notes.

names   names of keys and chords -> pitch classes
bars    the chords of a bar as text, "Dm7 G7" or "C . . G" <-> chords at their places
keys    chords -> the key that they stand in
values  frozen values: Chart > Section > ChartBar > PlacedChord
"""
