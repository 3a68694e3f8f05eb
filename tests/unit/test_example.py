"""README shows the right rows of the tables of a study, and the files of the example stay small."""

import shutil
import subprocess

import pandas as pd
import pytest
from PIL import Image

from docs import example_files
from docs.example_files import NAMES, copy_report, draw_bars, shown

LABELS = ["pooling 0", "pooling 2", "pooling 4", "pooling 0, untrained", "pooling 2, untrained", "pooling 4, untrained"]
ACCURACIES = {  # of each setting, by classifier; pixels come last
    "logistic_regression": [0.30, 0.40, 0.45, 0.25, 0.35, 0.38, 0.31],
    "rbf_svm": [0.37, 0.52, 0.50, 0.29, 0.41, 0.42, 0.39],
}


def tables(experiment):
    """Comparisons and accuracy of an experiment with pooled features and their untrained twins."""
    comparisons, accuracy = [], []
    for classifier, values in ACCURACIES.items():
        of = dict(zip([*LABELS, "pixels"], values, strict=True))
        for number, label in enumerate(LABELS):
            rivals = {"pixels": "pixels", "untrained": f"{label}, untrained" if number < 3 else None}
            for rival, against in rivals.items():
                if against:
                    row = {"experiment": experiment, "setting": number, "label": label, "classifier": classifier}
                    row |= {"rival": rival, "against": against, "accuracy": of[label], "accuracy_against": of[against]}
                    comparisons.append(row | {"difference": of[label] - of[against]})
        for label, value in of.items():
            row = {"experiment": experiment, "label": label, "classifier": classifier, "accuracy": value}
            accuracy.append(row | {"low": value - 0.04, "high": value + 0.04})
    return pd.DataFrame(comparisons), pd.DataFrame(accuracy)


def test_pooled_features_are_those_of_the_best_setting_by_the_classifier_that_suits_pixels():
    found = shown(*tables("pooling"))
    assert found.classifier == "RBF SVM"
    assert [(bar.name, bar.accuracy) for bar in found.bars] == list(
        zip(NAMES, [0.39, 0.29, 0.37, 0.41, 0.52], strict=True)
    )
    assert (found.bars[4].low, found.bars[4].high) == (pytest.approx(0.48), pytest.approx(0.56))
    assert found.comparisons["difference"].to_dict() == {
        "pixels": pytest.approx(0.52 - 0.39),
        "untrained": pytest.approx(0.52 - 0.41),
    }


def test_a_study_without_pooling_shows_the_features_of_every_patch():
    found = shown(*tables("learners"))
    assert [bar.name for bar in found.bars] == list(NAMES[:3])
    assert found.comparisons.loc["pixels", "difference"] == pytest.approx(0.37 - 0.39)


def test_bars_are_drawn_for_every_study(tmp_path):
    studies = {"STL-10": shown(*tables("pooling")), "photographs": shown(*tables("learners"))}
    draw_bars(studies, {"STL-10": 0.1, "photographs": 0.1}, tmp_path / "bars.png")
    with Image.open(tmp_path / "bars.png") as picture:
        assert picture.width == 1000
        assert len(picture.convert("RGB").getcolors(2**20)) > 5
    assert (tmp_path / "bars.png").stat().st_size < 100_000


def test_a_small_report_is_copied(tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF small")
    copy_report(tmp_path / "report.pdf", tmp_path / "copy.pdf")
    assert (tmp_path / "copy.pdf").read_bytes() == b"%PDF small"


@pytest.mark.skipif(shutil.which("lualatex") is None, reason="lualatex not found, expected to shorten a report")
def test_of_a_large_report_the_first_pages_that_fit_are_kept(tmp_path, monkeypatch):
    page = r"\directlua{for i = 1, 4000 do tex.sprint(string.char(97 + math.random(0, 25), 32)) end}\clearpage"
    text = r"\documentclass{article}\begin{document}" + 12 * page + r"\end{document}"
    (tmp_path / "report.tex").write_text(text)
    subprocess.run(["lualatex", "-interaction=batchmode", "report.tex"], cwd=tmp_path, check=True, timeout=300)
    report, copy = tmp_path / "report.pdf", tmp_path / "copy.pdf"
    monkeypatch.setattr(example_files, "LARGEST", report.stat().st_size * 2 // 3)
    copy_report(report, copy)
    assert report.stat().st_size / 5 < copy.stat().st_size < example_files.LARGEST
