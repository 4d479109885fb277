"""The beat-column tokenizer: tab text or column words in, ids out, and back; one id a column.

`tokenizer.json` is a BPE model without merges: a known word is one id, an unseen one falls back to its characters, so
nothing printable is lost. Stock `AutoTokenizer` reads it too, with column words in and out, and raw tabs through the
chat template; this class adds raw tabs on both sides. Of ours it imports `columns` and its error only, so that it works
as remote code.
"""

from __future__ import annotations

import json
import os
import shutil
import string
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BatchEncoding, TokenizersBackend

from .columns import END, systems, to_columns, to_text
from .errors import TabError

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"
#: The characters that an unseen word falls back to. The newline is none of them: a raw tab that reaches the stock class
#: by mistake shows `<unk>` instead of passing as wrong ids.
ALPHABET = " " + "".join(sorted(set(string.printable) - set(string.whitespace)))
#: Columns seen only once stay out of the vocabulary, so that training meets the characters they fall back to.
MIN_COUNT = 2

# What a saved tokenizer takes along so that `trust_remote_code=True` gives this class.
_REMOTE_CODE = ("tokenization_basstab.py", "columns.py", "errors.py")


class BassTabTokenizer(TokenizersBackend):  # type: ignore[misc]  # transformers is untyped here
    """Tab text or column text -> ids -> tab text.

    >>> tokenizer = BassTabTokenizer.from_column_texts(["GDAE |||| ---- --7- |||| <END>"], min_count=1)
    >>> tokenizer.tokenize("GDAE |||| --7-")
    [' GDAE', ' ||||', ' --7-']
    >>> print(tokenizer.decode(tokenizer("GDAE |||| --7- 1--- ||||")["input_ids"], skip_special_tokens=True))
    G|-1|
    D|--|
    A|7-|
    E|--|
    """

    @classmethod
    def from_column_texts(cls, texts: Iterable[str], min_count: int = MIN_COUNT) -> BassTabTokenizer:
        """Collect the vocabulary: special tokens, characters, then words, the most frequent first.

        Args:
            texts: column text of pieces, as a dataset's `columns` holds it.
            min_count: words seen less often fall back to their characters; tuning words are always kept.
        """
        counts: Counter[str] = Counter()
        tunings: set[str] = {END}
        for text in texts:
            words = text.split(" ") if text else []
            counts.update(words)
            tunings.update(system[0] for system in systems(words) if system)
        kept = [word for word, count in counts.items() if count >= min_count or word in tunings]
        kept.sort(key=lambda word: (-counts[word], word))
        tokens = dict.fromkeys([PAD, BOS, EOS, UNK, *ALPHABET, *(f" {word}" for word in kept), f" {END}"])
        template = chat_template_path().read_text(encoding="utf-8")
        return cls(
            tokenizer_object=_backend({token: place for place, token in enumerate(tokens)}),
            pad_token=PAD,
            bos_token=BOS,
            eos_token=EOS,
            unk_token=UNK,
            padding_side="left",
            clean_up_tokenization_spaces=False,
            chat_template=template,
        )

    @property
    def end_token_id(self) -> int:
        """Id of '<END>', the word that closes a system."""
        place: int = self.convert_tokens_to_ids(f" {END}")
        return place

    def _encode_plus(self, text: Any, text_pair: Any = None, **kwargs: Any) -> BatchEncoding:
        if text_pair is not None:
            raise ValueError("a tab tokenizer takes single tabs, not pairs: put both into one text")
        return super()._encode_plus(_column_text(text), **kwargs)

    def _decode(self, token_ids: Any, skip_special_tokens: bool = False, output: str = "tab", **kwargs: Any) -> str:
        text: str = super()._decode(token_ids, skip_special_tokens=skip_special_tokens, **kwargs)
        if output == "columns":
            return text.strip(" ")
        try:
            return to_text(text.split())
        except TabError:
            return text.strip(" ")

    def decode_columns(self, token_ids: Any) -> str:
        """Column text of ids, special tokens left out."""
        text: str = self.decode(token_ids, skip_special_tokens=True, output="columns")
        return text

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> tuple[str, ...]:
        """Save so that the stock class loads the folder, on transformers 4.57 and 5, and trusted code this one."""
        push = kwargs.pop("push_to_hub", False)
        files = super().save_pretrained(save_directory, **kwargs)
        folder = Path(save_directory)
        path = folder / "tokenizer_config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        config["auto_map"] = {"AutoTokenizer": [None, "tokenization_basstab.BassTabTokenizer"]}
        path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for name in _REMOTE_CODE:
            source = Path(__file__).with_name(name)
            if source.resolve() != (folder / name).resolve():
                shutil.copyfile(source, folder / name)
        if push:
            self.push_to_hub(kwargs.get("repo_id") or folder.name)
        return (*files, *(str(folder / name) for name in _REMOTE_CODE))


def chat_template_path() -> Path:
    """The Jinja template that transposes raw tabs for the stock class; in a saved folder it lies beside this file."""
    return Path(__file__).with_name("chat_template.jinja")


def _column_text(text: Any) -> Any:
    """Raw tabs, alone or in a batch, as column text; everything else unchanged."""
    if isinstance(text, str):
        return " ".join(to_columns(text)) if "\n" in text.strip() else text
    if isinstance(text, (list, tuple)):
        return [_column_text(one) for one in text]
    return text


def _backend(vocab: dict[str, int]) -> Tokenizer:
    backend = Tokenizer(models.BPE(vocab=vocab, merges=[], ignore_merges=True, unk_token=UNK))
    backend.normalizer = normalizers.Prepend(" ")
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(" ?[^ ]+"), "isolated")
    backend.decoder = decoders.Fuse()
    backend.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, vocab[BOS])])
    return backend
