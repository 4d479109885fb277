"""The line of `basstab demo`: who is served after whom."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.demo.line import MAX_OWN, MAX_WAITING, FullError, Line


def in_a_loop(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a coroutine gives, in a thread of its own: a browser of other tests may have a loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(anyio.run, function, *arguments).result()


def served(visitors: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """The order in which requests are served that come while the first of them is, and the places told to each."""
    order: list[str] = []
    told: list[list[int]] = [[] for _ in visitors]

    async def visit(number: int, visitor: str) -> None:
        async with line.turn(visitor, lambda event: told[number].append(event["waiting"])):
            order.append(visitor)
            while not came:
                await anyio.sleep(0.001)

    async def all_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            for number, visitor in enumerate(visitors):
                tasks.start_soon(visit, number, visitor)
                await anyio.sleep(0)
            came.append(True)

    line = Line()
    came: list[bool] = []
    in_a_loop(all_of_them)
    return order, told


def test_twenty_visitors_are_served_in_the_order_in_which_they_came() -> None:
    visitors = [str(number) for number in range(20)]
    order, told = served(visitors)
    assert order == visitors
    assert told[19] == [*range(19, 0, -1)]


def test_who_asks_for_several_things_does_not_go_before_others() -> None:
    order, told = served("aaaabcd")
    assert order == [*"abcdaaa"]
    assert told[4] == [1]  # b: behind a, not behind all that a wants
    assert max(told[1]) == 3  # for a's second request three others go before


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=20))
def test_nobody_is_served_twice_while_another_waits_for_the_first_time(visitors: list[str]) -> None:
    """All come at once: each round serves everybody who still wants something once, in the order of arrival."""
    order, _ = served(visitors)
    left, expected = list(visitors), []
    while left:
        for visitor in dict.fromkeys(left):
            expected.append(visitor)
            left.remove(visitor)
    assert order == expected


def test_who_waits_for_too_much_is_told() -> None:
    async def fill(line: Line, visitors: Sequence[str], asks: str) -> str:
        async with anyio.create_task_group() as tasks:
            for visitor in visitors:
                tasks.start_soon(_stands, line, visitor)
            await anyio.sleep(0.01)
            try:
                line.check_room(asks)
            except FullError as full:
                return str(full)
            finally:
                tasks.cancel_scope.cancel()
        return ""

    async def _stands(line: Line, visitor: str) -> None:
        async with line.turn(visitor, lambda _: None):
            await anyio.sleep_forever()

    def told(visitors: Sequence[str], asks: str) -> str:
        found: str = in_a_loop(fill, Line(), visitors, asks)
        return found

    assert told("a" * MAX_OWN, "a") == ""
    assert "of your requests wait here already" in told("a" * (MAX_OWN + 1), "a")
    assert told("a" * (MAX_OWN + 1), "b") == ""
    full = [str(number) for number in range(MAX_WAITING + 1)]
    assert "try again in a minute" in told(full, "new")


def test_who_leaves_the_line_is_passed_over() -> None:
    order: list[str] = []

    async def visit(line: Line, visitor: str) -> None:
        async with line.turn(visitor, lambda _: None):
            order.append(visitor)
            await anyio.sleep(0.001)

    async def some_leave() -> None:
        line = Line()
        async with anyio.create_task_group() as tasks, anyio.create_task_group() as leaving:
            tasks.start_soon(visit, line, "a")
            await anyio.sleep(0)
            leaving.start_soon(visit, line, "b")
            await anyio.sleep(0)
            tasks.start_soon(visit, line, "c")
            await anyio.sleep(0)
            leaving.cancel_scope.cancel()

    in_a_loop(some_leave)
    assert order == ["a", "c"]
