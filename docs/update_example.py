"""Copy finished studies and benchmarks to docs/example, and write their numbers between the markers in README.md.

Earlier copies stay for studies and benchmarks that have not run here.
"""

import re
import shutil
from math import ceil
from pathlib import Path

import pandas as pd

from benchmarks.loss import OBJECTS
from benchmarks.training import EVALUATIONS, ITERATIONS

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "example"
DEFAULT = "photographs"
STUDIES = (DEFAULT, "stl10")
TABLES = ("data", "training", "filters", "accuracy", "comparisons")
BENCH = EXAMPLE / "bench"
MEASURED = ("loss", "training", "growth", "features", "classifiers", "machine")  # tables of `make bench`
# Classifiers on as many images as a large data set has labels for: too slow for `make bench`, README has the command.
LARGE = "classifiers_4000"
OWN = ("blocked and compiled", "lib.features")  # the ways that are our own
PEERS = ("PyTorch, gradient by hand", "PyTorch, automatic")
POOLING = "pooling"  # the experiment whose features are compared first
SHOWN = "classifiers"  # the experiment that compares the features of the default model with pixels


def read_tables(study: str) -> dict[str, pd.DataFrame]:
    """Return the copied tables of a study by name."""
    return {name: pd.read_csv(EXAMPLE / study / f"{name}.csv") for name in TABLES}


def pooled() -> str:
    """Return a table of the most accurate pooled features of each study and classifier; nothing before they ran.

    The untrained network is pooled in the same way.
    """
    rows = []
    for study in STUDIES:
        comparisons = read_tables(study)["comparisons"]
        if "rival" not in comparisons:
            continue
        own = comparisons[comparisons["experiment"] == POOLING]
        for classifier, settings in own.groupby("classifier", sort=False):
            twins, pixels, first = (
                settings[settings["rival"] == rival].set_index("setting") for rival in ("untrained", "pixels", "first")
            )
            best = twins[twins["label"].str.contains("pooling")]["accuracy"].idxmax()
            row = pixels.loc[best]
            rows.append(
                f"| {study} | {str(classifier).replace('_', ' ')} | {row['accuracy_against']:.1%} "
                f"| {first['accuracy_against'].iloc[0]:.1%} | {row['accuracy']:.1%} ({row['label']}) "
                f"| {twins.loc[best, 'accuracy_against']:.1%} "
                f"| {100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f}) points |\n"
            )
    if not rows:
        return ""
    return (
        "Pooled features, the most accurate setting of each classifier on the test images:\n\n"
        "| data set | classifier | pixels | activations of every patch | pooled activations | untrained, pooled in "
        "the same way "
        "| pooled minus pixels (95 % interval) |\n| --- | --- | --- | --- | --- | --- | --- |\n" + "".join(rows) + "\n"
    )


def numbers() -> str:
    """Return the text below the picture in README.md: the filters, and the features of the default model."""
    tables = read_tables(DEFAULT)
    training, filters = (tables[name].iloc[0] for name in ("training", "filters"))
    untrained = tables["filters"].query("learner == 'untrained'").iloc[0]
    text = (
        f"*The {filters['units']} filters of the default study, learned from {training['patches']:,} patches without "
        f"labels in {training['iterations']} iterations of L-BFGS. {filters['oriented_units']} of them are oriented "
        f"edges or colour transitions, compared with {untrained['oriented_units']} of {untrained['units']} "
        "before training.*\n\n"
        + pooled()
        + "| data set | training / test images | classifier | pixels | features | difference (95 % interval) | p |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for study in STUDIES:
        tables = read_tables(study)
        images = tables["data"].set_index("split")["images"]
        rows = tables["comparisons"]
        for row in rows[(rows["experiment"] == SHOWN) & (rows["against"] == "pixels")].itertuples():
            text += (
                f"| {study} | {images['train']:,} / {images['test']:,} | {row.classifier.replace('_', ' ')} "
                f"| {row.accuracy_against:.1%} | {row.accuracy:.1%} "
                f"| {100 * row.difference:+.1f} ({100 * row.low:+.1f} to {100 * row.high:+.1f}) points "
                f"| {'< 0.001' if row.p_corrected < 0.001 else f'{row.p_corrected:.3f}'} |\n"
            )
    run = "; ".join(
        f"{study}: {', '.join(dict.fromkeys(read_tables(study)['accuracy']['experiment']))}" for study in STUDIES
    )
    return text + (
        "\nThe features come from the default model; accuracies are means over its repetitions. Intervals and p-values "
        "come from a bootstrap over test images and repetitions; p is corrected for the number of classifiers (Holm). "
        "Colour alone can reveal from which photograph a crop comes, whereas the classes of STL-10 are kinds of "
        "objects; the STL-10 images here are a sample of its official training images. Experiments evaluated in these "
        f"runs: {run.replace('_', ' ')}.\n"
    )


def median_ratios(rows: pd.DataFrame) -> dict[str, float]:
    """Return the time of every way relative to our own, by the name of the way."""
    ratios = rows.set_index("way")["ratio"]
    (own,) = (way for way in OWN if way in ratios.index)
    return (ratios / ratios[own]).to_dict()


def cells(ratios: dict[str, float], ways: tuple[str, ...]) -> str:
    """Return the remaining cells of a table row; a way that was not measured gets a dash."""
    return "".join(f"| {ratios[way]:.2f} " if way in ratios else "| – " for way in ways) + "|\n"


def factors(classifiers: pd.DataFrame) -> str:
    """Return a sentence: how much the rotation speeds up the choice of parameters, and how well the results agree."""
    direct = classifiers.query("way == 'direct'")
    gap = classifiers.groupby("classifier")["accuracy"].agg(lambda found: found.max() - found.min()).max()
    difference = classifiers["largest difference"].max()
    times = " and ".join(f"{row.ratio:.0f} times ({row.classifier})" for row in direct.itertuples())
    return (
        f"{times} faster on {direct.iloc[0]['objects']:,} images of {direct.iloc[0]['features']:,} values. Accuracies "
        f"differ by at most {ceil(1000 * gap) / 1000:.3f}, and decision values, computed in float64, by at most "
        f"{difference:.0e} of the largest."
    )


def speed() -> str:
    """Return the text on speed in README.md: median ratios of one run of the benchmarks."""
    tables = {name: pd.read_csv(BENCH / f"{name}.csv") for name in MEASURED}
    loss, features, growth = (tables[name] for name in ("loss", "features", "growth"))
    threads = loss["threads"].max()
    text = (
        f"| {threads} threads | products alone | textbook | plain NumPy | PyTorch, gradient by hand "
        "| PyTorch, automatic |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    shown = loss[loss["threads"] == threads]
    for (objects, hidden, dtype), rows in shown.groupby(["objects", "hidden", "dtype"], sort=False):
        ratio = median_ratios(rows)
        others = ("products alone", "textbook", "plain NumPy", *PEERS)
        text += f"| loss and gradient, {objects:,} patches, 192-{hidden}-192, {dtype} "
        text += cells(ratio, others)
    text += "\n| features, 96×96 images, float32 | product alone | PyTorch, conv2d |\n| --- | --- | --- |\n"
    for stride, rows in features.groupby("stride"):
        text += f"| stride {stride} " + cells(median_ratios(rows), ("product alone", "PyTorch, conv2d"))
    training = tables["training"][tables["training"]["way"] == "training"].set_index("dtype")["ratio"]
    last = growth.iloc[-1]
    computer, large = tables["machine"].iloc[0], pd.read_csv(BENCH / f"{LARGE}.csv")
    return text + (
        "\nEach number is a time relative to ours, measured alternately in one run of `make bench`; below 1 means "
        "faster than ours. “Products alone” are the matrix products that loss, gradient and features need, computed by "
        "BLAS. “Textbook” is `lib/autoencoder.py`, and “plain NumPy” computes the same without checks or options. "
        "PyTorch's convolution neither centres nor clips patches, and reads each pixel once.\n\n"
        f"Training for {ITERATIONS} iterations takes {training['float64']:.2f} (float64) and "
        f"{training['float32']:.2f} (float32) times as long as {EVALUATIONS} evaluations of loss and gradient. "
        f"Training on {last['objects']:,.0f} patches, whose data are "
        f"{last['data MB'] / last['memory MB']:.0f} times as large as the memory of the process, takes "
        f"{last['ratio']:.2f} times as long per patch and evaluation as on {OBJECTS:,}.\n\n"
        "To choose the parameters of a classifier on all pixels, they are standardised and rotated to as many "
        "dimensions as there are images. On one core, this makes the cross-validation "
        f"{factors(tables['classifiers'])} In a separate run with one split of the cross-validation, it is "
        f"{factors(large)}\n\n"
        "[All tables](docs/example/bench) include the quartiles of alternating measurements. All but the separate run "
        f"come from {computer['processor']}, {computer['cores']} cores, NumPy {computer['numpy']} with "
        f"{computer['blas']}, PyTorch {computer['torch']}.\n"
    )


SECTIONS = {"numbers": numbers, "speed": speed}  # of README.md


def with_numbers(readme: str) -> str:
    """Return README.md with the copied numbers between its markers."""
    for name, text in SECTIONS.items():
        between = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        readme = between.sub(lambda _, text=text: text(), readme)
    return readme


def main() -> None:
    for study in STUDIES:
        results = ROOT / "results" / study
        if not (results / "report.pdf").exists():
            print(f"{study}: has not run here, its example stays as it is")
            continue
        (EXAMPLE / study).mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            shutil.copy(results / "tables" / f"{name}.csv", EXAMPLE / study)
        if study != DEFAULT:
            continue
        model = pd.read_csv(results / "tables" / "training.csv").iloc[0]["model"]
        shutil.copy(results / "figures" / "filters" / f"{model}.png", EXAMPLE / study / "filters.png")
    for name in MEASURED:
        table = ROOT / "results" / "bench" / f"{name}.csv"
        if table.exists():
            BENCH.mkdir(exist_ok=True)
            shutil.copy(table, BENCH)
    large = ROOT / "results" / "bench" / "4000" / "classifiers.csv"
    if large.exists():
        shutil.copy(large, BENCH / f"{LARGE}.csv")
    readme = ROOT / "README.md"
    readme.write_text(with_numbers(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
