"""Check the raw files of a data set, whatever their form, and write images, labels and facts."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])

from dataclasses import replace

import numpy as np

from lib.datasets import LABELLED, facts
from lib.datasets.images import Images
from lib.datasets.provenance import described
from lib.datasets.registry import read_splits


def main(files: dict[str, list[str]], output: dict[str, str]) -> None:
    splits = read_splits(path for paths in files.values() for path in paths)
    told, raw = {}, {group: described(paths) for group, paths in files.items()}
    for name, split in splits.items():
        written = np.lib.format.open_memmap(output[name], mode="w+", dtype=np.uint8, shape=split.images.shape)
        start = 0
        for rows in split.images.blocks():
            written[start : start + len(rows)] = rows
            start += len(rows)
        images = Images(written, split.images.side, split.images.channels)
        told[name] = facts(replace(split, images=images)) | {
            "files": raw.get(name) or raw.get(split.source or "") or raw["archive"]
        }
        if name in LABELLED:
            np.save(output[f"{name}_labels"], split.labels)
    folds = splits["train"].fold_indices
    write_json(output["fold_indices"], folds and [fold.tolist() for fold in folds])
    shared = {"class_names": splits["train"].class_names, "files": raw.get("names", {})}
    write_json(output["facts"], {"splits": told} | shared)


main(
    {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
    dict(snakemake.output.items()),
)
