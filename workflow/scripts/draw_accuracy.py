"""Draw the accuracy of every setting of an experiment."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.figures import accuracy, save, set_style
from lib.language import use


def main(table: str, experiment: str, axis: tuple | None, classifiers: dict, style: dict, paths: list[str]) -> None:
    set_style(style)
    results = pd.read_csv(table).query("experiment == @experiment")
    save(accuracy(results.assign(classifier=results["classifier"].map(classifiers)), axis), paths)


use(*snakemake.input.catalogue)
main(
    snakemake.input.table,
    snakemake.wildcards.experiment,
    snakemake.params["axis"],
    snakemake.params.classifiers,
    snakemake.params.style,
    list(snakemake.output),
)
