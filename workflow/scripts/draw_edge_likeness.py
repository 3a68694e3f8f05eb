"""Draw the edge-likeness of the filters of all models."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.figures import edge_likeness, save, set_style


def main(filters: list[str], labels: list[str], style: dict, paths: list[str]) -> None:
    set_style(style)
    save(edge_likeness({label: pd.read_csv(path) for label, path in zip(labels, filters, strict=True)}), paths)


main(list(snakemake.input.filters), snakemake.params.labels, snakemake.params.style, list(snakemake.output))
