"""Write the explorer, a page with a view of every setting of every experiment."""

from lib.base.jobs import log_to, logger, read_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import numpy as np

from lib.base.table_files import read_table
from lib.pages.explorer import About, Fitted, explorer_data
from lib.pages.page import render
from lib.study.experiments import expand
from lib.words.language import use

TABLES = ("training", "filters", "accuracy", "comparisons")


def main(files: dict, models: list[str], about: dict, texts: dict, plan: dict, page: str) -> None:
    paths = zip(models, files["weights"], files["units"], files["histories"], strict=True)
    fitted = (
        (model, Fitted(np.load(weights), read_table(units), read_table(history)))
        for model, weights, units, history in paths
    )
    tables = {name: read_table(files[name]) for name in TABLES}
    comments = read_table(files["comments"]).set_index("experiment")["text"].to_dict()
    contents = explorer_data(expand(plan), fitted, tables, About(about["title"], **texts, comments=comments))
    text = render(files["template"], data=contents, answers=read_json(files["sentences"]), **about)
    Path(page).write_text(text, encoding="utf-8")
    logger.info("%d experiments, %d models, %.1f MB", len(contents["experiments"]), len(models), len(text) / 1e6)


use(*snakemake.input.catalogue)
main(
    {name: snakemake.input[name] for name in dict(snakemake.input.items())},
    snakemake.params.models,
    snakemake.params.about,
    snakemake.params.texts,
    snakemake.params.plan,
    snakemake.output.page,
)
