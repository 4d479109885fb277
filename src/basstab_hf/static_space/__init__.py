"""The page without a server: Python itself runs in the visitor's browser (docs/static-space.md).

    writer              a model folder -> the folder of a static Space
    bundle              what Python needs there, in two parts: what writing takes, and the rest
    machine, halves     the machine code of Python and numpy in two halves: what writing runs, and the rest
    node                runs in Node: compile.mjs, which compiles modules, and trial.mjs, which tells what writing runs
    back.js, worker.js  what the page asks by, and who answers: `basstab_hf.page.back` under Pyodide
    loader.js           loads the parts for the worker; unpack.js, halves.js, starting.js: pieces of these scripts
    service-worker.js   keeps the page for when there is no network
    stand_ins/          the few functions of native packages that are needed, in Python

No rule of tabs is written a second time here: page, player and answers are those of `basstab demo`.
"""
