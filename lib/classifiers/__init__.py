"""Classifiers on pixels and features."""
