"""Draw the charts of every experiment: trainings, measures of filters, and accuracies."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

from matplotlib.figure import Figure

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.figures.speed import speed_up
from lib.figures.study_charts import StudyCharts
from lib.figures.style import save, set_style
from lib.study.experiments import expand
from lib.words.language import use


def main(files: dict, figures: list, plan: dict, classifiers: dict, style: dict, output: dict) -> None:
    set_style(style)
    histories = {Path(path).parent.name: path for path in files["histories"]}
    tables = {Path(path).stem: read_table(path) for path in files["tables"]}
    charts = StudyCharts(expand(plan), tables, classifiers, lambda model: read_table(histories[model]))

    def drawn(kind: str, name: str) -> Figure:
        return speed_up(read_table(*files["gpu"])) if kind == "gpu" else charts.draw(kind, name)

    for (kind, name), *copies in zip(figures, output["pdf"], output["png"], strict=True):
        save(drawn(kind, name), copies)


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        snakemake.params.figures,
        snakemake.params.plan,
        snakemake.params.classifiers,
        snakemake.params.style,
        dict(output.items()),
    )
