"""Collect the gradient checks of all networks in a table."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.tabulation.models import check_table


def main(checks: list[str], table: str) -> None:
    check_table([read_table(path) for path in checks]).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(list(files.checks), output.table)
