"""Typeset the report with latexmk in a temporary folder."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import os
from pathlib import Path

from lib.base.outputs import job_files
from lib.report.typesetting import typeset


def main(files: dict, language: str, pdf: str) -> None:
    root = Path(os.path.commonpath(files["sources"]))
    of_language = root / language
    contents = {
        str(path.relative_to(of_language if path.is_relative_to(of_language) else root)): str(path)
        for path in map(Path, files["sources"])
    }
    contents |= {Path(path).name: path for path in files["texts"]}
    contents |= {f"tables/{Path(path).name}": path for path in files["tables"]}
    # In LaTeX the figures of an experiment are named experiment-figure.
    contents |= {f"{Path(path).parent.name}-{Path(path).name}": path for path in files["figures"]}
    typeset(contents, "report.tex", pdf)


with job_files(snakemake) as (files, output):
    main(
        {name: list(files[name]) for name in ("sources", "texts", "tables", "figures")},
        snakemake.params.language,
        output.pdf,
    )
