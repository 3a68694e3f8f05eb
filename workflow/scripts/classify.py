"""Train one classifier on one kind of features and predict the test images."""

from lib.base.jobs import log_to, logger, read_json, write_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.devices import Compute, device_for
from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import generator, integer_seed
from lib.base.rows import concatenated
from lib.classifiers.classify import Task, classify
from lib.classifiers.parameters import as_configured, for_scikit_learn, on_device, seeing_images
from lib.classifiers.preparation import stored_parts
from lib.classifiers.products import computing_on
from lib.datasets.folds import training_sets
from lib.study.settings import Classifier


def main(files: dict, output: dict, name: str, classifier: Classifier, settings: dict, compute: Compute) -> None:
    train, test = (concatenated(files[split], settings["copies"]) for split in ("train", "test"))
    labels, groups = np.load(files["train_labels"]), np.load(files["train_groups"])
    names = (known := read_json(files["facts"]))["class_names"]
    with faults_of(key := f"configuration key classifiers.{name}"):
        classifier = on_device(for_scikit_learn(classifier, names), compute.device)
    if settings["sees_images"]:
        classifier = seeing_images(classifier, known["splits"]["train"]["channels"], settings["start"], files)
    own_seed = integer_seed(settings["seed"], "classifier", settings["repetition"])
    drawn = labels, settings["labels"], generator(settings["seed"], "labels", settings["repetition"])
    results, facts = [], []
    for fold, rows in training_sets(read_json(files["folds"]) if files["folds"] else [], *drawn).items():
        logger.info("training on %s", f"fold {fold}" if fold != "all" else "all training images")
        part = stored_parts(Path(files["prepared"]), fold) if files["prepared"] else None
        with computing_on(compute), faults_of(key):
            objects, unseen = (images.reshape(-1, images.shape[2]) for images in (train[:, rows], test))
            task = Task(objects, labels[rows], unseen, len(names), settings["copies"], groups[rows])
            results.append(result := classify(task, classifier, own_seed, part))
        sizes = {"n_train": len(labels[rows]), "n_test": len(result.labels), "n_features": train.shape[2]}
        fit = {"chosen": as_configured(result.chosen, names), "seconds": result.seconds, "converged": result.converged}
        validation = [as_configured(entry, names) for entry in result.validation]
        network = {"network": result.network.plain()} if result.network else {}
        facts.append({"fold": fold} | sizes | fit | {"validation": validation} | network)
    arrays = {kind: np.stack([getattr(result, kind) for result in results]) for kind in ("labels", "probabilities")}
    np.savez(output["predictions"], **arrays)
    write_json(output["facts"], facts)


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        dict(output.items()),
        snakemake.wildcards.classifier,
        Classifier.of(snakemake.params.classifier),
        dict(snakemake.params.items()),
        Compute(device_for(snakemake.resources.get("gpu", 0)), snakemake.threads),
    )
