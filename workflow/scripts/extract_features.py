"""Extract the features of one split by one model."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.devices import device_for, require
from lib.encodings import activations_per_patch
from lib.errors import faults_of
from lib.features import extract_features, feature_shape
from lib.learners import encoder_for
from lib.normalisation import channels_of


def main(images: str, theta: str, normaliser: str, features: str, model: dict, view: dict, device: str) -> None:
    require(device)
    pictures, statistics = np.load(images, mmap_mode="r"), read_json(normaliser)
    units = activations_per_patch(view["encoding"], model["hidden"][view["layer"] - 1])
    grid = {key: view[key] for key in ("stride", "pooling", "mirror")} | {"patch_size": model["patch_size"]}
    grid |= {"channels": channels_of(statistics), "units": units}
    encode = encoder_for(np.load(theta), model, statistics, view, device)
    with faults_of("configuration keys patch_size, image_size, stride and pooling"):
        shape = feature_shape(pictures.shape, **grid)
    matrix = np.lib.format.open_memmap(features, mode="w+", dtype=np.float32, shape=shape)
    for rows, block in extract_features(pictures, encode, **grid):
        matrix[rows] = block
    matrix.flush()


main(
    snakemake.input.images,
    snakemake.input.theta,
    snakemake.input.normaliser,
    snakemake.output.features,
    snakemake.params.model,
    snakemake.params.view,
    device_for(snakemake.resources.get("gpu", 0)),
)
