"""Copy finished studies and benchmarks to docs/example, and write their numbers between the markers of the pages.

Earlier copies stay for studies and benchmarks that have not run here. A number that several pages show is computed here
once, from the copied tables.
"""

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from math import ceil, isclose
from pathlib import Path

import pandas as pd

from benchmarks.loss import OBJECTS
from benchmarks.stochastic import BARE, OURS
from benchmarks.storage import STRIDE
from benchmarks.training import EVALUATIONS, ITERATIONS
from docs.example_files import NAMES, Shown, copy_report, draw_bars, shown, take_picture
from lib.evaluation.scores import SMALLEST_P
from lib.hand_in.latex_html import text_html
from lib.report.answers import Answer, Outcome, verdict

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "example"
DEFAULT, SMOKE = "photographs", "smoke"
TITLES = {"stl10": "STL-10", DEFAULT: "photographs"}  # studies whose numbers are shown, in this order
# Studies whose questions and answers are shown.
QUESTIONED = ("convolutional", "convolutional-stl10", "networks", "fashion", "mnist", "generative")
LECTURE = "family"  # the same of the lecture
TABLES = ("data", "training", "filters", "accuracy", "comparisons")
SENTENCES = "sentences.json"  # the answers of the report
VERDICTS = [f"{text_html(words).strip()} " for one in Outcome if (words := verdict(Answer("", one)))]
BENCH = EXAMPLE / "bench"
# Tables of `make bench`:
MEASURED = ("loss", "training", "growth", "features", "classifiers", "stochastic", "storage", "machine")
# Classifiers on as many images as a large data set has labels for: too slow for `make bench`, the page on speed has the
# command.
LARGE = "classifiers_4000"
OWN = ("blocked and compiled", "lib.features", OURS)  # the ways that are our own
PEERS = ("PyTorch, gradient by hand", "PyTorch, automatic")
POOLING = "pooling"  # the experiment whose features are compared first
SHOWN = "classifiers"  # the experiment that compares the features of the default model with pixels


def read_tables(study: str) -> dict[str, pd.DataFrame]:
    """Return the copied tables of a study by name."""
    return {name: pd.read_csv(EXAMPLE / study / f"{name}.csv") for name in TABLES}


def answer(study: str, task: int) -> str:
    """Return the report's answer to a task of the assignment without its verdict, which needs the question before it.

    It is empty before the study's report was copied.
    """
    file = EXAMPLE / study / SENTENCES
    if not file.exists():
        return ""
    answers = {entry["number"]: entry["answer"] for entry in json.loads(file.read_text(encoding="utf-8"))}
    found = answers[task]
    return found.removeprefix(next((words for words in VERDICTS if found.startswith(words)), ""))


def difference(row: pd.Series) -> str:
    """Return the difference of a row of the table comparisons in points, with its interval and corrected p-value."""
    sign = "≤" if isclose(row["p_value"], SMALLEST_P) else "="  # the bootstrap finds no smaller one
    p = "p < 0.001" if row["p_corrected"] < 0.001 else f"p {sign} {row['p_corrected']:.3f}"
    return f"{100 * row['difference']:+.1f} points ({100 * row['low']:+.1f} to {100 * row['high']:+.1f}, {p})"


def shown_studies() -> dict[str, Shown]:
    """Return what README shows of each study, by its title."""
    found = {}
    for study, title in TITLES.items():
        tables = read_tables(study)
        found[title] = shown(tables["comparisons"], tables["accuracy"])
    return found


def chances() -> dict[str, float]:
    """Return the accuracy of guessing in each study, by its title."""
    return {title: 1 / read_tables(study)["data"]["classes"].max() for study, title in TITLES.items()}


def numbers() -> str:
    """Return the text below the pictures in README.md: one row per kind of features, and what was compared."""
    studies = shown_studies()
    text = "".join(
        f"| {cell} "
        for cell in ("accuracy on test images", *(f"{title}, {one.classifier}" for title, one in studies.items()))
    )
    text += "|\n" + "| --- " * (1 + len(studies)) + "|\n"
    for name in NAMES:
        cells = []
        for one in studies.values():
            bar = {bar.name: bar for bar in one.bars}.get(name)
            cells.append(f"{bar.accuracy:.1%} ({100 * bar.low:.1f} to {100 * bar.high:.1f})" if bar else "–")
        if set(cells) != {"–"}:
            text += f"| {name} | {' | '.join(cells)} |\n"
    if found := re.match(r".*?\.(?=\s[A-Z]|$)", answer(DEFAULT, 7)):  # its first sentence
        text = f"*{found[0]}*\n\n{text}"
    words = {"pixels": "pixels", "untrained": "the untrained network used in the same way"}
    for title, one in studies.items():
        parts = [
            f"{difference(one.comparisons.loc[rival])} from {name}"
            for rival, name in words.items()
            if rival in one.comparisons.index
        ]
        text += f"\nOn {title}, the accuracy of “{one.bars[-1].name}” differs by {' and by '.join(parts)}."
    return text + "\n"


def settings() -> str:
    """Return the text on the numbers of the example: all classifiers, pooled and without pooling."""
    text = ""
    for study, title in TITLES.items():
        if found := answer(study, 8):
            text += f"On {title}: {found}\n\n"
    text += pooled()
    text += (
        "| data set | training / test images | classifier | pixels | features | difference (95 % interval) | p |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for study in TITLES:
        tables = read_tables(study)
        images = tables["data"].set_index("split")["images"]
        rows = tables["comparisons"]
        for row in rows[(rows["experiment"] == SHOWN) & (rows["rival"] == "pixels")].itertuples():
            text += (
                f"| {study} | {images['train']:,} / {images['test']:,} | {row.classifier.replace('_', ' ')} "
                f"| {row.accuracy_against:.1%} | {row.accuracy:.1%} "
                f"| {100 * row.difference:+.1f} ({100 * row.low:+.1f} to {100 * row.high:+.1f}) points "
                f"| {'< 0.001' if row.p_corrected < 0.001 else f'{row.p_corrected:.3f}'} |\n"
            )
    run = "; ".join(
        f"{study}: {', '.join(dict.fromkeys(read_tables(study)['accuracy']['experiment']))}" for study in TITLES
    )
    return text + f"\nExperiments evaluated in these runs: {run.replace('_', ' ')}.\n"


def pooled() -> str:
    """Return a table of the most accurate pooled features of each study and classifier; nothing before they ran.

    The untrained network is pooled in the same way.
    """
    rows = []
    for study in TITLES:
        comparisons = read_tables(study)["comparisons"]
        own = comparisons[comparisons["experiment"] == POOLING]
        for classifier, settings in own.groupby("classifier", sort=False):
            twins, pixels, first = (
                settings[settings["rival"] == rival].set_index("setting") for rival in ("untrained", "pixels", "first")
            )
            best = twins.drop(index=0, errors="ignore")["accuracy"].idxmax()
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


def first_run() -> str:
    """Return the text of the tutorial on what the smoke study found."""
    training = read_tables(SMOKE)["training"].query("learner == 'autoencoder'")
    row = training.iloc[0]
    lines = [
        f"- The first network of this run made {row['iterations']} iterations in {row['seconds']:.1f} s of CPU time; "
        f"its loss ended at {row['loss']:.2f}."
    ]
    lines += [f"- Task {task}: {answer(SMOKE, task)}" for task in (6, 7, 8)]
    return "\n".join(lines) + "\n"


def answers(study: str) -> str:
    """Return the questions of a study and the answers of its report, as a table with one row per question."""
    found = json.loads((EXAMPLE / study / SENTENCES).read_text(encoding="utf-8"))
    rows = "".join(f"| {entry['question']} | {entry['answer']} |\n" for entry in found)
    return f"| question | answer |\n| --- | --- |\n{rows}"


def median_ratios(rows: pd.DataFrame) -> dict[str, float]:
    """Return the time of every way relative to our own, by the name of the way."""
    ratios = rows.set_index("way")["ratio"]
    (own,) = (way for way in OWN if way in ratios.index)
    return (ratios / ratios[own]).to_dict()


def cells(ratios: dict[str, float], ways: tuple[str, ...]) -> str:
    """Return the remaining cells of a table row; a way that was not measured gets a dash."""
    return "".join(f"| {ratios[way]:.2f} " if way in ratios else "| – " for way in ways) + "|\n"


def storage_costs() -> str:
    """Return sentences on what it costs that nothing is lost, as shares of the CPU time of the jobs."""
    storage = pd.read_csv(BENCH / "storage.csv")
    ratio = storage.set_index("way")["ratio"]
    evaluations = ratio["writing of its evaluations"], ratio["training that reads them"]
    sums = storage[storage["way"] == "its checksums"]
    shares = " and ".join(f"{100 * row.ratio:.1f} % for {row.images:,.0f} images" for row in sums.itertuples())
    return (
        f"Writing the evaluations of a training to the disk takes {100 * evaluations[0]:.1f} % of its CPU time, and a "
        f"training that reads all of them takes {100 * evaluations[1]:.0f} %. Checksums take the largest share where a "
        f"job moves many bytes and computes little. Where features of 96×96 images are extracted at stride {STRIDE}, "
        f"the share is {shares}.\n"
    )


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
    """Return the text on speed: median ratios of one run of the benchmarks."""
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
    text += "\n| an epoch of a network, 1 thread, float32 | bare PyTorch loop |\n| --- | --- |\n"
    for network, rows in tables["stochastic"].groupby("network", sort=False):
        text += f"| {network}, batches of {rows['batch'].iloc[0]} " + cells(median_ratios(rows), (BARE,))
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
        "[All tables](../example/bench/loss.csv) include the quartiles of alternating measurements. All but the "
        f"separate run come from {computer['processor']}, {computer['cores']} cores, NumPy {computer['numpy']} with "
        f"{computer['blas']}, PyTorch {computer['torch']}.\n"
    )


PAGES: dict[str, dict[str, Callable[[], str]]] = {  # the text between the markers of each page
    "README.md": {"numbers": numbers},
    "docs/tutorial.md": {"first run": first_run},
    "docs/reference/example.md": {"settings": settings},
    "docs/explanation/speed.md": {"speed": speed, "storage": storage_costs},
    "docs/explanation/networks.md": {study: partial(answers, study) for study in QUESTIONED},
    "docs/explanation/lecture.md": {LECTURE: partial(answers, LECTURE)},
}


def with_numbers(page: str, sections: dict[str, Callable[[], str]]) -> str:
    """Return the text of a page with the copied numbers between its markers.

    Raises ValueError if the page lacks a marker.
    """
    for name, text in sections.items():
        between = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        page, count = between.subn(lambda _, text=text: text(), page)
        if count != 1:
            raise ValueError(
                f"the markers <!-- {name} --> and <!-- end of {name} --> occur {count} times, expected once"
            )
    return page


def copy_study(results: Path, example: Path) -> None:
    """Copy the tables, the answers and the picture of the filters of a finished study."""
    example.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        shutil.copy(results / "tables" / f"{name}.csv", example)
    shutil.copy(results / "report" / SENTENCES, example)
    shutil.copy(results / "figures" / "default" / "mosaic.png", example / "filters.png")


def main() -> None:
    for study in (*TITLES, SMOKE):
        results = ROOT / "results" / study
        if not (results / "report.pdf").exists():
            print(f"{study}: has not run here, its example stays as it is")
            continue
        copy_study(results, EXAMPLE / study)
        if study == DEFAULT:
            copy_report(results / "report.pdf", EXAMPLE / study / "report.pdf")
            take_picture(results / "explorer.html", EXAMPLE / study / "explorer.png")
    for study in (*QUESTIONED, LECTURE):
        results = ROOT / "results" / study
        if (results / "report.pdf").exists():
            (EXAMPLE / study).mkdir(exist_ok=True)
            shutil.copy(results / "report" / SENTENCES, EXAMPLE / study)
            copy_report(results / "report.pdf", EXAMPLE / study / "report.pdf")
    for name in MEASURED:
        table = ROOT / "results" / "bench" / f"{name}.csv"
        if table.exists():
            BENCH.mkdir(exist_ok=True)
            shutil.copy(table, BENCH)
    large = ROOT / "results" / "bench" / "4000" / "classifiers.csv"
    if large.exists():
        shutil.copy(large, BENCH / f"{LARGE}.csv")
    draw_bars(shown_studies(), chances(), EXAMPLE / "accuracy.png")
    for page, sections in PAGES.items():
        path = ROOT / page
        path.write_text(with_numbers(path.read_text(encoding="utf-8"), sections), encoding="utf-8")


if __name__ == "__main__":
    main()
