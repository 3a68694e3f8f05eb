"""Fixtures: the array libraries that the same code must support, and a random generator."""

import array_api_strict
import numpy as np
import pytest


@pytest.fixture(params=[np, array_api_strict], ids=["numpy", "array_api_strict"])
def xp(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20261121)
