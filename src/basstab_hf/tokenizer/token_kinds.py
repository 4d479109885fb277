"""What a token is: learns a vocabulary of one kind from column texts and builds the `tokenizers` pipeline for it.

    column   one column
    note     an event: a column with something in it, the columns that belong to it (a fret's second digit, technique
             marks) and the empty ones behind it, which are its length; empty columns alone are a rest
    riff     columns that often stand together inside a bar, learnt as BPE merges over columns (Sennrich et al. 2016)

Tuning words, bar lines and `<END>` are tokens of their own in every kind. All kinds are one BPE model whose tokens are
pieces of column text, so joining tokens is decoding. A known piece is one id; an unseen one falls back to what is known
of it: an event to its head and its length, these to columns, a column to its characters, a character to its bytes.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from basstab_hf.tab.columns import END, STRINGS, is_bar_line, is_empty, systems
from basstab_hf.tab.marks import BEHIND, CLOSING, DIGITS, SECOND_DIGITS, any_of
from basstab_hf.tokenizer.control_words import BOS, RESERVED, UNK

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Printable ASCII, and the bytes of everything else printable. A line break is none of them: a raw tab that reaches the
#: stock class by mistake shows `<unk>` instead of passing as wrong ids.
ALPHABET = " " + "".join(sorted(set(string.printable) - set(string.whitespace)))
_BYTES = [f"<0x{byte:02X}>" for byte in (*range(0x80, 0xC0), *range(0xC2, 0xF5))]
#: The most events and merges that a vocabulary gets, the most frequent first: it keeps tokenizer.json below 200 kB.
MAX_EVENTS = 1500
MAX_MERGES = 750
#: Empty columns in a row that can be one token where the event before them is unseen.
_MAX_RUN = 31
_PRIVATE_USE = 0xF0000
_RESERVED = frozenset(RESERVED)

_CLOSED = r"(?![^ ])"  # the end of a word
_TUNING_OR_END = rf" (?:(?:[A-G][#b]?){{{STRINGS.start},{STRINGS.stop - 1}}}|{END}){_CLOSED}"
_ALONE = re.compile(_TUNING_OR_END)
# What may stand behind a fret's last digit and still be part of its note, and what a note may open with.
_MARKS, _OPENING = any_of(BEHIND), any_of(CLOSING)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens in the order of their ids, and the merges that build long tokens from short ones, the first first."""

    tokens: Sequence[str]
    merges: Sequence[tuple[str, str]] = ()


def learn(texts: Iterable[str], kind: str, min_count: int) -> Tokenizer:
    """A `tokenizers` pipeline of that kind.

    Args:
        texts: column text of pieces, as a dataset's `columns` holds it; reserved words in it do not count.
        kind: one of `KINDS`.
        min_count: pieces seen less often are spelt in smaller ones; tuning words are always kept.
    """
    texts = [" ".join(word for word in text.split() if word not in _RESERVED) for text in texts]
    counts = Counter(word for text in texts for word in text.split())
    own = {END} | {system[0] for text in texts for system in systems(text.split()) if system}
    kept = [word for word in counts if counts[word] >= min_count or word in own]
    words = [f" {word}" for word in sorted(kept, key=lambda word: (-counts[word], word))]
    columns = [word for word in words if word[1:] not in own]
    # Words first: Python keeps the integers up to 256 ready made, which makes lists of ids twice as fast.
    base = Vocabulary([*RESERVED, *words, f" {END}", *ALPHABET, *_BYTES])
    more = _KINDS[kind].more(texts, columns, min_count)
    if more is None:
        return _backend(base, kind)
    spelling = _spelling(columns)
    tokens = [*base.tokens, *more.tokens, *map("".join, spelling)]
    return _backend(Vocabulary(tokens, [*spelling, *more.merges]), kind)


def pattern(kind: str) -> str:
    """The regular expression of the pieces into which column text is cut; the rest falls to single words."""
    inside = _KINDS[kind].inside
    if inside is None:
        return " ?[^ ]+"
    bar_lines = [rf" \|{{{n}}}{_CLOSED}" for n in STRINGS]
    return "|".join([_TUNING_OR_END, *bar_lines, *map(inside, STRINGS), " ?[^ ]+"])


def has_parts(kind: str) -> bool:
    """Whether no token of a kind goes on behind its empty columns, so that bars can be read in parts."""
    return _KINDS[kind].parts


def is_cut_alone(word: str) -> bool:
    """Whether a word is a token of its own in every kind wherever it stands."""
    return is_bar_line(word) or _ALONE.fullmatch(f" {word}") is not None


def _bar(n: int) -> str:
    """Columns of n strings up to a bar line or the end of the system."""
    return rf"(?: (?!\|{{{n}}}{_CLOSED}|{END})[^ ]{{{n}}}{_CLOSED})++"


def _event(n: int) -> str:
    """An event on n strings, or a rest: n characters lie between two columns' marks on the same string."""
    something = rf" (?!(?:-{{{n}}}|\|{{{n}}}|{END}){_CLOSED})"
    digit = "|".join(_second_digits(n))
    opening = rf"(?:{something}[-{_OPENING}]{{{n}}}{_CLOSED})?"
    head = rf"{something}[^ ]{{{n}}}{_CLOSED}"
    second = rf"(?:{something}(?:{digit}|[-{_MARKS}]){{{n}}}{_CLOSED})?"
    behind = rf"(?:{something}[-{_MARKS}]{{{n}}}{_CLOSED})*+"
    empty = rf"(?: -{{{n}}}{_CLOSED})"
    return rf"{opening}{head}{second}{behind}{empty}*+|{empty}++"


def _second_digits(n: int) -> Iterator[str]:
    """The second digit of a fret, by the rules of `marks.split_frets`: of a digit that is repeated, none."""
    for first, second in SECOND_DIGITS.items():
        behind = rf"(?<={first}.{{{n}}})"
        yield f"{behind}[{_ranges(second.replace(first, ''))}]"
        if first in second:
            yield rf"{behind}{first}(?!.{{{n}}}{first})(?<!{first}.{{{n}}}{first}.{{{n}}}{first})"


def _ranges(digits: str) -> str:
    """Digits as a regular expression's class has them: "023456789" -> "02-9"."""
    runs = "".join(digit if digit in digits else " " for digit in DIGITS).split()
    return "".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else run for run in runs)


def _events(texts: Iterable[str], columns: Sequence[str], min_count: int) -> Vocabulary:
    """Events as tokens; heads and lengths as merges of columns, for events that are not among them."""
    from tokenizers import Regex, pre_tokenizers

    cut = pre_tokenizers.Split(Regex(pattern("note")), "isolated")
    spans = Counter(span for text in texts for span, _ in cut.pre_tokenize_str(f" {text}"))
    frequent = [span for span, count in spans.items() if count >= min_count and " " in span[1:]]
    events = sorted(frequent, key=lambda span: (-spans[span], span))[:MAX_EVENTS]
    heads = [pair for event in events for pair in _head_merges(event)]
    empties = [column for column in columns if is_empty(column[1:])]
    merges = list(dict.fromkeys([*heads, *(pair for empty in empties for pair in _run_merges(empty))]))
    return Vocabulary([*events, *map("".join, merges)], merges)


def _head_merges(event: str) -> Iterator[tuple[str, str]]:
    """Merges that build an event's head, column by column from the left."""
    built = ""
    for column in _split(event):
        if is_empty(column[1:]):
            return
        if built:
            yield built, column
        built += column


def _run_merges(empty: str) -> list[tuple[str, str]]:
    """Merges by which any run of empty columns becomes one token: powers of two first, then sums of falling powers."""
    powers = [1 << place for place in range(_MAX_RUN.bit_length())]
    sums = [
        (length - low, low)
        for low in reversed(powers)
        for length in range(low, _MAX_RUN + 1)
        if length & -length == low
    ]
    pairs = [(half, half) for half in powers[:-1]] + [pair for pair in sums if pair[0]]
    return [(empty * left, empty * right) for left, right in pairs]


def _riffs(texts: Iterable[str], columns: Sequence[str], min_count: int) -> Vocabulary:
    """Merges learnt over columns inside bars: each column is a character of the private use area while learning."""
    from tokenizers import Tokenizer, models, trainers

    symbols = {column[1:]: chr(_PRIVATE_USE + place) for place, column in enumerate(columns)}
    trainer = trainers.BpeTrainer(
        vocab_size=len(columns) + MAX_MERGES,
        min_frequency=max(min_count, 2),
        show_progress=False,
        initial_alphabet=list(symbols.values()),
    )
    learner = Tokenizer(models.BPE())
    learner.train_from_iterator((run for text in texts for run in _runs(text, symbols)), trainer)
    merges = [
        (
            "".join(columns[ord(symbol) - _PRIVATE_USE] for symbol in left),
            "".join(columns[ord(symbol) - _PRIVATE_USE] for symbol in right),
        )
        for left, right in json.loads(learner.to_str())["model"]["merges"]
    ]
    return Vocabulary([*map("".join, merges)], merges)


def _runs(text: str, symbols: Mapping[str, str]) -> list[str]:
    """Symbols of the columns between bar lines, tuning words, '<END>' and columns that have no symbol."""
    return "".join(" " if is_bar_line(word) else symbols.get(word, " ") for word in text.split()).split()


def _spelling(columns: Iterable[str]) -> list[tuple[str, str]]:
    """Merges that build each column from its characters, from the left."""
    return list(dict.fromkeys((column[:place], column[place]) for column in columns for place in range(1, len(column))))


def _split(span: str) -> list[str]:
    """Words of a piece of column text, each with the blank before it."""
    return [f" {word}" for word in span.split()]


def _backend(vocabulary: Vocabulary, kind: str) -> Tokenizer:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    ids = {token: place for place, token in enumerate(dict.fromkeys(vocabulary.tokens))}
    model = models.BPE(ids, list(vocabulary.merges), ignore_merges=True, byte_fallback=True, unk_token=UNK)
    backend = Tokenizer(model)
    backend.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in RESERVED])
    # Every word carries the blank before it; around a special token, which is cut out first, blanks do not matter.
    backend.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.Prepend(" ")])
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(pattern(kind)), "isolated")
    special_word = decoders.Replace(Regex("^<(?=[a-z_]+[:>])"), " <")
    backend.decoder = decoders.Sequence([special_word, decoders.ByteFallback(), decoders.Fuse()])
    backend.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, ids[BOS])])
    return backend


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the words of a bar become tokens.

    Attributes:
        more: texts, columns and `min_count` -> tokens and merges besides columns; None: there are none.
        inside: the regular expression of a token on so many strings; None: tokens are single words.
        parts: no token holds something behind an empty column.
    """

    more: Callable[[Sequence[str], Sequence[str], int], Vocabulary | None]
    inside: Callable[[int], str] | None = None
    parts: bool = False


_KINDS = {
    "column": _Kind(lambda texts, columns, min_count: None),
    "note": _Kind(_events, _event, parts=True),
    "riff": _Kind(_riffs, _bar),
}
KINDS = tuple(_KINDS)
