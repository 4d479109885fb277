"""What stands behind our pages, whether a server or a browser runs it: messages in, events out, all of it JSON.

    back            every message of the page -> what is done, and what is told of it
    values          values of a message, checked; form: what the fields say -> what to write
    riff            a pasted or mended text -> a track, and what was mended
    songs           files of tabs opened, songs accompanied, from their bytes
    changing        bars rewritten, lines arranged, with all that stands beside them
    written         what a model wrote -> a track, chords over its bars
    results         a track -> what the page shows and plays of it, and the files that it hands out
    facts           what there is to choose from; examples: prompts to begin with
    studio          one model for everybody who looks: one tab at a time, told as it grows
    explaining      a tab in plain words

`app/` is the page itself. Nothing here needs torch, Gradio or threads; what reads and writes files of other programs is
loaded when it is asked for.
"""
