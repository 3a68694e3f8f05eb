"""Extract the features of the training and test images by one model."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.devices import Compute, device_for, require
from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.rows import write_blocks
from lib.features.encodings import encoder_for
from lib.features.extraction import Blocks, extract_features, grid_of
from lib.patches.normalisation import channels_of
from lib.study.settings import Model, View


def main(files: dict, output: dict, model: Model, view: View, compute: Compute) -> None:
    require(compute.device)
    statistics = read_json(files["normaliser"])
    grid = grid_of(model, view, channels_of(statistics))
    encode = encoder_for(np.load(files["theta"]), model, statistics, view, compute.device)
    for split, features in output.items():
        pictures = np.load(files[split], mmap_mode="r")
        with faults_of("configuration keys patch_size, image_size, stride and pooling"):
            shape = grid.shape(pictures)
        blocks = Blocks.of(compute.device, grid.units)
        found = extract_features(pictures, statistics, encode, grid, compute, blocks)
        write_blocks(Path(features), shape, np.float32, (block for _, block in found))


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        dict(output.items()),
        Model(**snakemake.params.model),
        View(**snakemake.params.view),
        Compute(device_for(snakemake.resources.get("gpu", 0)), snakemake.threads),
    )
