"""Check the raw files of a data set, whatever their form, and write images, labels and facts."""

from lib.jobs import log_to, logger, write_json

log_to(snakemake.log[0])

from pathlib import Path

import numpy as np

from lib.datasets import LABELLED, facts
from lib.datasets.checksums import checksums
from lib.datasets.registry import read_splits


def main(files: dict[str, list[str]], output: dict[str, str]) -> None:
    raw = [path for paths in files.values() for path in paths]
    splits = read_splits(raw)
    told = {}
    with checksums(path for path in raw if Path(path).is_file()) as sums:
        for name, split in splits.items():
            header = {"descr": "|u1", "fortran_order": False, "shape": split.images.shape}
            paths = files.get(name) or files.get(split.source or "") or files["archive"]
            # written from front to back rather than through a map, whose pages the disk would get in any order
            with open(output[name], "wb") as written:
                np.lib.format.write_array_header_1_0(written, header)
                told[name] = facts(split, written.write) | {
                    "files": {Path(path).name: Path(path).stat().st_size for path in paths}
                }
            if name in LABELLED:
                np.save(output[f"{name}_labels"], split.labels)
        for path, found in sums.items():
            logger.info("%s: sha256 %s", path, found.result())
    folds = splits["train"].fold_indices
    write_json(output["fold_indices"], folds and [fold.tolist() for fold in folds])
    write_json(output["facts"], {"splits": told, "class_names": splits["train"].class_names})


main(
    {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
    dict(snakemake.output.items()),
)
