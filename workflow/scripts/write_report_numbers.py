"""Write the macros, tables, sentences and sections on experiments of the report, from the tables of the study."""

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
from lib.words.names import heading, stated_headings


def main(files: dict, output: dict, config: dict, plan: dict, classifiers: dict, folder: str) -> None:
    catalogue = files.pop("catalogue")
    use(catalogue[0] if catalogue else None)
    study = expand(plan)
    history = read_table(files.pop("history"))
    stated = stated_headings(config["experiments"])
    headings = {name: heading(name, stated) for name in study.experiments}
    tables = {name: read_table(path) for name, path in files.items()}
    texts = {
        "numbers": numbers(config, tables, history, study.default[0], commit_of(folder)),
        "claims": sentences(tables, history, study, config["defaults"], classifiers),
        "experiments": experiments_text(tables, study, headings, classifiers),
        "configuration": configuration_listing(config),
    }
    for name, text in texts.items():
        Path(output[name]).write_text(text, encoding="utf-8")
    contents = latex_tables(tables, study, classifiers)
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
