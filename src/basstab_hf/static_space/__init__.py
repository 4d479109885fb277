"""A page that writes tabs without a server: the model runs in the browser (docs/static-space.md).

writer  a model folder -> the folder of a static Space
page/   what the browser loads: its scripts hold the rules that must exist twice, each tested against the first
"""
