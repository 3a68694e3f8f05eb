"""Draw images, patches, filters, what excites the units of deeper layers, and reconstructions."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.display_layer import mosaic
from lib.figures.filters import Measured, activity, default_mosaics, filter_strip, responses
from lib.figures.pictures import OVERVIEW, classes, overview
from lib.figures.reconstructions import compared_models, reconstructions
from lib.figures.style import save, set_style
from lib.study.experiments import expand
from lib.words.language import use


def arrays(paths: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the arrays of models, by the folder of each."""
    return {Path(path).parent.name: np.load(path, mmap_mode="r") for path in paths}


def main(files: dict, figures: list, plan: dict, style: dict, output: dict) -> None:
    set_style(style)
    study = expand(plan)
    units = {Path(path).parent.name: read_table(path) for path in files["units"]}
    measured = Measured(arrays(files["weights"]), units, read_table(files["measures"]))
    explained = read_table(files["filters"]).set_index("model")["explained_variance"]
    responding, pairs = arrays(files["responses"]), arrays(files["reconstructions"])
    labelled = {Path(path).stem: np.load(path, mmap_mode="r") for path in files["labelled"]}
    shown = {kind: CheckedRows(files[kind])[:most] for kind, most in OVERVIEW.items()}

    draw = {
        "overview": lambda _: overview({kind: (len(some), mosaic(some, scale="none")) for kind, some in shown.items()}),
        "classes": lambda _: classes(
            {split: (labelled[split], labelled[f"{split}_labels"]) for split in ("train", "test")},
            read_json(files["facts"])["class_names"],
        ),
        "mosaic": lambda _: default_mosaics(study, measured),
        "reconstructions": lambda name: reconstructions(
            shown["patches"], compared_models(study, name, pairs, explained)
        ),
        "filters": lambda name: filter_strip(study, name, measured),
        "responses": lambda name: responses(study, name, responding, measured),
        "activity": lambda name: activity(study, name, responding, measured),
    }
    for (kind, name), *copies in zip(figures, output["pdf"], output["png"], strict=True):
        save(draw[kind](name), copies)


use(*snakemake.input.catalogue)
with job_files(snakemake, partly=["images", "patches"]) as (files, output):
    chosen = (snakemake.params[name] for name in ("figures", "plan", "style"))
    main(dict(files.items()), *chosen, dict(output.items()))
