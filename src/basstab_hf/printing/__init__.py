"""Figures shown to people, wherever they come from.

pictures    matplotlib: axes in one style, and PNGs that are the same bytes from the same numbers
tables      rows of text -> a table for a terminal
"""
