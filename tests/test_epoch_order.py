from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.training.epoch_order import EpochOrder

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=40)


@given(LENGTHS, st.integers(1, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_an_epoch_has_every_block_and_only_whole_batches(
    lengths: list[int], batch: int, seed: int, by_length: bool
) -> None:
    order = list(EpochOrder(lengths, batch, seed, by_length=by_length))
    assert len(order) % batch == 0
    assert len(order) - len(lengths) < batch
    assert sorted(order[: len(lengths)]) == list(range(len(lengths)))
    repeated = order[len(lengths) :]
    assert repeated == (order[: len(lengths)] * batch)[: len(repeated)]


def test_seed_and_epoch_alone_decide_the_order() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        blocks = EpochOrder(range(1, 101), 4, seed, by_length=True)
        blocks.set_epoch(epoch)
        return list(blocks)

    assert order(7, 3) == order(7, 3)
    assert len({tuple(order(seed, epoch)) for seed in (7, 8, 2**32 - 1) for epoch in range(3)}) == 9


def test_blocks_of_like_length_come_together() -> None:
    lengths = [1, 100] * 50
    order = list(EpochOrder(lengths, 10, 1, by_length=True))
    batches = [{lengths[block] for block in order[start : start + 10]} for start in range(0, 100, 10)]
    assert sum(len(batch) == 1 for batch in batches) >= 5
