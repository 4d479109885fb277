"""The beat-column tokenizer: tab text or column words in, ids out, and back; lossless in three kinds of tokens.

Stock `AutoTokenizer` reads the saved folder too, with column words in and out, and raw tabs through the chat template;
this class adds raw tabs on both sides. It travels with models as remote code (`remote_code`), and so does what it
imports: none of that needs more than transformers.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tokenizers import Encoding
from transformers import BatchEncoding, TokenizersBackend
from transformers.tokenization_utils_base import PaddingStrategy, TruncationStrategy

from basstab_hf.errors import InputError, TabError
from basstab_hf.tab.columns import END
from basstab_hf.tab.pasted import Pasted
from basstab_hf.tokenizer.column_ids import ColumnIds
from basstab_hf.tokenizer.control_words import (
    BOS,
    EOS,
    FORMAT,
    PAD,
    RESERVED,
    UNK,
    foreign_file,
    foreign_part,
    refusal,
    reserved_count,
)
from basstab_hf.tokenizer.remote_code import remote_code
from basstab_hf.tokenizer.tab_encoding import TabEncoding, padded
from basstab_hf.tokenizer.tab_words import Words, column_text, print_words, read_words
from basstab_hf.tokenizer.token_kinds import KINDS, learn

logger = logging.getLogger(__name__)

#: Columns seen only once stay out of the vocabulary, so that training meets the characters they fall back to.
MIN_COUNT = 2

#: What a saved tokenizer takes along, with all that it imports, so that `trust_remote_code=True` gives this class.
MODULE = "tokenizer.tokenization_basstab"
_CONTROL = re.compile(r"<[a-z-]+:[^<>\s]+>")
_HALF = re.compile("[\ud800-\udfff]")
# Truncation and padding are settings of the one Rust tokenizer: a thread must not change them under another.
_LOCK = threading.RLock()
# Options of `__call__` for which `tokenizers` must have read the text itself.
_DETAILED = (
    *("return_offsets_mapping", "return_overflowing_tokens", "return_special_tokens_mask", "return_length"),
    *("return_token_type_ids", "split_special_tokens"),
)


class BassTabTokenizer(TokenizersBackend):  # type: ignore[misc]  # transformers is untyped here
    """Tab text or column text -> ids -> tab text.

    The example of the seed, HMels/BassTab_Transformer; its dictionary is `get_vocab` and `convert_tokens_to_ids`:

    >>> tab = '''G|---9h11
    ... D||-------
    ... A|-7-----
    ... E||-------'''
    >>> tokenizer = BassTabTokenizer.from_column_texts(["GDAE |||| ---- --7- 9--- h--- 1---"], min_count=1)
    >>> tokenizer.tokenize(tab)
    [' GDAE', ' ||||', ' ----', ' --7-', ' ----', ' 9---', ' h---', ' 1---', ' 1---']
    >>> ids = tokenizer(tab)["input_ids"]
    >>> ids[1:3] == tokenizer.convert_tokens_to_ids([" GDAE", " ||||"]) and ids[4] == tokenizer.get_vocab()[" --7-"]
    True
    >>> print(tokenizer.decode(ids, skip_special_tokens=True))
    G|---9h11
    D|-------
    A|-7-----
    E|-------

    What `decode` cannot print as a tab, or prints with `output="columns"`, is column text; of ids that do not begin
    with `<bos>` it has the blank in front: they go on with a text.

    Called with a raw tab or with column text, or a list of these. Beyond what every tokenizer takes:
    with `truncation=True`, `whole_systems=True` keeps as many whole systems as `max_length` has room for (of one that
    is too long alone, what fits). Offsets point into the text as given, by the rule of `columns.word_spans`.
    """

    cache: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> BassTabTokenizer:
        """Begin without what is made at first use. Its name is one that `datasets` leaves out of its hashes."""
        tokenizer: BassTabTokenizer = super().__new__(cls)
        tokenizer.cache = {}
        return tokenizer

    @classmethod
    def from_column_texts(
        cls, texts: Iterable[str], min_count: int = MIN_COUNT, kind: str = KINDS[0]
    ) -> BassTabTokenizer:
        """Learn a vocabulary.

        Args:
            texts: column text of pieces, as a dataset's `columns` holds it.
            min_count: pieces of text seen less often are spelt in smaller ones; tuning words are always kept.
            kind: "column", "note" or "riff", as `token_kinds` describes them.

        Raises:
            InputError: no such kind.
        """
        if kind not in KINDS:
            raise InputError(f"{kind!r} is no kind of tokens: there are {', '.join(KINDS)}")
        return cls(
            tokenizer_object=learn(texts, kind, min_count),
            basstab_format=FORMAT,
            basstab_kind=kind,
            pad_token=PAD,
            bos_token=BOS,
            eos_token=EOS,
            unk_token=UNK,
            padding_side="left",
            clean_up_tokenization_spaces=False,
            chat_template=chat_template(),
        )

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> BassTabTokenizer:
        """Load a saved tokenizer, as every transformers tokenizer does.

        Raises:
            InputError: it is of another package, or of another version of this one.
        """
        saved = Path(str(args[0] if args else kwargs.get("pretrained_model_name_or_path", "")), "tokenizer.json")
        if saved.is_file() and (what := foreign_file(saved.read_bytes())):
            raise InputError(f"{saved.parent}: the tokenizer there {what}")
        tokenizer: BassTabTokenizer = super().from_pretrained(*args, **kwargs)
        found = tokenizer.init_kwargs.get("basstab_format")
        if what := refusal(found, tokenizer.convert_ids_to_tokens(range(min(len(RESERVED), len(tokenizer))))):
            raise InputError(f"{tokenizer.name_or_path}: the tokenizer there {what}")
        if what := foreign_part(tokenizer.backend_tokenizer):
            raise InputError(f"{tokenizer.name_or_path}: the tokenizer there {what}")
        return tokenizer

    def __getstate__(self) -> dict[str, Any]:
        """All but what is made at first use."""
        return {**self.__dict__, "cache": {}}

    @property
    def kind(self) -> str:
        """What a token is: "column", "note" or "riff"."""
        kind: str = self.init_kwargs.get("basstab_kind", KINDS[0])
        return kind

    @property
    def n_reserved(self) -> int:
        """How many reserved words it has, with ids from 0 on: more in format 3 than in format 2."""
        return reserved_count(self.convert_ids_to_tokens(range(min(len(RESERVED), len(self)))))

    @property
    def end_token_id(self) -> int:
        """Id of '<END>', the word that closes a system."""
        place: int = self.convert_tokens_to_ids(f" {END}")
        return place

    def _encode_plus(
        self,
        text: Any,
        text_pair: Any = None,
        is_split_into_words: bool = False,
        whole_systems: bool = False,
        **options: Any,
    ) -> BatchEncoding:
        if text_pair is not None:
            raise TabError("a tab tokenizer takes single tabs, not pairs: put both into one text")
        if is_split_into_words:
            text = [" ".join(words) for words in text] if text and not isinstance(text[0], str) else " ".join(text)
        batched = isinstance(text, (list, tuple))
        texts = list(text) if batched else [text]
        if not all(isinstance(one, str) for one in texts):
            raise TabError("a tab tokenizer takes a text or a list of texts")
        _refuse_halves(texts)
        self._refuse_lacking(texts)
        if options.get("truncation_strategy") in (None, TruncationStrategy.DO_NOT_TRUNCATE):
            rows = self._look_up(texts, options)
            if rows is not None:
                data = padded(rows, self.pad_token_id, self.padding_side, options)
                make = partial(self._encodings, texts, {**options, "return_tensors": None})
                return TabEncoding(data, make, batched=batched, tensors=options.get("return_tensors"))
            whole_systems = False
        if whole_systems or options.get("return_offsets_mapping"):
            return self._encode_places(texts, batched, whole_systems, options)
        columns = self._column_texts(texts)
        with _LOCK:
            return super()._encode_plus(columns if batched else columns[0], **options)

    def _column_texts(self, texts: Iterable[str]) -> list[str]:
        """Column texts; what is left out of all of them is told in one line."""
        left_out: list[str] = []
        columns = [column_text(text, self._added_words, left_out) for text in texts]
        if left_out:
            logger.warning("%s", Pasted("", tuple(left_out)).told)
        return columns

    @property
    def _added_words(self) -> tuple[str, ...]:
        """Special tokens besides the reserved words, which raw tabs may have on lines of their own."""
        backend = self.backend_tokenizer
        if backend.get_vocab_size() == backend.get_vocab_size(with_added_tokens=False):
            return ()
        special = (token.content for token in backend.get_added_tokens_decoder().values() if token.special)
        return tuple(word for word in special if word not in RESERVED and not any(map(str.isspace, word)))

    def _refuse_lacking(self, texts: Sequence[str]) -> None:
        """Refuse reserved words that came after this tokenizer: it would spell them in characters."""
        if "lacking" not in self.cache:
            vocabulary = self.get_vocab()
            self.cache["lacking"] = frozenset(word for word in RESERVED if word not in vocabulary)
        lacking = self.cache["lacking"]
        if not lacking:
            return
        for text in texts:
            for word in _CONTROL.findall(text):
                if word in lacking:
                    raise TabError(f"{word}: this tokenizer has no such word: leave it out, or make the tokenizer anew")

    def _encodings(self, texts: Sequence[str], options: dict[str, Any]) -> list[Encoding]:
        """What `tokenizers` says of texts that were read before."""
        columns = [column_text(text, self._added_words, []) for text in texts]
        with _LOCK:
            encodings: list[Encoding] = super()._encode_plus(columns, **options).encodings
        return encodings

    def _encode_places(
        self, texts: Sequence[str], batched: bool, whole_systems: bool, options: dict[str, Any]
    ) -> BatchEncoding:
        """Encode with places pointing into the texts as given, and, if asked for, whole systems only."""
        left_out: list[str] = []
        read = [read_words(text, self._added_words, left_out) for text in texts]
        if left_out:
            logger.warning("%s", Pasted("", tuple(left_out)).told)
        if whole_systems:
            read = [self._fitting(words, options) for words in read]
        tensors = options.pop("return_tensors", None)
        with _LOCK:
            encoded = super()._encode_plus([words.text for words in read], **options)
        if options.get("return_offsets_mapping"):
            origins = encoded.get("overflow_to_sample_mapping", range(len(read)))
            pairs = zip(origins, encoded.encodings, strict=True)
            encoded["offset_mapping"] = [read[origin].places(encoding.offsets) for origin, encoding in pairs]
        if not batched and tensors is None and not options.get("return_overflowing_tokens"):
            return BatchEncoding({name: rows[0] for name, rows in encoded.items()}, encoded.encodings)
        return encoded.convert_to_tensors(tensors)

    def _fitting(self, words: Words, options: dict[str, Any]) -> Words:
        """As many whole systems from the kept side as `max_length` has room for; all where not even one fits."""
        specials = self.num_special_tokens_to_add() if options.get("add_special_tokens", True) else 0
        room = options["max_length"] - specials
        [ids] = self._ids([words.text])
        if len(ids) <= room:
            return words
        ends = [place for place, word in enumerate(words.words, start=1) if word == END]
        id_ends = [place for place, token in enumerate(ids, start=1) if token == self.end_token_id]
        pairs = list(zip(ends, id_ends, strict=True))
        if self.truncation_side == "left":
            return words.part(next((end for end, id_end in pairs if 0 < len(ids) - id_end <= room), 0), None)
        return words.part(0, max((end for end, id_end in pairs if id_end <= room), default=None))

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of column texts from the pipeline, whole and without special tokens around them."""
        with _LOCK:
            self.set_truncation_and_padding(
                PaddingStrategy.DO_NOT_PAD, TruncationStrategy.DO_NOT_TRUNCATE, 0, 0, None, None
            )
            encodings = self.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _look_up(self, texts: Sequence[str], options: dict[str, Any]) -> list[list[int]] | None:
        """Ids of raw tabs by table; None where nothing can be found that way."""
        table = self._table
        if table is None or any(options.get(name) for name in _DETAILED):
            return None
        with _LOCK:
            rows = table.encode(texts)
        missing = [place for place, row in enumerate(rows) if row is None]
        if len(missing) == len(rows):
            return None
        columns = self._column_texts(texts[place] for place in missing)
        for place, ids in zip(missing, self._ids(columns), strict=True):
            rows[place] = ids
        found = [row for row in rows if row is not None]
        if options.get("add_special_tokens", True):
            start = self.bos_token_id
            for row in found:
                row.insert(0, start)
        longest = max(found, key=len)
        self._eventual_warn_about_too_long_sequence(longest, options.get("max_length"), options.get("verbose", True))
        return found

    @property
    def _table(self) -> ColumnIds | None:
        """The table of columns, as long as nobody changed the vocabulary or what stands around a text."""
        if self.num_special_tokens_to_add() != 1 or self.add_eos_token:
            return None
        if "table" not in self.cache:
            self.cache["table"] = ColumnIds(self.backend_tokenizer, self.kind, self._ids)
        table: ColumnIds = self.cache["table"]
        return table if table.size == len(self) else None

    def _decode(self, token_ids: Any, skip_special_tokens: bool = False, output: str = "tab", **kwargs: Any) -> str:
        if output not in ("tab", "columns"):
            raise InputError(f"output {output!r}: choose tab or columns")
        with _LOCK:
            text: str = super()._decode(token_ids, skip_special_tokens=skip_special_tokens, **kwargs)
        if output == "tab":
            with suppress(TabError):
                return print_words(text.split(), self._added_words)
        return text.lstrip(" ") if self._begins(token_ids) else text

    def _begins(self, token_ids: Any) -> bool:
        """Whether ids are the beginning of a text. Others go on with one: the blank in front stands between both."""
        if isinstance(token_ids, int):
            return False
        padding = self.pad_token_id
        first = next((token for token in token_ids if token != padding), None)
        return bool(first == self.bos_token_id)

    def decode_columns(self, token_ids: Any) -> str:
        """Column text of ids, special tokens left out."""
        text: str = self.decode(token_ids, skip_special_tokens=True, output="columns")
        return text.strip(" ")

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> tuple[str, ...]:
        """Save so that the stock class loads the folder, on transformers 4.57 and 5, and trusted code this one."""
        push = kwargs.pop("push_to_hub", False)
        files = super().save_pretrained(save_directory, **kwargs)
        folder = Path(save_directory)
        path = folder / "tokenizer_config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        for name in ("is_local", "local_files_only"):  # what loading from a folder leaves there
            config.pop(name, None)
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        config["model_input_names"] = ["input_ids", "attention_mask"]  # 4.57 adds token types, which GPT-2 embeds
        config["auto_map"] = {"AutoTokenizer": [None, "tokenization_basstab.BassTabTokenizer"]}
        path.write_text(json.dumps(config, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        code = remote_code(MODULE)
        for name, text in code.items():
            (folder / name).write_text(text, encoding="utf-8")
        if push:
            self.push_to_hub(kwargs.get("repo_id") or folder.name)
        return (*files, *(str(folder / name) for name in code))


def _refuse_halves(texts: Sequence[str]) -> None:
    """Refuse texts with half a surrogate pair in them, which is no character.

    Raises:
        TabError: there is one.
    """
    for number, text in enumerate(texts):
        if not text.isascii() and (half := _HALF.search(text)):
            which = f"text {number + 1}, " if len(texts) > 1 else ""
            raise TabError(f"{which}place {half.start()}: {half[0]!a} is half of a character: read the file as UTF-8")


def chat_template(reserved: Sequence[str] = RESERVED) -> str:
    """The Jinja template that transposes raw tabs for the stock class; `reserved` are the words of its tokenizer."""
    text = Path(__file__).with_name("chat_template.jinja").read_text(encoding="utf-8")
    return text.replace("'RESERVED'", f"'{' '.join(reserved)}'")
