"""What answers the page, in a server or in the browser: a message in, events out, all of it JSON.

    facts       -> what there is to choose from
    write       -> a tab, from a riff, chords or a chart, in a style
    rewrite     -> versions of a tab with other bars
    read        -> a pasted or mended tab
    open        -> the tab in a file
    accompany   -> a part for a song, and the song with it
    arrange     -> the line for other hands
    file        -> a file of the tab

Each message has "do". The last event has "done": true, or "error" with one line; those before tell how it goes: "text"
with "bars", or "progress".
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from queue import SimpleQueue
from typing import Any

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.table import writable
from basstab_hf.page import changing, songs, values
from basstab_hf.page.facts import facts
from basstab_hf.page.form import Form, chosen, wanted
from basstab_hf.page.results import Settings, file, file_name, result, sent
from basstab_hf.page.riff import MAX_TAB, Riff, needed, plainly, value, whole_bars
from basstab_hf.page.studio import Studio, notes_of
from basstab_hf.page.written import kept_systems, shown
from basstab_hf.tab.values import Tab

#: An event: values that JSON can hold.
Event = dict[str, Any]
#: Is told of events on the way; what it raises stops the work.
Tell = Callable[[Event], None]

_LOG = logging.getLogger(__name__)
_FIELDS = {
    "facts": frozenset[str](),
    "write": frozenset({"form", "settings"}),
    "rewrite": frozenset({"text", "first", "last", "count", "form", "settings"}),
    "read": frozenset({"text", "settings", "whole_bars"}),
    "open": frozenset({"name", "content", "track", "settings"}),
    "accompany": frozenset({"name", "content", "style", "form", "settings"}),
    "arrange": frozenset({"text", "tuning", "key", "capo", "position", "difficulty", "settings"}),
    "file": frozenset({"text", "suffix", "settings"}),
}


class StoppedError(Exception):
    """Nobody listens any more."""


class Back:
    """A model, and all that the page asks of it."""

    def __init__(self, model: str | os.PathLike[str] | None = None, *, opens: bool = True) -> None:
        """Open a model folder, or the id of a model on the Hub; None is the model that comes with the package.

        Without `opens` it is opened when it is first needed: tabs are read and arranged without one.

        Raises:
            InputError: no model folder, or one that cannot be used.
            HubError: no such model on the Hub, or the Hub cannot be reached.
        """
        self._model = model
        if opens:
            _ = self.studio

    @cached_property
    def studio(self) -> Studio:
        """The model."""
        return Studio(self._model)

    def ask(self, message: object) -> Iterator[Event]:
        """Answer a message event by event; who stops listening stops the work.

        Where there are no threads, as in a browser's worker, all events come when all is done: `answer` tells them
        as they come.
        """
        if sys.platform == "emscripten":
            events: list[Event] = []
            last = self.answer(message, events.append)
            yield from (*events, last)
            return
        told: SimpleQueue[Event] = SimpleQueue()
        stopped = threading.Event()

        def tell(event: Event) -> None:
            if stopped.is_set():
                raise StoppedError
            told.put(event)

        threading.Thread(target=lambda: told.put(self.answer(message, tell)), name="answer", daemon=True).start()
        try:
            while True:
                event = told.get()
                yield event
                if "done" in event or "error" in event:
                    return
        finally:
            stopped.set()

    def answer(self, message: object, tell: Tell) -> Event:
        """Answer a message: `tell` is called with the events on the way, the last one is returned.

        Whatever the message is, the answer is an event: of what cannot be done, "error" with one line. Work that `tell`
        stops by a `StoppedError` ends with "stopped".
        """
        with _warnings() as warned:
            try:
                done = self._answer(message, tell)
            except StoppedError:
                return {"error": "stopped"}
            except BasstabError as error:
                return {"error": _sentence(str(error))}
            except Exception as error:
                _LOG.exception("an answer failed")
                return {"error": f"This went wrong inside ({type(error).__name__}): please report what you asked for."}
        for each in [done.get("result"), *done.get("versions", ())]:
            if each:
                each["notes"] = list(dict.fromkeys([*each["notes"], *warned]))
        return {"done": True, **done}

    def _answer(self, message: object, tell: Tell) -> Event:
        given = values.fields("the message", message)
        verb = chosen("do", given.get("do"), tuple(_FIELDS))
        if not verb:
            raise InputError(f"do: choose {', '.join(_FIELDS)}")
        values.known(verb, {name: each for name, each in given.items() if name != "do"}, _FIELDS[verb])
        answer: Event = getattr(self, f"_{verb}")(given, tell)
        return answer

    def _facts(self, message: Mapping[str, Any], tell: Tell) -> Event:
        studio = self.studio
        return {"facts": facts(studio.name, studio.metrics, rewrites=studio.fills_in)}

    def _write(self, message: Mapping[str, Any], tell: Tell) -> Event:
        form = Form.of(message.get("form")).seeded()
        settings = _settings(message, form)
        asked = wanted(form, self.studio.metrics, self.studio.usual_width)
        written = self.studio.write(asked.request, _growing(tell), _progress(tell), kept_systems(asked))
        made = shown(asked, written.tab)
        notes = [*asked.told, *made.told, self.studio.originality(written.tab), *notes_of(written), _again(form)]
        return {"result": result(made.track, settings, notes, form.seed)}

    def _rewrite(self, message: Mapping[str, Any], tell: Tell) -> Event:
        form = Form.of(message.get("form")).seeded()
        settings = _settings(message, form)
        riff = _riff(message)
        versions = changing.rewrite(self.studio, riff.track, message, form, _progress(tell))
        return {
            "versions": [result(each.track, settings, [*each.told, _again(form)], form.seed) for each in versions],
        }

    def _read(self, message: Mapping[str, Any], tell: Tell) -> Event:
        settings = Settings.of(message.get("settings"))
        riff = _riff(message)
        track = riff.track
        if values.flag("whole_bars", message.get("whole_bars")):
            tab = whole_bars(track.tab)
            track = replace(track, tab=tab, marks=track.marks[: len(tab.systems)])
        return {"result": result(track, settings, riff.told)}

    def _open(self, message: Mapping[str, Any], tell: Tell) -> Event:
        settings = Settings.of(message.get("settings"))
        name = songs.name_of(message.get("name"))
        which = message.get("track")
        number = str(which) if isinstance(which, int) else values.text("track", which, 200)
        opened = songs.open_file(name, values.content(name, message.get("content"), songs.MAX_FILE), number or None)
        return {"result": result(opened.track, settings, opened.told)}

    def _accompany(self, message: Mapping[str, Any], tell: Tell) -> Event:
        form = Form.of(message.get("form")).seeded()
        style = values.text("style", message.get("style"), 200)
        form = replace(form, style=style or form.style)
        settings = _settings(message, form)
        name = songs.name_of(message.get("name"))
        content = values.content(name, message.get("content"), songs.MAX_FILE)
        made = songs.accompany(self.studio, form, name, content, _growing(tell), _progress(tell))
        made_of = result(made.track, settings, [*made.told, _again(form)], form.seed)
        song = sent(file_name(f"{name.rpartition('.')[0]} with bass", made.suffix), made.content)
        return {"result": made_of, "song": song}

    def _arrange(self, message: Mapping[str, Any], tell: Tell) -> Event:
        settings = Settings.of(message.get("settings"))
        changed = changing.arranged(_riff(message).track, message)
        return {"result": result(changed.track, settings, changed.told)}

    def _file(self, message: Mapping[str, Any], tell: Tell) -> Event:
        settings = Settings.of(message.get("settings"))
        suffix = chosen("suffix", message.get("suffix"), writable())
        if not suffix:
            raise InputError(f"suffix: choose {', '.join(writable())}")
        return {"file": file(_riff(message).track, suffix, settings)}


def _settings(message: Mapping[str, Any], form: Form) -> Settings:
    """Those of the message, and of the form where these say nothing."""
    settings = Settings.of(message.get("settings"))
    return replace(
        settings,
        tempo=settings.tempo or form.tempo,
        title=settings.title or form.title or None,
        artist=settings.artist or form.artist or None,
    )


def _riff(message: Mapping[str, Any]) -> Riff:
    return needed(value("the tab", message.get("text"), MAX_TAB))


def _growing(tell: Tell) -> Callable[[Tab], None]:
    return lambda tab: tell({"text": tab.text, "bars": len(tab.bars)})


def _progress(tell: Tell) -> Callable[[int, int], None]:
    """Tells even of one: what is told can be stopped."""
    return lambda done, of: tell({"progress": [done, of]})


def _again(form: Form) -> str:
    return f"Seed {form.seed} writes it again."


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:1].upper()}{line[1:]}"


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What this package warns of in this thread meanwhile, as sentences: the visitor is told, no log grows."""
    handler = _Warnings(threading.get_ident())
    logger = logging.getLogger("basstab_hf")
    logger.addHandler(handler)
    try:
        yield handler.told
    finally:
        logger.removeHandler(handler)


class _Warnings(logging.Handler):
    def __init__(self, thread: int) -> None:
        super().__init__(logging.WARNING)
        self._thread = thread
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and record.levelno == logging.WARNING:
            self.told.append(plainly(record.getMessage()))
