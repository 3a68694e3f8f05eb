"""Fit the statistics that normalise patches, or whiten them."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.outputs import job_files
from lib.patches.normalisation import fit_whitener, range_normaliser
from lib.sample_patches import fit_normaliser
from lib.study.settings import RANGES


def main(patches: str, normaliser: str, settings: dict) -> None:
    sample = np.load(patches, mmap_mode="r")
    channels = sample.shape[1] // settings["patch_size"] ** 2
    of_patches = {"centre": settings["centre"], "channels": channels}
    if settings["scaling"] in RANGES:
        write_json(normaliser, range_normaliser(channels, settings["range"]))
    elif settings["whiten"]:
        write_json(normaliser, fit_whitener(sample, **of_patches))
    else:
        write_json(normaliser, fit_normaliser(sample, **of_patches, output_range=settings["range"]))


with job_files(snakemake) as (files, output):
    main(files.patches, output.normaliser, snakemake.params.settings)
