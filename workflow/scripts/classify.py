"""Train one classifier on one kind of features and predict the test images."""

from lib.jobs import log_to, logger, read_json, write_json

log_to(snakemake.log[0])

import numpy as np

from lib.classification import classify
from lib.errors import faults_of
from lib.randomness import integer_seed


def main(files: dict, output: dict, name: str, classifier: dict, seed: int, repetition: int, copies: int) -> None:
    train, test = (np.load(files[split], mmap_mode="r") for split in ("train", "test"))
    labels, classes = np.load(files["train_labels"]), len(read_json(files["facts"])["class_names"])
    own_seed = integer_seed(seed, "classifier", name, repetition)
    train = train.reshape(copies, len(labels), -1)
    training_sets = {"all": slice(None)} | dict(enumerate(map(np.array, read_json(files["folds"]))))
    results = []
    for fold, rows in training_sets.items():
        logger.info("training on %s", f"fold {fold}" if fold != "all" else "all training images")
        with faults_of(f"configuration key classifiers.{name}"):
            copied = train[:, rows].reshape(-1, train.shape[2])
            results.append(classify(copied, labels[rows], test, classes, classifier, own_seed, copies))
    np.savez(
        output["predictions"],
        labels=np.stack([result.labels for result in results]),
        probabilities=np.stack([result.probabilities for result in results]),
    )
    facts = [
        {
            "fold": fold,
            "n_train": len(labels[rows]),
            "n_test": len(result.labels),
            "n_features": train.shape[2],
            "chosen": result.chosen,
            "validation": result.validation,
            "seconds": result.seconds,
        }
        for (fold, rows), result in zip(training_sets.items(), results, strict=True)
    ]
    write_json(output["facts"], facts)


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.wildcards.classifier,
    snakemake.params.classifier,
    snakemake.params.seed,
    snakemake.params.repetition,
    snakemake.params.copies,
)
