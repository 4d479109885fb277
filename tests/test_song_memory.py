import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.model.song_memory import LONGEST, USUAL, SongMemory

#: Few different tokens, so that much matches; 0 is asked with.
songs = st.lists(st.lists(st.integers(1, 4), max_size=60), max_size=4)
tabs = st.lists(st.integers(0, 5), min_size=1, max_size=60)


def by_the_formula(songs: Sequence[Sequence[int]], tab: Sequence[int]) -> tuple[dict[int, float], int]:
    """Chances and the longest match, place by place, as the module's docstring defines them."""
    text = [token for song in songs for token in song]
    told = [token for token in tab if token]
    lengths = []
    for place in range(len(text)):
        length = 0
        while length < min(place, len(told), LONGEST) and text[place - 1 - length] == told[-1 - length]:
            length += 1
        lengths.append(length)
    shares: dict[int, float] = {}
    for token, length in zip(text, lengths, strict=True):
        if length:
            shares[token] = shares.get(token, 0) + math.exp(USUAL.decay * length)
    return {token: share / sum(shares.values()) for token, share in shares.items()}, max(lengths, default=0)


@given(songs, tabs)
def test_the_index_finds_what_the_formula_says(songs: list[list[int]], tab: list[int]) -> None:
    reader = SongMemory(songs, range(1)).reader()
    for place, token in enumerate(tab):
        reader.read([token])
        expected = reader.expected()
        chances, longest = by_the_formula(songs, tab[: place + 1])
        if not chances:
            assert expected is None
            continue
        assert expected is not None
        assert expected.longest == longest
        found = dict(zip(expected.tokens.tolist(), expected.chances.tolist(), strict=True))
        # What is smaller than a float32 can tell apart may be left out.
        assert all(math.isclose(found.get(token, 0), chance, abs_tol=1e-6) for token, chance in chances.items())
        assert set(found) <= set(chances)
