"""The blind test: its page keeps the secret, its key and its sums are right, and in a browser it can be answered.

Its machine is the model of the package, written with by basstab_hf.generate.
"""

import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.errors import InputError
from tests.conftest import needs_chromium, riff
from tests.strategies import tabs

SCRIPTS = Path(__file__).parent.parent / "scripts"
sys.path.append(str(SCRIPTS))

import blind_excerpts  # noqa: E402
import blind_score  # noqa: E402
import blind_test  # noqa: E402

CHOICES = {"A": "A is the machine", "B": "B is the machine", "?": "cannot tell"}
HOSTILE = "</pre></script><script>throw 1</script>"


def question(number: int, right: str = "A") -> blind_test.Question:
    found = [blind_excerpts.middle(Tab.parse(riff(2 * number + k)), 4, f"secret origin {k}") for k in (0, 1)]
    shown = blind_excerpts.shown_alike([one for one in found if one])
    return blind_test.Question(tuple(shown), CHOICES, right, ("secret machine", "secret person"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tabs with titles that would break a page."""
    found = tmp_path_factory.mktemp("people")
    for number in range(8):
        path = found / f"{number} <script>throw 2<" / f"{number}.txt"
        path.parent.mkdir()
        path.write_text(f"{HOSTILE}\nTitle: {HOSTILE}\n\n{riff(number)}\n{HOSTILE}")
    return found


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "blind"
    blind_test.main(["--beside", str(folder), "--pairs", "4", "--seed", "3", "--out", str(out)])
    return out


def test_the_same_seed_makes_the_same_page_and_another_another(made: Path, folder: Path, tmp_path: Path) -> None:
    for seed, out in ((3, tmp_path / "again"), (4, tmp_path / "other")):
        blind_test.main(["--beside", str(folder), "--pairs", "4", "--seed", str(seed), "--out", str(out)])
        same = [(out / name).read_bytes() == (made / name).read_bytes() for name in ("index.html", "key.json")]
        assert same == [seed == 3] * 2


def test_what_exists_is_not_overwritten_and_a_mistake_is_one_line(made: Path, tmp_path: Path) -> None:
    wrong = [
        ("--beside", "composed", "--out", made),
        ("--kind", "marks", "--out", tmp_path),
        ("--beside", tmp_path, "--out", tmp_path / "out"),
        ("--kind", "style", "--styles", "polka", "--out", tmp_path),
        ("--score", made / "key.json"),
        ("--score", made / "key.json", made / "index.html"),
        ("--score", made / "key.json", made / "key.json"),
    ]
    for arguments in wrong:
        with pytest.raises(SystemExit, match=r"\Ablind_test: .+\Z"):  # no dot is a line's end
            blind_test.main([str(argument) for argument in arguments])


def test_the_page_is_the_same_whatever_the_key_says() -> None:
    questions = [question(number) for number in range(3)]
    other = [replace(one, right="B", origins=("x", "y")) for one in questions]
    page = blind_test.page_of("machine", questions)
    assert page == blind_test.page_of("machine", other)
    assert "secret" not in page


def test_nothing_of_key_or_titles_is_in_the_page(made: Path) -> None:
    page, key = (made / "index.html").read_text(), json.loads((made / "key.json").read_text())
    assert page.count("<script") == page.count("</script>") == 2
    assert "throw" not in page
    assert "default-src 'none'" in page
    for one in key["questions"]:
        assert one["right"] in ("A", "B")
        assert not [tab for tab in one["tabs"] if tab in page]


def test_both_of_a_pair_look_alike(made: Path) -> None:
    import re

    texts = re.findall(r'<pre class="wide"[^>]*>(.*?)</pre>', (made / "index.html").read_text(), re.DOTALL)
    assert len(texts) == 8
    for a, b in zip(texts[::2], texts[1::2], strict=True):
        assert re.sub(r"[^|\nGDAE]", "-", a) == re.sub(r"[^|\nGDAE]", "-", b)


@given(tabs())
def test_an_excerpt_is_shown_with_the_notes_that_it_has(tab: Tab) -> None:
    found = blind_excerpts.middle(tab, 4, "x", strict=False)
    for shown in blind_excerpts.shown_alike([found]) if found else ():
        again = blind_excerpts.middle(Tab.parse(shown.wide), shown.columns_per_beat, "x", strict=False)
        places = [
            [(note.onset, note.string, note.fret) for bar in one.bars for note in bar.notes] for one in (found, again)
        ]
        assert places[0] == places[1]


def test_habits_of_print_are_evened_out() -> None:
    empty = "-" * 17 + "|"
    tab = Tab.parse("\n".join(["G|" + "-66---7--1010====|" * 8, *(f"{label}|{empty * 8}" for label in "DAE")]))
    (found,) = blind_excerpts.shown_alike([blind_excerpts.middle(tab, 4, "x")])
    assert found.columns_per_beat == 8
    assert "=" not in found.wide
    assert found.wide.startswith("G|-6-6-------7-----10--10----------|")


def test_composed_songs_stand_beside_the_machine() -> None:
    songs = blind_excerpts.others("composed", 1)
    for _, song in zip(range(10), songs, strict=False):
        assert len(song.bars) == blind_excerpts.BARS
        assert song.style


def test_a_dataset_stands_beside_the_machine(riff_dataset: Path) -> None:
    found = list(blind_excerpts.others(str(riff_dataset), 1))
    assert found
    assert all(len(one.bars) == blind_excerpts.BARS for one in found)


def answered(key: dict[str, Any], *given: tuple[str, str]) -> dict[str, Any]:
    return {"test": key["test"], "answers": [{"answer": answer, "why": why} for answer, why in given]}


def key_of(rights: str, kind: str = "machine", choices: str = "AB?") -> dict[str, Any]:
    questions = [{"right": right, "choices": list(choices), "tabs": []} for right in rights]
    return {"test": "t", "kind": kind, "beside": "them", "model": "m", "questions": questions}


def test_the_score_by_hand() -> None:
    key = key_of("AABBA")
    answers = answered(key, ("A", "fills"), ("A", " fills "), ("B", ""), ("A", "rests"), ("?", "both good"))
    assert list(blind_score.report(key, answers)) == [
        "machine beside them, m: 5 of 5 answered",
        "  told right: 3 of 4 (75%, 95 % interval 30% to 95%); cannot tell: 1",
        "  cannot tell: both good",
        "  right: fills (2)",
        "  wrong: rests",
    ]


def test_marks_and_styles_are_summed_up() -> None:
    key = key_of("   ", "marks", "12345")
    told = list(blind_score.report(key, answered(key, ("2", "dull"), ("4", ""), ("", "unread"))))
    assert told[1:] == ["  mean mark 3.00 (95 % interval +- 1.96); 1 times 2, 1 times 4", "  mark 2: dull"]
    key = key_of("ppr", "style", "pr")
    told = list(blind_score.report(key, answered(key, ("p", ""), ("r", ""), ("r", ""))))
    assert told[2:] == ["  p: taken for p 1, r 1", "  r: taken for r 1"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_odd_answers_are_refused(odd: Any) -> None:
    key = key_of("A")
    for answers in ({"test": "t", "answers": [{"answer": odd, "why": odd}]}, {"test": odd, "answers": []}):
        try:
            assert list(blind_score.report(key, answers))
        except InputError as error:
            assert "\n" not in str(error)


def wait_for(page: Any, words: str) -> None:
    page.wait_for_function(f"document.body.innerText.includes({words!r})")


@pytest.mark.slow
@needs_chromium
def test_a_reader_listens_answers_reloads_and_hands_over(page: Any, tmp_path: Path) -> None:
    questions = [question(number, random.Random(number).choice("AB")) for number in range(3)]
    path = tmp_path / "index.html"
    path.write_text(blind_test.page_of("machine", questions))
    page.goto(path.as_uri())
    page.get_by_role("button", name="Play A").click()
    page.wait_for_function("playing && playing.sources.length > 3 && context.currentTime > playing.start")
    page.get_by_role("button", name="Play B").click()
    page.wait_for_function("document.querySelectorAll('.play')[0].textContent.includes('Play')")
    page.get_by_role("radio", name="B is the machine").check()
    page.get_by_role("textbox", name="What gave it away?").fill("it never rests")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("radio", name="cannot tell").check()
    page.reload()
    wait_for(page, "3 of 3")  # the first that is not answered yet
    page.get_by_role("button", name="To the end").click()
    wait_for(page, "Not answered: 3")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("radio", name="A is the machine").check()
    page.get_by_role("button", name="To the end").click()
    wait_for(page, "All questions are answered.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download answers.json").click()
    answers = json.loads(Path(download.value.path()).read_text())
    assert answers == json.loads(page.locator("#result").input_value())
    assert [one["answer"] for one in answers["answers"]] == ["B", "?", "A"]
    assert answers["answers"][0]["why"] == "it never rests"
    key = key_of("BAA") | {"test": answers["test"]}
    assert "  told right: 2 of 2" in "\n".join(blind_score.report(key, answers))


@pytest.mark.slow
@needs_chromium
def test_on_a_phone_nothing_is_wider_than_the_screen(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(blind_test.page_of("machine", [question(1)]))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path.as_uri())
    wide = "[...document.querySelectorAll('body, pre')].filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.evaluate(wide) == 0
