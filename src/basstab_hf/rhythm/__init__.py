"""The rhythm of a tab as its page tells it: what is stated and printed first, then what its bars let one guess.

beat_grid       all evidence -> the columns in a beat, or the time of each bar, with the reason and how sure it is
tempo_words     tempo, time signature, grid and swing in words
printed_rhythm  rows by systems -> times of bars: `count_row` reads counts, `value_row` note values
printed_bar     the bars under a row, and how its marks become the time of a bar
uneven_bars     bars that last equally long, printed unequally wide
form            which bars are played again, and how often; `printed_form` reads it off signs and words
tab_time        what a source tells of the time of a tab, on its way from a reader to a writer
"""
