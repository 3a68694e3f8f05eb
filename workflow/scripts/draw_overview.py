"""Draw images, patches and the filters of the default model side by side."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np

from lib.display_layer import mosaic
from lib.figures import OVERVIEW, overview, save, set_style
from lib.language import use
from lib.learners import LEARNERS


def main(images: str, patches: str, theta: str, settings: dict, style: dict, paths: list[str]) -> None:
    set_style(style)
    shown, sample = np.load(images, mmap_mode="r")[: OVERVIEW["images"]], np.load(patches, mmap_mode="r")
    filters = LEARNERS[settings["learner"]].filters(np.load(theta), settings, sample.shape[1])
    sample = sample[: OVERVIEW["patches"]]
    mosaics = {
        "images": (len(shown), mosaic(shown, scale="none")),
        "patches": (len(sample), mosaic(sample, scale="none")),
        "filters": (len(filters), mosaic(filters)),
    }
    save(overview(mosaics), paths)


use(*snakemake.input.catalogue)
main(
    snakemake.input.images,
    snakemake.input.patches,
    snakemake.input.theta,
    snakemake.params.settings,
    snakemake.params.style,
    list(snakemake.output),
)
