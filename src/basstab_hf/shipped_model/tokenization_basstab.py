"""For `trust_remote_code=True` in this folder: the tokenizer of the package that it came with."""

from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

__all__ = ["BassTabTokenizer"]
