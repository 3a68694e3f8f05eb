"""Fill the numbers into the author's comments on experiments."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table, write_table
from lib.tabulation.comments import comment_table
from lib.words.language import use


def main(files: dict[str, str], comments: dict[str, str], table: str) -> None:
    write_table(comment_table(comments, {name: read_table(path) for name, path in files.items()}), table)


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(
        {name: files[name] for name in ("accuracy", "comparisons", "measures")}, snakemake.params.comments, output.table
    )
