"""Measures of filters, units and predictions."""
