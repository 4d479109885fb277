"""Numbers with the word that they count. Input: a number and a word. Output: text."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """The number with the word, which gets an s unless it is one: "1 song", "1,200 songs"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
