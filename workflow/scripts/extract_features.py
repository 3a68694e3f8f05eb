"""Extract the features of one split by one model."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.devices import device_for, require
from lib.errors import faults_of
from lib.features import extract_features, feature_shape
from lib.learners import LEARNERS


def main(images: str, theta: str, normaliser: str, features: str, model: dict, view: dict, device: str) -> None:
    require(device)
    pictures, statistics = np.load(images, mmap_mode="r"), read_json(normaliser)
    grid = {"channels": len(statistics["mean"]), "patch_size": model["patch_size"], "stride": view["stride"]}
    encode = LEARNERS[model["learner"]].encoder(np.load(theta), model, statistics, view["layer"], device)
    with faults_of("configuration keys patch_size and stride"):
        shape = feature_shape(pictures.shape, **grid, units=model["hidden"][view["layer"] - 1])
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
