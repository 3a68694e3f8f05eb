"""Save the filters of a model, and measure how much each looks like an edge and what the units of each layer do."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np
import pandas as pd

from lib.evaluation.edges import edge_likeness
from lib.evaluation.units import MEASURED_PATCHES, explained_variance, measure_layer
from lib.features.encodings import encoder_for
from lib.learners.registry import load
from lib.patches.normalisation import channels_of, normalise
from lib.study.settings import Model, View


def main(files: dict, output: dict, model: Model) -> None:
    learner = load(model.learner)
    theta, raw = np.load(files["theta"]), np.load(files["patches"], mmap_mode="r")[:MEASURED_PATCHES]
    statistics = read_json(files["normaliser"])
    data = normalise(raw, statistics, "float32")

    def activations(layer: int) -> np.ndarray:
        return encoder_for(theta, model, statistics, View(layer, stride=1), "cpu")(data)

    filters = learner.filters(theta, model.settings, raw.shape[1])
    np.save(output["weights"], filters)
    first = activations(1)
    columns = {
        "edge_likeness": edge_likeness(filters, channels=channels_of(statistics)),
        "mean_activation": first.mean(axis=0, dtype=np.float64),
        "activation_std": first.std(axis=0, dtype=np.float64),  # filters of edges may have vanishing strength
    }
    pd.DataFrame(columns).rename_axis("unit").to_csv(output["filters"])

    layers = range(1, len(model.layers) + 1)
    measured = pd.DataFrame(
        [measure_layer(activations(layer), model.settings.get("activation")) for layer in layers],
        index=pd.Index(layers, name="layer"),
    )
    explained = np.nan
    if reconstruction := getattr(learner, "reconstruction", None):
        explained = explained_variance(data, reconstruction(theta, model.settings, statistics, "cpu")(data))
    measured.assign(explained_variance=explained).to_csv(output["layers"])


main(dict(snakemake.input.items()), dict(snakemake.output.items()), Model(**snakemake.params.settings))
