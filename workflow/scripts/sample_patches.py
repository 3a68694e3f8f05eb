"""Sample patches from the unlabelled images."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.errors import faults_of
from lib.randomness import generator
from lib.sample_patches import sample_patches_raw


def main(images: str, patches: str, settings: dict, seed: int) -> None:
    rng = generator(seed, "patches", settings)
    with faults_of("configuration keys patches and patch_size"):
        sample = sample_patches_raw(
            np.load(images, mmap_mode="r"), settings["patches"], settings["patch_size"], rng=rng
        )
    np.save(patches, sample)


main(snakemake.input.images, snakemake.output.patches, snakemake.params.settings, snakemake.params.seed)
