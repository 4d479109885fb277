"""Random inputs for everything that reads what users and strangers hand in; scripts/fuzz.py runs them.

mutation    what is done to bytes, documents and words
seeds       inputs that are in order, to begin with
targets     what reads them, by name
working     many inputs in processes that may hang, swell or die; what was found
"""
