import math

import pytest

from basstab_hf import Tab
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.generate.ranking import Score, score, usual_nats

NAN = math.nan


def _tab(*bars: str) -> Tab:
    """One string's bars of eight columns."""
    rests = ["-" * 8] * len(bars)
    return Tab.parse("\n".join(f"{label}|{'|'.join(bars if label == 'A' else rests)}|" for label in "GDAE"))


LOOP = ("3---3---",) * 8
SONG = ("3---5---", "7---5---", "3---5---", "2-----0-", "3---5---", "7---8---", "5---3-2-", "3-------")


def test_the_total_is_a_weighed_mean_of_what_is_known() -> None:
    assert Score(1, 1, 1, 1, 1).total == pytest.approx(1)
    assert Score(1, 1, 0, 0, 0).total == pytest.approx(0.35)
    assert Score(1, 1, 0, NAN, NAN).total == pytest.approx(0.35 / 0.5)
    assert Score(NAN, NAN, NAN, NAN, NAN).total == 0


def test_a_loop_ranks_below_a_song_however_likely_it_is() -> None:
    loop = score(_tab(*LOOP), tempo=100, columns_per_beat=4, nats=0.1)
    song = score(_tab(*SONG), tempo=100, columns_per_beat=4, nats=1.1)
    assert (loop.form, loop.groove, loop.likely) == (0, 0, 1)
    assert song.form > 0.5
    assert song.total > loop.total


def test_what_no_hand_can_do_ranks_lower_the_faster_it_is() -> None:
    leaps = _tab("1-20-1--", "20-1-20-")
    slow, fast = (score(leaps, tempo=tempo, columns_per_beat=4) for tempo in (20, 300))
    assert slow.possible == 1
    assert fast.possible == 0


def test_likelihood_counts_by_what_the_model_is_used_to() -> None:
    likely = [score(_tab(*SONG), tempo=100, columns_per_beat=4, nats=nats).likely for nats in (0.2, 1.0, 1.5, 9.0)]
    assert likely == sorted(likely, reverse=True)
    assert (likely[0], likely[-1]) == (1, 0)
    assert math.isnan(score(_tab(*SONG), tempo=100, columns_per_beat=4).likely)


def test_too_short_to_tell() -> None:
    bar = score(_tab("3---5---"), tempo=100, columns_per_beat=4)
    assert math.isnan(bar.groove)
    assert math.isnan(bar.form)
    assert 0 <= bar.total <= 1


@pytest.mark.parametrize("metrics", [{}, {"validation": None}, {"validation": {"bits_per_column": "much"}}])
def test_a_model_that_does_not_tell_what_it_is_used_to(metrics: dict[str, object]) -> None:
    assert math.isnan(usual_nats(metrics))
    assert usual_nats({"validation": {"bits_per_column": 2.0}}) == pytest.approx(2 * math.log(2))


def test_the_best_of_some_is_no_loop_where_one_of_them_would_be() -> None:
    """At a low temperature the shipped model loops."""
    composer = Composer()
    cold = Sampling(0.5)
    [one] = composer.write(Request(bars=12, seed=1, sampling=cold))
    [best] = composer.write(Request(bars=12, seed=1, sampling=cold, best_of=4))
    totals = [
        score(
            written.tab,
            tempo=100,
            columns_per_beat=4,
            nats=written.nats_per_column / usual_nats(composer.model.metrics),
        ).total
        for written in (one, best)
    ]
    assert totals[1] > totals[0]
