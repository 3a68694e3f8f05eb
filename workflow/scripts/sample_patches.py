"""Sample patches from the unlabelled images."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.sample_patches import sample_patches_raw


def main(images: str, facts: str, patches: str, settings: dict, seed: int) -> None:
    rng = generator(seed, "patches", settings)
    channels = read_json(facts)["splits"]["unlabeled"]["channels"]
    with faults_of("configuration keys patches, patch_size and image_size"):
        sample = sample_patches_raw(
            CheckedRows(images), settings["patches"], settings["patch_size"], rng=rng, channels=channels
        )
    np.save(patches, sample)


with job_files(snakemake, partly=["images"]) as (files, output):
    main(files.images, files.facts, output.patches, snakemake.params.settings, snakemake.params.seed)
