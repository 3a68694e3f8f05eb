"""Measure the edge-likeness of filters that are not edges."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)


from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.base.table_files import write_table
from lib.evaluation.controls import control_filters
from lib.tabulation.controls import control_table


def main(files: dict[str, str], table: str, side: int, seed: int) -> None:
    channels = read_json(files["facts"])["splits"]["unlabeled"]["channels"]
    controls = control_filters(CheckedRows(files["patches"]), channels, side, generator(seed, "controls"))
    write_table(control_table(controls, channels), table)


with job_files(snakemake, partly=["patches"]) as (files, output):
    main(dict(files.items()), output.table, snakemake.params.side, snakemake.params.seed)
