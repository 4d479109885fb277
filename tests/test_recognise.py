"""Recognition end to end on self-written tabs: what is found, how it was put together, and what stands around it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from basstab_hf.recognise import RecognisedSystem, explain, recognise_bytes, recognise_tabs
from basstab_hf.recognise.annotations import Chord
from basstab_hf.tab.values import Tab

ROWS = ["-----|", "--2--|", "3---5|", "-----|"]
PLAIN = "\n".join(["[Verse]", "G|-----|", "D|--2--|", "A|3---5|", "E|-----|  x4", "that was it"])


def only(text: str) -> RecognisedSystem:
    (system,) = recognise_tabs(text).systems
    return system


def stack(labels: str, rows: list[str], separator: str = "|") -> str:
    return "\n".join(label + separator + row for label, row in zip(labels.split(), rows, strict=True))


def test_a_plain_system_with_its_heading_and_count() -> None:
    found = recognise_tabs(PLAIN)
    (system,) = found.systems
    assert system.labels == ("G", "D", "A", "E")
    assert list(system.lines) == ROWS == list(system.repaired_lines)
    assert (system.first_line, system.line_numbers) == (2, (2, 3, 4, 5))
    assert (system.section, system.repeats, system.counts, system.chords) == ("Verse", 4, None, ())
    assert system.confidence > 0.95
    assert PLAIN[slice(*system.offsets[1])] == "D|--2--|"
    assert PLAIN[slice(*system.span)] == "\n".join(PLAIN.split("\n")[1:5]).removesuffix("  x4")
    assert found.rejected == ()
    assert Tab.parse(found.tab.text).systems == found.tab.systems


def test_json_has_every_promised_key() -> None:
    answer = json.loads(json.dumps(recognise_tabs(PLAIN + "\n\n\nB|---3--|").to_json()))
    (system,) = answer["systems"]
    assert system["labels"] == ["G", "D", "A", "E"]
    assert system["tuning"] == "GDAE"
    assert system["lines"] == system["repaired_lines"] == ROWS
    assert (system["first_line"], system["repeats"], system["section"], system["repairs"]) == (2, 4, "Verse", [])
    assert system["offsets"][0] == [8, 16]
    (rejected,) = answer["rejected"]
    assert rejected.pop("nearest").startswith("strings B of a bass whose tuning the page states")
    assert rejected == {"first_line": 9, "last_line": 9, "reason": "one string line: a bass has 4 to 6"}


def test_labels_are_null_where_none_are_printed() -> None:
    system = recognise_tabs("\n".join("|" + row for row in ROWS)).to_json()["systems"][0]
    assert (system["labels"], system["tuning"]) == (None, "GDAE")


def test_explain_marks_systems_and_refusals() -> None:
    text = PLAIN + "\n\n\nB|---3--|"
    lines = explain(text, recognise_tabs(text)).split("\n")
    assert lines[0] == "      1 [Verse]"
    assert lines[1].startswith("+     2 G|-----|    <- GDAE, confidence 0.9")
    assert lines[4] == "+     5 E|-----|  x4"
    refused = "x     9 B|---3--|    <- refused: one string line: a bass has 4 to 6"
    assert lines[8].startswith(f"{refused} (nearest: strings B of a bass whose tuning the page states")


def test_explain_counts_lines_that_end_in_carriage_returns() -> None:
    text = PLAIN.replace("\n", "\r")
    assert explain(text, recognise_tabs(text)).count("\n") == 5


@dataclass(frozen=True)
class Case:
    text: str
    tuning: str
    lines: list[str]
    labels: str | None
    repair: str = ""


CASES = {
    "low string first": Case(
        stack("E A D G", ["-3--5|", "-----|", "-----|", "---7-|"]),
        "GDAE",
        ["---7-|", "-----|", "-----|", "-3--5|"],
        "E A D G",
        "turned over",
    ),
    "five strings, low string first": Case(
        stack("B E A D G", ["-3--5|", "-----|", "-----|", "---7-|", "-----|"]),
        "GDAEB",
        ["-----|", "---7-|", "-----|", "-----|", "-3--5|"],
        "B E A D G",
        "turned over",
    ),
    "a wrong label": Case(stack("E D A E", ROWS), "GDAE", ROWS, "E D A E", "label E of string 1 read as G"),
    "a wrong label among sharps": Case(
        stack("F# C# F# D#", ROWS), "F#C#G#D#", ROWS, "F# C# F# D#", "string 3 read as G#"
    ),
    "one letter for all": Case(stack("G G G G", ROWS), "GDAE", ROWS, "G G G G", "read as GDAE"),
    "the lowest string far down": Case(stack("G D A C", ROWS), "GDAC", ROWS, "G D A C"),
    "labels behind": Case("\n".join(f"|{r} {s}" for r, s in zip(ROWS, "GDAD", strict=True)), "GDAD", ROWS, "G D A D"),
    "string numbers": Case(stack("1 2 3 4", ROWS), "GDAE", ROWS, None),
    "German": Case(stack("G D A E H", [*ROWS, "0----|"]), "GDAEB", [*ROWS, "0----|"], "G D A E B"),
    "solfege": Case(stack("Sol Re La Mi", ROWS), "GDAE", ROWS, "G D A E"),
    "octaves": Case(stack("G2 D2 A1 E1", ROWS), "GDAE", ROWS, "G D A E"),
    "blanks around bar lines": Case(
        stack("G D A E", [" --5-- | ---- |", " ----- | ---- |", " ----- | ---- |", " ----- | --0- |"], " |"),
        "GDAE",
        ["---5---|------|", "-------|------|", "-------|------|", "-------|---0--|"],
        "G D A E",
        "inner blanks",
    ),
    "a count on each line": Case(stack("G D A E", [row + "x2" for row in ROWS]), "GDAE", ROWS, "G D A E"),
    "a brace behind open lines": Case(
        stack("G D A E", ["--5--   |", "-----   | x2", "-----   |", "-----   |"]),
        "GDAE",
        ["--5--", "-----", "-----", "-----"],
        "G D A E",
    ),
    "words between dashes": Case(
        stack("G D A E", ["-5-let ring--|", "--hold-------|", "--5b(full)---|", "---%---#-----|"]),
        "GDAE",
        ["-5-----------|", "-------------|", "--5b---------|", "---%---#-----|"],
        "G D A E",
        "words inside a line became -: let ring, hold, (full)",
    ),
    "brackets": Case(stack("(G) (D) (A) (E)", ROWS), "GDAE", ROWS, "G D A E"),
    "newlines lost": Case(
        "then " + " ".join(stack("G D A E", ROWS).split("\n")) + " and so on",
        "GDAE",
        ROWS,
        "G D A E",
        "newlines were lost",
    ),
    "double spaced": Case(stack("G D A E", ROWS).replace("\n", "\n\n"), "GDAE", ROWS, "G D A E", "other lines between"),
    "a line between": Case(
        "G|-----|\nD|--2--|\n  la la la\nA|3---5|\nE|-----|", "GDAE", ROWS, "G D A E", "other lines between"
    ),
    "wrapped": Case(
        "G|-----\n-----|\nD|--2--\n-----|\nA|3---5\n-----|\nE|-----\n--7--|",
        "GDAE",
        ["----------|", "--2-------|", "3---5-----|", "-------7--|"],
        "G D A E",
        "wrapped",
    ),
    "blanks for dashes": Case("G|     |\nD|  2  |\nA|3   5|\nE|     |", "GDAE", ROWS, "G D A E", "inner blanks"),
    "inner blanks": Case("G|-- --|\nD|--2--|\nA|3 - 5|\nE|-----|", "GDAE", ROWS, "G D A E", "inner blanks"),
    "notes from end to end": Case("|5555|\n|----|\n|----|\n|----|", "GDAE", ["5555|", "----|", "----|", "----|"], None),
    "a count behind the bar line": Case(stack("G D A E", ROWS).replace("2--|", "2--|x4"), "GDAE", ROWS, "G D A E"),
    "words behind the bar line": Case(
        stack("G D A E", ROWS).replace("2--|", "2--|(let ring)"), "GDAE", ROWS, "G D A E"
    ),
    "a string literal": Case(
        f'tab = "{chr(92)}n'.replace('"', '"') + stack("G D A E", ROWS).replace("\n", "\\n") + '\\n"',
        "GDAE",
        ROWS,
        "G D A E",
        "newlines",
    ),
    "list of strings": Case(
        stack("G D A E", ROWS).replace("|\n", '|",\n"').join(['["', '"]']), "GDAE", ROWS, "G D A E"
    ),
    "palm mute above, labelled": Case("PM|-----|\n" + stack("G D A E", ROWS), "GDAE", ROWS, "G D A E"),
    "triplets above, unlabelled": Case("|3-|\n" + "\n".join("|" + row for row in ROWS), "GDAE", ROWS, None),
    "a short line below, unlabelled": Case("\n".join("|" + row for row in ROWS) + "\n|--|", "GDAE", ROWS, None),
    "a rule above": Case("---------\n" + stack("G D A E", ROWS), "GDAE", ROWS, "G D A E"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_single_system(case: Case) -> None:
    system = only(case.text)
    assert system.tuning.word == case.tuning
    assert list(system.repaired_lines) == case.lines
    assert (" ".join(system.labels) if system.labels else None) == case.labels
    assert any(case.repair in repair for repair in system.repairs) if case.repair else not system.repairs


def test_a_page_keeps_to_its_own_tuning_where_a_label_is_wrong() -> None:
    tab = stack("F C G D", ROWS) + "\n\n" + stack("F D G D", ROWS)
    assert [system.tuning.word for system in recognise_tabs(tab).systems] == ["FCGD", "FCGD"]


def test_labels_that_most_strings_share_with_the_page_are_slips() -> None:
    tab = stack("Gb Db Ab Eb", ROWS) + "\n\n" + stack("Gb Ab Gb Eb", ROWS)
    second = recognise_tabs(tab).systems[1]
    assert second.tuning.word == "GbDbAbEb"
    assert second.repairs == ("label Ab of string 2 read as Db, label Gb of string 3 read as Ab",)


def test_systems_side_by_side_share_labels_and_are_told_apart_by_heading() -> None:
    text = "Riff 1      Riff 2\n" + "\n".join(
        f"{label}|{row}    |{row[::-1][1:]}--|" for label, row in zip("GDAE", ROWS, strict=True)
    )
    left, right = recognise_tabs(text).systems
    assert left.labels == right.labels == ("G", "D", "A", "E")
    assert left.line_numbers == right.line_numbers
    assert right.lines[2] == "5---3--|"
    assert (left.section, right.section) == ("Riff 1", "Riff 2")
    assert text[slice(*right.offsets[2])] == "|5---3--|"


def test_side_by_side_without_bar_lines_or_after_tab_characters() -> None:
    text = "\n".join(f"|{row}\t|---0--" for row in ROWS)
    assert [list(system.lines) for system in recognise_tabs(text).systems] == [ROWS, ["---0--"] * 4]


def test_a_tab_beside_lyrics() -> None:
    words = ["I sit here", "locked inside", "my head", "remembering"]
    text = "\n".join(f"{left:<30}{label} |{row}" for left, label, row in zip(words, "GDAE", ROWS, strict=True))
    assert list(only(text).lines) == ROWS


def test_a_run_without_blank_lines_is_cut_at_its_labels() -> None:
    text = "\n".join([stack("G D A E", ROWS)] * 3 + [stack("G D A", ROWS[:3])])
    found = recognise_tabs(text)
    assert [system.first_line for system in found.systems] == [1, 5, 9, 13]
    assert [system.labels for system in found.systems[2:]] == [("G", "D", "A", "E"), ("G", "D", "A")]


def test_unlabelled_runs_are_cut_where_the_bar_lines_move_else_into_the_usual_number() -> None:
    short = ["|---|"] * 4
    assert len(recognise_tabs("\n".join(["|" + row for row in ROWS] + short)).systems) == 2
    assert len(recognise_tabs("\n".join(["|" + row for row in ROWS] * 3)).systems) == 3
    five = stack("G D A E B", [*ROWS, "-----|"]) + "\n\n" + "\n".join(["|-2---|"] * 10)
    assert [system.tuning.word for system in recognise_tabs(five).systems] == ["GDAEB"] * 3
    assert [refused.reason for refused in recognise_tabs("\n".join(["|-2---|"] * 11)).rejected] == [
        "11 lines without labels: a bass has 4 to 6 strings"
    ]


def test_unlabelled_systems_take_the_last_tuning_or_the_stated_one() -> None:
    bare = "\n\n" + "\n".join("|" + row for row in ROWS)
    assert recognise_tabs(stack("G D A D", ROWS) + bare).systems[1].tuning.word == "GDAD"
    assert only("Tuning: D A D G" + bare).tuning.word == "GDAD"
    assert only("tuned to D G C F" + bare).tuning.word == "FCGD"
    assert only("bass in drop C" + bare).tuning.word == "FCGC"
    assert only("Tune down half a step? half step down!" + bare).tuning.word == "GbDbAbEb"
    assert only("tuning: E A D G B E" + bare).tuning.word == "GDAE"


def test_what_stands_above_a_system_is_kept() -> None:
    text = "Chorus 2: loud\nAm   | C/G  N.C.\n1 + 2 + 3\ne e q\n S  P\n" + stack("G D A E", ROWS)
    system = only(text)
    assert system.section == "Chorus 2"
    assert system.chords == (Chord(-2, "Am"), Chord(5, "C/G"), Chord(10, "N.C."))
    assert system.counts == "1 + 2 + 3"
    assert (system.annotations.rhythm, system.annotations.slaps) == ("e e q", " S  P")


def test_slap_letters_may_stand_below() -> None:
    assert only(stack("G D A E", ROWS) + "\n  S  P\n").annotations.slaps == "S  P"
    assert only(stack("G D A E", ROWS) + "\nSo Pat played").annotations.slaps is None


def test_words_above_are_no_rhythm_letters() -> None:
    assert only("the west wets\n" + stack("G D A E", ROWS)).annotations.rhythm is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x4", 4),
        ("(x2)", 2),
        ("3x", 3),
        ("| play this 3 times", 3),
        ("} x12", 12),
        ("(repeat 5)", 5),
        ("let ring", None),
    ],
)
def test_repeat_counts(text: str, count: int | None) -> None:
    assert only(stack("G D A E", ROWS).replace("2--|", f"2--|  {text}")).repeats == count
    assert only(f"      {text}\n" + stack("G D A E", ROWS)).repeats == count


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("[Intro]            End", "Intro"),
        ("<CHORUS> x 2", "CHORUS"),
        ("## The slow part", "The slow part"),
        ("Outro (Fade out)", "Outro (Fade out)"),
        ("Verse 0:25", "Verse 0:25"),
        ("Verse: (could it be", "Verse"),
        ("Repeat Verse 1", None),
        ("the bridge goes over the river, and then on", None),
        ("the bridge,", None),
        ("# Song", None),
        ("-- Solo --", None),
    ],
)
def test_headings(heading: str, name: str | None) -> None:
    assert only(f"{heading}\n\n" + stack("G D A E", ROWS)).section == name


def test_bytes_are_recognised_as_text() -> None:
    assert recognise_bytes(PLAIN.encode("utf-16")).tab == recognise_tabs(PLAIN).tab


def test_a_repeat_count_right_behind_a_line_is_no_part_of_it() -> None:
    (system,) = recognise_tabs("G|-5---7--(x2)\nD|--------\nA|--------\nE|--------").systems
    assert system.lines[0] == "-5---7--"
    assert system.repeats == 2


@pytest.mark.parametrize("bar", ["-/5-----", "<12>----", "-(5)-5--", "-\\5-----", "(5)-----"])
def test_bars_drawn_with_another_sign_may_begin_with_a_mark(bar: str) -> None:
    rows = [f"{label} I{bar if label == 'G' else '-' * 8}I{bar if label == 'G' else '-' * 8}I" for label in "GDAE"]
    [system] = recognise_tabs("\n".join(rows)).systems
    assert system.system.lines[0] == f"{bar}|{bar}|"
