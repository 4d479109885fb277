"""The part of `tokenizers` that writing needs, in Python: tokenizer.json of this package's kinds -> ids and text.

What `tokenizer.token_kinds` builds is read: special tokens, blanks stripped and one put in front, one pattern that
cuts, BPE whose known pieces are whole (`ignore_merges`) and whose unknown characters fall to bytes.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# What Rust, in which the package is written, takes for blank; Python adds the separators 0x1C to 0x1F.
_BLANK = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclass(frozen=True)
class Encoding:
    """The ids of a text."""

    ids: list[int]


class _Part:
    """What a tokenizer says of one of its steps."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._about = about

    def __getstate__(self) -> bytes:
        return json.dumps(self._about, ensure_ascii=False, separators=(",", ":")).encode()


class Tokenizer:
    """A tokenizer of ours."""

    def __init__(self, about: dict[str, Any]) -> None:
        model = about["model"]
        if model["type"] != "BPE" or not model["ignore_merges"] or not model["byte_fallback"]:
            raise ValueError("the model is no BPE of whole pieces with bytes to fall back on")
        self._about = about
        self._ids: dict[str, int] = model["vocab"]
        self._ranks = {tuple(_pair(merge)): rank for rank, merge in enumerate(model["merges"])}
        self._unknown = self._ids.get(model["unk_token"])
        added = {token["content"]: token["id"] for token in about["added_tokens"]}
        self._special = {token["content"] for token in about["added_tokens"] if token["special"]}
        self._ids_of_all = {**self._ids, **added}
        self._tokens = {place: token for token, place in self._ids_of_all.items()}
        longest = sorted(added, key=len, reverse=True)
        self._added = re.compile("|".join(map(re.escape, longest)) or r"(?!)")
        self._cut = re.compile(about["pre_tokenizer"]["pattern"]["Regex"])
        self._known: dict[str, list[int]] = {}
        for name in ("normalizer", "pre_tokenizer", "decoder"):
            setattr(self, name, _Part(about[name]))

    @classmethod
    def from_buffer(cls, content: bytes) -> Tokenizer:
        """Read a tokenizer.json.

        Raises:
            ValueError: none of ours.
        """
        try:
            return cls(json.loads(content))
        except (KeyError, TypeError, AttributeError, re.error) as error:
            raise ValueError(f"no tokenizer of basstab_hf: {error!r}") from error

    def get_vocab(self) -> dict[str, int]:
        return dict(self._ids_of_all)

    def token_to_id(self, token: str) -> int | None:
        return self._ids_of_all.get(token)

    def id_to_token(self, place: int) -> str | None:
        return self._tokens.get(place)

    def encode(self, text: str, *, add_special_tokens: bool) -> Encoding:
        """Ids of column text, without anything in front.

        Raises:
            ValueError: special tokens are asked for, which nothing here adds.
        """
        if add_special_tokens:
            raise ValueError("no tokens are put in front here")
        return Encoding(list(self._encoded(text)))

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """Column text of ids; a special word opens with a blank."""
        tokens = [self._tokens[place] for place in ids if place in self._tokens]
        if skip_special_tokens:
            tokens = [token for token in tokens if token not in self._special]
        return "".join(_joined([re.sub(r"\A<(?=[a-z_]+[:>])", " <", token) for token in tokens]))

    def _encoded(self, text: str) -> Iterator[int]:
        start = 0
        for found in self._added.finditer(text):
            yield from self._plain(text[start : found.start()])
            yield self._ids_of_all[found[0]]
            start = found.end()
        yield from self._plain(text[start:])

    def _plain(self, text: str) -> Iterator[int]:
        text = text.strip(_BLANK)
        if not text:
            return
        text = f" {text}"
        start = 0
        for found in self._cut.finditer(text):
            yield from self._piece(text[start : found.start()])
            yield from self._piece(found[0])
            start = found.end()
        yield from self._piece(text[start:])

    def _piece(self, piece: str) -> Sequence[int]:
        if not piece:
            return ()
        if piece in self._ids:
            return (self._ids[piece],)
        if piece not in self._known:
            self._known[piece] = self._merged(piece)
        return self._known[piece]

    def _merged(self, piece: str) -> list[int]:
        """BPE: of all neighbours those of the lowest rank first, the leftmost of them."""
        parts = list(self._spelt(piece))
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, len(self._ranks)) for pair in itertools.pairwise(parts)]
            best = min(ranks)
            if best == len(self._ranks):
                break
            place = ranks.index(best)
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        return [self._ids[part] for part in parts]

    def _spelt(self, piece: str) -> Iterator[str]:
        """Characters as they are known: by themselves, by their bytes, or not at all.

        What is not known at all is told by the package before the next character that is, behind bytes in between.
        """
        waiting: list[str] = []
        for character in piece:
            spelt = [f"<0x{byte:02X}>" for byte in character.encode()]
            if character in self._ids:
                yield from (*waiting, character)
                waiting = []
            elif all(token in self._ids for token in spelt):
                yield from spelt
            elif self._unknown is not None:
                yield from waiting
                waiting = [self._tokens[self._unknown]]
        yield from waiting


def _pair(merge: str | list[str]) -> list[str]:
    return merge if isinstance(merge, list) else merge.split(" ")


def _joined(tokens: Sequence[str]) -> Iterator[str]:
    """Tokens with runs of bytes read as UTF-8, each byte of what is none as one sign of its own."""
    run = bytearray()
    for token in [*tokens, ""]:
        if byte := re.fullmatch(r"<0x([0-9A-F]{2})>", token):
            run += bytes.fromhex(byte[1])
            continue
        if run:
            try:
                yield run.decode()
            except UnicodeDecodeError:
                yield "�" * len(run)
            run.clear()
        yield token
