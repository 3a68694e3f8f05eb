"""Typeset the report by latexmk, in a folder of its own."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import os
from pathlib import Path

from lib.typesetting import typeset


def main(files: dict, pdf: str) -> None:
    root = os.path.commonpath(files["sources"])
    contents = {str(Path(path).relative_to(root)): path for path in files["sources"]}
    contents |= {Path(path).name: path for path in files["texts"]}
    contents |= {f"tables/{Path(path).name}": path for path in files["tables"]}
    # LaTeX sees the figures of an experiment as experiment-figure
    contents |= {f"{Path(path).parent.name}-{Path(path).name}": path for path in files["figures"]}
    typeset(contents, "report.tex", pdf)


main(
    {name: list(snakemake.input[name]) for name in ("sources", "texts", "tables", "figures")},
    snakemake.output.pdf,
)
