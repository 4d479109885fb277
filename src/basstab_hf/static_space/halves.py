"""Machine code in two halves: the functions that ran in a trial, which a page loads first, and all others.

Input: a WebAssembly module as Emscripten links it for Python: memory and stack are imported, and its start does nothing
but place its globals. Each half has all functions under their old numbers; where it lacks one, it calls it through a
table that both share. So bodies are exchanged, and no instruction has to be read.
https://webassembly.github.io/spec/core/binary/modules.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

#: What the first half shares, by this name and a number: its tables, the last one with the functions of both halves and
#: behind them the one that fetches the second half. In a trial: a global for each function, 1 where it ran.
SHARED = "shared "
#: Sections of the second half that no engine reads: a place in the data, 4 bytes little-endian, and what belongs there.
LATE_DATA = "late data"
_TYPE, _IMPORT, _FUNCTION, _TABLE, _GLOBAL, _EXPORT, _START, _ELEMENT, _CODE, _DATA = 1, 2, 3, 4, 6, 7, 8, 9, 10, 11
#: Sections in their order: 0 is Emscripten's own, 12 counts data.
_ORDER = (0, _TYPE, _IMPORT, _FUNCTION, _TABLE, _GLOBAL, _EXPORT, _START, _ELEMENT, 12, _CODE, _DATA)
#: Kinds of what is imported and exported.
_A_FUNCTION, _A_TABLE, _A_MEMORY, _A_GLOBAL = range(4)
_I32, _FUNCTIONS, _NONE = 0x7F, 0x70, 0x40
#: Instructions.
_IF, _END, _CALL, _GET, _SET, _GET_ENTRY, _CONST, _IS_NULL = 0x04, 0x0B, 0x11, 0x20, 0x24, 0x25, 0x41, 0xD1


class _Reader:
    """Reads a section from the front."""

    def __init__(self, content: bytes, at: int = 0) -> None:
        self.content, self.at = content, at

    def number(self) -> int:
        """A number in LEB128, without a sign."""
        value = shift = 0
        while True:
            byte = self.content[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def sized(self) -> bytes:
        return self.take(self.number())

    def limits(self) -> bytes:
        start = self.at
        for _ in range(1 + (self.take(1)[0] & 1)):
            self.number()
        return self.content[start : self.at]


@dataclass(frozen=True, slots=True)
class _Module:
    """What is known of a module: its sections by their numbers, and some of what is in them."""

    sections: dict[int, bytes]
    #: How many values each type of functions takes, and the number of the type that takes and gives none.
    takes: list[int]
    plain: int
    #: How many functions, tables, memories and globals are imported.
    imported: list[int]
    #: Tables that are defined: their types.
    tables: list[bytes]
    #: Types and bodies of the functions that are defined.
    types: list[int]
    bodies: list[bytes]

    @property
    def functions(self) -> int:
        """The number of the table of all functions."""
        return self.imported[_A_TABLE] + len(self.tables)


def counting(content: bytes) -> bytes:
    """A module that tells of each of its functions whether it ran."""
    module = _module(content)
    first = module.imported[_A_GLOBAL] + _Reader(module.sections[_GLOBAL]).number()
    flags = [first + number for number in range(len(module.bodies))]
    bodies = [
        body[: (head := _locals(body))] + bytes([_CONST, 1, _SET]) + _number(flag) + body[head:]
        for flag, body in zip(flags, module.bodies, strict=True)
    ]
    return _written(
        module.sections
        | {
            _GLOBAL: _more(module.sections[_GLOBAL], [bytes([_I32, 1, _CONST, 0, _END])] * len(flags)),
            _EXPORT: _more(module.sections[_EXPORT], _shared(_A_GLOBAL, flags)),
            _CODE: _vector([_sized(body) for body in bodies]),
        }
    )


def halves(content: bytes, ran: Collection[int], late_data: Sequence[tuple[int, int]] = ()) -> tuple[bytes, bytes]:
    """Split a module: the first half has the functions that ran, by their numbers among those that are defined.

    It fetches the second by calling the function behind all others in the table, when it needs it. `late_data` are
    parts of the data, from and to, that no function of the first half reads: it has zeros there, the second the bytes.
    """
    module = _module(content)
    count, start = len(module.bodies), _Reader(module.sections[_START]).number() - module.imported[_A_FUNCTION]
    early = {*ran, start}
    late = {*range(count)} - early
    table = bytes([_FUNCTIONS, 0]) + _number(count + 1)
    tables = [*module.tables, table]
    numbers = [module.imported[_A_TABLE] + number for number in range(len(tables))]
    first = module.sections | {
        _TABLE: _vector(tables),
        _EXPORT: _more(module.sections[_EXPORT], _shared(_A_TABLE, numbers)),
        _ELEMENT: _more(module.sections[_ELEMENT], _filling(module, early)),
        _CODE: _code(module, early, fetches=True),
    }
    first[_DATA], sections = _without(module.sections[_DATA], late_data)
    borrowed = [
        _text(SHARED) + _text(f"{SHARED}{number}") + bytes([_A_TABLE]) + table for number, table in enumerate(tables)
    ]
    second = {name: module.sections[name] for name in (_TYPE, _FUNCTION, _GLOBAL, _START) if name in module.sections}
    second |= {
        _IMPORT: _more(module.sections[_IMPORT], borrowed),
        _ELEMENT: _vector(_filling(module, late)),
        _CODE: _code(module, {*late, start}, fetches=False),
    }
    return _written(first), _written(second) + sections


def _module(content: bytes) -> _Module:
    sections = dict[int, bytes]()
    reader = _Reader(content, 8)
    while reader.at < len(content):
        number = reader.take(1)[0]
        sections.setdefault(number, reader.sized())
    reader, takes, plain = _Reader(sections[_TYPE]), list[int](), 0
    for number in range(reader.number()):
        _, given, told = reader.take(1), reader.sized(), reader.sized()
        takes.append(len(given))
        plain = plain if given or told else number
    reader = _Reader(sections[_FUNCTION])
    types = [reader.number() for _ in range(reader.number())]
    reader = _Reader(sections[_CODE])
    bodies = [reader.sized() for _ in range(reader.number())]
    reader, tables = _Reader(sections.get(_TABLE, b"\0")), list[bytes]()
    for _ in range(reader.number()):
        tables.append(reader.take(1) + reader.limits())
    return _Module(sections, takes, plain, _imported(sections[_IMPORT]), tables, types, bodies)


def _imported(section: bytes) -> list[int]:
    counts, reader = [0, 0, 0, 0], _Reader(section)
    for _ in range(reader.number()):
        reader.sized(), reader.sized()
        kind = reader.take(1)[0]
        counts[kind] += 1
        if kind == _A_FUNCTION:
            reader.number()
        elif kind == _A_GLOBAL:
            reader.take(2)
        else:
            reader.take(kind == _A_TABLE)
            reader.limits()
    return counts


def _locals(body: bytes) -> int:
    """Where the instructions of a body begin."""
    reader = _Reader(body)
    for _ in range(reader.number()):
        reader.number(), reader.take(1)
    return reader.at


def _code(module: _Module, has: Collection[int], *, fetches: bool) -> bytes:
    table = _number(module.functions)
    fetch = _constant(len(module.bodies)) + bytes([_CALL]) + _number(module.plain) + table
    bodies = []
    for number, (kind, body) in enumerate(zip(module.types, module.bodies, strict=True)):
        if number not in has:
            entry = _constant(number)
            body = bytes([0])
            if fetches:
                body += entry + bytes([_GET_ENTRY]) + table + bytes([_IS_NULL, _IF, _NONE]) + fetch + bytes([_END])
            body += b"".join(bytes([_GET]) + _number(value) for value in range(module.takes[kind]))
            body += entry + bytes([_CALL]) + _number(kind) + table + bytes([_END])
        bodies.append(_sized(body))
    return _vector(bodies)


def _filling(module: _Module, functions: Collection[int]) -> list[bytes]:
    """Elements that put functions into the table, one for each run of neighbours."""
    runs: list[list[int]] = []
    for number in sorted(functions):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    head = bytes([2]) + _number(module.functions)
    first = module.imported[_A_FUNCTION]
    return [
        head + _constant(run[0]) + bytes([_END, 0]) + _vector([_number(first + number) for number in run])
        for run in runs
    ]


def _without(section: bytes, late: Sequence[tuple[int, int]]) -> tuple[bytes, bytes]:
    """The only entry of the data with zeros in its late parts, and sections with these."""
    reader = _Reader(section, section.index(_END) + 1)
    head, data, sections = section[: reader.at], bytearray(reader.sized()), b""
    for start, end in late:
        part = _text(LATE_DATA) + start.to_bytes(4, "little") + data[start:end]
        sections += b"\0" + _sized(part)
        data[start:end] = bytes(end - start)
    return head + _sized(bytes(data)), sections


def _shared(kind: int, numbers: Sequence[int]) -> list[bytes]:
    return [_text(f"{SHARED}{place}") + bytes([kind]) + _number(number) for place, number in enumerate(numbers)]


def _written(sections: dict[int, bytes]) -> bytes:
    present = [number for number in _ORDER if number in sections]
    return b"\0asm\1\0\0\0" + b"".join(bytes([number]) + _sized(sections[number]) for number in present)


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _constant(value: int) -> bytes:
    """The instruction for a number, which is written with a sign."""
    made = bytearray([_CONST])
    while value > 0x3F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _sized(content: bytes) -> bytes:
    return _number(len(content)) + content


def _text(text: str) -> bytes:
    return _sized(text.encode())


def _vector(entries: Sequence[bytes]) -> bytes:
    return _number(len(entries)) + b"".join(entries)


def _more(section: bytes, entries: Sequence[bytes]) -> bytes:
    """A section with entries behind its own."""
    reader = _Reader(section)
    count = reader.number()
    return _number(count + len(entries)) + section[reader.at :] + b"".join(entries)
