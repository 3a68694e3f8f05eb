"""Random inputs that are the same in every run: few for `make test`, thousands for `make test-properties`."""

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
COMMON = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": SLOW}
settings.register_profile("small", max_examples=50, **COMMON)
settings.register_profile("large", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "10000")), **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))
