"""The commands as a whole: what each has to say of itself."""

import argparse
import shlex
from itertools import groupby
from pathlib import Path

import pytest

from basstab_hf.commands import output, parser, verb


def _parsers() -> dict[str, argparse.ArgumentParser]:
    return parser.commands_of(parser.parser())


def test_every_command_is_a_module_of_its_name_listed_along_the_path() -> None:
    verbs = verb.verbs()
    modules = {path.stem for path in Path(output.__file__).parent.glob("*.py")}
    assert modules - set(verbs) == {
        "__init__",
        "arguments",
        "caches",
        "colour",
        "needs",
        "output",
        "parser",
        "sheets",
        "tabs",
        "verb",
    }
    assert list(verbs)[:5] == ["generate", "accompany", "develop", "infill", "demo"]
    assert len({command.order for command in verbs.values()}) == len(verbs)
    groups = [group for group, _ in groupby(command.group for command in verbs.values())]
    assert len(groups) == len(set(groups))


@pytest.mark.parametrize("name", verb.verbs())
def test_every_flag_tells_what_it_does(name: str) -> None:
    for action in _parsers()[name]._actions:
        assert action.help, f"{name} {action.option_strings or action.dest}"


@pytest.mark.parametrize(("name", "command"), verb.verbs().items())
def test_every_example_can_be_copied(name: str, command: verb.Verb) -> None:
    program, *arguments = shlex.split(command.example)
    assert program == "basstab"
    assert parser.parse(arguments).verb == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--out", "x"], "basstab build: name a SOURCE, or what to --remove: see `basstab build -h`\n"),
        (["push", "x"], "basstab push: name PATH and REPO_ID, or --space and REPO_ID alone: see `basstab push -h`\n"),
    ],
)
def test_flags_that_need_each_other_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        parser.parse(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("scrape https://here.example --out pages", ": the same command again goes on"),
        ("push model me/tabs", ": the same command again goes on"),
        ("train data --out nowhere", " before the first checkpoint"),
        (
            "search data --out found --address auto",
            ": `basstab search data --out found --resume --address auto` goes on",
        ),
        ("build tabs --out data", ""),
    ],
)
def test_who_interrupts_a_command_is_told_how_to_go_on(arguments: str, message: str) -> None:
    options = parser.parse(arguments.split())
    assert options.command.how_to_go_on(options) == message
