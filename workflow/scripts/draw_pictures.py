"""Draw images, patches and filters of the default model in one figure, and the filters of every experiment."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from lib.base.table_files import read_table
from lib.display_layer import mosaic
from lib.figures.pictures import OVERVIEW, filter_note, overview, strip
from lib.figures.style import save, set_style
from lib.study.experiments import expand
from lib.words.language import use


def main(files: dict, figures: list, plan: dict, style: dict, output: dict) -> None:
    set_style(style)
    study = expand(plan)
    measured = read_table(files["table"]).set_index("model")
    paths = {Path(path).stem: path for path in files["mosaics"]}

    def filters_of(model: str) -> np.ndarray:
        return np.asarray(Image.open(paths[model]))

    def default_model(name: str) -> Figure:
        rows = {kind: np.load(files[kind], mmap_mode="r")[:most] for kind, most in OVERVIEW.items()}
        (model,) = study.pictured(name)
        mosaics = {kind: (len(some), mosaic(some, scale="none")) for kind, some in rows.items()}
        return overview(mosaics | {"filters": (measured.loc[model, "units"], filters_of(model))})

    def settings(name: str) -> Figure:
        models = study.pictured(name)
        panels = {label: filters_of(model) for model, label in models.items()}
        return strip(panels, [filter_note(measured.loc[model]) for model in models])

    draw = {"overview": default_model, "filters": settings}
    for (kind, name), *copies in zip(figures, output["pdf"], output["png"], strict=True):
        save(draw[kind](name), copies)


use(*snakemake.input.catalogue)
main(
    dict(snakemake.input.items()),
    snakemake.params.figures,
    snakemake.params.plan,
    snakemake.params.style,
    dict(snakemake.output.items()),
)
