"""Draw one experiment of the lecture, and write what follows from its tables."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.figures.family import DRAWN
from lib.figures.style import save, set_style
from lib.report.family_claims import CLAIMS
from lib.words.language import use


def main(files: dict, output: dict, part: str, style: dict) -> None:
    set_style(style)
    tables = [read_table(files[name]) for name in ("results", "curves")]
    answer = CLAIMS[part](*tables)
    save(DRAWN[part](*tables), [output["pdf"], output["png"]])
    write_json(output["conclusion"], {"conclusion": answer.text, "details": answer.details})


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(dict(files.items()), dict(output.items()), snakemake.wildcards.part, snakemake.params.style)
