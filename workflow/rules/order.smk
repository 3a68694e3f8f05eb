"""Which ready jobs start first: those for the filters of the default model, then those for its accuracy.

So readers see the first filters after a few minutes, however many models a study trains. Results do not depend on it.
"""

from lib.study.settings import PIXELS, plain

FILTERS_FIRST, ACCURACY_NEXT = 3, 2
FIRST_MODEL, FIRST_VIEW = STUDY.default
# Wildcards of the jobs that the filters of the default model need, and features by which its accuracy is compared.
FIRST_NAMES = plain(STUDY.models[FIRST_MODEL]) | {"model": FIRST_MODEL}
FIRST_FEATURES = ((FIRST_MODEL, FIRST_VIEW), (PIXELS, "seed0"))


def filters_first(wildcards):
    """Return the priority of a job that trains or measures a model."""
    return FILTERS_FIRST * all(FIRST_NAMES.get(name) == value for name, value in wildcards.items())


def accuracy_next(wildcards):
    """Return the priority of a job that evaluates features."""
    features = wildcards.get("features", wildcards.get("model"))
    return ACCURACY_NEXT * ((features, wildcards.view) in FIRST_FEATURES)
