"""Songs with all their parts: heard before a bass part is written for them, and written back with it.

values    frozen values of a song: Song > Part > SongNote; Bar
read      files of Guitar Pro, MIDI and MusicXML -> a `Song`
hear      a song -> what is heard in it: a chart, the groove, a tuning; behind it:
beats     the beats of a song, and the pitch classes that sound in each
key       pitch classes -> the key
harmony   pitch classes -> a chord for each beat
form      bars that come again -> sections
groove    kick, snare and accents
tunings   the tuning of a bass that goes with the guitars
write     a song's file with a bass part; behind it:
fitting   a part -> bars under those of the song
write_guitarpro, write_midi, write_musicxml   one module a format
"""
