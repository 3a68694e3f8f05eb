"""What the LaTeX sources read: numbers as macros, tables, and the sentences of `lib.claims`."""

from __future__ import annotations

import platform
import re
import subprocess
import unicodedata
from importlib.metadata import version
from typing import Any

import pandas as pd
import yaml

from lib import claims, data_claims
from lib.experiments import Experiment, Study
from lib.filters import ORIENTED
from lib.fonts import shapeless
from lib.language import _, ngettext
from lib.latex import escape, integer, macros, number
from lib.report_tables import Tables, own_images
from lib.settings import DEFAULT, LEARNERS, PIXELS, as_text, layers_of
from lib.tables import FRACTION

PACKAGES = ("snakemake", "numpy", "scipy", "numba", "scikit-learn", "matplotlib", "pandas")


def default_row(frame: pd.DataFrame, model: str) -> pd.Series:
    """The row of one model."""
    return frame.set_index("model", drop=False).loc[model]


def untrained_twin(filters: pd.DataFrame, model: str) -> pd.Series | None:
    """The row of the random network from which the training of a model started, None if the study has it not."""
    trained, found = default_row(filters, model), filters[filters["learner"] == "untrained"]
    for key in LEARNERS["untrained"].settings:
        found = found[found[key].astype(str) == str(trained[key])]
    return None if found.empty else found.iloc[0]


def numbers(config: dict[str, Any], tables: Tables, history: pd.DataFrame, default: str, commit: str) -> str:
    """Return macros with the settings and results of the default model, and what computed them.

    history: one row per iteration of the default model, without rows for a learner that records none.
    """
    defaults, training = config["defaults"], default_row(tables["training"], default)
    data = tables["data"].set_index("split")
    values = {
        "ReportTitle": escape(_(config["report"]["title"])),
        "ReportAuthor": escape(_(config["report"]["author"])),
        "StudyName": escape(config["study"]),
        "DatasetName": escape(config["dataset"]),
        "StudySeed": integer(config["seed"]),
        "ImageKind": _("grey") if data.loc["train", "channels"] == 1 else _("colour"),
        "ImageChannels": ", ".join(_(name.removeprefix("mean_")) for name in data.columns if name.startswith("mean_")),
        "ImageSide": integer(data.loc["train", "side"]),
        "ClassCount": integer(data.loc["train", "classes"]),
        "PatchCount": integer(defaults["patches"]),
        "PatchSize": integer(defaults["patch_size"]),
        "VisibleUnits": integer(data.loc["train", "channels"] * defaults["patch_size"] ** 2),
        "HiddenUnits": as_text(defaults["hidden"]),
        "SettingRho": number(defaults["rho"]),
        "SettingLambda": number(defaults["lambda"]),
        "SettingBeta": number(defaults["beta"]),
        "SettingStride": integer(defaults["stride"]),
        "IterationLimit": integer(defaults["iterations"]),
        "Evaluations": integer(training["evaluations"]),
        "CheckCount": str(len(tables["gradient_check"])),
        "IterationCount": str(len(history)),
        "TrainingDevice": escape(training["device"]),
        "FoldCount": str(int(tables["folds"]["folds"].max()) if len(tables["folds"]) else 0),
        "OrientedBound": number(ORIENTED),
        "Commit": escape(commit),
        "PythonVersion": escape(platform.python_version()),
        "PackageVersions": escape(", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    }
    return macros(values)


def commit_of(folder: str) -> str:
    """The commit that a folder's files come from, marked where they were changed since; "unknown" outside git."""
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


LISTING_WIDTH = 66  # characters of a line of the listing at most: a column holds no more


def configuration_listing(config: dict[str, Any]) -> str:
    """The whole configuration as YAML, one command ``\\listingline`` per line. No value is read as LaTeX."""
    text = yaml.safe_dump(
        config, sort_keys=False, default_flow_style=None, width=LISTING_WIDTH - 16, allow_unicode=True
    )
    lines = [piece for line in text.splitlines() for piece in folded(unicodedata.normalize("NFC", line), LISTING_WIDTH)]
    with_spaces = [escape(line).replace(" ", "\\ ") for line in lines]
    return "".join(f"\\listingline{{{line}}}\n" for line in with_spaces)


def _columns(character: str) -> int:
    """How many columns of a listing a character takes at most; those of other scripts are wider than a column."""
    if shapeless(character):
        return len("U+10FFFF")
    return 1 if character < "\u0500" else 2


def folded(line: str, width: int) -> list[str]:
    """A line in pieces of at most so many columns, broken after spaces if it has any; the second on are indented."""
    margin = line[: len(line) - len(line.lstrip())]
    pieces: list[str] = []
    piece, taken = "", 0
    for word in re.findall(r"\S+ *| +", line):
        needed = sum(map(_columns, word.rstrip()))
        if piece.strip() and taken + needed > width:
            pieces, piece, taken = [*pieces, piece], margin + "    ", len(margin) + 4
        for character in word:
            if taken + _columns(character) > width and character != " ":
                pieces, piece, taken = [*pieces, piece], margin + "    ", len(margin) + 4
            piece, taken = piece + character, taken + _columns(character)
    return [*pieces, piece]


def _figure(name: str, kind: str, caption: str) -> str:
    return (
        "\\begin{figure}[htbp]\\centering\n"
        f"\\inputfigure{{{name}-{kind}}}\n"
        f"\\caption{{{caption}}}\n\\label{{fig:{name}-{kind}}}\n\\end{{figure}}\n"
    )


def _table(name: str) -> str:
    return (
        "\\begin{table}[htbp]\\centering\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n"
        f"\\inputtable{{tables/{name}}}\n\\caption{{{table_caption()}}}\n\\label{{tab:{name}}}\n\\end{{table}}\n"
    )


def _repetitions(experiment: Experiment) -> str:
    """What the captions of an experiment say of its repetitions."""
    repetitions = len(experiment.combinations[0].members)
    count = ngettext("one repetition", "{count} repetitions", repetitions).format(count=repetitions)
    return f"\\renewcommand{{\\Repetitions}}{{{count}}}\n"


def figure_caption(kind: str) -> str:
    """What stands below a figure of an experiment."""
    if kind == "filters":
        return _(
            "Filters of each setting, each filter scaled from its own smallest to its own largest weight; below, "
            "how many are oriented, their mean edge-likeness, and the mean activation of their units on the training "
            "patches."
        )
    if kind == "convergence":
        return _(
            "Loss (\\ref{eq:loss}) from the first iteration on, against iteration and against time. Losses that "
            "contain different terms, or are measured on differently normalised data, differ in level."
        )
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with intervals (95\\,\\%, bootstrap over test images "
        "and repetitions); dotted, that of pixels."
    )


def table_caption() -> str:
    """What stands below the table of an experiment."""
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with interval (95\\,\\%, bootstrap over test images "
        "and repetitions), log loss, macro-averaged F1, and differences of accuracy in points to pixels and to the "
        "first setting. A star marks differences that remain significant at the 5\\,\\% level after Holm’s correction "
        "for the number of comparisons with the same rival."
    )


def experiments_text(tables: Tables, study: Study, classifiers: dict[str, str]) -> str:
    """A subsection for every experiment: its text in report/experiments/, conclusions, figures and table."""
    filters, training = tables["filters"].set_index("model"), tables["training"].set_index("model")
    text = ""
    for name, experiment in study.experiments.items():
        if name == DEFAULT:
            continue
        kinds, models = study.figures(name), study.pictured(name)
        title = _("Experiment {name}").format(name=claims.quoted(escape(name.replace("_", " "))))
        text += f"\n\\IfFileExists{{experiments/{name}.tex}}{{\\input{{experiments/{name}}}}}"
        text += f"{{\\subsection{{{title}}}}}\\label{{sec:{name}}}\n"
        about = pd.DataFrame({"label": list(models), "model": list(models.values())})
        measured = about.join(filters, on="model")
        axis = study.axis(name)
        if "filters" in kinds and axis and not any(axis.series):
            text += claims.degradation(measured, experiment.combinations[0].label) + "\n"
        elif "filters" in kinds:
            text += claims.best_filters(measured) + "\n"
        if "filters" in kinds:
            told = measured.dropna(subset="explained_variance")
            if any(len(layers_of(study.models[model])) > 1 for model in models.values()):
                text += claims.collapse(told) + "\n"
            elif told["dead_units"].any():
                text += claims.dead_units(told) + "\n"
        if "convergence" in kinds:
            trained = about.join(training, on="model").dropna(subset="iterations_to_fraction")
            text += claims.speed(trained, FRACTION) + "\n"
        for _rival, rows in tables["comparisons"].query("experiment == @name").groupby("against", sort=False):
            text += claims.rivals(rows, classifiers) + "\n"
        text += _repetitions(experiment)
        text += "".join(_figure(name, kind, figure_caption(kind)) for kind in kinds)
        if experiment.classifiers:
            text += _table(name)
    return text


def default_features(comparisons: pd.DataFrame, study: Study) -> str:
    """The table of the default features, unless experiments repeat all of its evaluations and show them."""
    if DEFAULT not in set(default_comparisons(comparisons, study)["experiment"]):
        return ""
    return (
        _("Table {table} has the accuracy of the default model’s features.").format(table=f"\\ref{{tab:{DEFAULT}}}")
        + f"\n{_repetitions(study.experiments[DEFAULT])}{_table(DEFAULT)}"
    )


def default_comparisons(comparisons: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The default features against pixels, by each classifier from the experiment that repeats them most."""
    places = [
        (name, number, len(combination.members))
        for name, experiment in study.experiments.items()
        for number, combination in enumerate(experiment.combinations)
        if combination.members[0] == study.default
    ]
    found = comparisons[comparisons["against"] == PIXELS].merge(
        pd.DataFrame(places, columns=["experiment", "setting", "repetitions"])
    )
    return found.sort_values("repetitions", ascending=False, kind="stable").drop_duplicates("classifier")


def sentences(
    tables: Tables, history: pd.DataFrame, study: Study, defaults: dict[str, Any], classifiers: dict[str, str]
) -> str:
    """Macros with the conclusions of the report that belong to no experiment."""
    filters, default = tables["filters"], study.default[0]
    centres = set(tables["training"]["centre"])
    return macros(
        {
            "LearnerClaim": claims.learner(study.models[default]),
            "CentringText": claims.centring(defaults["centre"], compared=len(centres) > 1),
            "UnlabelledClaim": data_claims.unlabelled(tables["data"]),
            "DataNotes": data_claims.notes(tables["notes"]),
            "DuplicateClaim": data_claims.duplicates(own_images(tables["duplicates"], tables["data"])),
            "GradientClaim": claims.gradient(tables["gradient_check"]),
            "FilterClaim": claims.filters(default_row(filters, default), untrained_twin(filters, default)),
            "DefaultFeatures": default_features(tables["comparisons"], study),
            "ConvergenceClaim": claims.convergence(history, defaults["iterations"], FRACTION),
            "DefaultClassificationClaim": claims.against_pixels(
                default_comparisons(tables["comparisons"], study), classifiers
            ),
            "PublishedClaim": data_claims.published(tables["data"]),
            "CostClaim": claims.cost(tables["costs"]),
        }
    )
