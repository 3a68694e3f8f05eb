"""Write the explorer, a page with a view of every setting of every experiment."""

from lib.base.jobs import log_to, logger, read_json

log_to(snakemake.log[0], snakemake)

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.pages.explorer import About, Examples, Fitted, exemplified, explorer_data
from lib.pages.page import render
from lib.study.experiments import expand
from lib.study.single_setting import Origin
from lib.words.language import use

TABLES = ("training", "filters", "measures", "accuracy", "comparisons", "confusion")
ARRAYS = ("weights", "responses", "reconstructions")


def results_of(models: list[str], files: dict, shown: set[str]) -> Iterator[tuple[str, Fitted]]:
    """Yield the results of each model. shown: models whose units are shown."""
    for place, model in enumerate(models):
        filters, responses, reconstructions = (np.load(files[kind][place]) for kind in ARRAYS)
        units, history = (read_table(files[kind][place]) for kind in ("units", "histories"))
        examples = Examples(**np.load(files["examples"][place])) if model in shown else None
        yield model, Fitted(filters, units, history, responses, reconstructions, examples)


def main(files: dict, params: dict, page: str) -> None:
    study = expand(params["plan"])
    tables = {name: read_table(files[name]) for name in TABLES}
    if files["networks"]:
        tables["networks"] = read_table(files["networks"][0])
    comments = read_table(files["comments"]).set_index("experiment")["text"].to_dict()
    texts = {**params["texts"], "comments": comments, "answers": read_json(files["answers"])}
    about = About(params["about"]["title"], Origin(**params["origin"]), **texts)
    contents = explorer_data(study, results_of(params["models"], files, exemplified(study)), tables, about)
    answers = [answer for file in files["sentences"] for answer in read_json(file)]
    text = render(files["template"], data=contents, answers=answers, **params["about"])
    Path(page).write_text(text, encoding="utf-8")
    logger.info(
        "%d experiments, %d models, %.1f MB", len(contents["experiments"]), len(contents["models"]), len(text) / 1e6
    )


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main({name: files[name] for name in dict(files.items())}, dict(snakemake.params.items()), output.page)
