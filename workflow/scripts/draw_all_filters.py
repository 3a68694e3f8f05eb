"""Draw the filters of all models side by side."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.display_layer import mosaic
from lib.figures import pictures, save, set_style
from lib.learners import LEARNERS


def main(
    thetas: list[str], patches: list[str], models: dict[str, dict], labels: dict, style: dict, paths: list
) -> None:
    set_style(style)
    panels = {}
    for (model, settings), theta, sample in zip(models.items(), thetas, patches, strict=True):
        visible_size = np.load(sample, mmap_mode="r").shape[1]
        panels[labels[model]] = mosaic(LEARNERS[settings["learner"]].filters(np.load(theta), settings, visible_size))
    save(pictures(panels), paths)


main(
    list(snakemake.input.thetas),
    list(snakemake.input.patches),
    snakemake.params.models,
    snakemake.params.labels,
    snakemake.params.style,
    list(snakemake.output),
)
