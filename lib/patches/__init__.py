"""Normalisation and whitening of patches."""
