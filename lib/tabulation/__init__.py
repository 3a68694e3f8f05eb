"""Tidy tables of the study."""
