"""Draw the accuracy of every classifier on every kind of features."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.figures import accuracy, save, set_style


def main(table: str, classifiers: dict[str, str], style: dict, paths: list[str]) -> None:
    set_style(style)
    results = pd.read_csv(table, dtype={"fold": str}).query("fold == 'all'")
    save(accuracy(results.assign(classifier=results["classifier"].map(classifiers))), paths)


main(snakemake.input.table, snakemake.params.classifiers, snakemake.params.style, list(snakemake.output))
