"""The C++ engine, built with sanitizers of addresses and undefined behaviour, passes its own tests."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pybind11
import pytest

from tests.conftest import needs_cpp

pytestmark = [needs_cpp, pytest.mark.slow]
GENERATE = Path(__file__).parents[1] / "src" / "basstab_hf" / "generate"
#: Optimised, building would take two and a half times as long, and testing not much less.
FLAGS = ("-std=c++17", "-O0", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-omit-frame-pointer")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
#: Long ones whose loops the others go through, too.
LEFT_OUT = ("shipped_model_says_the_same", "int8_is_close", "written_side_by_side", "a_seed_writes", "any_scores")
#: Runs pytest with the engine of another file.
RUN = """
import importlib.util, sys
import basstab_hf.generate, pytest
name = "basstab_hf.generate._decoder"
spec = importlib.util.spec_from_file_location(name, sys.argv[1])
basstab_hf.generate._decoder = sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
sys.exit(pytest.main(sys.argv[2:]))
"""


def library(compiler: str, name: str) -> str:
    call = [compiler, f"-print-file-name={name}"]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()


def test_the_engine_under_sanitizers_passes_its_tests(tmp_path: Path) -> None:
    compiler = shutil.which("c++")
    assert compiler, "the engine was built, so there was a compiler"
    built = tmp_path / f"_decoder{sysconfig.get_config_var('EXT_SUFFIX')}"
    places = [f"-I{place}" for place in (sysconfig.get_path("include"), pybind11.get_include(), GENERATE)]
    subprocess.run(
        [compiler, *FLAGS, *SANITIZERS, *places, str(GENERATE / "_decoder.cpp"), "-o", str(built)], check=True
    )
    content = built.read_bytes()
    assert b"__asan_report" in content
    assert b"__ubsan_handle" in content
    # Before Python's own: the sanitizer looks for what throws when it starts.
    preloaded = " ".join(library(compiler, name) for name in ("libasan.so", "libstdc++.so.6"))
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_", "COV_"))}
    # What Python itself keeps to the end is no leak.
    env = {**mine, "LD_PRELOAD": preloaded, "ASAN_OPTIONS": "detect_leaks=0", "CI": "1"}
    chosen = ("-n0", "-s", "-x", "-pno:cacheprovider", "-k", " and ".join(f"not {name}" for name in LEFT_OUT))
    call = [sys.executable, "-c", RUN, str(built), *chosen, str(Path(__file__).with_name("test_cpp_engine.py"))]
    done = subprocess.run(call, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert " passed" in done.stdout
