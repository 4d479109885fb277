"""A person at a page, with a mouse, a finger or a keyboard alone: what they do, and what they see and hear.

Nothing is done to a page but by events of the browser's input; scripts only look.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from basstab_hf import Tab

PATIENCE = 12.0  # seconds, on a machine that does much else
_STOPS = 300  # presses of Tab until something counts as out of reach


class Hand:
    """`way` is desktop, phone or keyboard; `place` the page: demo, static or practice.

    A control is named by a selector ("#prompt"), or by what the player calls it ("play").
    """

    def __init__(self, page: Any, place: str, way: str) -> None:
        self.page, self.place, self.way = page, place, way
        self.keys = page.keyboard
        self._touch = page.context.new_cdp_session(page) if way == "phone" else None

    # ---- What they do ----

    def at(self, target: Any) -> Any:
        """The control, where it is on screen."""
        if not isinstance(target, str):
            return target
        selector = target if target[0] in "#.[:" else f"[data-part={target}]"
        return self.page.locator(selector).locator("visible=true").first

    def presses(self, target: Any) -> None:
        found = self.at(target)
        if self.way == "desktop":
            found.click(timeout=PATIENCE * 1000)
        elif self.way == "phone":
            found.tap(timeout=PATIENCE * 1000)
        else:
            self.reaches(found)
            self.keys.press("Space" if found.evaluate("e => e.matches('input, button')") else "Enter")

    def reaches(self, target: Any) -> None:
        """Walk to a control with Tab, or back with Shift+Tab where it stands before."""
        found = self.at(target)
        found.wait_for(timeout=PATIENCE * 1000)
        before = """e => document.activeElement !== document.body
            && Boolean(e.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"""
        key = "Shift+Tab" if found.evaluate(before) else "Tab"
        # Of a group of radio buttons one takes the focus; arrows go on from there.
        there = """e => document.activeElement === e || (e.type === "radio"
            && document.activeElement.type === "radio" && document.activeElement.name === e.name)"""
        for _ in range(_STOPS):
            if found.evaluate(there):
                return
            self.keys.press(key)
        raise AssertionError(f"{target} is out of reach of the Tab key")

    def picks(self, target: Any) -> None:
        """Choose one of a group of radio buttons."""
        found = self.at(target)
        if self.way != "keyboard":
            self.presses(found)
            return
        self.reaches(found)
        for _ in range(20):
            if found.is_checked():
                return
            self.keys.press("ArrowDown")
        raise AssertionError(f"{target} cannot be chosen with arrows")

    def types(self, target: Any, text: str, *, enter: bool = False) -> None:
        """Write into a field in place of what it has; a long text is pasted."""
        self._goes_into(target)
        self.keys.press("Control+A")
        if not text:
            self.keys.press("Delete")
        elif "\n" in text and self.way != "phone":
            self.page.evaluate("text => navigator.clipboard.writeText(text)", text)  # as if copied elsewhere
            self.keys.press("Control+V")
        elif "\n" in text:
            self.keys.insert_text(text)
        else:
            self.keys.type(text)
        if enter:
            self.keys.press("Enter")

    def leaves(self) -> None:
        """Leave a field, as one does on the way to the next."""
        self.keys.press("Tab")

    def _goes_into(self, target: Any) -> None:
        if self.way == "keyboard":
            self.reaches(target)
            return
        self.presses(target)
        found = self.at(target)
        self.until(lambda: found.evaluate("one => document.activeElement === one"), f"the focus in {target}")

    def chooses(self, target: Any, label: str) -> None:
        """Take an option of a list by its words; the list itself is the system's, out of reach of a mouse here."""
        found = self.at(target)
        if self.way != "keyboard":
            found.select_option(label=label)
            return
        self.reaches(found)
        self.keys.type(label)
        self.until(lambda: found.evaluate("e => e.selectedOptions[0].label") == label, f"{label} in {target}")

    def checks(self, target: Any, on: bool = True) -> None:
        """Have a box ticked, a switch on, or a button pressed in."""
        if isinstance(target, str) and target[0] != "#":
            self.shows(target)
        found = self.at(target)
        state = "e => e.matches('input') ? e.checked : e.getAttribute('aria-pressed') === 'true'"
        if found.evaluate(state) != on:
            self.presses(found)
        self.until(lambda: found.evaluate(state) == on, f"{target} {'on' if on else 'off'}")

    def slides(self, target: Any, value: float) -> None:
        """Set a slider: by a touch at its place, or by arrows."""
        if isinstance(target, str) and target[0] != "#":
            self.shows(target)
        found = self.at(target)
        low, high, step = (float(x) for x in found.evaluate("e => [e.min, e.max, e.step || 1]"))
        if self.way == "keyboard":
            self.reaches(found)
            self.keys.press("End" if value > (low + high) / 2 else "Home")
        else:
            found.scroll_into_view_if_needed()
            box, thumb = found.bounding_box(), 16
            x = box["x"] + thumb / 2 + (box["width"] - thumb) * (value - low) / (high - low)
            self._presses_at(x, box["y"] + box["height"] / 2)
        for _ in range(400):
            now = float(found.input_value())
            if abs(now - value) < step / 2 + 1e-9:
                return
            if self.way == "phone":
                assert abs(now - value) <= 12 * step, f"{target} is at {now}, a finger's breadth from {value}"
                return
            self.keys.press("ArrowRight" if now < value else "ArrowLeft")
        raise AssertionError(f"{target} stays at {now}")

    def opens(self, target: str) -> None:
        """Open a part that can be folded."""
        if self.page.locator(target).evaluate("e => e.open === false"):
            self.presses(self.page.locator(f"{target} > summary"))

    def _presses_at(self, x: float, y: float) -> None:
        if self.way == "phone":
            self.page.touchscreen.tap(x, y)
        else:
            self.page.mouse.click(x, y)

    def presses_into(self, found: Any, across: float = 0.5, down: float = 0.5) -> None:
        """Press at a place within an element, in parts of its width and height."""
        found.scroll_into_view_if_needed()
        box = found.bounding_box()
        self._presses_at(box["x"] + across * box["width"], box["y"] + down * box["height"])

    def drags(self, start: tuple[float, float], end: tuple[float, float], hold: float = 0.6) -> None:
        """Press, move, let go; a finger stays where it is for a moment first, or the page would scroll."""
        points = [tuple(a + (b - a) * part / 8 for a, b in zip(start, end, strict=True)) for part in range(1, 9)]
        if self.way == "desktop":
            self.page.mouse.move(*start)
            self.page.mouse.down()
            for point in points:
                self.page.mouse.move(*point)
            self.page.mouse.up()
            return
        self._touches("touchStart", start)
        self.waits(hold)
        for point in points:
            self._touches("touchMove", point)
            self.waits(0.02)
        self._touches("touchEnd")

    def _touches(self, kind: str, *points: tuple[float, ...]) -> None:
        self._touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    def scrolls(self, by: float) -> None:
        """Scroll the page, down or (below 0) up, as this person does."""
        width, height = self.page.viewport_size["width"], self.page.viewport_size["height"]
        while abs(by) > 1:
            step = max(-0.5 * height, min(0.5 * height, by))
            if self.way == "desktop":
                self.page.mouse.move(width / 2, height * 0.6)
                self.page.mouse.wheel(0, step)
            elif self.way == "phone":
                middle = height * 0.5
                self._touches("touchStart", (8, middle + step / 2))
                for part in range(1, 6):
                    self._touches("touchMove", (8, middle + step / 2 - step * part / 5))
                    self.waits(0.02)
                self.waits(0.1)  # a finger that rests leaves no momentum
                self._touches("touchEnd")
            else:
                self.keys.press("PageDown" if by > 0 else "PageUp")
            by -= step
            self.waits(0.05)
        before = -1
        while (now := self.page.evaluate("scrollY")) != before:  # until it has come to rest
            before = now
            self.waits(0.15)

    def waits(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def brings(self, path: Path, target: str = "#open") -> None:
        """Bring a file: dropped from a folder on a desktop, else chosen."""
        field = self.page.locator(target)
        button = (
            field
            if self.way == "keyboard"
            else field.locator("xpath=ancestor-or-self::*[self::label or self::input][last()]")
        )
        if self.way == "desktop":
            self._drops(path, button)
            return
        with self.page.expect_file_chooser() as chooser:
            self.presses(button)
        chooser.value.set_files(path)

    def _drops(self, path: Path, found: Any) -> None:
        found.scroll_into_view_if_needed()
        box = found.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
        session.detach()

    def takes(self, target: Any) -> Path:
        """Press what gives a file, and have it, under the name that was proposed."""
        with self.page.expect_download(timeout=PATIENCE * 1000) as found:
            self.presses(target)
        named = Path(found.value.path()).parent / "taken" / found.value.suggested_filename
        named.parent.mkdir(exist_ok=True)
        found.value.save_as(named)
        return named

    # ---- The player ----

    def plays(self) -> None:
        """Start the player."""
        self.presses("play")

    def stops(self) -> None:
        """Stop the player, where it stands."""
        if self.way == "keyboard":
            self.keys.press("Space")
        else:
            self.presses("play")

    def shows(self, name: str) -> None:
        """Unfold what a control of the player is in, if it is folded away, as on a phone."""
        if not self.page.locator(f"[data-part={name}]").first.is_visible():
            self.presses("more")

    def loops(self, first: int, last: int) -> None:
        """Type the bars of a loop, and see that it is on."""
        self.shows("loop-from")
        self.types("loop-from", str(first))
        self.types("loop-to", str(last), enter=True)
        if not self.loop()[0]:
            self.presses("loop")
        self.until(lambda: self.loop() == (True, first, last), f"a loop of bars {first} to {last}")

    def loop(self) -> tuple[bool, int, int]:
        """Whether the player loops, and which bars."""
        state = "e => e.matches('input') ? e.checked : e.getAttribute('aria-pressed') === 'true'"
        on = self.page.locator("[data-part=loop]").first.evaluate(state)
        first, last = (self.text(f"[data-part=loop-{end}]") for end in ("from", "to"))
        return bool(on), int(first or 0), int(last or 0)

    def presses_bar(self, number: int) -> None:
        """Press into a bar of the score, near its first note."""
        self._brings_into_view(number)
        bar = self.bar(number)
        self._presses_at(bar["xs"][0] if bar["xs"] else bar["left"] + 12, (bar["top"] + bar["bottom"]) / 2)

    def drags_over_bars(self, first: int, last: int) -> None:
        """Drag from within one bar to within another."""
        self._brings_into_view(first)
        begin, end = self.bar(first), self.bar(last)
        self.drags(
            (begin["left"] + 0.25 * (begin["right"] - begin["left"]), (begin["top"] + begin["bottom"]) / 2),
            (end["left"] + 0.75 * (end["right"] - end["left"]), (end["top"] + end["bottom"]) / 2),
        )

    def drags_end_to(self, number: int) -> None:
        """Drag the end of the marked bars into another bar."""
        self._brings_into_view(number)
        handle, bar = self.at("handle-to").bounding_box(), self.bar(number)
        self.drags(
            (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2),
            (bar["left"] + 0.6 * (bar["right"] - bar["left"]), (bar["top"] + bar["bottom"]) / 2),
            hold=0.1,
        )

    def _brings_into_view(self, number: int) -> None:
        """Scroll until a bar stands in the middle of the screen."""
        for _ in range(20):
            bar, height = self.bar(number), self.page.viewport_size["height"]
            if 0.35 * height < bar["top"] and bar["bottom"] < 0.8 * height:
                return
            place = self.page.evaluate("scrollY")
            self.scrolls(bar["top"] - 0.5 * height)
            self.waits(0.2)
            if self.page.evaluate("scrollY") == place:
                return

    # ---- What they see ----

    def until(self, true: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait for something, and give it; what the page tells meanwhile is told with a failure."""
        end = time.monotonic() + patience
        while not (found := true()):
            if time.monotonic() > end:
                told = self.text("#message") + self.text("#news") + self.text("#progress-text")
                raise AssertionError(f"in {patience:g} s there was no: {what}; told: {told!r}")
            self.page.wait_for_timeout(40)
        return found

    def text(self, target: Any) -> str:
        """What stands in a field or on the page; nothing where there is none."""
        found = target if not isinstance(target, str) else self.page.locator(target).first
        if not found.count():
            return ""
        return str(found.evaluate("e => 'value' in e && !e.matches('button, li') ? e.value : e.innerText"))

    def reads(self, target: str, words: str, patience: float = PATIENCE) -> str:
        """Wait until words (a pattern) stand there; everything that stands there then."""
        self.until(
            lambda: re.search(words, self.text(target), re.I), f"'{words}' in {target}: {self.text(target)!r}", patience
        )
        return self.text(target)

    def sees(self, target: Any) -> bool:
        """Whether it is on the screen, with nothing over it."""
        found = self.at(target)
        return bool(found.count() and found.evaluate("one => eye.sees(one)"))

    def cursor(self) -> dict[str, float] | None:
        found: dict[str, float] | None = self.page.evaluate("eye.cursor()")
        return found

    def bars(self) -> list[dict[str, Any]]:
        """The bars of the score, where they are on screen now."""
        found: list[dict[str, Any]] = self.page.evaluate("eye.bars()")
        return found

    def bar(self, number: int) -> dict[str, Any]:
        return next(bar for bar in self.bars() if bar["number"] == number)

    def bar_under_cursor(self) -> int | None:
        """The number of the bar that the cursor stands in."""
        found: int | None = self.page.evaluate("eye.bar()")
        return found

    def marked(self) -> set[int]:
        """The bars that are marked as looped."""
        return set(self.page.evaluate("eye.marked()"))

    def in_view(self, box: dict[str, float]) -> bool:
        """Whether it is on the screen, and not under the controls."""
        return bool(self.page.evaluate("box => eye.clear(box)", box))

    def cursor_beside_sound(self, seconds: float) -> list[float]:
        """Play from the start; how many seconds before each note the cursor is at its place."""
        columns = [
            (x, (bar["top"] + bar["bottom"]) / 2) for bar in self.bars() for x in sorted({round(x) for x in bar["xs"]})
        ]
        down = self.page.evaluate("scrollY")
        self.page.evaluate("eye.watch()")
        now = self.page.evaluate("ear.now()")
        self.plays()
        self.waits(seconds)
        self.stops()
        seen = self.page.evaluate("eye.seen")
        notes = [one["at"] for one in self.page.evaluate("now => ear.since(now)", now) if one["length"] > 0.06]
        apart = []
        for onset, (x, y) in zip(sorted(set(notes)), columns, strict=False):
            passing = [
                (before, after)
                for before, after in itertools.pairwise(seen)
                if before[1] <= x < after[1] and abs(after[2] + 40 - y - down) < 90 and after[0] > notes[0] - 0.3
            ]
            if passing:
                before, after = passing[0]
                share = (x - before[1]) / max(after[1] - before[1], 1e-9)
                apart.append(onset - (before[0] + share * (after[0] - before[0])))
        return apart

    @property
    def tab(self) -> Tab:
        return Tab.parse(self.text("#tab"))

    # ---- What they hear ----

    def level(self) -> float:
        return float(self.page.evaluate("ear.level()"))

    def hears(self) -> None:
        """Wait for sound."""
        self.until(lambda: self.level() > 0.003, "sound")

    def hears_nothing(self) -> None:
        """Wait for silence, and half a second more of it."""
        self.until(lambda: self.level() < 0.0005, "silence")
        self.waits(0.5)
        assert self.level() < 0.0005

    # ---- The page that writes ----

    def ready(self) -> None:
        """Wait until tabs can be written."""
        self.until(lambda: self.at("#generate").count() and self.at("#generate").is_enabled(), "Generate", 90)
        self.until(lambda: self.page.locator("#loading").is_hidden(), "the end of loading", 90)

    def idle(self) -> bool:
        """Whether nothing is being written."""
        stop = self.page.locator("#stop-writing")
        return bool(self.at("#generate").is_enabled() and not (stop.is_visible() and stop.is_enabled()))

    def writes(self, bars: int | None = None) -> Tab:
        """Have a tab written, and give it."""
        if bars is not None:
            self.types("#bars", str(bars))
        before = self.text("#tab")
        self.presses("#generate")
        self.changes(before)
        return self.tab

    def changes(self, before: str) -> None:
        """Wait until another tab than that stands there, whole and drawn."""
        self.until(lambda: self.text("#tab") != before and self.idle(), "another tab", 40)
        bars = len(self.tab.bars)
        self.until(lambda: self.drawn() >= bars, f"bar {bars} drawn")

    def shows_tab(self, tab: Tab, what: str = "that tab") -> None:
        """Wait until a tab stands there again."""
        self.until(lambda: self.tab.text == tab.text, what)

    def has(self, text: str) -> None:
        """Put a tab there by hand."""
        before = self.text("#tab")
        self.types("#tab", text)
        self.leaves()
        self.until(lambda: self.text("#tab") != before and self.idle(), "the tab by hand")
        bars = len(self.tab.bars)
        self.until(lambda: self.drawn() == bars, f"{bars} bars drawn, not {self.drawn()}")

    def drawn(self) -> int:
        """The number of the last bar in the score."""
        return max((bar["number"] for bar in self.bars()), default=0)

    def score(self) -> str:
        """All words and figures of the score on screen."""
        return str(self.page.evaluate("eye.words()"))
