"""What the static Space unpacks is what was packed, and machine code in two halves computes what it did as a whole."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from basstab_hf.errors import InputError
from basstab_hf.static_space.halves import LATE_DATA, counting, halves
from basstab_hf.static_space.node import run_beside_pyodide
from basstab_hf.static_space.writer import _lzma
from tests.conftest import needs_npm

_NODE = shutil.which("node") or ""
_SCRIPTS = Path(__file__).parents[1] / "src" / "basstab_hf" / "static_space"
pytestmark = needs_npm
CHANCE = random.Random(3)
CONTENTS = {
    "one byte": b"a",
    "text": Path(__file__).read_bytes() * 3,
    "zeros": bytes(100_000),
    "by chance": CHANCE.randbytes(50_000),
    "numbers": b"".join(CHANCE.randrange(1000).to_bytes(4, "little") for _ in range(20_000)),
    "far away": (far := CHANCE.randbytes(70_000)) + bytes(300_000) + far,
}


def _node(script: str, *paths: Path) -> str:
    """What a script prints that knows ours."""
    ours = "\n".join((_SCRIPTS / name).read_text(encoding="utf-8") for name in ("unpack.js", "halves.js"))
    command = [_NODE, "--eval", ours + script, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("name", CONTENTS)
def test_what_is_packed_is_unpacked(name: str, tmp_path: Path) -> None:
    content = CONTENTS[name]
    for lc in (0, 3):
        (tmp_path / "packed").write_bytes(_lzma(content, lc))
        (tmp_path / "plain").write_bytes(content)
        told = _node(
            "const [packed, plain] = process.argv.slice(1).map((path) => require('fs').readFileSync(path));"
            "console.log(plain.equals(unpack(new Uint8Array(packed), plain.length)))",
            tmp_path / "packed",
            tmp_path / "plain",
        )
        assert told == "true\n"


def test_what_broke_off_or_is_something_else_is_no_endless_work(tmp_path: Path) -> None:
    content = CONTENTS["text"]
    for spoilt in (_lzma(content, 3)[:500], b"", b"broken", b"<!doctype html>" * 40, CHANCE.randbytes(3000)):
        (tmp_path / "packed").write_bytes(spoilt)
        script = "console.log(unpack(new Uint8Array(require('fs').readFileSync(process.argv[1])), 9000).length)"
        assert int(_node(script, tmp_path / "packed")) in (0, 9000)  # its hash is looked at next


def _section(number: int, *entries: str) -> bytes:
    content = bytes([len(entries)]) + b"".join(map(bytes.fromhex, entries))
    return bytes([number, len(content)]) + content


def _name(name: str) -> str:
    return bytes([len(name), *name.encode()]).hex()


#: As Emscripten links: 0 places the base of the data, 1 is Fibonacci's by way of 2, 3 tells the data's second byte.
_BODIES = (
    "00 2300 2401 0b",
    "00 2000 4102 48 047f 2000 05 2000 4101 6b 1002 2000 4102 6b 1002 6a 0b 0b",
    "00 2000 1001 0b",
    "00 2301 2d0001 0b",
)
WHOLE = b"".join(
    (
        b"\0asm\1\0\0\0",
        _section(1, "600000", "60017f017f", "6000017f"),
        _section(
            2,
            f"{_name('env')} {_name('memory')} 020001",
            f"{_name('env')} {_name('table')} 01700001",
            f"{_name('env')} {_name('__memory_base')} 037f00",
        ),
        _section(3, "00", "01", "01", "02"),
        _section(6, "7f01 4100 0b"),
        _section(7, f"{_name('fibonacci')} 0001", f"{_name('second')} 0003"),
        bytes([8, 1, 0]),
        _section(9, "00 4100 0b 01 02"),
        _section(10, *(f"{len(bytes.fromhex(body)):02x} {body}" for body in _BODIES)),
        _section(11, "00 2300 0b 04 61626364"),
    )
)
_WORLD = """
const read = (path) => require("fs").readFileSync(path);
const env = {
  memory: new WebAssembly.Memory({ initial: 1 }),
  table: new WebAssembly.Table({ initial: 1, element: "anyfunc" }),
  __memory_base: new WebAssembly.Global({ value: "i32" }, 16),
};
const [first, second] = process.argv.slice(1).map(read);
"""


def _split(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "first", tmp_path / "second"
    for path, half in zip(paths, halves(WHOLE, {0, 1}, [(1, 3)]), strict=True):
        path.write_bytes(half)
    return paths


@pytest.mark.parametrize("comes", ["when it is needed", "before"])
def test_halves_compute_what_the_whole_does(comes: str, tmp_path: Path) -> None:
    script = """
    let asked = 0;
    const complete = watchHalves(["it"], () => (asked++, second));
    WebAssembly.instantiate(first, { env }).then(({ instance: { exports } }) => {
      const early = exports.fibonacci(1);
      if (BEFORE) complete("it", second);
      console.log(JSON.stringify([early, asked, exports.fibonacci(12), exports.second(), env.table.get(0)(7), asked]));
      complete("it", second);
    });
    """.replace("BEFORE", json.dumps(comes == "before"))
    told = json.loads(_node(_WORLD + script, *_split(tmp_path)))
    assert told == [1, 0, 144, ord("b"), 13, int(comes != "before")]


def test_late_data_are_in_the_second_half_alone(tmp_path: Path) -> None:
    first, second = (path.read_bytes() for path in _split(tmp_path))
    assert b"a\0\0d" in first
    assert b"bc" not in first
    assert LATE_DATA.encode() + b"\1\0\0\0bc" in second


def test_a_trial_tells_what_ran(tmp_path: Path) -> None:
    (tmp_path / "counting").write_bytes(counting(WHOLE))
    script = """
    WebAssembly.instantiate(first, { env }).then(({ instance: { exports } }) => {
      const flags = () => [0, 1, 2, 3].map((number) => exports[`shared ${number}`].value);
      exports.fibonacci(1);
      const early = flags();
      console.log(JSON.stringify([early, exports.fibonacci(12), flags()]));
    });
    """
    told = json.loads(_node(_WORLD + script, tmp_path / "counting", tmp_path / "counting"))
    assert told == [[1, 1, 0, 0], 144, [1, 1, 1, 0]]


def test_a_trial_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Node could not compile the page") as told:
        run_beside_pyodide("trial.mjs", tmp_path, tmp_path)
    assert len(str(told.value).splitlines()) == 1
