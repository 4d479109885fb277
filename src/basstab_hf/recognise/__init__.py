"""Recognise bass tabs in whatever people publish them in, and say how sure that is.

page.py          bytes, HTML, Markdown, js-store -> plain lines that know where they stand in the source
markup.py        HTML -> its lines and where each begins
string_lines.py  a line -> its string lines ("G|--5--")
runs.py          string lines -> runs of lines that stand under each other
label_runs.py    the labels of a run -> the labels of successive systems
blocks.py        runs -> blocks, one a system
instruments.py   labels -> a bass's tuning, or what other instrument they are
verdicts.py      a block -> how to read it, how surely, or why it is refused
repair.py        lines as found -> lines of one length in one spelling
annotations.py   section, chords, counts, slap letters, repeat count around a system
recognition.py   the values that come out
recogniser.py    the way from source to `Recognition`
explain.py       the source printed with every decision beside it
"""

from basstab_hf.recognise.explain import explain
from basstab_hf.recognise.page import decode
from basstab_hf.recognise.recogniser import recognise_bytes, recognise_tabs
from basstab_hf.recognise.recognition import RecognisedSystem, Recognition, Rejection

__all__ = ["RecognisedSystem", "Recognition", "Rejection", "decode", "explain", "recognise_bytes", "recognise_tabs"]
