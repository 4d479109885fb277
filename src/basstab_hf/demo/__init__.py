"""The server of `basstab demo` and of a Space on the Hub: it answers the page, and programs.

    app             the server
    answers         files of the page and answers to its messages; what is let in
    line            who is served next: visitors in turn
    tools           what programs may ask by MCP, five functions
    gradio_space    the folder of a Space that shows the same page

`back.js` is what the page asks by. The page itself, and all that it does, is the room `page`; `app` alone needs Gradio.
"""
