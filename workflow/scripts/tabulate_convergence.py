"""Tabulate the reconstruction error of settings after equal iterations and after equal times."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table, write_table
from lib.study.experiments import expand
from lib.tabulation.convergence import convergence_table


def main(histories: list[str], table: str, plan: dict) -> None:
    study = expand(plan)
    curves = {model: read_table(path) for model, path in zip(study.models, histories, strict=True)}
    write_table(convergence_table(study, curves), table)


with job_files(snakemake) as (files, output):
    main(list(files.histories), output.table, snakemake.params.plan)
