"""Pictures show the right images, in an order and on a scale that can be compared."""

import numpy as np
import pandas as pd
import pytest

from lib.display_layer import mosaic
from lib.figures.filters import (
    Measured,
    activity,
    default_mosaics,
    filter_note,
    filter_strip,
    means_of,
    on_scale,
    responses,
)
from lib.figures.pictures import classes, overview, percent
from lib.figures.reconstructions import Reconstruction, reconstructions
from lib.figures.style import save
from lib.study import contents
from lib.study.labels import Label
from tests.unit.hostile import MARKUP
from tests.unit.study.test_experiments import study

SIDE = 4


def measures(experiment, means, repetitions=1):
    """The table of measures, given the mean of each measure by setting."""
    rows = [
        {"experiment": experiment, "setting": setting, "measure": measure, "mean": mean, "repetitions": repetitions}
        for setting, values in means.items()
        for measure, mean in values.items()
    ]
    return pd.DataFrame(rows, columns=["experiment", "setting", "measure", "mean", "repetitions"])


def measured(found, table, strength=None, activation_std=0.1, channels=3):
    """Filters of every model, of increasing likeness, whose largest weight is the strength of the model."""
    generator = np.random.default_rng(0)
    filters, units = {}, {}
    for name, model in found.models.items():
        weights = generator.uniform(-1, 1, (model.layers[0], channels * SIDE**2))
        filters[name] = weights / np.abs(weights).max() * (strength or {}).get(name, 1.0)
        likeness = np.linspace(0, 1, model.layers[0])
        units[name] = pd.DataFrame({"edge_likeness": likeness, "activation_std": activation_std})
    return Measured(filters, units, table)


def model_of(found, experiment, setting):
    return found.experiments[experiment].combinations[setting].members[0][0]


def titles(figure):
    found = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes if axes.images]
    return [title.replace("\n", " ") for title in found]


def drawn(axes):
    return axes.images[0].get_array()


def test_the_overview_counts_what_it_shows():
    some = mosaic(np.zeros((4, 48), np.uint8), scale="none")
    assert titles(overview({"images": (16, some), "patches": (100, some)})) == ["16 images", "100 patches"]


@pytest.mark.parametrize(("share", "text"), [(0.574, "57 %"), (-1e-4, "0 %"), (-0.3, "< 0 %"), (1, "100 %")])
def test_shares_are_whole_percent(share, text):
    assert percent(share) == text


def tile(axes, rows, columns, row, column):
    """The colour in the middle of one image of a picture."""
    picture = drawn(axes)
    height, width = picture.shape[0] / rows, picture.shape[1] / columns
    return picture[int((row + 0.5) * height), int((column + 0.5) * width)].tolist()


def test_classes_have_their_first_image_of_every_split_below_their_name():
    images = np.repeat(np.arange(10, 70, 10, dtype=np.uint8)[:, np.newaxis], 48, axis=1)
    splits = {"train": (images, np.array([1, 0, 1, 0, 2, 2])), "test": (images, np.array([0, 0, 2, 2, 2, 0]))}
    figure = classes(splits, ["cat", "dog", "$ship$"])
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["cat", "dog", r"\$ship\$"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["train", "test"]
    shown = [[tile(axes, 2, 3, row, column)[0] for column in range(3)] for row in range(2)]
    assert shown == [[20, 10, 50], [10, 255, 30]], "a class without an image leaves its place white"


@pytest.mark.parametrize(("count", "names_in_rows"), [(1, [1]), (2, [2]), (12, [12]), (13, [7, 6]), (40, [12, 12])])
def test_many_classes_continue_in_further_rows(count, names_in_rows):
    split = (np.zeros((count, 16), np.uint8), np.arange(count))
    figure = classes({"train": split, "test": split}, [f"class {number}" for number in range(count)])
    assert [len(axes.get_xticklabels()) for axes in figure.axes] == names_in_rows


def test_names_of_classes_are_text_without_formulas_and_a_long_one_is_slanted(tmp_path):
    names = [*MARKUP.values(), "a_word_that_is_wider_than_an_image"][-12:]
    split = (np.zeros((1, 16), np.uint8), np.array([0]))
    figure = classes({"train": split, "test": split}, names)
    save(figure, [str(tmp_path / "figure.png")])
    labels = figure.axes[0].get_xticklabels()
    assert len(labels) == len(names)
    assert {label.get_rotation() for label in labels} == {30}


def reconstruction(label, scale=1.0, units=48, explained=0.5, shift=0.0):
    """Forty patches of which every second one has much contrast, and reconstructions with half of it."""
    patches = (
        np.random.default_rng(0).uniform(-1, 1, (40, units)) * np.where(np.arange(40) % 2, 1.0, 0.1)[:, np.newaxis]
    )
    pairs = np.stack([patches, 0.5 * patches]) * scale + shift
    return Reconstruction(Label.of(label), pairs.astype(np.float32), explained)


def test_reconstructions_have_the_scale_of_their_patches_whatever_the_range():
    models = [reconstruction({"rho": 0.1}), reconstruction({"beta": 3.0}, scale=0.4, shift=0.5, explained=np.nan)]
    figure = reconstructions(np.zeros((20, 48), np.uint8), models)
    assert titles(figure) == ["input", r"$\rho = 0.1$: explained variance 50 %", r"$\beta = 3$"]
    inputs, first, second = (drawn(axes) for axes in figure.axes)
    np.testing.assert_allclose(first.astype(int), second.astype(int), atol=1)
    inside = (inputs < 255).all(axis=2)
    np.testing.assert_allclose(first[inside], 127.5 + (inputs[inside] - 127.5) / 2, atol=2)


def test_patches_with_contrast_are_reconstructed():
    one = reconstruction({"rho": 0.1})
    inputs = drawn(reconstructions(np.zeros((20, 48), np.uint8), [one]).axes[0])
    expected = one.intensities(np.arange(1, 40, 2))[0]
    np.testing.assert_array_equal(inputs, mosaic(expected, scale="none", columns=20))


def test_without_a_reconstruction_there_are_only_patches():
    none = Reconstruction(Label(), np.empty((0, 0, 48), np.float32), np.nan)
    assert titles(reconstructions(np.zeros((20, 48), np.uint8), [none])) == ["input"]
    assert titles(reconstructions(np.zeros((20, 48), np.uint8), [none, reconstruction({"rho": 0.1})]))[0] == "input"


def test_a_note_has_the_shares_that_are_known():
    means = {"oriented_share": 0.57, "colour_share": 0.21, "effective_share": 0.1}
    means |= {"explained_variance": 0.854, "seconds": 3.0}
    table = measures("a", {0: means, 1: {"oriented_share": 0.5, "colour_share": np.nan}}, repetitions=3)
    lines = ["57 % oriented", "21 % opponent colours", "effective number 7.5", "explained variance 85 %", "mean of 3"]
    assert filter_note(means_of(table, "a", 0), 75).split("\n") == lines
    assert filter_note(means_of(table, "a", 1), 75).split("\n") == ["50 % oriented", "mean of 3"]
    assert filter_note(means_of(table, "a", 7), 75) == ""


def test_a_note_of_one_repetition_is_not_a_mean():
    assert filter_note(means_of(measures("a", {0: {"oriented_share": 0.5}}), "a", 0), 75) == "50 % oriented"


def test_filters_are_sorted_by_likeness_and_constant_units_come_last():
    found = study({})
    name = found.default[0]
    one = measured(found, measures("default", {}), activation_std=np.where(np.arange(75) < 70, 0.1, 0.0))
    order = [*range(69, -1, -1), *range(74, 69, -1)]
    np.testing.assert_array_equal(one.sorted(name), one.filters[name][order])


def test_a_common_scale_has_zero_in_the_middle():
    assert on_scale(np.array([[-2.0, 0.0, 1.0, 3.0]]), 2.0).tolist() == [[0, 128, 191, 255]]


def test_weak_filters_are_drawn_on_the_scale_of_the_reference_too():
    found = study({"lambda": {"vary": {"lambda": [1e-4, 1e-6, 1e-2]}}})
    reference, large, small = (model_of(found, "lambda", setting) for setting in range(3))
    table = measures("lambda", {number: {"oriented_share": number / 10} for number in range(3)})
    one = measured(found, table, {large: 1.0, reference: 0.5, small: 0.04})
    figure = filter_strip(found, "lambda", one)
    expected = [rf"$\lambda = {text}$" for text in ("10^{-6}", "0.0001", "0.01")]
    assert titles(figure) == [*expected, "$\\lambda = 0.01$ on the scale of $\\lambda = 0.0001$"]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["10 % oriented", "0 % oriented", "20 % oriented", ""]
    np.testing.assert_array_equal(drawn(figure.axes[3]), mosaic(on_scale(one.sorted(small), 0.5), scale="none"))


def test_a_collapsed_network_is_not_the_reference():
    found = study({"lambda": {"vary": {"lambda": [1e-2, 1e-4]}}})
    collapsed, other = (model_of(found, "lambda", setting) for setting in range(2))
    one = measured(found, measures("lambda", {}), {collapsed: 0.01})
    one.units[collapsed]["activation_std"] = 0.0
    expected = ["$\\lambda = 0.0001$", "$\\lambda = 0.01$", "$\\lambda = 0.01$ on the scale of $\\lambda = 0.0001$"]
    assert titles(filter_strip(found, "lambda", one)) == expected
    assert other == found.default[0]


def test_trained_filters_are_next_to_untrained_ones():
    found = study({"learners": {"vary": {"learner": ["autoencoder", "untrained"]}, "seeds": 3}})
    table = measures("learners", {0: {"oriented_share": 0.76}, 1: {"oriented_share": 0.0}}, repetitions=3)
    one = measured(found, table)
    figure = default_mosaics(found, one)
    ends = "oriented (mean of 3)"
    assert titles(figure) == [f"trained: 57 of 75 {ends}", f"untrained: 0 of 75 {ends}"]
    for axes, setting in zip(figure.axes, range(2), strict=True):
        np.testing.assert_array_equal(drawn(axes), mosaic(one.sorted(model_of(found, "learners", setting))))


@pytest.mark.parametrize(("means", "title"), [({"oriented_share": 0.5}, "5 of 10 oriented"), ({}, "10 filters")])
def test_a_default_model_without_a_twin_is_drawn_alone(means, title):
    found = study({}, learner="kmeans", hidden=[10])
    figure = default_mosaics(found, measured(found, measures("default", {0: means}), channels=1))
    assert titles(figure) == [title]


def test_what_excites_units_has_a_row_per_network_and_a_column_per_layer():
    vary = [{"hidden": [[75]]}, {"hidden": [[60, 5, 60], [10, 9, 4, 9, 10]], "layer": [1, 2]}]
    found = study({"depth": {"vary": vary}})
    deep = [model_of(found, "depth", setting) for setting in (1, 3)]
    generator = np.random.default_rng(0)
    excite = {name: generator.uniform(size=(sum(found.models[name].layers), 48)) for name in deep}
    one = measured(found, measures("depth", {1: {"explained_variance": 0.4}}))
    figure = responses(found, "depth", excite, one)
    assert titles(figure) == 2 * ["layer 1", "layer 2", "layer 3"]
    first, second, *_rest, last = figure.axes
    assert first.texts[0].get_text() == "60-5-60 units\nexplained variance 40 %"
    np.testing.assert_array_equal(drawn(first), mosaic(excite[deep[0]][:49]))
    np.testing.assert_array_equal(drawn(second), mosaic(excite[deep[0]][60:65]))
    np.testing.assert_array_equal(drawn(last), mosaic(excite[deep[1]][19:23]))


def test_mean_activations_of_sparse_models_are_next_to_their_target():
    vary = {"learner": ["autoencoder", "untrained"]}
    experiments = {"crops": {"vary": vary, "classifiers": []}, "judged": {"vary": vary}}
    assert "activity" not in contents.figures(study(experiments), "crops"), "a study that answers the tasks"
    found = study(experiments, learner="pca")
    assert "activity" in contents.figures(found, "crops")
    assert "activity" not in contents.figures(found, "judged")
    trained, untrained = (model_of(found, "crops", setting) for setting in (0, 1))
    one = measured(found, measures("crops", {}))
    of_units = {trained: np.linspace(0.2, 0.01, 75), untrained: np.full(75, 0.5)}
    for model, values in of_units.items():
        one.units[model]["mean_activation"] = values
    excite = {model: np.random.default_rng(0).uniform(size=(75, 48)) for model in of_units}
    figure = activity(found, "crops", excite, one)
    assert [axes.get_title() for axes in figure.axes[:2]] == ["autoencoder", "untrained network"]
    first, second, crops, _ = figure.axes
    assert [sum(bar.get_height() for bar in axes.patches) for axes in (first, second)] == [75, 75]
    (target,) = first.lines
    np.testing.assert_allclose(target.get_xdata(), found.models[trained].settings["rho"])
    assert not second.lines, "it has no target"
    np.testing.assert_array_equal(drawn(crops), mosaic(excite[trained][::-1][:49]))
