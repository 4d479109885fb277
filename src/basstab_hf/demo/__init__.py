"""Pages that let people play with a model: in a browser alone (`static_space`)."""
