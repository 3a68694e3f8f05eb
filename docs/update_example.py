"""Copy finished studies into docs/example and their numbers into README.md, between the markers there.

A study that was not run here keeps what was copied before.
"""

import re
import shutil
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "example"
DEFAULT = "photographs"
STUDIES = (DEFAULT, "stl10")
TABLES = ("data", "training", "filters", "accuracy", "comparisons")
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


def with_numbers(readme: str) -> str:
    """README.md with the copied numbers between its markers."""
    between = re.compile(r"(?<=<!-- numbers -->\n).*?(?=<!-- end of numbers -->)", re.DOTALL)
    return between.sub(lambda _: numbers(), readme)


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
    readme = ROOT / "README.md"
    readme.write_text(with_numbers(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
