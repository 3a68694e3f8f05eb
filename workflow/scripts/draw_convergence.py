"""Draw the loss of every training against iteration and time."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.figures import convergence, save, set_style
from lib.language import use


def main(histories: list[str], models: dict[str, str], style: dict, paths: list[str]) -> None:
    set_style(style)
    courses = {label: pd.read_csv(path) for label, path in zip(models, histories, strict=True)}
    save(convergence({label: course for label, course in courses.items() if len(course)}), paths)


use(*snakemake.input.catalogue)
main(list(snakemake.input.histories), snakemake.params.models, snakemake.params.style, list(snakemake.output))
