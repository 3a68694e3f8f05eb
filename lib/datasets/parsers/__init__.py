"""Guarded readers of foreign formats."""
