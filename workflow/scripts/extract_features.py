"""Extract the features of the training and test images by one model."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.devices import Compute, device_for, require
from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.rows import write_blocks
from lib.features.encodings import array_encoder_for, encoder_for
from lib.features.extraction import extract_features, grid_of
from lib.features.on_device import extract_on_device
from lib.patches.normalisation import channels_of
from lib.study.settings import Model, View


def main(files: dict, output: dict, model: Model, view: View, compute: Compute) -> None:
    require(compute.device)
    statistics = read_json(files["normaliser"])
    grid = grid_of(model, view, channels_of(statistics))
    learned = np.load(files["theta"]), model, statistics, view
    on_device = array_encoder_for(*learned) if compute.device == "gpu" else None
    on_host = None if on_device else encoder_for(*learned, compute.device)
    for split, features in output.items():
        pictures = np.load(files[split], mmap_mode="r")
        with faults_of("configuration keys patch_size, image_size, stride and pooling"):
            shape = grid.shape(pictures)
        if on_host:
            found = extract_features(pictures, statistics, on_host, grid, compute)
        else:
            found = extract_on_device(pictures, statistics, on_device, grid, compute.device)
        write_blocks(Path(features), shape, np.float32, (block for _, block in found))


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        dict(output.items()),
        Model(**snakemake.params.model),
        View(**snakemake.params.view),
        Compute(device_for(snakemake.resources.get("gpu", 0)), snakemake.threads),
    )
