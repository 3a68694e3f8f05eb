"""Random generators that depend on the study's seed and the job's own settings, never on time or order."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np


def seed_sequence(seed: int, *key: Any) -> np.random.SeedSequence:
    """Return the seed sequence of the study's seed and a key of plain values (text, numbers, lists, dicts)."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def generator(seed: int, *key: Any) -> np.random.Generator:
    """Return a generator; equal seeds and keys give equal numbers, different ones give independent numbers."""
    return np.random.default_rng(seed_sequence(seed, *key))


def integer_seed(seed: int, *key: Any) -> int:
    """Return a 32-bit seed for libraries that take an integer."""
    return int(seed_sequence(seed, *key).generate_state(1)[0])
