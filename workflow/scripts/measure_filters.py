"""Measure how much each filter of a model looks like an edge, and how active its unit is."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np
import pandas as pd

from lib.filters import edge_likeness
from lib.learners import LEARNERS
from lib.normalisation import channels_of


def main(theta: str, patches: str, normaliser: str, filters: str, settings: dict) -> None:
    learner = LEARNERS[settings["learner"]]
    parameters, raw = np.load(theta), np.load(patches)
    statistics = read_json(normaliser)
    encode = learner.encoder(parameters, settings, statistics, 1, "cpu")
    likeness = edge_likeness(learner.filters(parameters, settings, raw.shape[1]), channels=channels_of(statistics))
    columns = {"edge_likeness": likeness, "mean_activation": encode(raw).mean(axis=0, dtype=np.float64)}
    pd.DataFrame(columns).rename_axis("unit").to_csv(filters)


main(
    snakemake.input.theta,
    snakemake.input.patches,
    snakemake.input.normaliser,
    snakemake.output.filters,
    snakemake.params.settings,
)
