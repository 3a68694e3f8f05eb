"""Explore a sample of the labelled training images."""

from lib.base.jobs import log_to, logger, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.table_files import write_table
from lib.evaluation.exploration import DOUBTS_SHOWN, explore, sampled


def main(files: dict[str, str], seed: int, output: dict[str, str]) -> None:
    labels = np.load(files["labels"])
    chosen = sampled(labels, seed)
    logger.info("exploring %d of %d training images", len(chosen), len(labels))
    names = read_json(files["facts"])["class_names"]
    images = CheckedRows(files["images"])
    found = explore(images[chosen], chosen, labels, names, seed)
    pairs = found.pairs[["image", "other"]].to_numpy(dtype=int)
    np.savez(
        output["arrays"],
        means=found.means,
        variances=found.variances,
        histogram=found.histogram,
        pairs=images[pairs.ravel()].reshape(len(pairs), 2, images.shape[1]),
        doubts=images[found.doubts["image"].head(DOUBTS_SHOWN).to_numpy(dtype=int)],
    )
    for name in ("classes", "pairs", "doubts", "maps", "components"):
        write_table(getattr(found, name), output[f"exploration_{name}"])


with job_files(snakemake, partly=["images"]) as (files, output):
    main(dict(files.items()), snakemake.params.seed, dict(output.items()))
