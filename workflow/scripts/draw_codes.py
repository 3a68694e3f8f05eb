"""Draw what models make of codes and of corrupted inputs."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.outputs import job_files
from lib.figures.latent import CodeFigures
from lib.figures.style import save, set_style
from lib.study.experiments import expand
from lib.words.language import use


def main(files: dict, figures: list, plan: dict, style: dict, output: dict) -> None:
    set_style(style)
    decoded = {Path(path).parent.name: np.load(path) for path in files["decoded"]}
    drawn = CodeFigures(expand(plan), decoded.__getitem__, read_json(files["facts"])["class_names"])
    for (kind, name), *copies in zip(figures, output["pdf"], output["png"], strict=True):
        save(drawn.draw(kind, name), copies)


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    chosen = (snakemake.params[name] for name in ("figures", "plan", "style"))
    main(dict(files.items()), *chosen, dict(output.items()))
