"""Check the raw files of a data set and write its images, labels and facts."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0], snakemake)

import logging
import sys
from pathlib import Path

from lib.base.outputs import job_files
from lib.datasets.classes import check_classes
from lib.datasets.forms.registry import EMBEDDED, read_splits
from lib.datasets.ingestion import write_splits
from lib.datasets.origin.provenance import describe_in_background, make_record, stamps


def main(files: dict[str, list[str]], output: dict[str, str], params: dict) -> None:
    dataset, seed = params["dataset"], params["seed"]
    user_files = {} if dataset == EMBEDDED else files
    # taken before anything is read, so that a file that changes meanwhile counts as changed in the next run
    before = stamps(path for paths in user_files.values() for path in paths)
    splits = read_splits(Path(files["train"][0]).parent if dataset == EMBEDDED else dataset, seed, params["classes"])
    check_classes(splits)
    with describe_in_background(files) as descriptions:
        facts = write_splits(splits, output)
        described = {group: future.result() for group, future in descriptions.items()}
    facts_of_splits = {}
    for name, split in splits.items():
        group = next(group for group in (name, split.source, "archive", "all") if group in described)
        facts_of_splits[name] = facts[name].as_json() | {"files": described[group].files_as_json()}
        for note in facts[name].notes:
            logging.getLogger("study").warning(str(note))
            print(f"note on the data set: {note}", file=sys.stderr)
    folds = splits["train"].fold_indices
    write_json(output["fold_indices"], folds and [fold.tolist() for fold in folds])
    shared = {"dataset": dataset, "class_names": splits["train"].class_names}
    shared["files"] = described["names"].files_as_json() if "names" in described else {}
    write_json(output["facts"], {"splits": facts_of_splits} | shared)
    checksums = {path: checksum for group in user_files for path, checksum in described[group].checksums.items()}
    write_json(output["raw_files"], make_record(params["raw"], before, checksums))


with job_files(snakemake) as (files, output):
    main(
        {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in files.items()},
        dict(output.items()),
        dict(snakemake.params.items()),
    )
