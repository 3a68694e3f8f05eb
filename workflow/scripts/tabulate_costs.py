"""Add up the time and memory of the jobs of every stage."""

from lib.base.jobs import log_to, usage_of

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import pandas as pd

from lib.base.outputs import job_files
from lib.tabulation.costs import cost_table


def main(benchmarks: dict[str, list[str]], stages: dict[str, list[str]], logs: Path, table: str) -> None:
    stages = {stage: jobs for stage, jobs in stages.items() if jobs}
    runs = {stage: [pd.read_csv(path, sep="\t") for path in benchmarks[stage]] for stage in stages}
    usages = {stage: [usage_of(logs / f"{job}.log") for job in jobs] for stage, jobs in stages.items()}
    cost_table(runs, usages).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        snakemake.params.stages,
        Path(snakemake.log[0]).parent,  # logs are not outputs of rules, so they cannot be an input
        output.table,
    )
