"""Turn the tables into macros, LaTeX tables, sentences, and a subsection for every experiment."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

from lib.base.table_files import read_table
from lib.report.conclusions import sentences
from lib.report.numbers import commit_of, numbers
from lib.report.sections import configuration_listing, experiments_text
from lib.report.tables import latex_tables
from lib.study.experiments import expand
from lib.words.language import use


def main(files: dict, output: dict, config: dict, plan: dict, classifiers: dict, folder: str) -> None:
    catalogue = files.pop("catalogue")
    use(catalogue[0] if catalogue else None)
    study = expand(plan)
    history = read_table(files.pop("history"))
    tables = {name: read_table(path) for name, path in files.items()}
    texts = {
        "numbers": numbers(config, tables, history, study.default[0], commit_of(folder)),
        "claims": sentences(tables, history, study, config["defaults"], classifiers),
        "experiments": experiments_text(tables, study, classifiers),
        "configuration": configuration_listing(config),
    }
    for name, text in texts.items():
        Path(output[name]).write_text(text, encoding="utf-8")
    contents = latex_tables(tables, classifiers)
    for path in map(Path, output["tables"]):
        path.write_text(contents[path.stem], encoding="utf-8")


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    snakemake.params.config,
    snakemake.params.plan,
    snakemake.params.classifiers,
    snakemake.scriptdir,
)
