"""Write the macros, tables, sentences and sections on experiments of the report, from the tables of the study."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.hand_in.latex_html import text_html
from lib.report import exploration_claims
from lib.report.conclusions import answer_table, conclusions_text, sentences
from lib.report.numbers import commit_of, numbers
from lib.report.results import Results
from lib.report.sections import configuration_listing, experiments_text, task_heading
from lib.report.tables import latex_tables
from lib.report.tasks import experiment_answer, tasks
from lib.study.experiments import expand
from lib.words.language import use
from lib.words.names import heading, stated_headings


def main(files: dict, output: dict, config: dict, plan: dict, changes: dict, classifiers: dict, folder: str) -> None:
    catalogue = files.pop("catalogue")
    use(catalogue[0] if catalogue else None)
    study, history = expand(plan), read_table(files.pop("history"))
    headings = {name: heading(name, stated_headings(config["experiments"])) for name in study.experiments}
    tables = {name: read_table(path) for name, path in files.items() if path}
    results = Results(tables, study, config["defaults"], headings, classifiers, history)
    found = tasks(results)
    texts = {
        "numbers": numbers(config, tables, history, study.default[0], commit_of(folder)),
        "claims": sentences(results, found),
        "answers": answer_table(found),
        "experiments": experiments_text(results, found),
        "conclusions": conclusions_text(found),
        "configuration": configuration_listing(changes),
    }
    for name, text in texts.items():
        Path(output[name]).write_text(text, encoding="utf-8")
    of_tasks = [
        {"task": task.number, "question": text_html(task_heading(task)), "answer": text_html(task.answer.text)}
        for task in found
    ]
    write_json(output["sentences"], of_tasks)
    answers = {name: text_html(experiment_answer(results, name).text) for name in study.experiments}
    write_json(output["experiment_answers"], answers)
    latex = latex_tables(tables, study, classifiers) | exploration_claims.latex_tables(tables)
    for path in map(Path, output["tables"]):
        path.write_text(latex[path.stem], encoding="utf-8")


with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        dict(output.items()),
        *(snakemake.params[name] for name in ("config", "plan", "changes", "classifiers")),
        snakemake.scriptdir,
    )
