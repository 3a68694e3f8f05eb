"""Draw images, patches and the filters of the default model side by side."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.display_layer import mosaic
from lib.figures import pictures, save, set_style
from lib.language import _, use
from lib.learners import LEARNERS

IMAGES, PATCHES = 16, 100


def main(images: str, patches: str, theta: str, settings: dict, style: dict, paths: list[str]) -> None:
    set_style(style)
    shown, sample = np.load(images, mmap_mode="r")[:IMAGES], np.load(patches, mmap_mode="r")
    filters = LEARNERS[settings["learner"]].filters(np.load(theta), settings, sample.shape[1])
    panels = {
        _("{count} images").format(count=len(shown)): mosaic(shown, scale="none"),
        _("{count} patches").format(count=len(sample[:PATCHES])): mosaic(sample[:PATCHES], scale="none"),
        _("{count} filters").format(count=len(filters)): mosaic(filters),
    }
    save(pictures(panels), paths)


use(*snakemake.input.catalogue)
main(
    snakemake.input.images,
    snakemake.input.patches,
    snakemake.input.theta,
    snakemake.params.settings,
    snakemake.params.style,
    list(snakemake.output),
)
