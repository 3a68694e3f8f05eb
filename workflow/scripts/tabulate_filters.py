"""Count the oriented filters of every model in a table."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.filters import ORIENTED
from lib.tables import filter_table


def main(filters: list[str], models: dict[str, dict], table: str) -> None:
    measured = {model: pd.read_csv(path) for model, path in zip(models, filters, strict=True)}
    filter_table(measured, models, ORIENTED).to_csv(table, index=False)


main(list(snakemake.input.filters), snakemake.params.models, snakemake.output.table)
