"""Classifiers on long feature vectors: rotated exactly to as many dimensions as objects, beside the direct route."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.data import photographs
from lib.classification import FOLDS, cross_validate, pipeline_from

OBJECTS = 100  # with more of them the direct route takes minutes
CLASSIFIERS: dict[str, dict[str, Any]] = {
    "logistic regression": {
        "class": "sklearn.linear_model.LogisticRegression",
        "parameters": {"solver": "lbfgs", "max_iter": 500, "warm_start": True},
        "grid": [{"C": value} for value in (1e-6, 1e-5, 1e-4)],
    },
    "RBF SVM": {
        "class": "sklearn.svm.SVC",
        "parameters": {"kernel": "rbf", "gamma": "scale", "decision_function_shape": "ovo"},
        "grid": [{"C": value} for value in (1.0, 10.0)],
    },
}


def measure(cores: int, objects: int = OBJECTS) -> Iterator[pd.DataFrame]:
    """A table for each classifier: seconds of the same cross-validated choice, and how far the routes agree.

    The largest difference is that between decision values of held-out objects, as a share of the largest of them.
    """
    train, labels = photographs(objects)
    train = train.astype(np.float32)
    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(train, labels))
    for name, settings in CLASSIFIERS.items():
        seconds, scores, decisions = {}, {}, {}
        for route in ("rotated", "direct"):
            pipeline = pipeline_from(settings | {"standardise": True, "rotate": route == "rotated"}, seed=0)
            with threadpool_limits(limits=cores, user_api="blas"), warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # of the direct route, for weak penalties
                start = time.perf_counter()
                scores[route] = cross_validate(pipeline, settings["grid"], train, labels, splits)
                seconds[route] = time.perf_counter() - start
                (rest, held_out), *_ = splits
                pipeline[-1].set_params(**settings["grid"][0])
                decisions[route] = pipeline.fit(train[rest], labels[rest]).decision_function(train[held_out])
        difference = np.abs(decisions["rotated"] - decisions["direct"]).max() / np.abs(decisions["direct"]).max()
        yield pd.DataFrame(
            {
                "classifier": name,
                "objects": len(train),
                "features": train.shape[1],
                "way": list(seconds),
                "seconds": list(seconds.values()),
                "ratio": [value / seconds["rotated"] for value in seconds.values()],
                "accuracy": [scores[route].max() for route in seconds],
                "largest difference": difference,
            }
        )
