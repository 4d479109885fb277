"""How good a model is.

scoring    what tokens cost a model, alone and with its match cache; bits per column
baselines  what models are compared with: unigram, 4-gram (`ngram`), `xz`, in nats
obedience  whether tabs have what was asked for; `styles`: an ear for the style that a tab sounds like
evaluation  all of it: a model beside the baselines, its tabs beside people's
report, plots  the same as files and pictures
"""
