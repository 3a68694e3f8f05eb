"""Unsupervised learners, one per module; `lib.learners.registry` loads them by name."""
