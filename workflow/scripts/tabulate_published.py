"""Tabulate published accuracies next to the accuracies of this study at the same settings."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])


from lib.base.table_files import read_table
from lib.tabulation.published import published_table


def main(published: str, classification: str, table: str, defaults: dict) -> None:
    known = read_table(published, all_text=True).astype({"accuracy": float})
    published_table(known, read_table(classification, all_text=True), defaults).to_csv(table, index=False)


main(
    snakemake.input.published,
    snakemake.input.classification,
    snakemake.output.table,
    snakemake.params.defaults,
)
