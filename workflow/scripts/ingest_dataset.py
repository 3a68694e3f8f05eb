"""Check the raw files of a data set and write images, labels and facts."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])

from pathlib import Path

import numpy as np

from lib.datasets import LABELLED, SPLITS, facts
from lib.datasets.pickles import read_splits


def main(files: dict[str, list[str]], output: dict[str, str]) -> None:
    splits = read_splits(files)
    told = {}
    for name, split in splits.items():
        np.save(output[name], split.images)
        told[name] = facts(split) | {"files": {Path(path).name: Path(path).stat().st_size for path in files[name]}}
        if name in LABELLED:
            np.save(output[f"{name}_labels"], split.labels)
    write_json(output["fold_indices"], None)
    write_json(output["facts"], {"splits": told, "class_names": splits["train"].class_names})


inputs = {split: snakemake.input.get(split) for split in SPLITS}
main(
    {split: [paths] if isinstance(paths, str) else list(paths) for split, paths in inputs.items()},
    dict(snakemake.output.items()),
)
