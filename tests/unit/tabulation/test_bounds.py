"""Bounds of the likelihood: means over the repetitions of the settings that have one."""

import numpy as np
import pandas as pd

from lib.tabulation.bounds import BOUND_COLUMNS, bound_table
from tests.unit.study.test_decoded import generative


def filters(study):
    """Return a table in which the bounds of the k-th model are -k, and others are missing."""
    rows = []
    for number, (name, model) in enumerate(study.models.items()):
        known = model.learner == "variational"
        values = {key: -float(number) if known else np.nan for key in ("elbo", "importance_bound", "divergence")}
        rows.append({"model": name, "cross_entropy": float(number) if known else np.nan} | values)
    return pd.DataFrame(rows)


def test_settings_of_variational_autoencoders_have_the_means_over_their_repetitions():
    study = generative(seeds=2)
    table = bound_table(study, filters(study))
    assert list(table.columns) == BOUND_COLUMNS
    assert table[["experiment", "setting", "repetitions"]].values.tolist() == [["codes", 0, 2], ["codes", 1, 2]]
    numbers = {name: number for number, name in enumerate(study.models)}
    for setting, row in table.iterrows():
        members = study.experiments["codes"].combinations[setting].members
        mean = np.mean([numbers[model] for model, _view in members])
        assert row["elbo"] == row["importance_bound"] == row["divergence"] == -mean
        assert row["cross_entropy"] == mean
