"""Draw the filters of the settings of an experiment side by side, with what was measured of them."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import numpy as np
import pandas as pd

from lib.display_layer import mosaic
from lib.figures import save, set_style, strip
from lib.language import _, decimal_mark, use
from lib.learners import LEARNERS


def main(files: dict, models: dict[str, str], settings: dict[str, dict], style: dict, paths: list[str]) -> None:
    set_style(style)
    table = pd.read_csv(files["table"]).set_index("model")
    panels, notes = {}, []
    for (label, model), theta, sample in zip(models.items(), files["thetas"], files["patches"], strict=True):
        learner = LEARNERS[settings[model]["learner"]]
        visible_size = np.load(sample, mmap_mode="r").shape[1]
        panels[label] = mosaic(learner.filters(np.load(theta), settings[model], visible_size))
        measured = table.loc[model]
        note = _("{oriented} of {units} oriented\nedge-likeness {likeness}\nactivation {activation}").format(
            oriented=measured["oriented_units"],
            units=measured["units"],
            likeness=f"{measured['edge_likeness']:.2f}".replace(".", decimal_mark()),
            activation=f"{measured['mean_activation']:.2g}".replace(".", decimal_mark()),
        )
        notes.append(note)
    save(strip(panels, notes), paths)


use(*snakemake.input.catalogue)
main(
    {name: list(paths) if name != "table" else paths for name, paths in snakemake.input.items()},
    snakemake.params.models,
    snakemake.params.settings,
    snakemake.params.style,
    list(snakemake.output),
)
