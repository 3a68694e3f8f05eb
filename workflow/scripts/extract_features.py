"""Extract the features of the training and test images by one model."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0])

from pathlib import Path

import numpy as np

from lib.base.devices import device_for, require
from lib.base.errors import faults_of
from lib.base.rows import write_blocks
from lib.features.encodings import activations_per_patch, encoder_for
from lib.features.extraction import BLOCK_BYTES, CHUNK, GPU_BLOCK_BYTES, extract_features, feature_shape
from lib.patches.normalisation import channels_of
from lib.study.settings import layers_of


def main(files: dict, output: dict, model: dict, view: dict, threads: int, device: str) -> None:
    require(device)
    statistics = read_json(files["normaliser"])
    units = activations_per_patch(view["encoding"], layers_of(model)[view["layer"] - 1])
    grid = {key: view[key] for key in ("stride", "pooling", "mirror")} | {"patch_size": model["patch_size"]}
    grid |= {"channels": channels_of(statistics), "units": units}
    encode = encoder_for(np.load(files["theta"]), model, statistics, view, device)
    size = {"chunk": CHUNK, "block_bytes": BLOCK_BYTES}
    if device == "gpu":
        size = {"chunk": GPU_BLOCK_BYTES // (4 * units), "block_bytes": GPU_BLOCK_BYTES}
    for split, features in output.items():
        pictures = np.load(files[split], mmap_mode="r")
        with faults_of("configuration keys patch_size, image_size, stride and pooling"):
            shape = feature_shape(pictures.shape, **grid)
        blocks = extract_features(pictures, statistics, encode, **grid, workers=threads, **size)
        write_blocks(Path(features), shape, np.float32, (block for _, block in blocks))


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.params.model,
    snakemake.params.view,
    snakemake.threads,
    device_for(snakemake.resources.get("gpu", 0)),
)
