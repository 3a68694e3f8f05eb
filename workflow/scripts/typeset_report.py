"""Typeset the report by latexmk, in a folder of its own."""

from lib.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

from lib.typesetting import typeset


def main(files: list[str], tables: list[str], pdf: str) -> None:
    contents = {Path(path).name: path for path in files}
    contents |= {f"tables/{Path(path).name}": path for path in tables}
    typeset(contents, "report.tex", pdf)


main(
    [*snakemake.input.sources, snakemake.input.numbers, snakemake.input.claims, *snakemake.input.figures],
    list(snakemake.input.tables),
    snakemake.output.pdf,
)
