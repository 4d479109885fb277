"""Figures shown to people, wherever they come from.

foreign     text from outside, without what would act unseen
markdown    templates of cards, in which values from outside are no markup
pictures    matplotlib: axes in one style, and PNGs that are the same bytes from the same numbers
words       numbers with the word that they count
tables      rows of text -> a table for a terminal
"""
