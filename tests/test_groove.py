"""Styles that are asked for, and the feel of a prompt: lines, the control that follows them, an ear for styles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.bars import sounding
from basstab_hf.chart.names import parse_chord
from basstab_hf.composer import style_names
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.harmony import Key, chord, from_tones
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import PartSection, part, whole_part
from basstab_hf.composer.style import style
from basstab_hf.errors import InputError
from basstab_hf.evaluation import styles
from basstab_hf.generate import Composer, Music, Request
from basstab_hf.generate.ask import ask
from basstab_hf.generate.bar_width import asked_width
from basstab_hf.generate.developing import Riff, over_chords
from basstab_hf.generate.feel import feel_of
from basstab_hf.generate.groove import Groove
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.steering import asked_columns_per_beat
from basstab_hf.generate.token_notes import TokenNotes
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Tab

CHORDS = ("Am7", "D9", "G/B", "N.C.", "F#m7b5", "Bb5", "Esus4")


GALLOP = """G|---------------------------------|---------------------------------|
D|---------------------------------|---------------------------------|
A|---------------------------------|---------------------------------|
E|-0---0-0-0---0-0-3---3-3-5---5-5-|-0---0-0-0---0-0-6---6-6-5---5-5-|
"""


def rooted(name: str):
    found = parse_chord(name)
    return found and from_tones(found.root, found.bass, found.intervals, found.scale)


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


@given(st.sampled_from(style_names()), st.integers(0, 999), st.sampled_from(["GDAE", "CGDAEB", "GDAD"]))
def test_a_part_follows_the_chords_it_is_given(name: str, seed: int, tuning: str) -> None:
    bars = part(style(name), Tuning.parse(tuning), 14, Chance(f"test {seed}"), sounding(CHORDS))
    assert len(bars) == 14
    assert bars[3] == bars[10] == ()  # no chord, no bass
    pitches = [pitch for bar in bars for _, pitch, _ in bar if pitch != DEAD]
    assert all(Tuning.parse(tuning).pitches[-1] <= pitch for pitch in pitches)
    steps = [step for bar in bars for step, _, _ in bar]
    assert all(0 <= step < style(name).steps for step in steps)


def test_a_part_over_chords_plays_their_basses_on_the_one() -> None:
    right = []
    for seed in range(10):
        bars = part(style("disco"), STANDARD, 16, Chance(f"test {seed}"), sounding(["Am", "C/E"]))
        firsts = [
            (number, next((pitch for step, pitch, _ in bar if step == 0), None)) for number, bar in enumerate(bars)
        ]
        right += [pitch % 12 == (9, 4)[number % 2] for number, pitch in firsts if pitch not in (None, DEAD)]
    assert sum(right) >= 0.9 * len(right) >= 100


def test_chords_that_share_a_bar_are_played_where_they_begin() -> None:
    right = []
    for seed in range(20):
        bars = part(style("rock"), STANDARD, 8, Chance(f"test {seed}"), sounding(["Am . . G", "F D"]))
        for number, bar in enumerate(bars):
            step, pitch_class = ((12, 7), (8, 2))[number % 2]
            right += [pitch % 12 == pitch_class for at, pitch, _ in bar if at == step and pitch != DEAD]
    assert sum(right) >= 0.9 * len(right) >= 50
    silent = part(style("rock"), STANDARD, 4, Chance("test"), sounding(["Am N.C."]))
    assert all(step < 8 for bar in silent for step, _, _ in bar)


def test_sections_that_come_back_are_played_alike_and_the_end_rings() -> None:
    verse, chorus = sounding(["Am", "F", "C", "G"] * 2), sounding(["Dm", "G", "C", "E7"])
    rock, reggae = style("rock"), style("reggae")
    form = [("Verse 1", verse, rock), ("Chorus", chorus, reggae), ("Verse 2", verse, rock), ("Chorus", chorus, reggae)]
    shared = []
    for seed in range(10):
        line = whole_part([PartSection(*one) for one in form], STANDARD, Chance(f"test {seed}"), ends=True)
        assert len(line) == 24
        assert len(line[-1]) <= 1
        pairs = [*zip(line[:7], line[12:19], strict=True), *zip(line[8:11], line[20:23], strict=True)]
        shared += [first == again for first, again in pairs]
    assert sum(shared) >= 0.6 * len(shared)


def test_a_sparse_section_has_fewer_notes_than_a_busy_one() -> None:
    bars = sounding(["Am", "F"] * 4)
    for name in style_names():
        low, high = (
            sum(
                len(bar)
                for seed in range(5)
                for bar in whole_part([PartSection("", bars, style(name), density)], STANDARD, Chance(str(seed)))
            )
            for density in ("low", "high")
        )
        assert low <= high, name


def test_a_form_without_any_chord_is_refused() -> None:
    with pytest.raises(InputError, match="no chord in it"):
        whole_part([PartSection("", sounding(["N.C."]), style("rock"))], STANDARD, Chance(""))


@pytest.mark.parametrize(
    ("name", "numeral"),
    [
        ("Dm7", "ii7"),
        ("G7", "V7"),
        ("Cmaj7", "Imaj7"),
        ("Am", "vi"),
        ("Bdim", "viidim"),
        ("G7/B", "V7/3"),
        ("F5", "IV5"),
    ],
)
def test_a_named_chord_is_the_same_as_its_numeral(name: str, numeral: str) -> None:
    named, counted = rooted(name), chord(numeral, Key(0, "major"))
    assert (named.bass, named.tones) == (counted.bass, counted.tones)
    assert [named.degrees[place] for place in (0, 2, 4)] == [counted.degrees[place] for place in (0, 2, 4)]


def test_bars_are_as_wide_as_the_style_has_them() -> None:
    wanted = {"rock": (17, 4), "metal": (33, 8), "blues": (25, 6), "ballad": (25, 4), "waltz": (13, 4)}
    found = {
        name: (asked_width([f"<style:{name}>"], 17), asked_columns_per_beat([f"<style:{name}>"])) for name in wanted
    }
    assert found == wanted
    assert asked_width(["<metre:3/4>", "<style:metal>"], 17) == 13
    assert ask({}, controls={"style": "blues"}).music.columns_per_beat == 6
    assert ask({}, controls={"style": "blues"}, width=17).music.columns_per_beat == 4


@pytest.mark.parametrize("name", ["punk", "walking", "tumbao", "blues", "metal"])
def test_notes_begin_where_those_of_the_line_do(composer: Composer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    follow = Groove.__init__

    def remembered(groove, line, *rest, **more):
        lines.append(line)
        follow(groove, line, *rest, **more)

    monkeypatch.setattr(Groove, "__init__", remembered)
    cpb = asked_columns_per_beat([f"<style:{name}>"])
    music = Music(chords=("Am", "F", "C", "G"), columns_per_beat=cpb)
    request = Request(seed=8, asked=(f"<style:{name}>",), music=music)
    tabs = [written.tab for written in composer.write(request, 4)]
    assert len({tab.text for tab in tabs}) == 4  # each along a line of its own
    same = count = 0
    for tab, line in zip(tabs, lines, strict=True):
        bars = [bar for of_system in stroke_bars(tab, (), cpb) for bar in of_system]
        for bar, wanted in zip(bars, line, strict=False):
            begun = {float(stroke.column) / bar.width for stroke in bar.strokes}
            meant = {step / style(name).steps for step, _, _ in wanted}
            same, count = same + len(begun & meant), count + len(begun | meant)
    assert same >= 0.85 * count


def test_a_line_goes_round_with_its_chords(composer: Composer) -> None:
    chords = sounding(["Am", "F", "G"])
    notes = TokenNotes(composer.model.vocabulary, STANDARD)
    line = Groove.drawn(style("disco"), STANDARD, notes, 1, chords, None, 8, pitched=True, marked=False)._line
    assert len(line) == 18


def test_behind_a_prompt_in_an_unknown_key_the_line_leads_in_rhythm_alone(composer: Composer) -> None:
    notes = TokenNotes(composer.model.vocabulary, STANDARD)
    line = [((0, 33, 3), (8, 40, 2))]
    led, free = Groove(line, 16, notes, pitched=True), Groove(line, 16, notes, pitched=False)
    asked = Request(bars=2, seed=1, asked=("<style:rock>",))
    prompt = next(composer.write(asked, 1)).tab
    more = next(composer.write(Request(prompt=prompt, bars=2, seed=1, asked=("<style:rock>",)), 1)).tab
    assert len(more.bars) == 4
    so_far = SoFar.of(["GDAE", "||||", "----"], STANDARD, 17)
    assert not np.array_equal(led.bias(so_far), free.bias(so_far))
    assert free.bias(SoFar.of(["GDAE", "||||"], STANDARD, 14)) is None  # 13 columns are no sixteen steps


def test_a_style_among_other_bars_leads_in_rhythm_alone_and_what_it_cannot_lead_is_told(
    composer: Composer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pitched = []
    follow = Groove.__init__

    def remembered(groove, *given, **more):
        pitched.append(more["pitched"])
        follow(groove, *given, **more)

    monkeypatch.setattr(Groove, "__init__", remembered)
    tab = Tab.parse(GALLOP)
    asked = Request(seed=1, asked=("<style:funk>",), music=Music(columns_per_beat=8))
    for first, last in ((1, 1), (2, 2)):
        next(composer.infill(tab, first, last, asked))
    assert pitched
    assert not any(pitched)
    assert not caplog.records
    next(composer.infill(tab, 1, 1, Request(seed=1, asked=("<style:waltz>",))))
    assert "waltz has 12 steps a bar, which bars of 33 columns do not hold" in caplog.text


def test_an_ear_trained_on_songs_tells_the_styles_of_other_songs_and_of_tabs(composer: Composer) -> None:
    ear = styles.trained()
    assert ear.share_right(*styles.examples(99, 8)) >= 0.75
    right = count = 0
    for name in ("walking", "tumbao", "slap", "waltz", "bossa"):
        cpb = asked_columns_per_beat([f"<style:{name}>"])
        request = Request(bars=16, seed=3, asked=(f"<style:{name}>",), music=Music(columns_per_beat=cpb))
        heard = [ear.likeliest(written.tab, cpb) for written in composer.write(request, 4)]
        right, count = right + heard.count(name), count + 4
    assert right >= 0.7 * count


def before(*bars: str) -> SoFar:
    """Behind bars of one string, such as "0---x---"."""
    words = [word for bar in bars for word in ("||||", "----", *(f"---{mark}" for mark in bar))]
    return SoFar.of(["GDAE", *words, "||||"], STANDARD, 9)


def test_a_prompt_goes_round_in_the_bars_that_come_again() -> None:
    one, two = ((0, 28, 4), (4, DEAD, 4)), ((0, 28, 4), (2, 30, 4))
    assert feel_of(before("0---x---", "0---x---")) == (one,)
    assert feel_of(before("3---x---", "0---x---"))[1:] == (one,)
    assert feel_of(before("0---x---", "0-2-----")) == (one, two)
    assert feel_of(before("0---x---", "0-2-----", "0---x---", "0-2-----")) == (one, two)
    assert len(feel_of(before("5---x---", "5-7-----", "0---x---", "0-2-----"))) == 4
    assert len(feel_of(before("0---x---", "0-2-----", "--------", "--5-5-5-"))) == 4
    assert feel_of(before("--------")) == feel_of(SoFar.of(["GDAE", "||||"], STANDARD, 9)) == ()
    assert feel_of(before("0---x---", "3---")) == (one,)  # a bar of another width has no part in it


def test_a_prompt_is_moved_over_chords_the_nearer_way() -> None:
    line = (((0, 28, 4), (2, 35, 3), (4, DEAD, 4)), ())
    moved = over_chords(Riff(line, 8, STANDARD), sounding(["A", "E", "N.C."]))
    assert len(moved) == 6
    assert moved[0] == ((0, 33, 3), (2, 40, 2), (4, DEAD, 3))
    one = Riff(line[:1], 8, STANDARD)
    assert [pitch for _, pitch, _ in over_chords(one, sounding(["G"]))[0]] == [31, 38, DEAD]
    assert over_chords(one, sounding(["E", "N.C."])) == line[:1] * 2


def test_what_goes_on_with_a_gallop_gallops(composer: Composer) -> None:
    def alike(feel: float) -> float:
        music = Music(feel=feel, columns_per_beat=8)
        tabs = composer.write(Request(prompt=Tab.parse(GALLOP), bars=8, seed=2, music=music), 4)
        wanted = {stroke.column for stroke in stroke_bars(Tab.parse(GALLOP), (), 8)[0][0].strokes}
        shares = []
        for written in tabs:
            for bar in [bar for of_system in stroke_bars(written.tab, (), 8) for bar in of_system][2:]:
                begun = {stroke.column for stroke in bar.strokes}
                shares.append(len(begun & wanted) / len(begun | wanted))
        return sum(shares) / len(shares)

    assert alike(1.0) >= 0.85
    assert alike(1.0) > alike(0.0)


def test_the_command_line_and_pages_ask_for_the_feel_of_a_prompt() -> None:
    assert ask({}).music.feel == 1.0
    assert Request().music.feel == 0.0  # in Python it is asked for
    with pytest.raises(InputError, match="feel"):
        Music(feel=-1)
