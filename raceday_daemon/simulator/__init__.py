"""A racing day in the source's own shape, made up from a seed and served over HTTP."""
