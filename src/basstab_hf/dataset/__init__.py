"""Pages, files, public-domain tunes and composed songs -> cleaned, deduplicated, split Parquet with a card.

sources, public_domain     where tabs come from: folders, scrapes, files; the tunes of the music21 package
abc_notation, tune, grid, arrange
                           a tune -> a bass part on a grid of columns
pieces, mapping            pages and files -> pieces, in one process, several, or on Ray
cleaning, similarity, names   what is left out, and why; versions of one song; titles that name nothing, or are no words
rows, writer, card, plots  a row of a piece; the folder: Parquet, card, pictures
croissant, licences        the card for machines; notes on rights in SPDX's words
build, report, removal     all of it; what it did; a piece taken out again
load, parquet_sizes        a dataset -> its column texts and rows; how large a Parquet file says that it is
own_tabs     files and folders of tabs -> column texts, to be scored
"""
