"""Draw the loss of every training against iteration and time."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.figures import convergence, save, set_style


def main(histories: list[str], labels: list[str], style: dict, paths: list[str]) -> None:
    set_style(style)
    save(convergence({label: pd.read_csv(path) for label, path in zip(labels, histories, strict=True)}), paths)


main(list(snakemake.input.histories), snakemake.params.labels, snakemake.params.style, list(snakemake.output))
