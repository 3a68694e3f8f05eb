"""Fixtures: the array libraries that the same code must support, and a random generator."""

import array_api_strict
import numpy as np
import pytest

from tests.unit import cupy_like


@pytest.fixture(params=[np, array_api_strict, cupy_like], ids=["numpy", "array_api_strict", "cupy_like"])
def xp(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20261121)
