"""What is in a model folder.

gpt2         configurations, and new models
folder       model and tokenizer -> the files of a model folder
weights      the folder read without torch and without trust
match_cache  the cache of the song that is mixed with the model
song_contexts, mixture_weights, mixture  what many contexts of the song, and of others, let one expect, mixed in
song_memory  songs that a tab is to be like, mixed with the model as well
tunes        the training tunes as lines of intervals: what `max_copy` compares with
onnx_export  a model folder -> `onnx/model.onnx`, for transformers.js and the static Space
gguf_export  a model folder -> GGUF, for llama.cpp
"""
