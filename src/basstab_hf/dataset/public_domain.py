"""Public-domain tunes that the music21 package ships: found, read, credited, and cached on disk.

Input: ABC files inside music21. Output: `Tune`s in a fixed order, the same whatever the number of jobs.

The compositions are public domain by age; of the encodings, only those are used whose files state no restriction:
Ryan's Mammoth Collection, O'Neill's, Aird's, and Northumbrian Minstrelsy. Left out, by what the files of music21 10.5.1
say: Essen folk songs (non-commercial use only), Palestrina and three Bach files ("rights to all derivative electronic
formats reserved"), Josquin (copyright of the encoder), Beach, Ciconia, Luca and Corelli (Creative Commons, under
conditions), lead sheets ("all rights reserved" on one), Joplin (from an exchange site), the fife tunes (downloaded
"from a site that has now disappeared"), and everything whose encoder or terms are not named: the other Bach,
Beethoven, Haydn, Mozart, Monteverdi, the trecento, two reels from Nottingham and single pieces.

Order: one tune of each collection in turn; within a collection one of each file in turn, files by name; within a file
as printed. So the first few hundred hold airs and dances of all collections.

Cache: `CACHE/corpus/<collection>.v<format>-music21-<version>.jsonl`, one line a tune: the hash of its ABC text, a tab,
and what was read from it as JSON. CACHE is $BASSTAB_CACHE, else $XDG_CACHE_HOME/basstab_hf, else ~/.cache/basstab_hf.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import itertools
import json
import logging
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.dataset import abc_notation
from basstab_hf.dataset.tune import Tune, TuneError, bars_from_json, bars_to_json
from basstab_hf.errors import InputError, MissingExtraError, OutputError

_LOG = logging.getLogger(__name__)
#: Version of the cached JSON; raised whenever reading ABC gives something else than before.
FORMAT = 1
#: Tunes read at a time: what a caller who stops early pays for at most.
_BATCH = 512
#: A process costs about a second to start and a tune 3 ms to read: so many tunes or fewer are read faster without.
_WORTH_PROCESSES = 400


@dataclass(frozen=True, slots=True)
class Collection:
    """A book of tunes: `name` and `slug` for people and files, `pattern` of its files in music21's corpus folder."""

    name: str
    slug: str
    pattern: str
    published: str

    @property
    def licence(self) -> str:
        return (
            f"composition: public domain (published {self.published}); "
            "transcription: from the corpus of music21, in files that state no restriction"
        )


COLLECTIONS = (
    Collection("Ryan's Mammoth Collection", "ryans-mammoth", "ryansMammoth/*.abc", "1883"),
    Collection("O'Neill's Music of Ireland", "oneills", "oneills1850/*.abc", "1903 and 1907"),
    Collection("Aird's Airs", "airds", "airdsAirs/*.abc", "from 1778"),
    Collection("Northumbrian Minstrelsy", "northumbrian", "miscFolk/northumbrianminstrelsyopus.abc", "1882"),
)


def tunes(limit: int | None = None, jobs: int = 1, refused: Counter[str] | None = None) -> Iterator[Tune]:
    """Read the first `limit` tunes (all of them: None), in the fixed order, from the cache where it has them.

    With `jobs` above 1, many unread tunes are read in that many processes; the main module of a script that asks for
    this must be importable (`if __name__ == "__main__":`). `refused` counts, by reason, tunes that could not be read.

    Raises:
        MissingExtraError: music21 is not installed.
        InputError: it is installed without its corpus.
    """
    refused = Counter() if refused is None else refused
    texts = _in_turn([_texts(collection, _corpus()) for collection in COLLECTIONS])
    caches = {collection: _Cache(collection) for collection in COLLECTIONS}
    left = limit
    with ExitStack() as stack:
        for cache in caches.values():
            stack.callback(cache.save)
        read = stack.enter_context(_reading(jobs))
        while left != 0 and (batch := list(itertools.islice(texts, _BATCH if left is None else min(left, _BATCH)))):
            for text, record in zip(batch, _records(batch, caches, read), strict=True):
                if "refused" in record:
                    refused[record["refused"]] += 1
                    continue
                yield _tune(text, record)
                left = None if left is None else left - 1


@dataclass(frozen=True, slots=True)
class _Text:
    """One tune as it stands in its file."""

    collection: Collection
    source: str
    text: str


class _Cache:
    """What was read from the tunes of a collection, by the hash of their text; saved as a whole or not at all."""

    def __init__(self, collection: Collection) -> None:
        version = importlib.metadata.version("music21")
        self.path = files.cache_folder() / "corpus" / f"{collection.slug}.v{FORMAT}-music21-{version}.jsonl"
        self.changed = False
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeError):
            lines = []
        self.records = dict(line.split("\t", 1) for line in lines if "\t" in line)

    def get(self, text: str) -> dict[str, Any] | None:
        """Give the record of a tune, None where there is none or it is damaged."""
        try:
            record = json.loads(self.records[_hash(text)])
        except (KeyError, ValueError):
            return None
        return record if isinstance(record, dict) and ("refused" in record or "bars" in record) else None

    def put(self, text: str, record: str) -> None:
        self.records[_hash(text)] = record
        self.changed = True

    def save(self) -> None:
        """Write the cache if it has news; a cache that cannot be written costs time next time, nothing else."""
        if not self.changed:
            return
        try:
            lines = (f"{key}\t{record}\n" for key, record in sorted(self.records.items()))
            files.write_text(self.path, "".join(lines), force=True)
        except OutputError as error:
            _LOG.warning("tunes are not cached: %s", error)


def _corpus() -> Path:
    """The corpus folder of music21, found without importing it (which takes half a second)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise MissingExtraError("music21", "corpus")
    folder = Path(spec.origin).parent / "corpus"
    if not any(folder.glob(COLLECTIONS[0].pattern)):
        raise InputError(f"{folder} holds no tunes: this music21 came without its corpus, install it from PyPI")
    return folder


def _texts(collection: Collection, corpus: Path) -> Iterator[_Text]:
    """The tunes of a collection, one of each file in turn."""
    return _in_turn([_book(collection, path, corpus) for path in sorted(corpus.glob(collection.pattern))])


def _book(collection: Collection, path: Path, corpus: Path) -> Iterator[_Text]:
    text = files.read_bytes(path).decode("utf-8", errors="replace")
    for number, tune in enumerate(abc_notation.split_book(text), start=1):
        yield _Text(collection, f"music21/corpus/{path.relative_to(corpus).as_posix()}#{number}", tune)


def _in_turn(sources: Iterable[Iterator[_Text]]) -> Iterator[_Text]:
    """One of each source, round and round, until all are empty."""
    waiting = deque(sources)
    while waiting:
        source = waiting.popleft()
        for text in itertools.islice(source, 1):
            yield text
            waiting.append(source)


def _records(
    batch: list[_Text], caches: dict[Collection, _Cache], read: Callable[[list[str]], Iterator[str]]
) -> Iterator[dict[str, Any]]:
    """Records of a batch in its order; what the caches lack is read and put there."""
    missing = [text for text in batch if caches[text.collection].get(text.text) is None]
    for text, record in zip(missing, read([text.text for text in missing]), strict=True):
        caches[text.collection].put(text.text, record)
    for text in batch:
        if (known := caches[text.collection].get(text.text)) is not None:
            yield known


@contextmanager
def _reading(jobs: int) -> Iterator[Callable[[list[str]], Iterator[str]]]:
    """A function that reads tunes, in processes once there is enough to read."""
    with ExitStack() as stack:
        pools: list[ProcessPoolExecutor] = []

        def read(texts: list[str]) -> Iterator[str]:
            if jobs <= 1 or len(texts) <= _WORTH_PROCESSES:
                return map(_read, texts)
            if not pools:
                # Not forked: a caller's threads (torch, progress bars) may hold locks that a fork copies for ever.
                # Ctrl-C is for the process that was asked; the others end with it.
                pool = ProcessPoolExecutor(
                    jobs,
                    multiprocessing.get_context("spawn"),
                    initializer=signal.signal,
                    initargs=(signal.SIGINT, signal.SIG_IGN),
                )
                pools.append(stack.enter_context(pool))
            return pools[0].map(_read, texts, chunksize=16)

        yield read


def _read(text: str) -> str:
    """A cache record: what an ABC tune says, or why it cannot be read."""
    try:
        tune = abc_notation.read_tune(text)
    except TuneError as error:
        return json.dumps({"refused": error.reason})
    values = {
        "title": tune.title,
        "transcriber": tune.transcriber,
        "key": tune.key,
        "time_signature": tune.time_signature,
        "tempo": tune.tempo,
        "bars": bars_to_json(tune.bars),
    }
    return json.dumps(values, separators=(",", ":"))


def _tune(text: _Text, record: dict[str, Any]) -> Tune:
    return Tune(
        title=record["title"],
        collection=text.collection.name,
        source=text.source,
        credit=_credit(text.collection, record["transcriber"]),
        licence=text.collection.licence,
        key=record["key"],
        time_signature=record["time_signature"],
        tempo=record["tempo"],
        bars=bars_from_json(record["bars"]),
    )


def _credit(collection: Collection, transcriber: str) -> str:
    who = f"transcribed by {transcriber}" if transcriber else "transcriber not named in the file"
    return f"{collection.name}, {who}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
