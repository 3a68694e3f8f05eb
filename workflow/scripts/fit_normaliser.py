"""Fit the statistics that normalise patches."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])

import numpy as np

from lib.sample_patches import fit_normaliser


def main(patches: str, normaliser: str, settings: dict) -> None:
    write_json(normaliser, fit_normaliser(np.load(patches), centre=settings["centre"], output_range=settings["range"]))


main(snakemake.input.patches, snakemake.output.normaliser, snakemake.params.settings)
