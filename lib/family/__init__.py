"""Experiments of the lecture on autoencoders and deep networks, which have settings and data that no study shares."""
