"""Check the raw files of a data set of any form, and write images, labels and facts."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0])


import logging
import sys
from pathlib import Path

from lib.datasets.classes import check_classes
from lib.datasets.forms.registry import EMBEDDED, read_splits
from lib.datasets.ingestion import write_splits
from lib.datasets.notes import Note
from lib.datasets.origin.provenance import descriptions, record, stamps


def main(files: dict[str, list[str]], output: dict[str, str], dataset: str, seed: int, state: str) -> None:
    own = {} if dataset == EMBEDDED else files
    before = stamps(path for paths in own.values() for path in paths)  # what changes while it is read is seen later
    splits = read_splits(Path(files["train"][0]).parent if dataset == EMBEDDED else dataset, seed)
    check_classes(splits)
    with descriptions(files) as raw:
        found = write_splits(splits, output)
        described = {group: future.result() for group, future in raw.items()}
    for name, split in splits.items():
        group = next(group for group in (name, split.source, "archive", "all") if group in described)
        found[name]["files"] = described[group][0]
        for note in found[name]["notes"]:
            sentence = str(Note(**note))
            logging.getLogger("study").warning(sentence)
            print(f"note on the data set: {sentence}", file=sys.stderr)
    folds = splits["train"].fold_indices
    write_json(output["fold_indices"], folds and [fold.tolist() for fold in folds])
    names = described["names"][0] if "names" in described else {}
    shared = {"dataset": dataset, "class_names": splits["train"].class_names, "files": names}
    write_json(output["facts"], {"splits": found} | shared)
    checksums = {path: checksum for group in own for path, checksum in described[group][1].items()}
    write_json(output["raw_files"], record(state, before, checksums))


main(
    {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
    dict(snakemake.output.items()),
    snakemake.params.dataset,
    snakemake.params.seed,
    snakemake.params.raw,
)
