"""Every encoding agrees with its definition, computed patch by patch."""

import numpy as np
import pytest

from lib.base.devices import to_host
from lib.features.encodings import ENCODINGS, activations_per_patch, filter_encoder
from lib.patches.normalisation import normalise
from lib.sample_patches import fit_normaliser

THRESHOLD = 0.3


def directly(encoding, x, filters):
    unit = [w / np.linalg.norm(w) for w in filters]
    z = np.array([x @ w for w in unit])
    distance = np.array([np.linalg.norm(x - w) for w in filters])
    return {
        "linear": z,
        "triangle": np.maximum(0, distance.mean() - distance),
        "soft_threshold": np.maximum(0, z - THRESHOLD),
        "sign_split": np.concatenate([np.maximum(0, z - THRESHOLD), np.maximum(0, -z - THRESHOLD)]),
    }[encoding]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_agree_with_their_definitions(rng, xp, encoding):
    data, filters = rng.normal(size=(30, 12)), rng.normal(size=(5, 12)) * 3
    found = to_host(ENCODINGS[encoding](xp.asarray(data), xp.asarray(filters), THRESHOLD))
    np.testing.assert_allclose(found, [directly(encoding, x, filters) for x in data], atol=1e-12)
    assert found.shape == (30, activations_per_patch(encoding, 5))


def test_a_patch_at_a_filter_and_a_filter_of_zeros_give_finite_numbers():
    filters = np.vstack([np.zeros(12), np.full(12, 1e3)]).astype(np.float32)
    for encoding in ENCODINGS.values():
        assert np.isfinite(encoding(filters.copy(), filters, 0.0)).all()


def test_the_middle_of_the_range_is_subtracted_from_patches(rng):
    raw = rng.integers(0, 256, size=(300, 48), dtype=np.uint8)
    statistics = fit_normaliser(raw, centre="none")
    filters = rng.normal(size=(4, 48))
    encode = filter_encoder(filters, statistics, "linear")
    expected = ENCODINGS["linear"](normalise(raw, statistics) - 0.5, filters, 0.0)
    patches = normalise(raw, statistics, "float32")
    found = encode(patches)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(encode(patches[:1]), found[:1], atol=1e-6, err_msg="features depend on other patches")
