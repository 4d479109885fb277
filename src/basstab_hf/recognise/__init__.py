"""Recognise bass tabs in whatever people publish them in, and say how sure that is.

encodings.py         bytes -> text: character sets, gz, mails, quoted-printable, base64
rich_text.py         RTF -> its text
page.py              text, HTML, Markdown, js-store -> plain lines that know where they stand in the source
markup.py            HTML -> its lines and where each begins
note_names.py        names of strings as the world prints them -> notes
bar_signs.py         other signs for bar lines -> |
string_lines.py      a line -> its string lines ("G|--5--")
runs.py              string lines -> runs of lines that stand under each other
label_runs.py        the labels of a run -> the labels of successive systems
blocks.py            runs -> blocks, one a system
placing.py           lines that words or blanks interrupt -> whole lines
instruments.py       labels -> a bass's tuning, or what other instrument they are
instrument_words.py  words for instruments in the languages of tabs
named.py             headings -> the instruments that they name
stated.py            words and notes -> the tuning and number of strings that a page states
parts.py             one to three strings -> the whole bass
neighbours.py        what stands directly above and below a block -> whether it is a piece of more
drawings.py          fretboards, chords and drum grids that look like string lines
refusals.py          what a refused block comes nearest to, and what would keep it
sureness.py          how a block was put together -> how surely it is exact
verdicts.py          a block and all this evidence -> how to read it, how surely, or why it is refused
dashes.py            typographic dashes -> as many columns as they stand for
asides.py            time signatures and remarks inside string lines
repair.py            lines as found -> lines of one length in one spelling
section_names.py     headings -> the names of sections
annotations.py       section, chords, counts, slap letters, repeat count around a system
recognition.py       the values that come out
recogniser.py        the way from source to `Recognition`
explain.py           the source printed with every decision beside it
"""

from basstab_hf.recognise.encodings import decode
from basstab_hf.recognise.explain import explain
from basstab_hf.recognise.recogniser import recognise_bytes, recognise_tabs
from basstab_hf.recognise.recognition import RecognisedSystem, Recognition, Rejection

__all__ = ["RecognisedSystem", "Recognition", "Rejection", "decode", "explain", "recognise_bytes", "recognise_tabs"]
