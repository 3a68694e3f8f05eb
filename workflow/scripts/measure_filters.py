"""Measure how much each filter of a model looks like an edge, and what the units of each hidden layer do."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np
import pandas as pd

from lib.filters import edge_likeness
from lib.learners import LEARNERS
from lib.normalisation import channels_of, normalise
from lib.units import MEASURED_PATCHES, explained_variance, measure_layer


def main(theta: str, patches: str, normaliser: str, filters: str, layers: str, settings: dict) -> None:
    learner = LEARNERS[settings["learner"]]
    parameters, raw = np.load(theta), np.load(patches, mmap_mode="r")[:MEASURED_PATCHES]
    statistics = read_json(normaliser)
    data = normalise(raw, statistics, "float32")
    last, activation = len(settings["hidden"]), settings.get("activation")

    def activations(layer: int) -> np.ndarray:
        return learner.encoder(parameters, settings, statistics, layer, "cpu")(data)

    likeness = edge_likeness(learner.filters(parameters, settings, raw.shape[1]), channels=channels_of(statistics))
    first = activations(1)
    columns = {
        "edge_likeness": likeness,
        "mean_activation": first.mean(axis=0, dtype=np.float64),
        "activation_std": first.std(axis=0, dtype=np.float64),  # an edge at vanishing strength is one by its form alone
    }
    pd.DataFrame(columns).rename_axis("unit").to_csv(filters)

    measured = pd.DataFrame(
        [measure_layer(activations(layer), activation) for layer in range(1, last + 1)],
        index=pd.RangeIndex(1, last + 1, name="layer"),
    )
    # Only networks have a layer that gives the input back.
    explained = explained_variance(data, activations(last + 1)) if activation else np.nan
    measured.assign(explained_variance=explained).to_csv(layers)


main(
    snakemake.input.theta,
    snakemake.input.patches,
    snakemake.input.normaliser,
    snakemake.output.filters,
    snakemake.output.layers,
    snakemake.params.settings,
)
