"""Cut the embedded photographs into crops and write them as raw pickles."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pickle

from lib.datasets.photographs import make_splits
from lib.errors import faults_of
from lib.randomness import generator


def main(files: dict[str, str], crops: dict[str, int], seed: int) -> None:
    with faults_of("configuration key crops"):
        contents = make_splits(crops, generator(seed, "photographs"))
    for split, file in files.items():
        with open(file, "wb") as stream:
            pickle.dump(contents[split], stream, protocol=2)


main(dict(snakemake.output.items()), snakemake.params.crops, snakemake.params.seed)
