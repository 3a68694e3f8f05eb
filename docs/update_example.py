"""Copy finished studies and benchmarks into docs/example and their numbers into README.md, between the markers there.

What was not run here keeps what was copied before.
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
# Of as many images as the labelled ones of a large data set, which take too long for `make bench`; README says how.
LARGE = "classifiers_4000"
OWN = ("lib.autoencoder, compiled kernels", "lib.features")  # our own among the ways that are measured
PEERS = ("PyTorch, gradient by hand", "PyTorch, automatic")
SHOWN = "classifiers"  # the experiment that compares the features of the default model with pixels


def read_tables(study: str) -> dict[str, pd.DataFrame]:
    """The copied tables of a study."""
    return {name: pd.read_csv(EXAMPLE / study / f"{name}.csv") for name in TABLES}


def numbers() -> str:
    """What README.md says under its picture: about the filters, and about the features of the default model."""
    tables = read_tables(DEFAULT)
    training, filters = (tables[name].iloc[0] for name in ("training", "filters"))
    untrained = tables["filters"].query("learner == 'untrained'").iloc[0]
    text = (
        f"*The {filters['units']} filters of the default study, learned from {training['patches']:,} patches without "
        f"any label in {training['iterations']} iterations of L-BFGS: {filters['oriented_units']} of them are oriented "
        f"edges or colour transitions, against {untrained['oriented_units']} of {untrained['units']} "
        "before training.*\n\n"
        "| data set | training / test images | classifier | pixels | features | difference (95 % interval) | p |\n"
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
        "\nFeatures are those of the default model, means over its repetitions; intervals and p-values come from a "
        "bootstrap over test images and repetitions, p corrected for the number of classifiers (Holm). From which "
        "photograph a crop comes can be told by colour alone; the classes of STL-10, here a sample of its official "
        f"training images, are kinds of objects. Evaluated experiments of these runs: {run.replace('_', ' ')}.\n"
    )


def median_ratios(rows: pd.DataFrame) -> dict[str, float]:
    """Seconds of every other way for each second of our own, by the way's name."""
    ratios = rows.set_index("way")["ratio"]
    (own,) = (way for way in OWN if way in ratios.index)
    return (ratios / ratios[own]).to_dict()


def cells(ratios: dict[str, float], ways: tuple[str, ...]) -> str:
    """The rest of a row of a table; a way that was not measured is a dash."""
    return "".join(f"| {ratios[way]:.2f} " if way in ratios else "| – " for way in ways) + "|\n"


def factors(classifiers: pd.DataFrame) -> str:
    """How much faster than directly parameters of classifiers are chosen, from so many objects."""
    direct = classifiers.query("way == 'direct'")
    gap = classifiers.groupby("classifier")["accuracy"].agg(lambda found: found.max() - found.min()).max()
    difference = classifiers["largest difference"].max()
    times = " and ".join(f"{row.ratio:.0f} times ({row.classifier})" for row in direct.itertuples())
    return (
        f"{times} for {direct.iloc[0]['objects']:,} × {direct.iloc[0]['features']:,}, where accuracies are at most "
        f"{ceil(1000 * gap) / 1000:.3f} and decision values, computed in float64, {difference:.0e} of the largest apart"
    )


def speed() -> str:
    """What README.md says of speed: ratios of one run of the benchmarks, by median."""
    tables = {name: pd.read_csv(BENCH / f"{name}.csv") for name in MEASURED}
    loss, features, growth = (tables[name] for name in ("loss", "features", "growth"))
    threads = loss["threads"].max()
    text = (
        f"| {threads} threads | products alone | NumPy alone | plain NumPy | PyTorch, gradient by hand "
        "| PyTorch, automatic |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    shown = loss[loss["threads"] == threads]
    for (objects, hidden, dtype), rows in shown.groupby(["objects", "hidden", "dtype"], sort=False):
        ratio = median_ratios(rows)
        others = ("products alone", "lib.autoencoder, NumPy alone", "plain NumPy", *PEERS)
        text += f"| loss and gradient, {objects:,} patches, 192-{hidden}-192, {dtype} "
        text += cells(ratio, others)
    text += "\n| features, 96×96 images, float32 | product alone | PyTorch, conv2d |\n| --- | --- | --- |\n"
    for stride, rows in features.groupby("stride"):
        text += f"| stride {stride} " + cells(median_ratios(rows), ("product alone", "PyTorch, conv2d"))
    training = tables["training"][tables["training"]["way"] == "training"].set_index("dtype")["ratio"]
    last = growth.iloc[-1]
    computer, large = tables["machine"].iloc[0], pd.read_csv(BENCH / f"{LARGE}.csv")
    return text + (
        "\nEach number is the other way's time for one second of ours, measured by turns in one run of `make bench`; "
        "below 1 it is faster. The products alone are the matrix products that loss, gradient and features cannot do "
        "without, as BLAS computes them. PyTorch's convolution neither centres nor clips patches, and reads each pixel "
        "once. "
        f"{ITERATIONS} iterations of training take {training['float64']:.2f} (float64) and "
        f"{training['float32']:.2f} (float32) times as long as {EVALUATIONS} evaluations. "
        f"{last['objects']:,.0f} patches, "
        f"{last['data MB'] / last['memory MB']:.0f} times the memory of the process that trains on them, take "
        f"{last['ratio']:.2f} times as long for each patch as {OBJECTS:,}. On pixels, standardised and rotated to as "
        "many dimensions as objects, parameters of models of all features are chosen, on one core and faster than on "
        f"the pixels themselves, {factors(tables['classifiers'])}; and, in a run of its own with one split "
        f"of the cross-validation, {factors(large)}. [All of it](docs/example/bench), with quartiles of what took "
        f"turns; measured on {computer['processor']}, {computer['cores']} cores, NumPy {computer['numpy']} with "
        f"{computer['blas']}, PyTorch {computer['torch']}.\n"
    )


SECTIONS = {"numbers": numbers, "speed": speed}  # of README.md


def with_numbers(readme: str) -> str:
    """README.md with the copied numbers between its markers."""
    for name, text in SECTIONS.items():
        between = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        readme = between.sub(lambda _, text=text: text(), readme)
    return readme


def main() -> None:
    for study in STUDIES:
        results = ROOT / "results" / study
        if not (results / "report.pdf").exists():
            print(f"{study}: not run here, its example stays")
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
