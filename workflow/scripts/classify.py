"""Train one classifier on one kind of features and predict the test images."""

from lib.jobs import log_to, logger, read_json, write_json

log_to(snakemake.log[0])

import numpy as np
from threadpoolctl import threadpool_limits

from lib.classification import classify
from lib.errors import faults_of
from lib.randomness import integer_seed


def side_by_side(paths: list[str], copies: int) -> np.ndarray:
    """Features (copies, N, all features) of matrices with as many rows; a single one is only mapped."""
    parts = [np.load(path, mmap_mode="r") for path in ([paths] if isinstance(paths, str) else paths)]
    return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)).reshape(
        copies, -1, sum(part.shape[1] for part in parts)
    )


def main(files: dict, output: dict, name: str, classifier: dict, settings: dict, threads: int) -> None:
    copies = settings["copies"]
    train, test = (side_by_side(files[split], copies) for split in ("train", "test"))
    labels, classes = np.load(files["train_labels"]), len(read_json(files["facts"])["class_names"])
    own_seed = integer_seed(settings["seed"], "classifier", name, settings["repetition"])
    folds = read_json(files["folds"]) if files["folds"] else []
    training_sets = {"all": slice(None)} | dict(enumerate(map(np.array, folds)))
    results = []
    for fold, rows in training_sets.items():
        logger.info("training on %s", f"fold {fold}" if fold != "all" else "all training images")
        with threadpool_limits(limits=threads), faults_of(f"configuration key classifiers.{name}"):
            objects, unseen = (part.reshape(-1, part.shape[2]) for part in (train[:, rows], test))
            results.append(classify(objects, labels[rows], unseen, classes, classifier, own_seed, copies))
    arrays = {kind: np.stack([getattr(result, kind) for result in results]) for kind in ("labels", "probabilities")}
    np.savez(output["predictions"], **arrays)
    facts = [
        {
            "fold": fold,
            "n_train": len(labels[rows]),
            "n_test": len(result.labels),
            "n_features": train.shape[2],
        }
        | {key: getattr(result, key) for key in ("chosen", "validation", "seconds")}
        for (fold, rows), result in zip(training_sets.items(), results, strict=True)
    ]
    write_json(output["facts"], facts)


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.wildcards.classifier,
    snakemake.params.classifier,
    {key: snakemake.params[key] for key in ("copies", "repetition", "seed")},
    snakemake.threads,
)
