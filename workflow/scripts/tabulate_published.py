"""Tabulate published accuracies next to the accuracies of this study at the same settings."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.tabulation.published import data_name, published_table


def main(files: dict[str, str], table: str, defaults: dict) -> None:
    known = read_table(files["published"], all_text=True).astype({"accuracy": float})
    classification = read_table(files["classification"], all_text=True)
    published_table(known, classification, defaults, data_name(read_json(files["facts"]))).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(dict(files.items()), output.table, snakemake.params.defaults)
