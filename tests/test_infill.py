import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Request, Sampling
from tests.conftest import needs_cpp, riff

TAB = Tab.parse(riff(3, bars=8))


@pytest.fixture(scope="module")
def composer(riff_model: Path) -> Composer:
    return Composer(riff_model, "numpy")


def _layout(tab: Tab) -> list[list[int]]:
    """Widths of bars, system by system."""
    return [[end - start for start, end in system.bar_spans] for system in tab.systems]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (3, 4), (8, 8), (3, 6), (4, 8)])
def test_the_bars_are_rewritten_and_all_else_stays(composer: Composer, first: int, last: int) -> None:
    [written] = composer.infill(TAB, first, last, Request(seed=1, sampling=Sampling(2.0, top_p=1.0)))
    assert _layout(written.tab) == _layout(TAB)
    assert written.tab.bars[: first - 1] == TAB.bars[: first - 1]
    assert written.tab.bars[last:] == TAB.bars[last:]
    assert written.tab.bars[first - 1 : last] != TAB.bars[first - 1 : last]
    assert all(any(mark.isdigit() for column in bar for mark in column) for bar in written.tab.bars)
    assert Tab.parse(written.tab.text) == written.tab


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=needs_cpp)])
def test_bars_come_out_other_than_they_were_however_sure_the_model_is(riff_model: Path, engine: str) -> None:
    composer = Composer(riff_model, engine)
    request = Request(seed=2, sampling=Sampling(0.2))
    [before] = composer.infill(TAB, 3, 3, request)
    again = list(composer.infill(before.tab, 3, 3, request, 4))
    assert len({before.tab, *(written.tab for written in again)}) == 5
    assert any("drawn again" in note for written in again for note in written.notes)
    [likeliest] = composer.infill(before.tab, 3, 3, Request(sampling=Sampling(0)))
    told = composer.infill(likeliest.tab, 3, 3, Request(sampling=Sampling(0)))
    assert next(told).notes == ("tab 1: bars that are there already, as all of 1 drawn: raise the temperature",)
    heard: list[str] = []
    [streamed] = composer.infill(before.tab, 3, 3, request, listener=heard.extend)
    assert streamed.notes == ()
    assert heard[: len(before.tab.words) // 4] == list(before.tab.words[: len(before.tab.words) // 4])


def test_variations_differ_and_a_seed_repeats(composer: Composer) -> None:
    request = Request(seed=4)
    tabs = [written.tab for written in composer.infill(TAB, 2, 3, request, 3)]
    assert len(set(tabs)) == 3
    assert [written.tab for written in composer.infill(TAB, 2, 3, request, 2)] == tabs[:2]


@st.composite
def uneven(draw: st.DrawFn) -> tuple[Tab, int, int]:
    """Systems of bars of any width, and bars to rewrite."""
    widths = draw(st.lists(st.lists(st.integers(2, 40), min_size=1, max_size=4), min_size=1, max_size=3))
    words = []
    for system in widths:
        words += ["GDAE", "||||"]
        for width in system:
            words += ["--5-", *["----"] * (width - 1), "||||"]
        words.append("<END>")
    count = sum(map(len, widths))
    first = draw(st.integers(1, count))
    return Tab.from_words(words), first, draw(st.integers(first, min(count, first + 2)))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uneven())
def test_every_bar_keeps_its_width(composer: Composer, drawn: tuple[Tab, int, int]) -> None:
    tab, first, last = drawn
    [written] = composer.infill(tab, first, last, Request(seed=0))
    assert _layout(written.tab) == _layout(tab)


def test_a_tab_longer_than_the_context_is_seen_around_the_bars(riff_model: Path, starts: list[list[int]]) -> None:
    tab = Tab.parse(riff(5, bars=24))
    [written] = Composer(riff_model, "numpy").infill(tab, 12, 12, Request(seed=1))
    assert _layout(written.tab) == _layout(tab)
    assert len(starts) == 1
    assert 64 < len(starts[0]) <= 128 - 17


def test_a_tuning_the_model_never_saw_is_kept(composer: Composer, caplog: pytest.LogCaptureFixture) -> None:
    system = "F#|5---|----|\nC#|----|7---|\nG#|----|----|\nC#|----|----|"
    tab = Tab.parse(f"{system}\n\n{system}")
    [written] = composer.infill(tab, 2, 3, Request(seed=1))
    assert _layout(written.tab) == _layout(tab)
    assert "never saw the tuning F#C#G#C#" in caplog.text


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [(0, 1, "bars 0-1: the tab has bars 1 to 8"), (3, 2, "bars 3-2"), (8, 9, "bars 8-9: the tab has bars 1 to 8")],
)
def test_bars_out_of_range_are_told(composer: Composer, first: int, last: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        composer.infill(TAB, first, last, Request())


def test_too_many_bars_at_once_are_told(composer: Composer) -> None:
    with pytest.raises(InputError, match="bars 1-9: at most 8 at once"):
        composer.infill(Tab.parse(riff(3, bars=16)), 1, 9, Request())


def test_basses_with_different_strings_are_told(composer: Composer) -> None:
    five = "G|5---|\nD|----|\nA|----|\nE|----|\nB|----|"
    four = "G|5---|\nD|----|\nA|----|\nE|----|"
    with pytest.raises(InputError, match="different numbers of strings: rewrite them one by one"):
        composer.infill(Tab.parse(f"{four}\n\n{five}"), 1, 2, Request())


def test_a_model_that_never_learnt_it_is_told(riff_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(riff_model, tmp_path / "model"))
    settings_file = folder / "training.yaml"
    settings_file.write_text(yaml.safe_dump(yaml.safe_load(settings_file.read_text()) | {"fill_in_the_middle": 0}))
    with pytest.raises(InputError, match="never learnt to fill in bars: train a model with `fill_in_the_middle`"):
        Composer(folder, "numpy").infill(TAB, 1, 1, Request())
    settings_file.unlink()
    with pytest.raises(InputError, match="never learnt to fill in bars"):
        Composer(folder, "numpy").infill(TAB, 1, 1, Request())
