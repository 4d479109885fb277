"""One function mapped over items in order: here, in processes of this machine, or on a Ray cluster.

Whichever way, at most a few hundred items a process are in memory, and the results are the same in the same order.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Any, TypeVar

from basstab_hf.ray_cluster import connected

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
#: Items that a process takes at a time, and tasks that wait for each process.
_ITEMS_PER_TASK, _TASKS_AHEAD = 16, 4
#: Items handed to Ray at a time: a run of Ray Data costs about half a second to start.
_RAY_WINDOW = 4096
_RAY_ITEMS_PER_BLOCK = 64


def mapped(function: Callable[[_Item], _Result], items: Iterable[_Item], jobs: int) -> Iterator[_Result]:
    """Map in `jobs` processes, or in this one where that is one; `function` must be importable by its name."""
    if jobs <= 1:
        yield from map(function, items)
        return
    # Spawned, since a fork would copy the locks of other threads (pyarrow's, tqdm's) for ever; and Ctrl-C is for the
    # process that was asked, the others end with it.
    context = multiprocessing.get_context("spawn")
    source = iter(items)
    waiting: deque[Future[list[_Result]]] = deque()
    with ProcessPoolExecutor(
        jobs, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as pool:
        while task := list(islice(source, _ITEMS_PER_TASK)):
            waiting.append(pool.submit(_apply, function, task))
            if len(waiting) >= jobs * _TASKS_AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _apply(function: Callable[[_Item], _Result], items: list[_Item]) -> list[_Result]:
    return [function(item) for item in items]


def mapped_on_ray(function: Callable[[_Item], _Result], items: Iterable[_Item], address: str) -> Iterator[_Result]:
    """Map with Ray Data on the cluster at `address` ("auto", HOST:PORT, or "local" for one on this machine).

    Every node needs this package; the items travel through Ray, so that no shared disk is needed.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: no cluster answers there.
    """

    def apply(row: dict[str, Any]) -> dict[str, Any]:
        return {"found": function(row["item"])}

    source = iter(items)
    with connected(address):
        data = _quiet_data()
        while window := [{"item": item} for item in islice(source, _RAY_WINDOW)]:
            blocks = -(-len(window) // _RAY_ITEMS_PER_BLOCK)
            for row in data.from_items(window, override_num_blocks=blocks).map(apply).iter_rows():
                yield row["found"]


def _quiet_data() -> Any:
    """The module ray.data, which keeps the order and says nothing."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    return ray.data
