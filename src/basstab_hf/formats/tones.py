"""How a bass is played: names and General MIDI programs. A module of its own, so that help texts need not load more."""

#: General MIDI programs, counted from 0, by how the bass is played.
TONES = {"finger": 33, "pick": 34, "slap": 36, "fretless": 35}
