"""Classifiers on long feature vectors: rotated exactly to as many dimensions as objects, beside the direct route."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.data import photographs
from lib.classification import FOLDS, cross_validate, pipeline_from

OBJECTS = 400
CLASSIFIERS: dict[str, dict[str, Any]] = {
    "logistic regression": {
        "class": "sklearn.linear_model.LogisticRegression",
        "parameters": {"solver": "lbfgs", "max_iter": 500, "warm_start": True},
        "grid": [{"C": value} for value in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)],
    },
    "RBF SVM": {
        "class": "sklearn.svm.SVC",
        "parameters": {"kernel": "rbf", "gamma": "scale"},
        "grid": [{"C": value} for value in (1.0, 10.0)],
    },
}


def measure(cores: int, objects: int = OBJECTS) -> Iterator[pd.DataFrame]:
    """A table for each classifier: seconds of the same cross-validated choice, and whether the routes agree."""
    train, labels = photographs(objects)
    train = train.astype(np.float32)
    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(train, labels))
    for name, settings in CLASSIFIERS.items():
        seconds, scores = {}, {}
        for route in ("rotated", "direct"):
            pipeline = pipeline_from(settings | {"standardise": True, "rotate": route == "rotated"}, seed=0)
            with threadpool_limits(limits=cores, user_api="blas"):
                start = time.perf_counter()
                scores[route] = cross_validate(pipeline, settings["grid"], train, labels, splits)
                seconds[route] = time.perf_counter() - start
        yield pd.DataFrame(
            {
                "classifier": name,
                "objects": objects,
                "features": train.shape[1],
                "way": list(seconds),
                "seconds": list(seconds.values()),
                "ratio": [value / seconds["rotated"] for value in seconds.values()],
                "accuracy": [scores[route].max() for route in seconds],
                "largest difference": np.abs(scores["rotated"] - scores["direct"]).max(),
            }
        )
