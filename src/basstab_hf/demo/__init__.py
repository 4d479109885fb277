"""The page of `basstab demo` and of a Space on the Hub: ask for a tab, see it grow, hear it, take it with you.

    examples        prompts to begin with
    form            what the fields say -> a request
    studio          one model for everybody who looks: tabs as they grow, rewritten bars, what is copied
    results         a tab -> what the page shows and hands out of it
    fields, page    the page in Gradio; viewer.html and viewer.js engrave and play, keys.js knows Ctrl+Enter,
                    page.css is how it looks
    tools           what programs may ask by MCP, five functions; explaining: a tab in plain words
    app             the server
    gradio_space    the folder of a Space that shows the same page

Nothing here needs torch; only `page` and `app` need Gradio.
"""
