"""Write tabs with a trained model, and rewrite bars of them.

A request becomes a job, a job a plan for each seed, and an engine writes what the plan says:

    request, tab_model, vocabulary      what can be asked for; a model folder, opened; its words
    job, infill                         a request made ready: new bars, or bars to fill in
    compose, candidates, ranking        draws tabs, draws again, keeps the best
    plan, loop, sampling, match_cache   what an engine is asked; from logits to tokens
    engine, engines, model_files        what an engine is: numpy_, cpp_ (_decoder.cpp), torch_; what they read
    grammar, grammar_table              what may follow
    controls, so_far, request_controls  what pushes the next token, and what it sees
    harmony, chords, playing, guards    controls: key and chords, difficulty, loops; token_notes: what tokens mean
    steering, copies, tunes             control words that a model learnt; what is the training set's
    processors, streamer, prompt_ids    the same for transformers' `generate`
"""

from basstab_hf.generate.compose import Composer, Written, generate_tab, generate_tabs
from basstab_hf.generate.request import Guards, Music, Request
from basstab_hf.generate.sampling import Sampling

__all__ = ["Composer", "Guards", "Music", "Request", "Sampling", "Written", "generate_tab", "generate_tabs"]
