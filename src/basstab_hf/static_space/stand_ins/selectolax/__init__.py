"""The part of `selectolax` that the recogniser needs, in Python."""
