"""Write one page per table, which sorts and searches its rows."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.pages.page import render, table_data
from lib.words.language import code, use


def main(tables: list[str], template: str, about: dict, pages: list[str]) -> None:
    for table, page in zip(map(Path, tables), pages, strict=True):
        contents = table_data(read_table(table)) | {"language": code()}
        text = render(template, title=table.stem.replace("_", " "), data=contents, **about)
        Path(page).write_text(text, encoding="utf-8")


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(
        list(files.tables),
        files.template,
        snakemake.params.about,
        list(output.pages),
    )
