"""The part of `numpy.random` that writing needs, in Python: the same numbers from the same seeds.

Seeds are spread by M. E. O'Neill's `seed_seq` (https://www.pcg-random.org/posts/developing-a-seed_seq-alternative.html),
numbers drawn by her PCG64 with XSL-RR (https://www.pcg-random.org/paper.html), both as numpy has them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np

_32, _64, _128 = (1 << 32) - 1, (1 << 64) - 1, (1 << 128) - 1
_POOL, _SHIFT = 4, 16
_INIT_A, _TIMES_A, _INIT_B, _TIMES_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
_MIX_LEFT, _MIX_RIGHT = 0xCA01F9DD, 0x4973F715
_PCG = 0x2360ED051FC65DA44385DF649FCCF645


class SeedSequence:
    """Seeds from a seed."""

    def __init__(self, entropy: int | None = None, *, spawn_key: tuple[int, ...] = ()) -> None:
        """Mix a seed, at least 0; None is one by chance."""
        self.entropy = secrets.randbits(128) if entropy is None else int(entropy)
        if self.entropy < 0:
            raise ValueError("a seed is at least 0")
        self.spawn_key, self.n_children_spawned = spawn_key, 0
        words = list(_words(self.entropy))
        if spawn_key:
            words += [0] * (_POOL - len(words))
        words += [word for key in spawn_key for word in _words(key)]
        hashed = _Hash(_INIT_A, _TIMES_A)
        pool = [hashed(word) for word in (words + [0] * _POOL)[:_POOL]]
        for source in range(_POOL):
            for target in range(_POOL):
                if source != target:
                    pool[target] = _mixed(pool[target], hashed(pool[source]))
        for word in words[_POOL:]:
            for target in range(_POOL):
                pool[target] = _mixed(pool[target], hashed(word))
        self._pool = pool

    def spawn(self, n_children: int) -> list[SeedSequence]:
        """Seeds of their own, others each time."""
        first = self.n_children_spawned
        self.n_children_spawned += n_children
        return [SeedSequence(self.entropy, spawn_key=(*self.spawn_key, first + n)) for n in range(n_children)]

    def generate_state(self, n_words: int) -> np.ndarray[Any, Any]:
        """So many numbers of 32 bits."""
        hashed = _Hash(_INIT_B, _TIMES_B)
        return np.array([hashed(self._pool[place % _POOL]) for place in range(n_words)], np.uint32)


class Generator:
    """Numbers by chance."""

    def __init__(self, seed: SeedSequence) -> None:
        words = [int(word) for word in seed.generate_state(8)]
        high, low, *step = (words[place] | words[place + 1] << 32 for place in range(0, 8, 2))
        self._step = (((step[0] << 64 | step[1]) << 1) | 1) & _128
        self._state = (((high << 64 | low) + self._step) * _PCG + self._step) & _128

    def random(self, size: int) -> np.ndarray[Any, Any]:
        """Numbers from 0 on and below 1."""
        return np.fromiter(self._drawn(size), np.float64, size)

    def _drawn(self, count: int) -> Iterator[float]:
        for _ in range(count):
            self._state = (self._state * _PCG + self._step) & _128
            word, turn = (self._state >> 64) ^ (self._state & _64), self._state >> 122
            yield (((word >> turn | word << 64 - turn) & _64) >> 11) / (1 << 53)


def default_rng(seed: SeedSequence | int | None = None) -> Generator:
    """Numbers from a seed."""
    return Generator(seed if isinstance(seed, SeedSequence) else SeedSequence(seed))


class _Hash:
    """A hash that is another one each time."""

    def __init__(self, constant: int, times: int) -> None:
        self._constant, self._times = constant, times

    def __call__(self, word: int) -> int:
        word ^= self._constant
        self._constant = self._constant * self._times & _32
        word = word * self._constant & _32
        return word ^ word >> _SHIFT


def _mixed(left: int, right: int) -> int:
    mixed = (_MIX_LEFT * left - _MIX_RIGHT * right) & _32
    return mixed ^ mixed >> _SHIFT


def _words(number: int) -> Iterator[int]:
    """A number in pieces of 32 bits, the low ones first."""
    while True:
        yield number & _32
        number >>= 32
        if not number:
            return
