"""Draw the filters of the settings of an experiment side by side, with what was measured of them."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np
import pandas as pd

from lib.display_layer import mosaic
from lib.figures import filter_note, save, set_style, strip
from lib.language import use
from lib.learners import LEARNERS


def main(files: dict, models: dict[str, str], settings: dict[str, dict], style: dict, paths: list[str]) -> None:
    set_style(style)
    table = pd.read_csv(files["table"]).set_index("model")
    panels, notes = {}, []
    for (label, model), theta, sample in zip(models.items(), files["thetas"], files["patches"], strict=True):
        learner = LEARNERS[settings[model]["learner"]]
        visible_size = np.load(sample, mmap_mode="r").shape[1]
        panels[label] = mosaic(learner.filters(np.load(theta), settings[model], visible_size))
        notes.append(filter_note(table.loc[model]))
    save(strip(panels, notes), paths)


use(*snakemake.input.catalogue)
main(
    {name: list(paths) if name != "table" else paths for name, paths in snakemake.input.items()},
    snakemake.params.models,
    snakemake.params.settings,
    snakemake.params.style,
    list(snakemake.output),
)
