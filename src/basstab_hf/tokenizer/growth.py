"""A tokenizer that keeps all its ids and gets new ones behind them, for the pieces that other songs need.

Input: a tokenizer and column texts. Output: the tokenizer grown, and how the old one spells what is new.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.tokenizer.token_kinds import KINDS, learn, pattern
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


def grown(tokenizer: BassTabTokenizer, texts: Sequence[str], min_count: int) -> BassTabTokenizer:
    """The tokenizer with what `token_kinds.learn` would make tokens of in these texts, behind its own tokens.

    Text that it had whole tokens for is read as before. A tokenizer that cuts texts in another way than this version
    stays as it is.
    """
    from tokenizers import Tokenizer

    saved = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = next((kind for kind in KINDS if _pattern(saved) == pattern(kind)), None)
    if kind is None:
        return tokenizer
    model, new = saved["model"], json.loads(learn(texts, kind, min_count).to_str())["model"]
    known = model["vocab"]
    tokens = [token for token in sorted(new["vocab"], key=new["vocab"].get) if token not in {*known, *RESERVED}]
    known |= {token: place for place, token in enumerate(tokens, start=len(tokenizer))}
    there = set(map(tuple, model["merges"]))
    model["merges"] += [merge for merge in new["merges"] if tuple(merge) not in there]
    options = {name: value for name, value in tokenizer.init_kwargs.items() if name != "tokenizer_file"}
    options |= {"basstab_kind": kind, "chat_template": tokenizer.chat_template}
    return BassTabTokenizer(tokenizer_object=Tokenizer.from_str(json.dumps(saved)), **options)


def spelt(old: BassTabTokenizer, new: BassTabTokenizer) -> list[list[int]]:
    """The ids by which `old` spells each token that `new`, grown from it, has besides."""
    tokens = new.convert_ids_to_tokens(range(len(old), len(new)))
    backend = old.backend_tokenizer
    return [backend.encode(token, add_special_tokens=False).ids for token in tokens]


def _pattern(saved: dict[str, dict[str, dict[str, str]]]) -> str | None:
    """By which regular expression a saved pipeline cuts texts."""
    return ((saved.get("pre_tokenizer") or {}).get("pattern") or {}).get("Regex")
