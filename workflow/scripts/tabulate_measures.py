"""Tabulate what the models of every setting are like, over all repetitions."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table, write_table
from lib.study.experiments import expand
from lib.tabulation.measures import measure_table


def main(files: dict[str, str], table: str, plan: dict) -> None:
    filters, training = (read_table(files[name]) for name in ("filters", "training"))
    write_table(measure_table(expand(plan), filters, training), table)


with job_files(snakemake) as (files, output):
    main(dict(files.items()), output.table, snakemake.params.plan)
