"""The files of docs/example that are not tables: pictures, a small report, and a picture of the explorer."""

import math
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import yaml

LARGEST = 1_000_000  # bytes of a file in this repository
PAGES = 20  # of a report that is too large: at most so many, and as many as fit
POOLED, PATCHES = "pooling", "classifiers"  # experiments whose features are shown: the first that a study has
NAMES = (
    "pixels",
    "untrained, every patch",
    "autoencoder, every patch",
    "untrained, pooled",
    "autoencoder, pooled",
)
COLOURS = ("#0072B2", "#BBBBBB", "#E69F00", "#999999", "#D55E00")
CONFIGURATION = yaml.safe_load((Path(__file__).parents[1] / "config" / "config.yaml").read_text(encoding="utf-8"))
LABELS = {name: entry["label"] for name, entry in CONFIGURATION["classifiers"].items()}
# The first pages of a report, whose number of pages LuaLaTeX finds out.
SHORTENED = r"""\documentclass[a4paper]{article}\usepackage{pdfpages}\begin{document}
\directlua{tex.sprint("\\def\\last{" .. math.min(%d, img.scan{filename="whole.pdf"}.pages) .. "}")}
\includepdf[pages=1-\last]{whole.pdf}\end{document}
"""


@dataclass(frozen=True)
class Bar:
    """An accuracy that is shown: the name of the features, the accuracy and its 95 % interval, as fractions."""

    name: str
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Shown:
    """The accuracies of one classifier, and the paired comparisons of the features that are shown last.

    Attributes
    ----------
    classifier : label of the classifier in the default study.
    bars : accuracies in the order of `NAMES`; features that the study lacks are left out.
    comparisons : rows of the table comparisons of the last features, by rival.
    """

    classifier: str
    bars: list[Bar]
    comparisons: pd.DataFrame


def shown(comparisons: pd.DataFrame, accuracy: pd.DataFrame) -> Shown:
    """Return what README shows of a study, from its tables comparisons and accuracy.

    Of the classifiers that were trained on these features, the one that is most accurate on pixels is shown. Pooled
    features are those of the most accurate setting with an untrained twin, the network that is otherwise the same.
    """
    experiments = comparisons["experiment"].unique()
    experiment = next(name for name in (POOLED, PATCHES, *experiments) if name in experiments)
    own = comparisons[comparisons["experiment"] == experiment]
    pixels = own[own["rival"] == "pixels"]
    classifier = pixels.loc[pixels["accuracy_against"].idxmax(), "classifier"]
    own = own[own["classifier"] == classifier]
    rows = accuracy[(accuracy["experiment"] == experiment) & (accuracy["classifier"] == classifier)]
    rows = rows.set_index("label")
    twins = own[own["rival"] == "untrained"].set_index("setting")
    first = own.loc[own["setting"] == 0, "label"].iloc[0]
    labels = {NAMES[0]: "pixels", NAMES[2]: first}
    last = 0
    if 0 in twins.index:
        labels[NAMES[1]] = twins.loc[0, "against"]
    if experiment == POOLED:
        last = int(twins.drop(index=0, errors="ignore")["accuracy"].idxmax())
        labels |= {NAMES[3]: twins.loc[last, "against"], NAMES[4]: twins.loc[last, "label"]}
    bars = [
        Bar(name, *(float(rows.loc[labels[name], key]) for key in ("accuracy", "low", "high")))
        for name in NAMES
        if name in labels
    ]
    return Shown(LABELS.get(classifier, classifier), bars, own[own["setting"] == last].set_index("rival"))


def draw_bars(studies: dict[str, Shown], chances: dict[str, float], file: Path) -> None:
    """Draw the accuracies of each study with their intervals, and the accuracy of guessing as a line, to a PNG file.

    studies and chances: what is shown and the accuracy of guessing, by the title of its panel.
    """
    figure, axes = plt.subplots(
        1, len(studies), figsize=(10, 3.0), dpi=100, sharex=True, squeeze=False, layout="constrained"
    )
    for axis, (title, study) in zip(axes[0], studies.items(), strict=True):
        names = [bar.name for bar in study.bars]
        values = [100 * bar.accuracy for bar in study.bars]
        lengths = [
            [100 * (bar.accuracy - bar.low) for bar in study.bars],
            [100 * (bar.high - bar.accuracy) for bar in study.bars],
        ]
        colours = [COLOURS[NAMES.index(name)] for name in names]
        axis.barh(names, values, xerr=lengths, color=colours, capsize=3, height=0.7)
        for place, bar in enumerate(study.bars):
            axis.text(100 * bar.high + 1.5, place, f"{bar.accuracy:.1%}", va="center")
        axis.axvline(100 * chances[title], color="black", linestyle=":", linewidth=1)
        axis.invert_yaxis()
        axis.set_xlim(0, 100)
        axis.set_title(f"{title}, {study.classifier}")
        axis.set_xlabel("accuracy on test images (%)")
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(file)
    plt.close(figure)


def copy_report(source: Path, file: Path) -> None:
    """Copy a report, or as many of its first pages as stay below `LARGEST` bytes, set by LuaLaTeX."""
    if source.stat().st_size < LARGEST:
        shutil.copy(source, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(source, Path(folder) / "whole.pdf")
        pages, found = PAGES, Path(folder) / "short.pdf"
        while pages:
            (Path(folder) / "short.tex").write_text(SHORTENED % pages, encoding="utf-8")
            subprocess.run(
                ["lualatex", "-interaction=batchmode", "short.tex"], cwd=folder, check=True, stdout=subprocess.DEVNULL
            )
            if found.stat().st_size < LARGEST:
                shutil.copy(found, file)
                return
            pages = math.floor(pages * 0.8)
    print(f"{source}: a single page is larger than {LARGEST} bytes, {file.name} stays as it is", file=sys.stderr)


def take_picture(page: Path, file: Path) -> None:
    """Write a picture of a page in Chromium to a PNG file; without Chromium the file stays as it is."""
    if shutil.which("chromium") is None:
        print(f"chromium: not found, {file.name} stays as it is; `make browser` installs it", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "page.png"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,1000"]
        subprocess.run(
            ["chromium", *options, f"--user-data-dir={folder}/user", f"--screenshot={taken}", page.resolve().as_uri()],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
        )
        shutil.copy(taken, file)
