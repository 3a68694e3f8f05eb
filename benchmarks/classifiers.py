"""Classifiers on long feature vectors: exact rotation to as many dimensions as objects, compared with the direct route.

Both routes use one core, as a job of the workflow does.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ParameterGrid
from threadpoolctl import threadpool_limits

from benchmarks.data import photographs
from lib.classifiers.classify import cross_validate, model_from
from lib.classifiers.preparation import parts_of, splits_of
from lib.study.settings import VALIDATION_SPLITS, Classifier

ROOT = Path(__file__).parents[1]
OBJECTS = 100  # with more objects the direct route takes minutes
CLASSIFIERS = ("logistic_regression", "rbf_svm")
EXACT = {"tol": 1e-6}  # for the comparison of decisions, in which an early stop would count as a difference


def settings_of(name: str) -> dict[str, Any]:
    """Return a classifier of the default study, on all features and without calibration: only models are timed."""
    settings = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["classifiers"][name]
    return settings | {"components": 0, "calibrate": False}


def measure(objects: int = OBJECTS, count: int = VALIDATION_SPLITS) -> Iterator[pd.DataFrame]:
    """Yield one table per classifier: seconds of the same cross-validation, and the difference between the routes.

    count: number of splits that are timed. The largest difference is between decision values of held-out objects,
    relative to the largest value. It is taken for the first entry of the grid and in float64, because in float32 the
    rounding of a gradient with tens of thousands of coefficients stops the direct route before its optimum.
    """
    train, labels = photographs(objects)
    train = train.astype(np.float32)
    splits = splits_of(labels, seed=0)[:count]
    for settings in map(settings_of, CLASSIFIERS):
        grid = list(ParameterGrid(settings["grid"]))
        seconds, scores, decisions = {}, {}, {}
        for route in ("rotated", "direct"):
            way = Classifier.of(settings | {"rotate": route == "rotated"})
            part, model = parts_of(way, train, train, splits), model_from(way, seed=0)
            with threadpool_limits(limits=1, user_api="blas"), warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # of the direct route, for weak penalties
                start = time.perf_counter()
                scores[route], _ = cross_validate(model, grid, labels, splits, part)
                seconds[route] = time.perf_counter() - start
                objects, unseen = (side.astype(np.float64) for side in part(0))
                model[-1].set_params(**grid[0], **EXACT).fit(objects, labels[splits[0][0]])
                decisions[route] = model[-1].decision_function(unseen)
        difference = np.abs(decisions["rotated"] - decisions["direct"]).max() / np.abs(decisions["direct"]).max()
        yield pd.DataFrame(
            {
                "classifier": settings["label"],
                "objects": len(train),
                "features": train.shape[1],
                "splits": count,
                "way": list(seconds),
                "seconds": list(seconds.values()),
                "ratio": [value / seconds["rotated"] for value in seconds.values()],
                "accuracy": [scores[route].max() for route in seconds],
                "largest difference": difference,
            }
        )
