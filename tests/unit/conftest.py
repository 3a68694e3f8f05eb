"""Array libraries that the same code must serve."""

import array_api_strict
import numpy as np
import pytest


@pytest.fixture(params=[np, array_api_strict], ids=["numpy", "array_api_strict"])
def xp(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20261121)
