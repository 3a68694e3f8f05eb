"""Score all predictions in a table and test them against those from pixels."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.experiments import PIXELS
from lib.tables import classification_table, comparison_table, fold_table


def main(files: dict, output: dict, evaluations: list, kinds: list[dict], models: dict[str, dict]) -> None:
    truth = np.load(files["labels"])
    scored, right, kind_of = [], {}, {}
    paths = zip(files["predictions"], files["facts"], strict=True)
    for (model, view, classifier), kind, (path, facts) in zip(evaluations, kinds, paths, strict=True):
        with np.load(path) as predictions:
            labels, probabilities = predictions["labels"], predictions["probabilities"]
        settings = models.get(model, {"learner": PIXELS, "seed": 0})
        scored.append((model, settings, kind, classifier, read_json(facts), labels, probabilities))
        right[model, view, classifier] = labels[0] == truth  # trained on all training images
        kind_of[model, view] = kind
    classification = classification_table(scored, truth)
    classification.to_csv(output["classification"], index=False)
    fold_table(classification).to_csv(output["folds"], index=False)
    comparison_table(right, kind_of).to_csv(output["comparisons"], index=False)


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.params.evaluations,
    snakemake.params.kinds,
    snakemake.params.models,
)
