"""Average the bounds of the likelihood of test images over the repetitions of every setting."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table, write_table
from lib.study.experiments import expand
from lib.tabulation.bounds import bound_table


def main(filters: str, plan: dict, table: str) -> None:
    write_table(bound_table(expand(plan), read_table(filters)), table)


with job_files(snakemake) as (files, output):
    main(files.filters, snakemake.params.plan, output.table)
