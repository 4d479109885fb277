"""The reserved words of the vocabulary: special tokens, fill-in-the-middle, controls, spare ones. Stdlib only.

A chord is spelt in one to three words, `<root:A> <quality:m> <bass:G>` (`generate.chord_words` has the rule), which
stand behind the bar line in front of their bar. Behind a bar line that ends a system stand those of the next system's
first bar, and behind that one's bar line once more: they follow from the bar, not from where lines are broken.

A control word stands in column text in front of a system's tuning word, `<density:low> <key:Em> GDAE ||||`, and in a
raw tab on a line of its own above a system. All reserved words are special tokens: left out where these are skipped,
never written by the grammar, without a label in training.

Ids and formats. Ids 0 to 61 are the same words in every tokenizer. Format 2 ends there. Format 3 goes on with `SPARE`
ids more, for the words of controls that came later (`control_table`), the rest `<control:0>`, `<control:1>` ..., which
nobody reads or writes. A later word stands in tokenizer.json itself in the place of a spare one: there is no other map,
so that stock classes, the page in the browser and the engines read it as it is. Which of the spare ids a later word has
is up to each tokenizer: whoever wants an id asks the tokenizer for the word. So:

* a tokenizer of today or of format 2 loads in every later version, and lacks later words: a model of it cannot be asked
  for them, training on it leaves them out, and text that holds them is refused;
* a tokenizer with later words loads where these are known; an older version refuses it (`refusal`), since it would take
  them for columns: `<style:rock>` at id 62 is "a word that this version does not know".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from basstab_hf.tab.marks import KEY_NAMES
from basstab_hf.tokenizer.control_table import TABLE

#: Version of a saved tokenizer: of its layout, and of the words here and their ids; and those that can be read.
FORMAT, FORMATS = 3, (2, 3)
#: Ids for words to come. The chord of a bar takes 13 roots, 15 qualities and 12 basses; styles take 22, tempo 6: 68,
#: and 60 to spare.
SPARE = 128

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"
#: In the order of Bavarian et al. 2022: prefix, suffix, then the middle that is to be written.
FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX = "<fim_prefix>", "<fim_middle>", "<fim_suffix>"

#: Of which parts, each at most once, a saved tokenizer's normaliser and so on are made, and how long they may be.
_PARTS = {
    "normalizer": (("Sequence", "Strip", "Prepend"), 300),
    "pre_tokenizer": (("Split",), 20_000),
    "decoder": (("Sequence", "Replace", "ByteFallback", "Fuse"), 300),
}
_TYPE = re.compile(r'"type":"(\w+)"')
#: Bytes of a tokenizer.json: one of 2,500 tokens has 206,000.
MAX_FILE = 100_000_000

#: What a tab can be asked for: name and values of each control.
CONTROLS: dict[str, tuple[str, ...]] = {control.name: control.values for control in TABLE}
# Of how many values the words stand at ids 7 to 61.
_FIRST = {"density": 3, "register": 3, "technique": 13, "key": 24, "metre": 12}


def control_word(name: str, value: str) -> str:
    """The word for one control: ("key", "Em") -> "<key:Em>".

    Raises:
        KeyError: no control of that name and value.
    """
    if value not in CONTROLS[name]:
        raise KeyError(f"{name} {value}: there are {', '.join(CONTROLS[name])}")
    return f"<{name}:{value}>"


#: All words of all controls, in the order in which they stand in front of a tab.
CONTROL_WORDS = tuple(control_word(name, value) for name, values in CONTROLS.items() for value in values)
#: What chords are spelt in: every pitch class has one name, and a major triad is its root alone; "none" is no chord.
CHORD_PARTS: dict[str, tuple[str, ...]] = {
    "root": (*KEY_NAMES, "none"),
    "quality": (
        *("m", "7", "maj7", "m7", "5", "6", "m6", "mmaj7", "m7b5", "dim", "dim7", "aug"),
        *("sus2", "sus4", "7sus4"),
    ),
    "bass": KEY_NAMES,
}


def chord_part(part: str, value: str) -> str:
    """The word for one part of a chord: ("quality", "m7") -> "<quality:m7>"."""
    return f"<{part}:{value}>"


CHORD_WORDS = tuple(chord_part(part, value) for part, values in CHORD_PARTS.items() for value in values)
_first_words = tuple(control_word(name, value) for name, n in _FIRST.items() for value in CONTROLS[name][:n])
_later_words = (*(word for word in CONTROL_WORDS if word not in _first_words), *CHORD_WORDS)
_spare_words = tuple(f"<control:{place}>" for place in range(SPARE))
_FORMAT_2 = (PAD, BOS, EOS, UNK, FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX, *_first_words)
#: The first words of a new tokenizer, by id.
RESERVED = (*_FORMAT_2, *_later_words, *_spare_words[len(_later_words) :])
#: How many reserved words every tokenizer has, whatever its format.
LEAST_RESERVED = len(_FORMAT_2)
# How many words a tokenizer of each format begins with.
_SIZES = {2: len(_FORMAT_2), 3: len(_FORMAT_2) + SPARE}
_KNOWN = frozenset((*_later_words, *_spare_words))
_UPDATE = "update with `pip install -U basstab-hf`"
_ANEW = "make it anew with `basstab tokenizer DATASET --out DIR`, and train with that"
_READS = f"this version reads format {' or '.join(map(str, FORMATS))}"


def refusal(found: object, tokens: Sequence[str | None]) -> str:
    """What is wrong with a tokenizer that says it is of format `found`; "" where this version can read it.

    Args:
        tokens: its tokens by id, all of them or at least the first `len(RESERVED)`.
    """
    if isinstance(found, int) and found > FORMAT:
        return f"is of format {found}; {_READS}: {_UPDATE}"
    if not found or tuple(tokens[: len(_FORMAT_2)]) != _FORMAT_2:
        return f"is not of basstab_hf, or older than its format 2; {_READS}: {_ANEW}"
    if found not in FORMATS:
        return f"is of format {found}; {_READS}: {_ANEW}"
    for token in tokens[len(_FORMAT_2) : _SIZES[found]]:
        if token not in _KNOWN:
            return f"has the control {token}, which this version does not know: {_UPDATE}"
    return ""


def foreign_part(backend: Any) -> str:
    """What a `tokenizers.Tokenizer` does to text that none of this package does; "" where there is nothing.

    Thirty replacements that each double a text need eight gigabytes for it.
    """
    parts = {name: getattr(backend, name) for name in _PARTS}
    return _foreign({name: part.__getstate__().decode() for name, part in parts.items() if part is not None})


def foreign_file(content: bytes) -> str:
    """The same of a tokenizer.json, which is asked before `tokenizers` reads it: some parts make that panic.

    So do ids of the vocabulary that are missing, or there twice.
    """
    if len(content) > MAX_FILE:
        return f"has more than {MAX_FILE:,} bytes; {_ANEW}"
    try:
        document = json.loads(content)
        model = document["model"]
        ids = dict(model["vocab"]) | {token["content"]: token["id"] for token in document.get("added_tokens") or ()}
        kind = str(model.get("type"))
        texts = {name: json.dumps(document.get(name), separators=(",", ":")) for name in _PARTS}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return f"cannot be read: {type(error).__name__} {str(error)[:80]}; {_ANEW}"
    if kind != "BPE":
        return f"is not of basstab_hf: its model is {kind[:20]}, not BPE; {_ANEW}"
    if any(type(place) is not int for place in ids.values()) or sorted(ids.values()) != list(range(len(ids))):
        return f"has ids that are missing or there twice among its {len(ids)} tokens; {_ANEW}"
    return _foreign(texts)


def _foreign(parts: Mapping[str, str]) -> str:
    """What is foreign in the parts of a tokenizer, as JSON without blanks."""
    for name, written in parts.items():
        types, most = _PARTS[name]
        found = _TYPE.findall(written)
        if other := next((kind for kind in found if kind not in types or found.count(kind) > 1), None):
            return f"has a {name} of its own ({other}), which no tokenizer of basstab_hf has; {_ANEW}"
        if len(written) > most:
            return f"has a {name} of {len(written)} characters, up to {most} are read; {_ANEW}"
    return ""


def reserved_count(tokens: Sequence[str]) -> int:
    """How many reserved words, from id 0 on, a tokenizer with these tokens has."""
    known = _KNOWN.union(_FORMAT_2)
    return next((place for place, token in enumerate(tokens) if token not in known), len(tokens))
