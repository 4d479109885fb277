"""The C++ engine, built where a compiler is; without one, generating falls back to numpy. The rest: pyproject.toml."""

import sys

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

# No option here lets a compiler change the order of sums, but products and sums may be one instruction.
FLAGS = [] if sys.platform == "win32" else ["-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]

setup(
    ext_modules=[
        Pybind11Extension(
            "basstab_hf.generate._decoder",
            ["src/basstab_hf/generate/_decoder.cpp"],
            depends=["src/basstab_hf/generate/mixture.hpp"],
            cxx_std=17,
            extra_compile_args=FLAGS,
            optional=True,
        )
    ]
)
