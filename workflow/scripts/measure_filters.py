"""Save the filters of a model, and measure how much each looks like an edge and what the units of each layer do."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np
import pandas as pd

from lib.evaluation.edges import colour_share, edge_likeness
from lib.evaluation.units import (
    MEASURED_PATCHES,
    RECONSTRUCTED,
    exciting_patches,
    explained_variance,
    measure_layer,
)
from lib.features.encodings import encoder_for
from lib.learners.registry import load
from lib.patches.normalisation import channels_of, normalise
from lib.study.settings import Model, View


def main(files: dict, output: dict, model: Model) -> None:
    learner = load(model.learner)
    theta, raw = np.load(files["theta"]), np.load(files["patches"], mmap_mode="r")[:MEASURED_PATCHES]
    statistics = read_json(files["normaliser"])
    data, channels = normalise(raw, statistics, "float32"), channels_of(statistics)
    filters = learner.filters(theta, model.settings, raw.shape[1])
    np.save(output["weights"], filters)

    measured, responses = {}, []
    for layer in range(1, len(model.layers) + 1):
        activations = encoder_for(theta, model, statistics, View(layer, stride=1), "cpu")(data)
        measured[layer] = measure_layer(activations, model.settings.get("activation"))
        responses.append(exciting_patches(activations, data))
        if layer == 1:
            columns = {
                "edge_likeness": edge_likeness(filters, channels),
                "colour_share": colour_share(filters, channels),
                "mean_activation": activations.mean(axis=0, dtype=np.float64),
                # filters of edges may have vanishing strength
                "activation_std": activations.std(axis=0, dtype=np.float64),
            }
            pd.DataFrame(columns).rename_axis("unit").to_csv(output["filters"])
    np.save(output["responses"], np.concatenate(responses))

    explained, shown = np.nan, np.empty((0, 0, raw.shape[1]), dtype=np.float32)
    if reconstruct := getattr(learner, "reconstruction", None):
        reconstructed = reconstruct(theta, model.settings, statistics, "cpu")(data)
        explained = explained_variance(data, reconstructed)
        shown = np.stack([data[:RECONSTRUCTED], reconstructed[:RECONSTRUCTED]]).astype(np.float32)
    np.save(output["reconstructions"], shown)
    layers = pd.DataFrame.from_dict(measured, orient="index").rename_axis("layer")
    layers.assign(explained_variance=explained).to_csv(output["layers"])


main(dict(snakemake.input.items()), dict(snakemake.output.items()), Model(**snakemake.params.settings))
