"""The table of bounds: the likelihood that variational autoencoders give test images."""

from __future__ import annotations

import pandas as pd

from lib.study.decoded import is_generative
from lib.study.study import Study, single_models
from lib.tabulation.models import BOUNDS

BOUND_COLUMNS = ["experiment", "setting", "label", "repetitions", *BOUNDS]


def bound_table(study: Study, filters: pd.DataFrame) -> pd.DataFrame:
    """Return one row per setting of an experiment that gives images a likelihood: means over the repetitions, in nats.

    filters: the table of that name, one row per model. Settings that concatenate the features of several models have no
    row.
    """
    known = filters.set_index("model")
    rows = []
    for name, experiment in study.experiments.items():
        for number, combination in enumerate(experiment.combinations):
            models = single_models(study, combination)
            if models is None or not is_generative(study.models[models[0]]):
                continue
            means = known.loc[list(models), list(BOUNDS)].astype("float64").mean()
            label = str(study.label(name, number))
            about = {"experiment": name, "setting": number, "label": label, "repetitions": len(models)}
            rows.append(about | means.to_dict())
    return pd.DataFrame(rows, columns=BOUND_COLUMNS)
