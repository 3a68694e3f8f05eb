"""Draw the filters of models, a mosaic each."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.display_layer import display_layer
from lib.learners import LEARNERS


def main(files: dict, mosaics: list[str]) -> None:
    channels = read_json(files["facts"])["splits"]["train"]["channels"]
    for theta, training, mosaic in zip(files["thetas"], files["training"], mosaics, strict=True):
        settings = read_json(training)["settings"]
        visible_size = channels * settings["patch_size"] ** 2
        display_layer(LEARNERS[settings["learner"]].filters(np.load(theta), settings, visible_size), mosaic)


main(dict(snakemake.input.items()), list(snakemake.output.mosaics))
