"""Draw the images that the notebook computes from, and keep those that show the data set in the report."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.randomness import generator

# So few that the archive with them can be sent by mail, so many that classifiers find something.
NUMBERS = {"unlabeled": 32, "train": 75, "test": 75}
SHOWN = {"unlabeled": 16, "patches": 100}  # the first ones, as in the overview of the report


def main(files: dict[str, str], sample: str, seed: int) -> None:
    drawn = {"patches": CheckedRows(files["patches"])[: SHOWN["patches"]]}
    for split, number in NUMBERS.items():
        images = CheckedRows(files[split])
        first = SHOWN.get(split, 0)
        others = first + generator(seed, "images of the notebook", split).permutation(max(0, len(images) - first))
        rows = np.concatenate([np.arange(min(first, len(images))), np.sort(others[: number - first])])
        drawn[split] = images[rows]
        if split != "unlabeled":
            labels = np.load(files[f"{split}_labels"])
            drawn[f"{split}_labels"] = labels[rows]
            # The first image of each class, which the report shows.
            known, places = np.unique(labels, return_index=True)
            drawn |= {f"{split}_first": images[places], f"{split}_first_labels": known}
    np.savez_compressed(sample, **drawn)


with job_files(snakemake, partly=["patches", "unlabeled", "train", "test"]) as (files, output):
    main(dict(files.items()), output.sample, snakemake.params.seed)
