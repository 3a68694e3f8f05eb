"""Train one classifier on one kind of features and predict the test images."""

from lib.jobs import log_to, read_json, write_json

log_to(snakemake.log[0])

import numpy as np

from lib.classification import classify
from lib.errors import faults_of
from lib.randomness import integer_seed


def main(files: dict, output: dict, name: str, classifier: dict, seed: int, repetition: int) -> None:
    train, test = (np.load(files[split], mmap_mode="r") for split in ("train", "test"))
    labels, classes = np.load(files["train_labels"]), len(read_json(files["facts"])["class_names"])
    with faults_of(f"configuration key classifiers.{name}"):
        result = classify(train, labels, test, classes, classifier, integer_seed(seed, "classifier", name, repetition))
    np.savez(output["predictions"], labels=result.labels, probabilities=result.probabilities)
    write_json(
        output["facts"],
        {
            "chosen": result.chosen,
            "validation": result.validation,
            "seconds": result.seconds,
            "n_train": train.shape[0],
            "n_test": test.shape[0],
            "n_features": train.shape[1],
        },
    )


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.wildcards.classifier,
    snakemake.params.classifier,
    snakemake.params.seed,
    snakemake.params.repetition,
)
