"""Fixtures of the tests on a GPU."""

from tests.unit.conftest import rng

__all__ = ["rng"]
