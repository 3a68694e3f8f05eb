"""Draw the images that the notebook computes from, and keep those that show the data set in the report."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.randomness import generator

# So few that the archive with them can be sent by mail, so many that classifiers find something.
NUMBERS = {"unlabeled": 40, "train": 100, "test": 100}
SHOWN = {"images": 16, "patches": 100}  # at most, as in the overview of the report


def main(files: dict[str, str], sample: str, seed: int) -> None:
    drawn = {}
    for split, number in NUMBERS.items():
        images = np.load(files[split], mmap_mode="r")
        rows = generator(seed, "images of the notebook", split).permutation(len(images))[:number]
        drawn[split] = images[np.sort(rows)]
        if split != "unlabeled":
            drawn[f"{split}_labels"] = np.load(files[f"{split}_labels"])[np.sort(rows)]
    for kind, file in (("images", "unlabeled"), ("patches", "patches")):
        drawn[f"shown_{kind}"] = np.load(files[file], mmap_mode="r")[: SHOWN[kind]]
    np.savez_compressed(sample, **drawn)


main(dict(snakemake.input.items()), snakemake.output.sample, snakemake.params.seed)
