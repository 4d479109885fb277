"""Reading the safetensors format (https://huggingface.co/docs/safetensors) in Python, where the native reader is not.

8 bytes little-endian: the length of a JSON header, which names type, shape and place of each tensor; then their bytes.
A file's word is not taken: places must follow each other without gaps up to its end, and fit types and shapes.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_MOST_HEADER = 100_000_000
_HEAD = 8
_TYPES = {
    **{"F16": "<f2", "F32": "<f4", "F64": "<f8", "BOOL": "?"},
    **{"I8": "<i1", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U8": "<u1", "U16": "<u2", "U32": "<u4", "U64": "<u8"},
}


class SafetensorError(Exception):
    """A file that is not of the format."""


class _Slice:
    """A tensor that is read when it is asked for."""

    def __init__(self, about: Mapping[str, Any], content: memoryview) -> None:
        self._type, self._shape, self._content = about["dtype"], about["shape"], content

    def get_shape(self) -> list[int]:
        return list(self._shape)

    def get_dtype(self) -> str:
        return str(self._type)

    def __getitem__(self, key: Any) -> np.ndarray[Any, Any]:
        whole = np.frombuffer(self._content, _TYPES[self._type]).reshape(self._shape)
        return np.array(whole[key])


class safe_open:  # noqa: N801  # the name of the package's
    """A file's tensors by name; a context, as the package has it."""

    def __init__(self, path: str | os.PathLike[str], framework: str = "numpy") -> None:
        """Read the header.

        Raises:
            SafetensorError: the file is not of the format.
        """
        if framework not in ("numpy", "np"):
            raise SafetensorError(f"framework {framework}: numpy alone is here")
        content = Path(path).read_bytes()
        length = int.from_bytes(content[:_HEAD], "little") if len(content) >= _HEAD else -1
        if not 0 <= length <= min(_MOST_HEADER, len(content) - _HEAD):
            raise SafetensorError("Error while deserializing header: header too small or too large")
        try:
            header = json.loads(content[_HEAD : _HEAD + length])
            self._metadata = _metadata(header)
            self._tensors = dict(_tensors(header, memoryview(content)[_HEAD + length :]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SafetensorError(f"Error while deserializing header: {error}") from error

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def keys(self) -> list[str]:
        return list(self._tensors)

    def metadata(self) -> dict[str, str] | None:
        return self._metadata

    def get_slice(self, name: str) -> _Slice:
        try:
            return self._tensors[name]
        except KeyError:
            raise SafetensorError(f"File does not contain tensor {name}") from None

    def get_tensor(self, name: str) -> np.ndarray[Any, Any]:
        return self.get_slice(name)[...]


def _metadata(header: dict[str, Any]) -> dict[str, str] | None:
    found = header.pop("__metadata__", None)
    if found is not None and not (isinstance(found, dict) and all(isinstance(text, str) for text in found.values())):
        raise ValueError("the metadata are no texts")
    return found


def _tensors(header: Mapping[str, Any], content: memoryview) -> Iterator[tuple[str, _Slice]]:
    """Tensors in the order in which they lie."""
    end = 0
    for name, about in sorted(header.items(), key=lambda item: tuple(item[1]["data_offsets"])):
        shape, (start, stop) = about["shape"], about["data_offsets"]
        if about["dtype"] not in _TYPES or not all(type(number) is int and number >= 0 for number in (*shape, stop)):
            raise ValueError(f"{name} is of type {about['dtype']} and shape {shape}")
        size = math.prod(shape) * np.dtype(_TYPES[about["dtype"]]).itemsize
        if start != end or stop - start != size or stop > len(content):
            raise ValueError(f"{name} lies at {start} to {stop}, {size} bytes from {end} on are expected")
        end = stop
        yield name, _Slice(about, content[start:stop])
    if end != len(content):
        raise ValueError("there are bytes behind the last tensor")
