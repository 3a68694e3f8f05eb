"""Turn the tables into macros, LaTeX tables and sentences."""

from lib.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

import pandas as pd

from lib.report import commit_of, latex_tables, numbers, sentences


def main(files: dict, output: dict, config: dict, default: str, labels: dict, classifiers: dict, folder: str) -> None:
    history = pd.read_csv(files.pop("history"))
    tables = {name: pd.read_csv(path, dtype={"fold": str, "file": str, "sha256": str}) for name, path in files.items()}
    commit = commit_of(folder)
    Path(output["numbers"]).write_text(numbers(config, tables, default, commit), encoding="utf-8")
    Path(output["claims"]).write_text(
        sentences(tables, history, default, config["defaults"], classifiers), encoding="utf-8"
    )
    texts = latex_tables(tables, labels, classifiers)
    for path in map(Path, output["tables"]):
        path.write_text(texts[path.stem], encoding="utf-8")


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.params.config,
    snakemake.params.default,
    snakemake.params.labels,
    snakemake.params.classifiers,
    snakemake.scriptdir,
)
