"""Write tabs with a trained model, and rewrite bars of them.

A request becomes a job, a job a plan for each seed, and an engine writes what the plan says:

    ask, request                        what can be asked for, and how
    tab_model, model_words, vocabulary  a model folder, opened; what it says of itself; its words
    job, infill                         a request made ready: new bars, or bars to fill in
    compose, candidates, ranking        draws tabs, draws again, keeps the best
    plan, loop, sampling                what an engine is asked; from logits to tokens; mixing: by a mixture
    engine, engines                     what an engine is; a module each: numpy_engine, cpp_engine (_decoder.cpp),
                                        cpp_int8_engine, torch_engine
    grammar, grammar_table, bar_width   what may follow
    controls, so_far, request_controls  what pushes the next token, and what it sees
    harmony, playing, guards            controls: key and chords, difficulty, loops; token_notes: what tokens mean
    directions                          a control: marks lead up or down as they say
    shaping                             a control: density, register, techniques and metre of the whole tab
    groove, feel, developing            a control: along a line in the style or form asked for, or one that goes on with
                                        the bars of a prompt
    charted, accompany                  a chart, or what is heard in a song -> a request for its whole form; what is
                                        written -> a sheet, or a track
    like, like_songs                    songs that tabs are to be like: fitted and remembered; read from files
    chord_words                         chords as words that a model is told, behind the bar lines of their bars
    steering, copies                    control words that a model learnt; what a tab has from the training set
    processors, grammar_processors,     the same for transformers' `generate`
    streamer, prompt_ids
    pipeline_basstab, custom_generate,  what a model folder brings along: the pipeline, another `generate`, and what an
    handler                             Inference Endpoint calls; they import only what travels, too

What a model folder holds is read by `model`: weights, the match cache, the tunes that were learnt from.
"""

from basstab_hf.generate.compose import Composer, Written, generate_tab, generate_tabs
from basstab_hf.generate.request import Guards, Music, Request
from basstab_hf.generate.sampling import Sampling

__all__ = ["Composer", "Guards", "Music", "Request", "Sampling", "Written", "generate_tab", "generate_tabs"]
