"""Check the raw files of a data set, whatever their form, and write images, labels and facts."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])


import numpy as np

from lib.datasets import LABELLED, facts
from lib.datasets.provenance import descriptions
from lib.datasets.registry import read_splits


def main(files: dict[str, list[str]], output: dict[str, str], dataset: str) -> None:
    splits = read_splits(path for paths in files.values() for path in paths)
    told = {}
    with descriptions(files) as raw:
        for name, split in splits.items():
            header = {"descr": "|u1", "fortran_order": False, "shape": split.images.shape}
            # written from front to back rather than through a map, whose pages the disk would get in any order
            with open(output[name], "wb") as written:
                np.lib.format.write_array_header_1_0(written, header)
                told[name] = facts(split, written.write)
            if name in LABELLED:
                np.save(output[f"{name}_labels"], split.labels)
        for name, split in splits.items():
            told[name]["files"] = (raw.get(name) or raw.get(split.source or "") or raw["archive"]).result()
        names = raw["names"].result() if "names" in raw else {}
    folds = splits["train"].fold_indices
    write_json(output["fold_indices"], folds and [fold.tolist() for fold in folds])
    shared = {"dataset": dataset, "class_names": splits["train"].class_names, "files": names}
    write_json(output["facts"], {"splits": told} | shared)


main(
    {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
    dict(snakemake.output.items()),
    snakemake.params.dataset,
)
