"""Describe the data set in tables: its splits, its classes, its raw files."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

from lib.tables import class_table, data_table, file_table


def main(path: str, tables: dict[str, str]) -> None:
    facts = read_json(path)
    data_table(facts).to_csv(tables["table"], index=False)
    class_table(facts).to_csv(tables["classes"], index=False)
    file_table(facts).to_csv(tables["files"], index=False)


main(snakemake.input.facts, dict(snakemake.output.items()))
