"""The page without a server: Python itself runs in the visitor's browser (docs/static-space.md).

    writer              a model folder -> the folder of a static Space
    bundle              what Python needs there, in two parts: what writing takes, and the rest
    compile.mjs         compiles the modules for the browser's Python, in Node
    back.js, worker.js  what the page asks by, and who answers: `basstab_hf.page.back` under Pyodide
    service-worker.js   keeps the page for when there is no network
    stand_ins/          the few functions of native packages that are needed, in Python

No rule of tabs is written a second time here: page, player and answers are those of `basstab demo`.
"""
