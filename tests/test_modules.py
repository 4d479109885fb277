"""What is found by its module can be used by its name, and the command line names it."""

import importlib
import subprocess
import sys

from basstab_hf.commands.parser import parser
from basstab_hf.metrics import metric_path
from basstab_hf.modules import ENGINES, METRICS, SPIDERS, TRACKERS
from basstab_hf.tokenizer.control_table import ASKED
from basstab_hf.tokenizer.token_kinds import KINDS


def test_names_are_those_of_modules_that_do_what_theirs_must() -> None:
    assert ENGINES == ("auto", "cpp", "cpp-int8", "numpy", "torch")
    for name in ENGINES[1:]:
        assert callable(importlib.import_module(f"basstab_hf.generate.{name.replace('-', '_')}_engine").load)
    assert TRACKERS == ("none", "mlflow", "trackio")
    for name in TRACKERS[1:]:
        assert callable(importlib.import_module(f"basstab_hf.tracking.{name}_tracker").Run)
    assert SPIDERS == ("folder", "jsstore", "pages")
    for name in SPIDERS:
        module = importlib.import_module(f"basstab_hf.scrape.spiders.{name}")
        assert name in {getattr(one, "name", "") for one in vars(module).values()}
    assert {"bits_per_column", "originality", "tab_validity"} < set(METRICS)
    assert all(metric_path(name).endswith(f"/{name}.py") for name in METRICS)


def test_the_command_line_takes_all_of_them() -> None:
    parse = parser().parse_args
    for control in ASKED:
        for value in control.values:
            found = getattr(parse(["generate", f"--{control.name}", value]), control.name)
            assert found == ([value] if control.several else value)
    assert {parse(["generate", "--engine", name]).engine for name in ENGINES} == set(ENGINES)
    assert {parse(["train", "d", "--out", "o", "--track", name]).track for name in TRACKERS} == set(TRACKERS)
    assert {parse(["tokenizer", "d", "--out", "o", "--kind", kind]).kind for kind in KINDS} == set(KINDS)


def test_help_imports_nothing_heavy() -> None:
    heavy = {"numpy", "tokenizers", "transformers", "torch", "scrapy", "evaluate", "datasets", "mlflow"}
    program = (
        f"import sys, basstab_hf.commands.parser as a; a.parser().format_help(); print({heavy} & {{*sys.modules}})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
