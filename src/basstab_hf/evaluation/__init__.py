"""How good a model is.

scoring    what tokens cost a model, alone and with its match cache; bits per column
mixed      the mixture fitted to held-out songs
cross_fit  what songs cost where something is fitted to the others of them
baselines  what models are compared with: unigram, n-grams (`ngram`), `xz`, PPMd (`ppmd_sizes`), ZPAQ, in nats
after      songs after others of the same artist, or all before
obedience  whether tabs have what was asked for; `styles`: an ear for the style that a tab sounds like
evaluation  all of it: a model beside the baselines, its tabs beside people's
report, plots  the same as files and pictures
"""
