"""Normalisation of patches."""
