"""A model folder -> GGUF, as llama.cpp and what is built on it load it; without torch.

Input: config.json, model.safetensors, tokenizer.json. Output: one file with weights, vocabulary and who made it. It
reads and writes column words; grammar and match cache are not in it.

llama.cpp knows no pre-tokenizer like ours, so the vocabulary goes as a unigram model ("t5"): the text is cut into the
tokens that cost least together. Costs are chosen so that this is what our pipeline does: a word, or a note that the
vocabulary has, is one token; of a note that it lacks, head and length are cheaper than a shorter note and a rest.
Other words are cut into pieces that may not be ours; they are the same text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from basstab_hf import files
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.model.weights import ModelFiles, read_model
from basstab_hf.tab.columns import is_empty
from basstab_hf.tab.marks import SECOND_DIGITS
from basstab_hf.tokenizer.control_words import BOS, EOS, PAD, RESERVED, UNK

#: Where the file lies in a repository of the Hub; "F16" is what `llama-cli -hf USER/NAME:F16` looks for.
GGUF_FILE = "model-F16.gguf"
#: How GGUF writes a blank in a token.
_BLANK = "\u2581"
_PARTS = {
    "wte": "token_embd",
    "wpe": "position_embd",
    "ln_f": "output_norm",
    "lm_head": "output",
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}
#: The last message is column words to go on with: our template, which turns raw tabs into these, has filters that
#: llama.cpp lacks, and it refuses to load what it cannot read.
_CHAT = "{{ messages[-1]['content'] }}"
#: What a token costs: one that is whole, one character, and how much cheaper a note is than the tokens it is spelt in.
_WHOLE, _CHARACTER, _KNOWN = 1.0, 4.0, 0.5
#: Frets of two digits that are read first where digits of three columns touch: 1 1 7 is 11 and 7, 1 2 3 is 12 and 3.
_READ_FIRST = ("11", "12", "21", *(f"1{digit}" for digit in "03456789"), *(f"2{digit}" for digit in "034"))


class UnsuitedError(InputError):
    """llama.cpp cannot compute such a model."""


@dataclass(frozen=True, slots=True)
class About:
    """What the file says of itself; empty texts are left out."""

    name: str = ""
    author: str = ""
    licence: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()


def write_gguf(model: Path, path: Path, about: About | None = None, *, force: bool = False) -> Path:
    """Write a GGUF file, fp16 where that loses nothing of the weights, and give its path.

    Raises:
        InputError: no model folder, or no GPT-2 of ours.
        UnsuitedError: llama.cpp cannot compute it.
        MissingExtraError: gguf is not installed.
        OutputError: the file is there, or the disk refuses.
    """
    try:
        from gguf import GGUFWriter
    except ImportError as error:
        raise MissingExtraError("gguf", "gguf") from error
    loaded = read_model(model)
    if loaded.sizes.activation == "relu":
        raise UnsuitedError(f"{model} computes with relu, llama.cpp's GPT-2 with gelu: train with that to have GGUF")
    vocabulary = _Vocabulary.of_folder(model)
    if len(vocabulary.tokens) != loaded.sizes.size:
        raise InputError(f"{model}: the model has {loaded.sizes.size} tokens, tokenizer.json {len(vocabulary.tokens)}")
    with files.writing(path, force=force) as temporary:
        writer = GGUFWriter(temporary, "gpt2")
        _add_sizes(writer, loaded)
        _add_about(writer, about or About(name=model.resolve().name))
        vocabulary.add_to(writer)
        _add_advice(writer, model)
        for name, tensor in _tensors(loaded):
            writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return path


def _add_sizes(writer: Any, model: ModelFiles) -> None:
    sizes = model.sizes
    writer.add_context_length(sizes.context)
    writer.add_embedding_length(sizes.width)
    writer.add_feed_forward_length(sizes.hidden)
    writer.add_block_count(sizes.layers)
    writer.add_head_count(sizes.heads)
    writer.add_layer_norm_eps(sizes.epsilon)


def _add_about(writer: Any, about: About) -> None:
    for add, text in (
        (writer.add_name, about.name),
        (writer.add_author, about.author),
        (writer.add_license, about.licence),
        (writer.add_description, about.description),
    ):
        if text:
            add(text)
    if about.tags:
        writer.add_tags(list(about.tags))


def _add_advice(writer: Any, model: Path) -> None:
    """What of a chat is read, and how boldly to draw."""
    writer.add_chat_template(_CHAT)
    try:
        settings = json.loads((model / "generation_config.json").read_text(encoding="utf-8"))
        for add, name in ((writer.add_sampling_temp, "temperature"), (writer.add_sampling_top_p, "top_p")):
            if isinstance(settings.get(name), float):
                add(settings[name])
    except (OSError, ValueError, AttributeError):
        return  # without advice everybody draws as they like


def _tensors(model: ModelFiles) -> Iterator[tuple[str, Any]]:
    """Weights by llama.cpp's names, matrices turned to [outputs, inputs]."""
    for name, weights in model.weights.items():
        stem, _, kind = name.rpartition(".")
        _, layer, part = stem.split(".", 2) if stem.startswith("h.") else ("", "", stem)
        tensor = weights.T if layer and weights.ndim == 2 else weights
        with np.errstate(over="ignore"):
            half = tensor.astype(np.float16)
        # What is added to numbers, and not multiplied with, llama.cpp wants as float32.
        exact = tensor.ndim == 2 and part != "wpe" and np.array_equal(half.astype(np.float32), tensor)
        yield (
            f"{f'blk.{layer}.' if layer else ''}{_PARTS[part]}.{kind}",
            np.ascontiguousarray(half if exact else tensor),
        )


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Tokens by id, with what llama.cpp knows of them: kinds, and costs below 0."""

    tokens: list[str]
    kinds: list[int]
    scores: list[float]

    @classmethod
    def of_folder(cls, model: Path) -> _Vocabulary:
        from gguf import TokenType

        described = _described(model / "tokenizer.json")
        ids = described["model"]["vocab"] | {one["content"]: one["id"] for one in described["added_tokens"]}
        lengths = _spelt_lengths(described, list(ids))
        tokens = [""] * len(ids)
        kinds, scores = [int(TokenType.NORMAL)] * len(ids), [0.0] * len(ids)
        for token, place in ids.items():
            tokens[place] = token.replace(" ", _BLANK)
            if token == UNK:
                kinds[place] = int(TokenType.UNKNOWN)
            elif token in RESERVED:
                kinds[place] = int(TokenType.CONTROL)
            elif _is_byte(token):
                kinds[place] = int(TokenType.BYTE)
            else:
                scores[place] = -_cost(token, lengths[token])
        return cls(tokens, kinds, scores)

    def add_to(self, writer: Any) -> None:
        """The tokenizer that puts `<bos>` and a blank in front, as ours does."""
        writer.add_tokenizer_model("t5")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(self.tokens)
        writer.add_token_scores(self.scores)
        writer.add_token_types(self.kinds)
        for add, word in (
            (writer.add_bos_token_id, BOS),
            (writer.add_eos_token_id, EOS),
            (writer.add_pad_token_id, PAD),
            (writer.add_unk_token_id, UNK),
        ):
            add(self.tokens.index(word))
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(True)
        writer.add_remove_extra_whitespaces(True)


def _described(path: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not {"model", "added_tokens"} <= described.keys() or "vocab" not in described["model"]:
            raise ValueError("it has no vocabulary")
    except (OSError, ValueError, RecursionError, AttributeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    return described


def _spelt_lengths(described: dict[str, Any], tokens: list[str]) -> dict[str, int]:
    """In how many tokens each of several columns is spelt where it is not taken whole; a rest of any length is one."""
    from tokenizers import Tokenizer

    spelling = Tokenizer.from_str(json.dumps(described | {"model": described["model"] | {"ignore_merges": False}}))
    long = [token for token in tokens if " " in token[1:]]
    spelt = [one.tokens for one in spelling.encode_batch(long, add_special_tokens=False)]
    lengths = [sum(not _is_rest(part) for part in parts) + any(map(_is_rest, parts)) for parts in spelt]
    return dict.fromkeys(tokens, 1) | dict(zip(long, lengths, strict=True))


def _cost(token: str, spelt: int) -> float:
    if len(token) == 1:
        return _CHARACTER
    first = _first_fret(token)
    sooner = 0.01 * (len(_READ_FIRST) - _READ_FIRST.index(first)) if first else 0.0
    return (_WHOLE if spelt == 1 else spelt - _KNOWN) - sooner


def _first_fret(token: str) -> str:
    """The fret of two digits that a token begins with, "" without one."""
    columns = token.split(" ")[1:3]
    pairs = ["".join(pair) for pair in zip(*columns, strict=False)] if len(columns) == 2 else []
    return next((pair for pair in pairs if pair[1:] and pair[1] in SECOND_DIGITS.get(pair[0], "")), "")


def _is_rest(token: str) -> bool:
    return all(map(is_empty, token.split()))


def _is_byte(token: str) -> bool:
    return len(token) == 6 and token.startswith("<0x")
