"""Charts show accuracies, measures and trainings where they belong, for odd studies, too."""

import numpy as np
import pandas as pd
import pytest

from lib.figures.charts import accuracy, confusion, gain
from lib.figures.convergence import convergence, terms
from lib.figures.places import Places, number_texts
from lib.figures.speed import speed_up
from lib.figures.style import save
from lib.figures.sweeps import accuracy_lines, measure_lines, sweep
from lib.study.labels import Label
from lib.study.study import Axis

CENTRES = [Label.of({"centre": centre}) for centre in ("patch", "none")]
LEARNERS = [Label.of({"learner": learner}) for learner in ("autoencoder", "pca")]


def table(settings, classifiers=("lr",)):
    """Accuracies of 40 %, 41 %, ... of the settings, of 30 % for pixels."""
    rows = [
        {"setting": number, "classifier": classifier, "accuracy": 0.4 + number / 100 if number >= 0 else 0.3}
        for classifier in classifiers
        for number in [*range(settings), -1]
    ]
    found = pd.DataFrame(rows)
    return found.assign(low=found["accuracy"] - 0.02, high=found["accuracy"] + 0.02)


def points(axes):
    """Points of each series by its label."""
    return {bars.get_label(): bars.lines[0].get_xydata() for bars in axes.containers}


def ticks(axes):
    return {text.get_text(): place for place, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)}


def in_legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_0_has_a_place_left_of_a_logarithmic_axis():
    places = Places(np.array([3.0, 0.0, 0.03, 300.0]), True)
    assert places.logarithmic
    zero, smallest, largest = places.of(np.array([0.0, 0.03, 300.0]))
    assert 0 < zero < smallest == 0.03
    assert largest == 300
    assert [part.tolist() for part in places.segments(np.array([0.0, 0.03, 3.0]))] == [[0], [1, 2]]


@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0, 4.0], [-1.0, 1.0, 100.0], [0.0], [5.0, 5.0]])
def test_an_axis_is_linear_if_its_values_span_little_or_are_negative(values):
    places = Places(np.array(values), True)
    assert not places.logarithmic
    np.testing.assert_array_equal(places.of(np.array(values)), values)


def test_numbers_are_powers_of_ten_where_they_would_have_many_digits():
    assert number_texts([0.001, 0.03, 75.0]) == ["0.001", "0.03", "75"]
    assert number_texts([0.0, 1e-6, 3e-2]) == ["0", "$10^{-6}$", r"$3 \times 10^{-2}$"]
    assert number_texts([100, 100000]) == ["$10^{2}$", "$10^{5}$"]


def test_several_classifiers_of_several_series_have_a_panel_each():
    axis = Axis("hidden", [10.0, 10.0, 20.0, 20.0], LEARNERS + LEARNERS)
    figure = accuracy(table(4, ("lr", "rf", "svm")), [*CENTRES, *CENTRES], axis)
    assert [axes.get_title() for axes in figure.axes] == ["lr", "rf", "svm"]
    for axes in figure.axes:
        assert list(points(axes)) == ["autoencoder", "PCA"]
        np.testing.assert_allclose(points(axes)["PCA"][:, 1], [41, 43])
    assert in_legend(figure) == ["autoencoder", "PCA", "pixels"]


def test_series_differ_in_a_grey_print():
    axis = Axis("hidden", [10.0] * 8 + [20.0] * 8, 2 * [Label.of({"stride": number}) for number in range(8)])
    figure = accuracy(table(16), [Label.of({"stride": number}) for number in range(16)], axis)
    lines = [bars.lines[0] for bars in figure.axes[0].containers]
    assert len({(line.get_marker(), line.get_color()) for line in lines}) == 8


def test_settings_with_long_labels_are_below_each_other():
    labels = [Label.of({"hidden": (100, 50, 100), "start": "greedy", "layer": layer}) for layer in range(1, 8)]
    figure = accuracy(table(7), labels)
    (axes,) = figure.axes
    np.testing.assert_allclose(points(axes)["lr"][:, 0], 40 + np.arange(7))
    assert axes.get_xlabel() == "test accuracy (%)"
    assert len(axes.get_yticks()) == 7
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first setting is the upper one"


@pytest.mark.parametrize(("chance", "shown"), [(0.1, False), (0.27, True), (0.35, True), (0.9, False)])
def test_chance_is_shown_in_and_near_the_visible_range(chance, shown):
    figure = accuracy(table(2), CENTRES, None, chance)
    assert ("chance" in in_legend(figure)) == shown
    low, high = figure.axes[0].get_ylim()
    assert (low < 100 * chance < high) == shown


def test_a_gain_joins_pixels_and_features_of_each_classifier():
    figure = gain(table(1, ("lr", "rf")), 0.1)
    (axes,) = figure.axes
    np.testing.assert_allclose(points(axes)["features"][:, 0], [40, 40])
    np.testing.assert_allclose(points(axes)["pixels"][:, 0], [30, 30])
    assert [text.get_text() for text in axes.get_yticklabels()] == ["lr", "rf"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first classifier is the upper one"


def test_a_confusion_matrix_shows_shares_of_the_true_class():
    counts = pd.DataFrame([[3, 1], [0, 0]], index=["$a$", "b"], columns=["$a$", "b"])
    figure = confusion({"pixels": counts, "features": 2 * counts})
    for axes in figure.axes[:2]:
        np.testing.assert_allclose(axes.images[0].get_array(), [[75, 25], [0, 0]])
        assert [text.get_text() for text in axes.texts] == ["75", "25", "0", "0"]
        assert list(ticks(axes)) == [r"\$a\$", "b"], "the name of a class is not a formula"


@pytest.mark.parametrize("classes", [2, 12, 13, 60])
def test_a_confusion_matrix_with_many_classes_has_no_numbers(classes, tmp_path):
    names = [f"a class with a long name {number}" for number in range(classes)]
    figure = confusion({"pixels": pd.DataFrame(np.eye(classes, dtype=int), index=names, columns=names)})
    assert len(figure.axes[0].texts) == (classes**2 if classes <= 12 else 0)
    save(figure, [str(tmp_path / "figure.png")])


BETA = Axis("beta", [3.0, 0.0, 0.03, 300.0], [None] * 4)


def measured(values, measure="oriented_share"):
    found = pd.DataFrame({"setting": range(len(values)), "measure": measure, "mean": values})
    return found.assign(low=found["mean"] - 0.1, high=found["mean"] + 0.1)


def single(values, **about):
    rows = [
        {"setting": number, "value": value + 0.01 * k} | about for number, value in enumerate(values) for k in (0, 1)
    ]
    return pd.DataFrame(rows)


def test_a_sweep_has_panels_of_filters_reconstruction_and_accuracy():
    shares, variances = [0.5, 0.1, 0.2, 0.9], [0.8, 0.7, 0.6, 0.95]
    measures = pd.concat([measured(shares), measured(variances, "explained_variance")])
    singles = pd.concat([single(shares, measure="oriented_share"), single(variances, measure="explained_variance")])
    panels = measure_lines(measures, singles)
    panels["test accuracy (%)"] = accuracy_lines(table(4), single([0.4] * 4, classifier="lr"), {"lr": "LR"})
    figure = sweep(BETA, panels, {"test accuracy (%)": 0.29})
    filters, variance, accuracies = figure.axes
    zero, rest = (bars.lines[0].get_xydata() for bars in filters.containers)
    assert zero[0, 0] < rest[0, 0], "0 is left of all other values"
    np.testing.assert_allclose(zero[:, 1], [10])
    np.testing.assert_allclose(rest, [[0.03, 20], [3, 50], [300, 90]])
    assert all(list(ticks(axes)) == ["0", "0.03", "3", "300"] for axes in figure.axes)
    tops = [segment[:, 1].max() for bars in variance.containers for segment in bars.lines[2][0].get_segments()]
    assert max(tops) == pytest.approx(100), "no interval of a share exceeds 1"
    dots = [line for line in filters.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [8]
    assert in_legend(figure) == ["oriented", "explained variance", "LR", "pixels", "chance"]
    assert accuracies.get_ylabel() == "test accuracy (%)"


def test_a_sweep_leaves_out_what_no_setting_has(tmp_path):
    measures = pd.concat([measured([0.5, 0.1, 0.2, 0.9]), measured([np.nan] * 4, "explained_variance")])
    assert list(
        measure_lines(measures, single([], measure="")[[]].reindex(columns=["setting", "measure", "value"]))
    ) == ["filters (%)"]


def test_a_sweep_shows_what_is_known_of_one_repetition(tmp_path):
    measures = measured([0.5, 0.1, np.nan, 0.9]).assign(low=np.nan, high=np.nan)
    panels = measure_lines(measures, pd.DataFrame(columns=["setting", "measure", "value"]))
    figure = sweep(BETA, panels, {})
    save(figure, [str(tmp_path / "figure.pdf"), str(tmp_path / "figure.png")])
    shown = np.concatenate([bars.lines[0].get_xydata() for bars in figure.axes[0].containers])
    np.testing.assert_allclose(shown[:, 1], [10, 50, 90])


def test_a_sweep_of_a_study_without_measures_and_classifiers_is_drawn(tmp_path):
    save(sweep(BETA, {}, {}), [str(tmp_path / "figure.png")])


def history(errors, seconds=0.5, **columns):
    rows = len(errors)
    found = {"iteration": range(rows), "reconstruction": errors, "loss": [2 * error for error in errors]}
    return pd.DataFrame(found | {"seconds": seconds * np.arange(rows), "decay": 0.0, "sparsity": 0.0} | columns)


def test_convergence_shows_the_mean_over_repetitions_from_the_first_iteration_on():
    figure = convergence({LEARNERS[0]: [history([9.0, 4.0, 2.0]), history([9.0, 6.0, 3.0, 1.0])]})
    iterations, seconds = figure.axes
    *repetitions, mean = iterations.lines
    np.testing.assert_allclose(mean.get_xydata(), [[1, 5], [2, 2.5]])
    np.testing.assert_allclose(repetitions[1].get_xydata(), [[1, 6], [2, 3], [3, 1]])
    np.testing.assert_allclose(seconds.lines[-1].get_xydata()[[0, -1]], [[0.5, 5], [1, 2.5]])


def test_convergence_has_a_line_per_setting():
    figure = convergence({label: [history([9.0, 4.0, 2.0])] for label in LEARNERS})
    assert [line.get_label() for line in figure.axes[0].lines] == ["autoencoder", "PCA"]
    assert in_legend(figure) == ["autoencoder", "PCA"]
    assert figure.axes[0].get_ylabel() == "reconstruction error"


def test_convergence_shows_the_loss_of_learners_that_record_no_reconstruction_error():
    figure = convergence(
        {LEARNERS[0]: [history([9.0, 4.0])], LEARNERS[1]: [history([9.0, 4.0], reconstruction=np.nan)]}
    )
    np.testing.assert_allclose([line.get_ydata() for line in figure.axes[0].lines], [[8], [8]])
    assert figure.axes[0].get_ylabel() == "loss $J$"


@pytest.mark.parametrize("errors", [[9.0], [9.0, 4.0]])
def test_trainings_of_one_iteration_are_drawn(errors, tmp_path):
    for number, figure in enumerate((convergence({LEARNERS[0]: [history(errors)]}), terms(history(errors, decay=0.1)))):
        save(figure, [str(tmp_path / f"{number}.png")])


def test_the_terms_of_the_loss_are_lines_unless_they_are_0_or_unknown():
    figure = terms(history([9.0, 4.0, 2.0], decay=[0.1, 0.2, 0.3], sparsity=0.0))
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert list(lines) == ["loss $J$", "reconstruction error", "weight decay"]
    np.testing.assert_allclose(lines["weight decay"], [0.2, 0.3])
    np.testing.assert_allclose(lines["loss $J$"], [8, 4])


def test_the_speed_up_is_the_time_of_the_cpu_divided_by_that_of_the_graphics_processor():
    rows = [
        {"device": "card", "units": units, "patches": patches, "precision": "float32"}
        | {"cpu_seconds": units * patches / 1e6, "gpu_seconds": patches / 1e6}
        for units in (75, 300)
        for patches in (10000, 1000)
    ]
    ratios, times = speed_up(pd.DataFrame(rows)).axes
    few, many, _one = ratios.lines
    np.testing.assert_allclose(few.get_xydata(), [[1000, 75], [10000, 75]])
    np.testing.assert_allclose(many.get_xydata(), [[1000, 300], [10000, 300]])
    np.testing.assert_allclose(times.lines[0].get_xydata(), [[1000, 1], [10000, 10]])
    assert few.get_label() == "75 units, single precision"
