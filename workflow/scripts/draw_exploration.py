"""Draw the classes, pairs, maps and labels in doubt of a sample of the training images."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.figures import exploration
from lib.figures.style import save, set_style
from lib.words.language import use


def main(files: dict, style: dict, output: dict) -> None:
    set_style(style)
    images, moments = CheckedRows(files["images"]), np.load(files["moments"])
    tables = {
        name.removeprefix("exploration_"): read_table(path)
        for name, path in files.items()
        if name.startswith("exploration_")
    }
    classes, pairs, doubts, points = (tables[name] for name in ("classes", "pairs", "doubts", "maps"))
    names = classes["class"].tolist()
    pictures = images[pairs[["image", "other"]].to_numpy().ravel()].reshape(len(pairs), 2, images.shape[1])
    figures = {
        "balance": exploration.balance(classes),
        "moments": exploration.moments(names, moments["means"], moments["variances"]),
        "histograms": exploration.histograms(names, moments["histogram"]),
        "pairs": exploration.pairs(pairs, pictures),
        "pca": exploration.pca_plane(points, tables["components"], names),
        "tsne": exploration.tsne_plane(points, names),
        "doubts": exploration.doubts(doubts, images[doubts["image"].to_numpy(dtype=int)]),
    }
    for copies in zip(output["pdf"], output["png"], strict=True):
        save(figures[Path(copies[0]).stem], copies)


use(*snakemake.input.catalogue)
with job_files(snakemake, partly=["images"]) as (files, output):
    main(dict(files.items()), snakemake.params.style, dict(output.items()))
