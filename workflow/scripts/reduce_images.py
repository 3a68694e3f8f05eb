"""Reduce the images of one split."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.datasets.reduction import reduce_images


def main(images: str, facts: str, reduced: str, split: str, image_size: int) -> None:
    channels = read_json(facts)["splits"][split]["channels"]
    pictures = np.load(images, mmap_mode="r")
    shape = (len(pictures), image_size**2 * channels)
    matrix = np.lib.format.open_memmap(reduced, mode="w+", dtype=np.uint8, shape=shape)
    with faults_of("configuration key image_size"):
        for rows, block in reduce_images(pictures, image_size, channels):
            matrix[rows] = block
    matrix.flush()


with job_files(snakemake) as (files, output):
    main(files.images, files.facts, output.reduced, snakemake.wildcards.split, int(snakemake.wildcards.image_size))
