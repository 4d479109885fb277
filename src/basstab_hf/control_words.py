"""The reserved words of the vocabulary: special tokens, fill-in-the-middle, and controls. Standard library only.

A control word stands in column text in front of a system's tuning word, `<density:low> <key:Em> GDAE ||||`, and in a
raw tab on a line of its own above a system. All are special tokens: left out where these are skipped, and never
written by the grammar. Their ids are their places in `RESERVED`, the same in every tokenizer.
"""

from __future__ import annotations

#: Version of a saved tokenizer: of its layout, and of the words here and their ids.
FORMAT = 2

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"
#: In the order of Bavarian et al. 2022: prefix, suffix, then the middle that is to be written.
FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX = "<fim_prefix>", "<fim_middle>", "<fim_suffix>"

#: What a tab can be asked for: name and values of each control.
CONTROLS: dict[str, tuple[str, ...]] = {
    "density": ("low", "medium", "high"),  # onsets in a bar
    "register": ("low", "middle", "high"),  # where on the neck
    "technique": (
        *("none", "hammer-on", "pull-off", "slide", "bend", "vibrato", "tie", "dead-note", "ghost-note"),
        *("harmonic", "slap", "pop", "tap"),
    ),
    "key": (
        *("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
        *("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm"),
    ),
    "metre": ("2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "3/8", "5/8", "6/8", "7/8", "9/8", "12/8"),
}


def control_word(name: str, value: str) -> str:
    """The word for one control: ("key", "Em") -> "<key:Em>".

    Raises:
        KeyError: no control of that name and value.
    """
    if value not in CONTROLS[name]:
        raise KeyError(f"{name} {value}: there are {', '.join(CONTROLS[name])}")
    return f"<{name}:{value}>"


CONTROL_WORDS = tuple(control_word(name, value) for name, values in CONTROLS.items() for value in values)
RESERVED = (PAD, BOS, EOS, UNK, FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX, *CONTROL_WORDS)
