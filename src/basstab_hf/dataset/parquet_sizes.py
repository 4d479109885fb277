"""What a Parquet file says of its sizes, by its footer (Thrift's compact protocol), column by column.

pyarrow tells the same (`metadata.row_group(n).column(n)`), but that call ends the process, no exception, where a
column's level histograms do not fit its type (26.0.1). https://github.com/apache/parquet-format, parquet.thrift.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from basstab_hf.errors import InputError

_MAGIC, _END = b"PAR1", 8
#: Bytes of a footer: that of 50,000 rows of ours has 1 MB. Python objects of a field, ten times as many.
_LONGEST = 64 << 20
#: Types of the compact protocol.
_STOP, _TRUE, _FALSE, _BYTE, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12
#: Fields by parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData.
_ROW_GROUPS, _COLUMNS, _META_DATA, _NUM_VALUES, _UNCOMPRESSED_SIZE = 4, 1, 3, 5, 6
#: Structs within structs.
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Sizes:
    """The most values of a column in a group of rows, and bytes of all columns, unpacked."""

    values: int
    size: int


def sizes(path: Path) -> Sizes:
    """Read the sizes of a file.

    Raises:
        InputError: it cannot be read, or is no Parquet.
    """
    try:
        columns = list(_columns(_Footer(_footer(path))))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, IndexError) as error:
        raise InputError(f"{path} cannot be read: its footer is broken ({error})") from error
    return Sizes(max((values for values, _ in columns), default=0), sum(size for _, size in columns))


def _footer(path: Path) -> bytes:
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - _END))
        end = file.read(_END)
        size = int.from_bytes(end[:4], "little")
        if end[4:] != _MAGIC or size > length - _END:
            raise ValueError("no Parquet")
        if size > _LONGEST:
            raise ValueError(f"{size:,} bytes")
        file.seek(length - _END - size)
        return file.read(size)


def _columns(footer: _Footer) -> Iterator[tuple[int, int]]:
    """Values and bytes of each column of each group of rows."""
    for _ in footer.structs_of(_ROW_GROUPS):
        for _ in footer.structs_of(_COLUMNS):
            found = {_NUM_VALUES: 0, _UNCOMPRESSED_SIZE: 0}
            for field, kind in footer.fields():
                if field == _META_DATA and kind == _STRUCT:
                    for inner, its_kind in footer.fields():
                        if inner in found and its_kind == _I64:
                            found[inner] = footer.number()
                        else:
                            footer.skip(its_kind)
                else:
                    footer.skip(kind)
            if min(found.values()) < 0:
                raise ValueError("a negative size")
            yield found[_NUM_VALUES], found[_UNCOMPRESSED_SIZE]


class _Footer:
    """Bytes of a struct, read once from begin to end; IndexError where they end too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field; whoever asks reads or skips it before the next."""
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self.number()
            yield number, kind

    def structs_of(self, wanted: int) -> Iterator[None]:
        """Once for each struct of the list in field `wanted`, which whoever asks reads; other fields are skipped."""
        for field, kind in self.fields():
            if field != wanted or kind != _LIST:
                self.skip(kind)
                continue
            count, of = self._list()
            if of != _STRUCT:
                raise ValueError("no list of structs")
            for _ in range(count):
                yield

    def number(self) -> int:
        """A whole number: zigzag, seven bits a byte."""
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over a value of a type."""
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._place += 1
        elif _BYTE < kind <= _I64:
            self._varint()
        elif kind == _DOUBLE:
            self._place += 8
        elif kind == _BINARY:
            length = self._varint()
            self._place += length
        elif depth > _DEEPEST:
            raise ValueError("too deep")
        elif kind in (_LIST, _SET):
            self._skip_list(depth)
        elif kind == _MAP:
            self._skip_map(depth)
        elif kind == _STRUCT:
            for _, its_kind in self.fields():
                self.skip(its_kind, depth + 1)
        else:
            raise ValueError(f"type {kind}")

    def _skip_list(self, depth: int) -> None:
        count, of = self._list()
        if of in (_TRUE, _FALSE):  # in lists, a byte each
            of = _BYTE
        for _ in range(count):
            self.skip(of, depth + 1)

    def _skip_map(self, depth: int) -> None:
        if count := self._varint():
            kinds = self._byte()
            for _ in range(self._checked(count)):
                self.skip(kinds >> 4, depth + 1)
                self.skip(kinds & 15, depth + 1)

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        count = head >> 4
        return self._checked(self._varint() if count == 15 else count), head & 15

    def _checked(self, count: int) -> int:
        if count > len(self._content):  # each takes a byte at the least
            raise ValueError(f"{count:,} pieces")
        return count

    def _varint(self) -> int:
        content, place, found, shift = self._content, self._place, 0, 0
        while content[place] & 128:
            found |= (content[place] & 127) << shift
            shift += 7
            place += 1
            if shift > 63:
                raise ValueError("a number of more than 64 bits")
        self._place = place + 1
        return found | content[place] << shift

    def _byte(self) -> int:
        found = self._content[self._place]
        self._place += 1
        return found
