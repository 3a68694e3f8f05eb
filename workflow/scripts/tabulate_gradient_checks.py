"""Collect the gradient checks of all networks in a table."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.table_files import read_table


def main(checks: list[str], table: str) -> None:
    pd.concat([read_table(path) for path in checks]).to_csv(table, index=False)


main(list(snakemake.input.checks), snakemake.output.table)
