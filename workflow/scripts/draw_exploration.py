"""Draw the classes, pairs, maps and labels in doubt of a sample of the training images."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.figures.exploration import draw
from lib.figures.style import save, set_style
from lib.words.language import use


def main(files: dict, style: dict, output: dict) -> None:
    set_style(style)
    tables = {name: read_table(path) for name, path in files.items() if name.startswith("exploration_")}
    with np.load(files["arrays"]) as arrays:
        for copies in zip(output["pdf"], output["png"], strict=True):
            save(draw(Path(copies[0]).stem, tables, arrays), copies)


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(dict(files.items()), snakemake.params.style, dict(output.items()))
