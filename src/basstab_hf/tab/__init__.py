"""What a tab is: text, columns, notes in time, hands. Everything else stands on this room.

columns         text <-> column words, both ways
pasted          a text with a tab in it -> the tab alone
names           the title and artist that lines of a text state
marks           what characters mean: frets, marks of techniques, note names
tuning          labels and open-string pitches of 4 to 6 strings
values          frozen values: Tab > System > Column; Note
timing          columns -> notes with onset and duration
time_map        the time of bars that is not that of their columns
repeat_signs    repeat signs at bar lines, which take no time
lines           where lines of bars are broken
layout          bars of placed notes -> systems, which `timing` reads back
fingering       pitches -> strings and frets by shortest path, and its cost of a hand movement
taste           the strings that people would choose
intervals       notes -> intervals and their n-grams, whatever the key and spacing
chord_row       a row of chord names -> the names
column_printer  a tab on a terminal or in a file while it is written
"""
