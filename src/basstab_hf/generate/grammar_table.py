"""The grammar as a table, (state, shape of a word) -> next state, that any engine can follow; filled as it is needed.

Input: a `Grammar`. Output: numbers for its states, and a row for each. The grammar itself stays in one place: a row is
asked from it once, when a tab first comes there; a tab of eight bars passes some hundred states.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.grammar import Grammar, State
from basstab_hf.generate.vocabulary import Vocabulary

Row = NDArray[np.int32]


class GrammarTable:
    """States by number. `row(n)[shapes[token]]` is the state after a token, below 0 where it is illegal."""

    def __init__(self, vocabulary: Vocabulary, grammar: Grammar) -> None:
        """Begin without any state."""
        self.grammar, self.shapes = grammar, grammar.shapes
        self.bar_id, self.end_id = grammar.bar_id, grammar.end_id
        self._words = vocabulary.words
        self._numbers: dict[State, int] = {}
        self._states: list[State] = []
        self._rows: list[Row | None] = []

    def __len__(self) -> int:
        return len(self._states)

    def number(self, state: State) -> int:
        """The number of a state. Closed bars are not counted here: only whether there is one matters to the grammar."""
        if state.bars > 1:
            state = replace(state, bars=1)
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            self._rows.append(None)
        return number

    def state(self, number: int) -> State:
        """The state of a number."""
        return self._states[number]

    def row(self, number: int) -> Row:
        """Next states, [shapes]; -1 where a shape is illegal."""
        row = self._rows[number]
        if row is None:
            row = self._rows[number] = self._fill(self._states[number])
        return row

    def _fill(self, state: State) -> Row:
        grammar = self.grammar
        legal = grammar.legal_shapes(state)
        row = np.full(len(legal), -1, np.int32)
        for shape, token in ((grammar.bar_shape, self.bar_id), (grammar.end_shape, self.end_id)):
            if legal[shape] and token is not None:
                row[shape] = self.number(grammar.advance(state, self._words[token] or ""))
        shapes = np.flatnonzero(legal[: grammar.bar_shape])
        sounding = grammar.first_onsets < grammar.lengths
        after = np.column_stack([grammar.following(state.strings).states, grammar.lengths, sounding])[shapes]
        ways, way_of_class = np.unique(after, axis=0, return_inverse=True)
        row[shapes] = np.array([self._after(state, way) for way in ways.tolist()], np.int32)[way_of_class.reshape(-1)]
        return row

    def _after(self, state: State, way: list[int]) -> int:
        *strings, columns, sounds = way
        following = replace(
            state,
            strings=tuple(strings),
            bar_columns=state.bar_columns + columns,
            line_columns=state.line_columns + columns,
            sounded=state.sounded or bool(sounds),
        )
        return self.number(following)
