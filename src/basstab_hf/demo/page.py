"""The page in Gradio: how it is laid out, and what happens when it is used. Nothing is computed here.

Input: a `Studio` and where the browser finds the parts of the viewer. Output: `gradio.Blocks`.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from basstab_hf.demo import results
from basstab_hf.demo.fields import Fields, fields
from basstab_hf.demo.form import MAX_PROMPT, MAX_VARIATIONS, whole, write_settings
from basstab_hf.demo.studio import Studio
from basstab_hf.demo.tools import Tools
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.tab.values import Tab

#: What the viewer needs: name of a part -> its URL and integrity.
Parts = Mapping[str, Mapping[str, str]]
#: Values, by component.
Values = dict[Any, Any]

_WELCOME = "<h1>Bass tabs</h1><p>Write down a riff, or nothing at all: a small model goes on from there.</p>"
#: At most so many visitors are served at the same time, and so many wait; the model itself writes one tab at a time.
_AT_ONCE, _WAITING = 4, 40
_HANDLER = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Components that show a tab, and those that go on from it."""

    tab: Any
    seen: Any  # the text of the tab that the others show
    note: Any
    viewer: Any
    actions: Any  # the column of all that follows, which needs a tab
    audio: Any
    first: Any
    last: Any
    count: Any
    rewrite: Any
    choice: Any
    versions: Any  # texts of the tab as it was and of its versions
    onward: Any
    downloads: Mapping[str, Any]  # by suffix
    file: Any


def build(studio: Studio, parts: Parts, *, tools: bool = False) -> gr.Blocks:
    """The page; launching it is up to the caller.

    Args:
        studio: the model.
        parts: of the viewer.
        tools: whether programs may use `Tools`, too: the only endpoints that are public.
    """
    with gr.Blocks(title="Bass tabs", analytics_enabled=False) as blocks:
        gr.HTML(_WELCOME, elem_id="welcome")
        with gr.Row(elem_classes="halves"):
            with gr.Column(scale=2, min_width=330):
                asked = fields(studio.learnt)
                with gr.Column(elem_id="bar"):
                    with gr.Row():
                        generate = gr.Button("Generate", variant="primary", elem_id="generate", scale=3)
                        stop = gr.Button("Stop", elem_id="stop", scale=1, min_width=80)
                    message = gr.HTML("", elem_id="message", html_template='<div role="alert">${value}</div>')
            with gr.Column(scale=3, min_width=330):
                shown = _shown(parts, rewrites=studio.fills_in)
        _Page(studio, asked, shown, message).connect(generate, stop)
        if tools:
            for tool in Tools(studio).all:
                gr.api(tool, queue=False)
    return blocks.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE)


def _shown(parts: Parts, *, rewrites: bool) -> Shown:
    tab = gr.Textbox(
        label="Tab",
        placeholder="Press Generate, and a tab grows here.",
        lines=9,
        max_lines=19,
        interactive=True,
        max_length=MAX_PROMPT,
        elem_id="tab",
        elem_classes="tab-text",
    )
    seen = gr.State("")
    note = gr.HTML("", elem_id="note", html_template='<div role="status">${value}</div>')
    viewer = gr.HTML(
        "",
        elem_id="viewer",
        html_template=_file("viewer.html"),
        js_on_load=_file("viewer.js"),
        parts=parts,
        marked=[0, 0],
    )
    with gr.Column(visible=False, elem_id="actions") as actions:
        with gr.Group(visible=rewrites, elem_id="rewriting"):
            with gr.Row():
                first = gr.Number(1, label="Rewrite from bar", min_width=90)
                last = gr.Number(2, label="to bar", min_width=90)
                count = gr.Number(3, label="Versions", min_width=90)
            rewrite = gr.Button("Rewrite these bars", elem_id="rewrite")
            choice = gr.Radio([], label="Which one?", visible=False, elem_id="choice")
        onward = gr.Button("Continue from here: this tab becomes the riff", elem_id="onward")
        audio = gr.Audio(label="The sound of it", interactive=False, elem_id="audio", buttons=[])
        with gr.Row(elem_id="downloads"):
            gr.HTML("Take it with you:", elem_id="downloads-label")
            copy = gr.Button("Copy", size="sm", min_width=60)
            downloads = {suffix: gr.Button(suffix, size="sm", min_width=60) for suffix in results.suffixes()}
        file = gr.DownloadButton("Download", visible="hidden", elem_id="file")
    copy.click(None, tab, js="(text) => navigator.clipboard.writeText(text)", **_HANDLER)
    versions = gr.State(())
    return Shown(
        tab, seen, note, viewer, actions, audio, first, last, count, rewrite, choice, versions, onward, downloads, file
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What happens. A handler takes the values of components and returns those that change, both by component."""

    studio: Studio
    fields: Fields
    shown: Shown
    message: Any

    def connect(self, generate: Any, stop: Any) -> None:
        """Tie the handlers to the components."""
        shown, tempo = self.shown, self.fields.plain["tempo"]
        changed = [
            *(shown.tab, shown.seen, shown.note, shown.viewer, shown.actions, shown.audio),
            *(shown.choice, shown.versions, self.message),
        ]
        self.fields.fill()
        asked = [generate.click, self.fields.plain["chords"].submit]
        gr.on(asked, None, js=_GO_TO_TAB, **_HANDLER)
        writing = gr.on(
            asked,
            self.generate,
            self.fields.components,
            changed,
            trigger_mode="once",
            **_HANDLER,
        )
        stop.click(None, cancels=[writing], **_HANDLER).then(
            self._kindly(self.stop), {shown.tab, tempo}, changed, **_HANDLER
        )
        of_bars = {*self.fields.components, shown.tab, shown.first, shown.last, shown.count}
        shown.rewrite.click(self._kindly(self.rewrite), of_bars, changed, **_HANDLER)
        shown.choice.input(self._kindly(self.choose), {shown.choice, shown.versions, tempo}, changed, **_HANDLER)
        shown.tab.blur(self._kindly(self.mend), {shown.tab, shown.seen, tempo}, changed, **_HANDLER)
        self._connect_bars()
        shown.onward.click(
            lambda text: text, shown.tab, self.fields.plain["prompt"], queue=False, js=_GO_TO_PROMPT, **_HANDLER
        )
        for suffix, button in shown.downloads.items():
            made = button.click(self._download(suffix), {shown.tab, tempo}, [shown.file, self.message], **_HANDLER)
            made.success(None, js="() => document.querySelector('#file').click()", **_HANDLER)

    def _connect_bars(self) -> None:
        """Bars that are clicked are those in the fields, and these are marked."""
        bars = [self.shown.first, self.shown.last]

        def select(event: gr.EventData) -> list[int]:
            return [event.first, event.last]

        self.shown.viewer.select(select, None, bars, queue=False, **_HANDLER)
        for bar in bars:
            bar.change(
                lambda first, last: gr.HTML(marked=[first or 0, last or 0]),
                bars,
                self.shown.viewer,
                queue=False,
                **_HANDLER,
            )

    def generate(self, values: Values) -> Iterator[Values]:
        """Let a tab grow, then show all of it."""
        try:
            form = self.fields.form(values)
            request = form.request(self.studio.metrics)
            for frame in self.studio.write(request):
                yield {self.shown.tab: frame.tab.text, self.message: "", self.shown.note: ""}
                if frame.written:
                    told = [*frame.written.notes, f"Seed {request.seed} writes it again."]
                    yield {**self._results(frame.tab, form.tempo, told), **self._no_versions()}
        except BasstabError as error:
            yield {self.message: _sentence(error)}

    def stop(self, values: Values) -> Values:
        """Show what there is of a tab that was stopped."""
        if not values[self.shown.tab]:
            return {self.message: ""}
        tab = results.finished(values[self.shown.tab])
        return {**self._results(tab, values[self.fields.plain["tempo"]], ["Stopped."]), **self._no_versions()}

    def mend(self, values: Values) -> Values:
        """Show a tab that was changed by hand."""
        text = values[self.shown.tab]
        if not text or text == values[self.shown.seen]:
            return {self.message: ""}
        return {**self._results(results.finished(text), values[self.fields.plain["tempo"]]), **self._no_versions()}

    def rewrite(self, values: Values) -> Values:
        """Offer other bars in place of some."""
        shown = self.shown
        form = self.fields.form(values)
        tab = results.finished(values[shown.tab])
        first, last = _bar_range(values[shown.first], values[shown.last], tab)
        count = whole("versions", values[shown.count], 1, MAX_VARIATIONS)
        request = replace(form, prompt="").request(self.studio.metrics)
        versions = self.studio.rewrite(tab, first, last, request, count)
        names = [("As it was", 0), *((f"Version {number}", number) for number in range(1, len(versions) + 1))]
        return {
            **self._results(versions[0].tab, form.tempo, [note for one in versions for note in one.notes]),
            shown.versions: (tab.text, *(one.tab.text for one in versions)),
            shown.choice: gr.Radio(names, value=1, visible=True),
        }

    def choose(self, values: Values) -> Values:
        """Show one of the versions."""
        versions: Sequence[str] = values[self.shown.versions]
        number = whole("version", values[self.shown.choice], 0, len(versions) - 1)
        return self._results(results.finished(versions[number]), values[self.fields.plain["tempo"]])

    def _kindly(self, handler: Callable[[Values], Values]) -> Callable[[Values], Values]:
        """A handler that tells on the page what was wrong."""

        def kind(values: Values) -> Values:
            try:
                return handler(values)
            except BasstabError as error:
                return {self.message: _sentence(error)}

        return kind

    def _download(self, suffix: str) -> Callable[[Values], Values]:
        def download(values: Values) -> Values:
            try:
                tab = results.finished(values[self.shown.tab])
                settings = write_settings(tab, values[self.fields.plain["tempo"]])
                made = results.file(tab, suffix, settings, Path(get_upload_folder()))
                return {self.shown.file: made.path, self.message: _paragraph(*made.remarks) if made.remarks else ""}
            except BasstabError as error:
                raise gr.Error(str(error), title="This file cannot be made", print_exception=False) from error

        return download

    def _results(self, tab: Tab, tempo: float | None, told: Sequence[str] = ()) -> Values:
        """All that shows a tab."""
        shown, settings = self.shown, write_settings(tab, tempo)
        sound: Any = None
        try:
            sound = results.file(tab, ".wav", settings, Path(get_upload_folder())).path
        except InputError as error:
            told = [*told, str(error)]
        return {
            shown.tab: tab.text,
            shown.seen: tab.text,
            shown.note: _paragraph(self.studio.originality(tab), *told),
            shown.viewer: results.notation(tab, settings),
            shown.actions: gr.Column(visible=True),
            shown.audio: sound,
            self.message: "",
        }

    def _no_versions(self) -> Values:
        return {self.shown.versions: (), self.shown.choice: gr.Radio([], value=None, visible=False)}


#: Runs in the browser: where the tab grows below what is seen, as on a phone, go there.
_GO_TO_TAB = """() => {
  const tab = document.querySelector("#tab");
  const { top } = tab.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) tab.scrollIntoView({ block: "start" });
}"""
#: Runs in the browser before the riff is filled in.
_GO_TO_PROMPT = """(text) => {
  const prompt = document.querySelector("#prompt textarea");
  prompt.focus();
  prompt.scrollIntoView({ block: "center" });
  return [text];
}"""


def _bar_range(first: object, last: object, tab: Tab) -> tuple[int, int]:
    """Two bars of a tab, in whichever order they were given."""
    bars = len(tab.bars)
    one, other = whole("the first bar", first, 1, bars), whole("the last bar", last, 1, bars)
    return min(one, other), max(one, other)


def _sentence(error: BasstabError) -> str:
    text = str(error)
    return _paragraph(text[:1].upper() + text[1:])


def _paragraph(*sentences: str) -> str:
    return f"<p>{html.escape(' '.join(sentences))}</p>"


def _file(name: str) -> str:
    return (resources.files("basstab_hf.demo") / name).read_text(encoding="utf-8")
