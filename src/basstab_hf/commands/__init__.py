"""The command line: a module for each command, with its flags and what it does.

verb       what a command is, and how all of them are found: every module here with a `VERB` is one
parser     a command line -> the command and its options
colour     of headings and errors, where a terminal shows it
arguments  flags that several commands have
tabs       what generate, infill and convert share: tabs in, tabs out
sheets     what the commands share that write a whole form: a chart in, parts with sections and chords out
caches     of libraries, elsewhere where theirs are read-only
needs      what works here, what is missing for what, and how to get it
output     data to stdout, messages and progress to stderr

A new command is one new module. It imports what takes its time inside `run`: `basstab -h` loads all modules.
"""
