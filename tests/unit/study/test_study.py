"""What varies in an experiment decides the axis, the models and the figures that show it."""

import pytest

from lib.study import contents
from lib.study.labels import PIXELS_LABEL, Label
from tests.unit.study.test_experiments import study

AUTOENCODER, PCA = (Label.of({"learner": learner}) for learner in ("autoencoder", "pca"))


@pytest.mark.parametrize(
    ("vary", "axis"),
    [
        ({"stride": [4, 8]}, ("stride", [4.0, 8.0], [None, None])),
        ({"hidden": [[10], [20]]}, ("hidden", [10.0, 20.0], [None, None])),
        (
            {"learner": ["autoencoder", "pca"], "hidden": [[10], [20]]},
            ("hidden", [10.0, 20.0, 10.0, 20.0], [AUTOENCODER, AUTOENCODER, PCA, PCA]),
        ),
        ({"hidden": [[10]], "rho": [0.1, 0.2]}, ("rho", [0.1, 0.2], [None, None])),
        ({"learner": ["autoencoder", "pca"], "hidden": [[10]]}, None),
        ({"hidden": [[10], [9, 5, 9]]}, None),
        ({"centre": ["patch", "none"]}, None),
        ({"whiten": [True, False], "decoder": ["linear"]}, None),
        ({"rho": [0.1, 0.2], "beta": [1.0, 2.0]}, None),
    ],
)
def test_an_experiment_has_a_numeric_axis_if_one_number_varies(vary, axis):
    assert study({"a": {"vary": vary}}).axis("a") == axis


def test_models_of_a_sweep_are_shown_from_small_to_large():
    found = study({"a": {"vary": {"rho": [0.01, 0.3, 0.001]}}})
    assert list(map(str, found.pictured("a").values())) == ["rho 0.001", "rho 0.01", "rho 0.3"]
    assert [found.models[model].settings["rho"] for model in found.pictured("a")] == [0.001, 0.01, 0.3]
    assert str(found.label("a", 0)) == "rho 0.01", "the reference stays the first"
    assert found.label("a", -1) == PIXELS_LABEL


def test_the_axis_of_several_numbers_is_the_one_that_the_experiment_names():
    vary = {"stride": [8, 2], "pooling": [1, 2]}
    axis = study({"a": {"vary": vary, "axis": "pooling"}}).axis("a")
    strides = [Label.of({"stride": stride}) for stride in (8, 8, 2, 2)]
    assert axis == ("pooling", [1.0, 2.0, 1.0, 2.0], strides)


def test_numbers_that_are_always_equal_are_one_axis():
    learners = [Label.of({"learner": "kmeans"}), Label.of({"learner": "pca"})]
    vary = [{"learner": ["kmeans", "pca"], "hidden": [[size]], "maps": [size]} for size in (4, 8)]
    axis = study({"a": {"vary": vary}}).axis("a")
    assert axis == ("hidden", [4.0, 4.0, 8.0, 8.0], 2 * learners)
    other = [vary[0], vary[1] | {"maps": [9]}]
    assert study({"a": {"vary": other}}).axis("a") is None
    assert study({"a": {"vary": other, "axis": "maps"}}).axis("a") is None, "nothing differs in maps alone"


def test_a_named_axis_that_has_one_value_leaves_the_axis_to_the_number_that_varies():
    axis = study({"a": {"vary": {"stride": [8, 2], "pooling": [2]}, "axis": "pooling"}}).axis("a")
    assert axis == ("stride", [8.0, 2.0], [None, None])


def test_a_number_that_varies_in_few_settings_is_no_axis():
    few = [{"stride": [8, 2]}, {"centre": ["patch", "brightness"]}]
    assert study({"a": {"vary": few}}).axis("a") is not None, "8 and 2, and 8 again under other names"
    assert study({"a": {"vary": [*few, {"whiten": [True], "decoder": ["linear"]}]}}).axis("a") is None


def test_all_training_images_are_no_number_on_an_axis():
    assert study({"a": {"vary": {"labels": [0, 10, 30]}}}).axis("a") is None
    assert study({"a": {"vary": {"labels": [60, 10, 30]}}}).axis("a") == ("labels", [60.0, 10.0, 30.0], [None] * 3)


def test_convergence_is_compared_only_between_errors_of_the_same_kind():
    rates = {"learning_rate": [0.01, 0.1]}
    found = study(
        {
            "same": {"vary": {"activation": ["sigmoid", "relu"]}},
            "learners": {"vary": {"learner": ["autoencoder", "linear_autoencoder"]}},
            "units": {"vary": {"activation": ["sigmoid", "relu"], "whiten": [False, True], "decoder": ["linear"]}},
            "sizes": {"vary": {"activation": ["sigmoid", "relu"], "patch_size": [8, 6]}},
            "losses": {"set": {"learner": "linear_autoencoder"}, "vary": rates},
        }
    )
    shown = {name: "convergence" in contents.figures(found, name) for name in found.experiments if name != "default"}
    assert shown == {"same": True, "learners": False, "units": False, "sizes": False, "losses": True}
    assert contents.compares_convergence(found, "same")
    assert not contents.compares_convergence(found, "losses"), "the history of a linear autoencoder has no error"
    assert [found.has_one_unit(name) for name in ("same", "units", "sizes")] == [True, False, True]


def test_the_figures_of_an_experiment_follow_from_what_varies():
    three = {"rho": [0.1, 0.2, 0.3]}
    found = study(
        {
            "stride": {"vary": {"stride": [4, 8, 12]}},
            "two": {"vary": {"rho": [0.1, 0.2]}},
            "three": {"vary": three},
            "without": {"vary": three, "classifiers": []},
            "series": {"vary": three | {"centre": ["patch", "none"]}},
            "joined": {"vary": three | {"together": {"centre": ["patch", "none"]}}},
            "activation": {"vary": {"activation": ["sigmoid", "relu"]}},
            "depth": {"vary": {"hidden": [[10], [9, 5, 9]]}, "classifiers": []},
            "gain": {"vary": {"learner": ["autoencoder"]}},
            "one": {"vary": {"learner": ["pca"]}, "classifiers": ["random_forest"]},
        }
    )
    assert {name: contents.figures(found, name) for name in found.experiments} == {
        "default": ["classes", "mosaic", "reconstructions", "convergence", "confusion"],
        "stride": ["accuracy"],
        "two": ["filters", "accuracy"],
        "three": ["sweep", "filters"],
        "without": ["sweep", "filters", "reconstructions"],
        "series": ["filters", "accuracy"],
        "joined": ["accuracy"],
        "activation": ["filters", "convergence", "accuracy"],
        "depth": ["filters", "reconstructions", "responses"],
        "gain": ["gain"],
        "one": ["accuracy"],
    }
