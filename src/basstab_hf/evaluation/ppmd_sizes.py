"""Sizes of pieces behind songs under PPMd, the songs read once: a process that splits off one of its kind for a piece.

Input: JSON on stdin, `[order, bytes of memory, songs, [piece, ...]]`, bytes as Latin-1 text. Output: a JSON list of
bytes that each piece adds. Run by `baselines.PpmdModel` as a process of its own, where nothing else lives that could
not be split.
"""

from __future__ import annotations

import json
import os
import sys


def added(order: int, memory: int, songs: bytes, pieces: list[bytes]) -> list[int]:
    """What each piece adds to the size of the compressed songs, in bytes."""
    import pyppmd

    encoder = pyppmd.Ppmd7Encoder(order, memory)
    encoder.encode(songs)
    ends = []
    for piece in [b"", *pieces]:
        reader, writer = os.pipe()
        if not (child := os.fork()):
            size = len(encoder.encode(piece)) + len(encoder.flush())
            os.write(writer, size.to_bytes(8, "little"))
            os._exit(0)
        os.close(writer)
        ends.append(int.from_bytes(os.read(reader, 8), "little"))
        os.close(reader)
        os.waitpid(child, 0)
    return [end - ends[0] for end in ends[1:]]


if __name__ == "__main__":
    asked_order, asked_memory, given, asked = json.load(sys.stdin)
    sizes = added(asked_order, asked_memory, given.encode("latin-1"), [one.encode("latin-1") for one in asked])
    json.dump(sizes, sys.stdout)
