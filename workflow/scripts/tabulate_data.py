"""Describe the data set in a table."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

from lib.tables import data_table


def main(facts: str, table: str) -> None:
    data_table(read_json(facts)).to_csv(table, index=False)


main(snakemake.input.facts, snakemake.output.table)
