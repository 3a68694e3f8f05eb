"""Fit the statistics that normalise patches."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])

import numpy as np

from lib.sample_patches import fit_normaliser


def main(patches: str, normaliser: str, settings: dict) -> None:
    sample = np.load(patches)
    channels = sample.shape[1] // settings["patch_size"] ** 2
    fitted = fit_normaliser(sample, centre=settings["centre"], channels=channels, output_range=settings["range"])
    write_json(normaliser, fitted)


main(snakemake.input.patches, snakemake.output.normaliser, snakemake.params.settings)
