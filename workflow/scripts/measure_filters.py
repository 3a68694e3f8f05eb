"""Save the filters of a model, and measure how much each looks like an edge and what the units of each layer do."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np
import pandas as pd

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.evaluation import units, variance
from lib.evaluation.edges import fitted_templates, unit_table
from lib.evaluation.examples import PATCHES, activation_maps, example_images, map_grid
from lib.features.encodings import responses_for
from lib.learners.registry import load
from lib.patches.normalisation import channels_of, normalise
from lib.study.settings import Model


def main(files: dict, output: dict, model: Model) -> None:
    learner = load(model.learner)
    theta, raw = np.load(files["theta"]), CheckedRows(files["patches"])[: units.MEASURED_PATCHES]
    statistics, patch_size = read_json(files["normaliser"]), model.settings["patch_size"]
    data, channels = normalise(raw, statistics, "float32"), channels_of(statistics)
    filters = learner.filters(theta, model.arguments, raw.shape[1])
    np.save(output["weights"], filters)
    images = example_images(unseen := CheckedRows(files["images"]))
    measured, responses, patches, maps = {}, [], [], []
    for layer in range(1, len(model.layers) + 1):
        encode = responses_for(theta, model, statistics, layer)
        activations = encode(data)
        measured[layer] = units.measure_layer(activations, model.settings.get("activation"))
        strongest = units.strongest_patches(activations)
        responses.append(units.exciting_patches(data, strongest))
        patches.append(raw[strongest[:, :PATCHES]])
        grid = map_grid(images, model, layer, channels)
        maps.append(activation_maps(images, statistics, encode, grid))
        if layer == 1:
            unit_table(filters, activations, channels).to_csv(output["filters"])
    np.save(output["responses"], np.concatenate(responses))
    examples = {"images": images, "patches": np.concatenate(patches), "maps": np.concatenate(maps)}
    np.savez_compressed(
        output["examples"], **examples, stride=grid.stride, templates=fitted_templates(filters, channels)
    )
    found, shown = dict.fromkeys(("explained_variance", "held_out_error"), np.nan), np.empty((0, 0, raw.shape[1]))
    if reconstruct := getattr(learner, "reconstruction", None):
        reconstruction = reconstruct(theta, model.arguments, statistics, "cpu")
        found["held_out_error"] = units.held_out_error(unseen, patch_size, statistics, reconstruction)
        found["explained_variance"] = variance.explained_variance(data, reconstruction(data))
        some = normalise(units.pictured_patches(unseen, patch_size, channels), statistics, "float32")
        shown = np.stack([some, reconstruction(some)])
    np.save(output["reconstructions"], shown.astype(np.float32))
    if bounds := getattr(learner, "bounds", None):
        found |= units.held_out_bounds(unseen, statistics, bounds(theta, model.arguments, statistics), patch_size)
    pd.DataFrame.from_dict(measured, orient="index").rename_axis("layer").assign(**found).to_csv(output["layers"])


with job_files(snakemake, partly=["patches", "images"]) as (files, output):
    main(dict(files.items()), dict(output.items()), Model(**snakemake.params.settings))
