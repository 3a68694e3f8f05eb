"""Draw the losses of trainings against iteration and time, and the accuracies of the settings of experiments."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

from matplotlib.figure import Figure

from lib.base.table_files import read_table
from lib.figures.charts import accuracy, convergence
from lib.figures.style import save, set_style
from lib.study.experiments import expand
from lib.words.language import use


def main(files: dict, figures: list, plan: dict, classifiers: dict, style: dict, output: dict) -> None:
    set_style(style)
    study = expand(plan)
    histories = {Path(path).parent.name: read_table(path) for path in files["histories"]}
    table = read_table(files["table"])
    table["classifier"] = table["classifier"].map(classifiers)

    def losses(name: str) -> Figure:
        curves = {label: histories[model] for model, label in study.pictured(name).items()}
        return convergence({label: curve for label, curve in curves.items() if len(curve)})

    def accuracies(name: str) -> Figure:
        labels = [combination.label for combination in study.experiments[name].combinations]
        return accuracy(table[table["experiment"] == name], labels, study.axis(name))

    draw = {"convergence": losses, "accuracy": accuracies}
    for (kind, name), *copies in zip(figures, output["pdf"], output["png"], strict=True):
        save(draw[kind](name), copies)


use(*snakemake.input.catalogue)
main(
    dict(snakemake.input.items()),
    snakemake.params.figures,
    snakemake.params.plan,
    snakemake.params.classifiers,
    snakemake.params.style,
    dict(snakemake.output.items()),
)
