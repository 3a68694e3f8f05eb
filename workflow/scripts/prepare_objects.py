"""Scale and rotate one kind of features for all classifiers with this preparation."""

from lib.base.jobs import log_to, logger, read_json

log_to(snakemake.log[0], snakemake)

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lib.base.devices import Compute, device_for
from lib.base.outputs import job_files
from lib.base.randomness import generator, integer_seed
from lib.base.rows import concatenated
from lib.classifiers.preparation import Parts, parts_of, splits_of, store_parts
from lib.classifiers.products import computing_on
from lib.datasets.folds import training_sets
from lib.study.settings import PREPARATIONS, Classifier


def main(files: dict, prepared: str, preparation: str, settings: dict, compute: Compute) -> None:
    copies = settings["copies"]
    train, test = (concatenated(files[split], copies) for split in ("train", "test"))
    labels, groups = np.load(files["train_labels"]), np.load(files["train_groups"])
    classifier = Classifier("", {}, {}, standardise=PREPARATIONS[preparation], rotate=True)
    own_seed = integer_seed(settings["seed"], "classifier", settings["repetition"])

    def parts() -> Iterator[tuple[str | int, Parts]]:
        folds = read_json(files["folds"]) if files["folds"] else []
        drawing = generator(settings["seed"], "labels", settings["repetition"])
        for fold, rows in training_sets(folds, labels, settings["labels"], drawing).items():
            logger.info("preparing %s", f"fold {fold}" if fold != "all" else "all training images")
            objects, unseen = (images.reshape(-1, images.shape[2]) for images in (train[:, rows], test))
            splits = splits_of(labels[rows], own_seed, copies, groups[rows])
            yield fold, parts_of(classifier, objects, unseen, splits)

    with computing_on(compute):
        store_parts(Path(prepared), parts())


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        output.prepared,
        snakemake.wildcards.preparation,
        {key: snakemake.params[key] for key in ("copies", "labels", "repetition", "seed")},
        Compute(device_for(snakemake.resources.get("gpu", 0)), snakemake.threads),
    )
