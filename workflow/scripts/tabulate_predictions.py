"""Score all predictions in a table and test them against those from pixels."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.experiments import PIXELS
from lib.tables import classification_table, comparison_table, fold_table


def main(files: dict, output: dict, evaluations: list, models: dict[str, dict], views: dict[str, dict]) -> None:
    truth = np.load(files["labels"])
    scored, right = [], {}
    for (model, view, classifier), path, facts in zip(evaluations, files["predictions"], files["facts"], strict=True):
        with np.load(path) as predictions:
            labels, probabilities = predictions["labels"], predictions["probabilities"]
        settings = models.get(model, {"learner": PIXELS, "seed": 0})
        scored.append((model, settings, views.get(view, {}), classifier, read_json(facts), labels, probabilities))
        right[model, view, classifier] = labels[0] == truth  # trained on all training images
    classification = classification_table(scored, truth)
    classification.to_csv(output["classification"], index=False)
    fold_table(classification).to_csv(output["folds"], index=False)
    comparison_table(right, views).to_csv(output["comparisons"], index=False)


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.params.evaluations,
    snakemake.params.models,
    snakemake.params.views,
)
