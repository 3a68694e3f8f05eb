"""Describe the data set in tables: its splits, its classes, its raw files, notes."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import write_table
from lib.tabulation.data import class_table, data_table, file_table, note_table


def main(path: str, tables: dict[str, str]) -> None:
    facts = read_json(path)
    write_table(data_table(facts), tables["table"])
    write_table(class_table(facts), tables["classes"])
    write_table(file_table(facts), tables["files"])
    write_table(note_table(facts), tables["notes"])


with job_files(snakemake) as (files, output):
    main(files.facts, dict(output.items()))
