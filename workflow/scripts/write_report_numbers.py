"""Write the macros, tables, sentences and sections on experiments of the report, from the tables of the study."""

from lib.base.jobs import log_to, read_json, write_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.hand_in.latex_html import text_html
from lib.report.answers import said
from lib.report.conclusions import answer_table, conclusions_text, sentences
from lib.report.numbers import commit_of, numbers
from lib.report.questions import experiment_answers, has_tasks, of_lecture, questions
from lib.report.results import Results, batch_sizes
from lib.report.sections import configuration_listing, configuration_macros, experiments_text
from lib.report.tables import latex_tables
from lib.report.tasks import tasks
from lib.study.experiments import expand
from lib.words.language import _, use
from lib.words.names import heading, stated_headings


def main(files: dict, output: dict, params: dict, folder: str) -> None:
    config, classifiers = params["config"], params["classifiers"]
    use(*files.pop("catalogue"))
    study, batches = expand(params["plan"]), batch_sizes(config["classifiers"])
    history = read_table(files.pop("history"))
    lecture = [one for path in files.pop("lecture") for one in read_json(path)]
    headings = {name: heading(name, stated_headings(config["experiments"])) for name in study.experiments}
    optional = {name: files.pop(name) for name in ("gpu", "networks", "network_training")}  # lists of one path or none
    files |= {name: path[0] for name, path in optional.items() if path}
    tables = {name: read_table(path) for name, path in files.items()}
    results = Results(tables, study, config["defaults"], headings, classifiers, history, batches)
    asked, answers = questions(results), experiment_answers(results)
    further = [of_lecture(number, one) for number, one in enumerate(lecture, start=len(asked) + 1)]
    found = tasks(results) if has_tasks(results) else []
    texts = {
        "numbers": numbers(config, tables, history, study.default[0], commit_of(folder))
        + configuration_macros(params["changes"], config, study, classifiers),
        "claims": sentences(results, found),
        "answers": answer_table([*asked, *further], _("task") if found else _("question no.")),
        "experiments": experiments_text(results, found),
        "conclusions": conclusions_text(results, [*asked, *further]),
        "configuration": configuration_listing(params["changes"]),
    }
    for name, text in texts.items():
        Path(output[name]).write_text(text, encoding="utf-8")
    texts_of = [{"question": text_html(one.heading), "answer": text_html(said(one.answer))} for one in asked]
    rows = [{"number": one.number, "leads": one.leads, **text} for one, text in zip(asked, texts_of, strict=True)]
    write_json(output["sentences"], rows)
    write_json(output["experiment_answers"], {name: text_html(said(answer)) for name, answer in answers.items()})
    latex = latex_tables(tables, study, classifiers)
    for path in map(Path, output["tables"]):
        path.write_text(latex[path.stem], encoding="utf-8")


with job_files(snakemake) as (files, output):
    main(dict(files.items()), dict(output.items()), dict(snakemake.params.items()), snakemake.scriptdir)
