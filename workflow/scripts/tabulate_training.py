"""Tabulate what the trainings recorded."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.tabulation.models import training_table


def main(training: list[str], histories: list[str], models: list[str], table: str) -> None:
    facts = {model: read_json(path) for model, path in zip(models, training, strict=True)}
    curves = {model: read_table(path) for model, path in zip(models, histories, strict=True)}
    training_table(facts, curves).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(list(files.training), list(files.histories), snakemake.params.models, output.table)
