"""Column words <-> ids. All of it but `coverage`, `growth` and `infilling` travels with models as remote code.

tokenization_basstab  `BassTabTokenizer`, named as transformers names such files
control_table         what a tab can be asked for: a row each
control_words         reserved words and their ids, spare ones among them
token_kinds           what a token is; vocabularies
tab_words             raw tabs with reserved words in them <-> column text
column_ids            the fast way from raw tabs to ids
bar_ids               the same for bars, in kinds whose tokens hold several columns
tab_encoding          what the tokenizer hands back
remote_code           which files travel, and how they are made flat
infilling             whole bars moved behind their surroundings, and back
growth                a tokenizer with new tokens behind its own
coverage              how well a vocabulary covers tabs
chat_template.jinja   raw tabs for the stock class
"""
