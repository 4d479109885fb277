"""`basstab generate --like SONGS`: songs lead what is written, within limits, and it is told whose notes these are."""

from dataclasses import replace
from pathlib import Path

import pytest

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Guards, Request
from basstab_hf.generate.copies import Copies
from basstab_hf.generate.like import Like, Songs
from basstab_hf.generate.like_songs import read_songs
from basstab_hf.generate.request import Music
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.tab.intervals import interval_line
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import System, Tab
from tests.conftest import needs_cpp, riff


@pytest.fixture(scope="module")
def songs() -> Songs:
    return Songs(tuple((f"riff-{number}", Tab.parse(riff(number, bars=16))) for number in (201, 202, 203, 204)))


def retuned(tab: Tab, word: str) -> Tab:
    return Tab(tuple(System(Tuning.parse(word), system.lines) for system in tab.systems))


def texts(model: Path, like: Songs | None, request: Request, count: int = 6, engine: str = "numpy") -> list[str]:
    composer = Composer(model, engine)
    composer.like = Like(like, composer.model, STANDARD) if like else None
    return [written.tab.text for written in composer.write(request, count)]


def runs_of_songs(found: list[str], songs: Songs) -> int:
    """How many runs of six columns with two notes or more are in the songs, too."""
    known = {run for _, tab in songs.tabs for run in _runs(tab)}
    return sum(run in known for text in found for run in _runs(Tab.parse(text)))


def _runs(tab: Tab) -> list[tuple[str, ...]]:
    runs = [bar[start : start + 6] for bar in tab.bars for start in range(len(bar) - 5)]
    return [run for run in runs if sum(column != "----" for column in run) > 1]


def test_what_is_written_has_turns_of_the_songs(songs: Songs) -> None:
    request = Request(bars=8, seed=1)
    like, unlike = (runs_of_songs(texts(shipped_model(), known, request, 4), songs) for known in (songs, None))
    assert like > 2 * unlike


@needs_cpp
@pytest.mark.parametrize("request_", [Request(bars=4, seed=3), Request(bars=4, seed=3, match_cache=False)])
def test_engines_agree(riff_model: Path, songs: Songs, request_: Request) -> None:
    numpy, cpp, torch = (texts(riff_model, songs, request_, 2, engine) for engine in ("numpy", "cpp", "torch"))
    assert numpy == cpp == torch


def test_it_goes_with_prompts_and_chords(riff_model: Path, songs: Songs) -> None:
    prompt = Tab.parse(riff(9, bars=4))
    request = Request(prompt=prompt, bars=4, seed=1, music=Music(chords=("Am", "F")))
    [text] = texts(riff_model, songs, request, 1)
    assert text.startswith(prompt.text)
    assert len(Tab.parse(text).bars) == 8


def test_songs_count_as_known_to_max_copy(riff_model: Path, songs: Songs) -> None:
    """Where the songs are all there is to go by, copies are drawn again, or the least one is kept and told."""
    composer = Composer(riff_model)
    composer.like = Like(songs, composer.model, STANDARD)
    settings = composer.like.memory.settings
    composer.like.memory.settings = replace(settings, weights=(0.99,) * len(settings.weights))
    request = Request(bars=8, seed=2)
    copied = [written.longest_match for written in composer.write(replace(request, guards=Guards(max_copy=500)), 4)]
    most = max(filter(None, copied)) - 1
    held = list(composer.write(replace(request, guards=Guards(max_copy=most)), 4))
    assert all((one.longest_match or 0) <= most for one in held)
    assert "from the songs or the training set, drawn again" in "".join(one.notes[0] for one in held)


def test_whose_notes_they_are(riff_model: Path, songs: Songs) -> None:
    like = Like(songs, Composer(riff_model).model, STANDARD)
    own = songs.tabs[2][1].words
    told = like.whose((), own)
    assert "in riff-203; the longest run in common has 128 notes, in riff-203" in told
    assert told.startswith("of 120 runs of 9 notes 120 are in the songs: 120 in riff-203")
    new = Tab.parse("G|--1--5--9--|\nD|-----------|\nA|-----------|\nE|-----------|\n").words
    assert like.whose((), new).startswith("of 0 runs of 9 notes none is in the songs; the longest run in common has 2 ")


def test_songs_in_other_tunings_are_moved_and_told(riff_model: Path, songs: Songs) -> None:
    model = Composer(riff_model).model
    first = songs.tabs[0][1]
    low = Songs((("low", retuned(first, "F#C#G#D#")), ("drop", retuned(first, "GDAD")), ("as it is", first)))
    assert Like(low, model, STANDARD).told == (
        "from other tunings, with the same frets in GDAE: 1 of 3 songs",
        "from other tunings, fingered anew for GDAE: 1 of 3 songs",
    )
    assert low.usual_tuning(model) == Tuning.parse("F#C#G#D#")
    assert (low.usual_width, low.usual_grid) == (17, 4)


def test_songs_of_five_strings_do_not_ask_four_string_models_for_five(riff_model: Path) -> None:
    five = Tab((System(Tuning.parse("GDAEB"), ("-" * 16, "-" * 16, "-" * 16, "-3" * 8, "-" * 16)),))
    model = Composer(riff_model).model
    songs = Songs((("five", five),))
    assert songs.usual_tuning(model) is None
    assert Like(songs, model, STANDARD).told == ("from other tunings, fingered anew for GDAE: 1 of 1 song",)


def test_files_folders_and_datasets_are_read(riff_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(riff(1))
    (tmp_path / "words.txt").write_text("no tab here")
    songs = read_songs([str(tmp_path)])
    assert [name for name, _ in songs.tabs] == ["mine"]
    assert songs.told == ("left out 1: no tab recognised",)
    assert len(read_songs([str(riff_dataset), str(tmp_path / "mine.txt")]).tabs) > 40
    with pytest.raises(InputError, match=r"no tab in .*words.txt: left out 1: no tab recognised"):
        read_songs([str(tmp_path / "words.txt")])
    with pytest.raises(InputError, match="is no file, folder or dataset"):
        read_songs([str(tmp_path / "none")])


def test_the_command_takes_tuning_and_bars_from_the_songs(
    riff_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        (tmp_path / f"mine-{number}.txt").write_text(retuned(Tab.parse(riff(number)), "GDAD").text)
    command = ["generate", str(riff_model), "--like", str(tmp_path), "--bars", "2", "--seed", "1"]
    assert main(command) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[3].startswith("D|")
    assert "like 2 songs" in said.err
    assert "in GDAD, as most of the songs are" in said.err
    assert "runs of 9 notes" in said.err
    assert "style" not in said.err  # the songs lead, no drawn style
    assert main([*command, "--tuning", "GDAE", "--stream"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[3].startswith("E|")
    assert "from other tunings, fingered anew for GDAE: 2 of 2 songs" in said.err


def test_songs_count_where_a_model_has_no_tunes(songs: Songs, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = [interval_line(timed_notes(tab)) for _, tab in songs.tabs]
    assert Copies(tmp_path, lines).of_tab(songs.tabs[0][1]).longest_match > 100
    assert "only copies of the songs are found" in caplog.text
    with pytest.raises(InputError, match=r"has no tunes.dat"):
        Copies(tmp_path)
