"""Draw the filters of one model as a mosaic."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.display_layer import display_layer
from lib.learners import LEARNERS


def main(theta: str, patches: str, png: str, settings: dict) -> None:
    visible_size = np.load(patches, mmap_mode="r").shape[1]
    display_layer(LEARNERS[settings["learner"]].filters(np.load(theta), settings, visible_size), png)


main(snakemake.input.theta, snakemake.input.patches, snakemake.output.png, snakemake.params.settings)
