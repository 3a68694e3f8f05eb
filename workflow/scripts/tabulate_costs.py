"""Add up the time and memory of the jobs of every stage."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.tabulation.costs import cost_table


def main(benchmarks: dict[str, list[str]], table: str) -> None:
    read = {stage: [pd.read_csv(path, sep="\t") for path in paths] for stage, paths in benchmarks.items()}
    cost_table({stage: runs for stage, runs in read.items() if runs}).to_csv(table, index=False)


main({stage: list(paths) for stage, paths in snakemake.input.items()}, snakemake.output.table)
