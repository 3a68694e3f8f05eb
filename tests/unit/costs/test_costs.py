"""Estimated costs grow with the work, and follow the measured rates of a machine."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from lib.costs.amounts import kind_of, training_operations, weights_of
from lib.costs.estimates import Power, Rates
from lib.costs.rates import classifier_power, corrected, network_rate, powers_of, training_rates
from lib.costs.stored import rates_for
from lib.costs.work import WORK, Data, Fit, Work, trained_by, work_of
from lib.features.extraction import Grid, extract_features
from lib.sample_patches import Normaliser
from lib.study.configuration_files import read
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.learners import LEARNERS, model_of
from lib.study.schema import read_schema
from lib.study.settings import Classifier
from lib.study.validation import checked

CONFIGS = Path(__file__).parents[3] / "config"
CONFIG = yaml.safe_load((CONFIGS / "config.yaml").read_text())
DATA = Data({"train": 1000, "test": 500, "unlabeled": 2000}, 96, 3, 10, [100] * 10, 10**6)
UNIT = Power(1.0, 100, 100, 10, [2.0, 1.0, 1.0], 0.0)


def study(**defaults):
    return expand(CONFIG | {"defaults": CONFIG["defaults"] | defaults, "experiments": {}})


def rates(plan):
    kinds = {f"{kind_of(settings)}{end}": 1e-10 for settings in plan.models.values() for end in ("", ", fixed")}
    amounts = kinds | {"byte": 1e-9, "value": 1e-9, "product": 1e-11}
    return Rates({"train_model": 1.0, "classify": 3.0}, amounts, dict.fromkeys(CONFIG["classifiers"], UNIT), 1e8, {})


def job(plan, **more):
    model, view = plan.default
    settings = plan.models[model]
    names = {key: getattr(settings, key) for key in ("sample", "normaliser", "network")}
    return names | {"model": model, "view": view, "features": model, "split": "train", "image_size": "32"} | more


def seconds(rule, data=DATA, more=(), **defaults):
    plan = study(**defaults)
    wildcards = job(plan, classifier="random_forest", **dict(more))
    return rates(plan).seconds(work_of(rule, plan, data, wildcards))


@pytest.mark.parametrize("rule", ["sample_patches", "fit_normaliser", "train_model", "measure_filters"])
def test_more_patches_cost_more(rule):
    assert seconds(rule, patches=20000) > 1.8 * seconds(rule, patches=10000) > 0


def test_training_grows_with_iterations_and_units():
    assert seconds("train_model", iterations=800) > 1.9 * seconds("train_model", iterations=400)
    assert seconds("train_model", hidden=[150]) > 1.9 * seconds("train_model", hidden=[75])


@pytest.mark.parametrize("rule", sorted(WORK))
def test_more_images_cost_more_if_a_rule_reads_images(rule):
    more = Data({split: 2 * count for split, count in DATA.images.items()}, 96, 3, 10, DATA.folds, 2 * DATA.raw)
    patches_only = {"sample_patches", "fit_normaliser", "train_model", "measure_filters"}
    assert (seconds(rule, more) == seconds(rule)) == (rule in patches_only)


def test_features_cost_the_layers_up_to_their_own():
    hidden = [100, 50, 100]
    first, second = (seconds("extract_features", hidden=hidden, layer=layer) for layer in (1, 2))
    assert first == seconds("extract_features", hidden=[100])
    assert second > first


def test_the_disk_space_of_features_is_the_size_of_their_array():
    plan = study(stride=44)
    work = work_of("extract_features", plan, DATA, job(plan))
    images = np.zeros((2, 96 * 96 * 3), np.uint8)
    statistics = Normaliser(centre="none", mean=[0.0] * 3, std=[1.0] * 3, low=0.0, high=1.0)
    encode = lambda patches: np.zeros((len(patches), 75), np.float32)  # noqa: E731
    blocks = [block for _, block in extract_features(images, statistics, encode, Grid(8, 44, 75))]
    assert work.output == 750 * sum(block.nbytes for block in blocks)


def test_only_the_first_repetition_is_evaluated_on_folds():
    plan = expand(CONFIG)
    pixels = {
        seed: work_of("classify", plan, DATA, {"features": "pixels", "view": seed, "classifier": "random_forest"})
        for seed in ("seed0", "seed1")
    }
    assert [fit.objects for fit in pixels["seed0"].fits] == [1000] + [100] * 10
    assert [fit.objects for fit in pixels["seed1"].fits] == [1000]


def test_features_taken_together_have_the_sum_of_their_lengths():
    plan = expand(CONFIG)
    features = next(name for name, parts in plan.features.items() if len(parts) == 2)
    widths = [
        work_of("classify", plan, DATA, {"features": model, "view": view, "classifier": "logistic_regression"})
        .fits[0]
        .features
        for model, view in [features, *plan.features[features]]
    ]
    assert widths[0] == widths[1] + widths[2]


def test_a_classifier_of_smaller_pixels_has_fewer_features():
    changes = {"logistic_regression": CONFIG["classifiers"]["logistic_regression"] | {"image_size": 32}}
    plan = expand(CONFIG | {"classifiers": CONFIG["classifiers"] | changes})
    pixels = {"features": "pixels", "view": "seed0"}
    few, all_pixels = (
        work_of("classify", plan, DATA, pixels | {"classifier": name}).fits[0].features
        for name in ("logistic_regression", "random_forest")
    )
    assert (few, all_pixels) == (32 * 32 * 3, 96 * 96 * 3)


def test_a_classifier_of_few_labels_has_few_objects():
    plan = study(stride=44, labels=7)
    work = work_of("classify", plan, DATA, {**job(plan), "classifier": "random_forest"})
    assert {fit.objects for fit in work.fits} == {70}


def test_objects_are_rotated_only_if_features_outnumber_them():
    plan = study(stride=44)  # 3 x 3 patches of 75 units
    shared = {**job(plan), "preparation": "standardised_rotated"}
    few, many = (Data(DATA.images | {"train": count}, 96, 3, 10, [], 0) for count in (500, 1000))
    works = [work_of("prepare_objects", plan, data, shared) for data in (few, many)]
    assert works[0].amounts["product"] > works[1].amounts["product"] == 0
    assert works[0].output == 4 * (500 * (500 + 500) + 500 * 1000)
    assert works[1].output == 4 * (675 * (1000 + 500) + 3 * 2000 / 3 * 1000)


def test_patches_larger_than_the_images_are_refused():
    plan = study(patch_size=40, stride=40)
    with pytest.raises(ValueError, match="expected 1 to 32"):
        work_of("extract_features", plan, Data(DATA.images, 32, 3, 10, [], 0), job(plan))


def test_the_time_of_a_fit_grows_by_the_powers():
    assert UNIT.of(Fit("x", 200, 1, 300, 20)) == pytest.approx(4 * 3 * 2)
    assert Power(1.0, 100, 100, 10, [0, 0, 0], 0.5).of(Fit("x", 100, 4, 6, 10)) == pytest.approx(1 + 0.5 * 24)


def test_powers_come_from_the_last_problems_that_differ_in_one_size():
    measured = [((10, 10, 10), 5.0), ((20, 10, 10), 6.0), ((40, 10, 10), 24.0), ((40, 20, 10), 48.0)]
    assert powers_of(measured) == pytest.approx([2, 1, 1])
    assert powers_of(measured[:1]) == [1, 1, 1]


def test_an_unknown_rule_has_the_mean_start_up_time():
    assert rates(study()).startup_of("new") == 2.0
    assert work_of("new", study(), DATA, {}) == Work()


def test_longer_chains_and_more_epochs_take_longer():
    rbm = {"learner": "rbm", "epochs": 10}
    short, long, longer = (seconds("train_model", **rbm | more) for more in ({}, {"epochs": 20}, {"gibbs_steps": 7}))
    assert short < long < longer


@pytest.mark.parametrize(
    ("bounds", "factor"),
    [((10, 8, 12), 1), ((10, 20, 30), 2), ((10, 1, 5), 0.5), ((10, 20, 15), 2), ((0, 1, 2), 1)],
)
def test_corrections_reach_only_the_bounds_of_past_jobs(bounds, factor):
    assert corrected(*bounds) == factor


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (400, 96 * 96 * 3), dtype=np.uint8), np.arange(400) % 10


@pytest.mark.parametrize("path", ["sklearn.naive_bayes.GaussianNB", "sklearn.neighbors.KNeighborsClassifier"])
def test_any_classifier_can_be_measured(images, path):
    classifier = Classifier(path, {}, {}, standardise=True, rotate=False)
    power = classifier_power(*images, classifier, budget=0.0)
    assert (power.objects, power.features, power.powers) == (60, 500, [1, 1, 1])
    assert power.of(Fit("x", 60, 1, 500, 10)) > 0


def tuned(**parameters):
    """Return a study in which a network is fine-tuned on an encoder of images with 8 pixels, and trained on pixels."""
    path = {"class": "lib.classifiers.network.NetworkClassifier", "grid": {}, "fine_tuned": True}
    parameters = {"network": "head", "batch_size": 16, "epochs": 5, "validation": 0.1, "patience": 2} | parameters
    entry = path | {"standardise": False, "rotate": False, "image_size": 8, "parameters": parameters}
    head = ["flatten", {"dense": "classes"}]
    changes = {"learner": "untrained_convolutional", "patch_size": 8, "image_size": 8, "kernel": 3, "maps": 2}
    changes |= {"centre": "none", "scaling": "range"}
    networks = CONFIG["networks"] | {"head": {"layers": head}}
    settings = {"defaults": CONFIG["defaults"] | changes, "experiments": {}, "classifiers": {"network": entry}}
    return expand(CONFIG | settings | {"networks": networks})


def test_a_network_costs_what_its_own_layers_take_on_the_images_of_the_study(images):
    pytest.importorskip("torch")
    plan = tuned()
    networks, others = trained_by(plan, DATA)
    assert others == []
    assert min(len(network.steps) for network in networks.values()) == 2, "on pixels, the layers of its own"
    largest = max(networks.values(), key=lambda network: network.multiply_adds)
    assert (largest.shape, largest.classes, largest.batch_size) == ((3, 8, 8), 10, 16)
    (model,) = plan.models
    job = {"features": model, "view": plan.default[1], "classifier": "network"}
    rate = network_rate(*images, largest)
    work = work_of("classify", plan, DATA, job)
    all_images = 1000 + 10 * 100  # and those of ten folds
    assert work.amounts == {largest.rate: 3.0 * largest.multiply_adds * all_images * 5}
    assert 0 < rate < 1e-6
    assert work_of("classify", tuned(epochs=10), DATA, job).amounts == {largest.rate: 2 * work.amounts[largest.rate]}


def test_a_network_that_was_not_measured_costs_per_multiplication_what_others_do():
    plan = tuned()
    rates, _ = trained_by(plan, DATA)
    stored = {"startup": {}, "memory": 0, "written": {}, "classifiers": {}}
    found = rates_for(plan, {}, DATA, stored | {"amounts": {"network a": 1e-9, "network b": 3e-9}}).amounts
    assert {found[name] for name in rates} == {2e-9}


def test_the_rates_of_a_network_are_those_on_images_of_one_size():
    names = [set(trained_by(tuned(**changes), DATA)[0]) for changes in ({}, {"epochs": 9}, {"batch_size": 1})]
    assert names[0] == names[1]
    assert not names[0] & names[2]


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGS.glob("*.yaml") if path.stem != "schema"))
def test_every_classification_of_the_studies_that_come_along_has_a_cost(name):
    changes = extended(read(CONFIGS / name), CONFIGS.parent, CONFIG)
    plan = expand(checked(changes, read_schema(CONFIGS / "schema.yaml"), CONFIG))
    networks, others = trained_by(plan, DATA)
    for features, view, classifier in plan.evaluations:
        work = work_of("classify", plan, DATA, {"features": features, "view": view, "classifier": classifier})
        assert bool(work.fits) != bool(work.amounts)
        assert {fit.classifier for fit in work.fits} <= set(others)
        assert set(work.amounts) <= set(networks)


def test_a_described_learner_can_be_measured(images):
    pytest.importorskip("torch")
    changes = {"learner": "convolutional", "patch_size": 8, "kernel": 3, "maps": 2, "epochs": 7}
    (model,) = expand(CONFIG | {"experiments": {}, "defaults": CONFIG["defaults"] | changes}).models.values()
    found = training_rates(images[0], model, 1)
    assert set(found) == {kind_of(model), f"{kind_of(model)}, fixed"}
    assert sum(found.values()) > 0
    # at every pixel each filter, of 3x3 pixels in 3 channels, in the encoder and in the decoder; padding widens it
    assert weights_of(model, 192) == (10 * 10 + 10 * 10) * 2 * 27
    assert training_operations(model, 192) == 6.0 * 10_000 * weights_of(model, 192) * 7


def test_a_learner_that_diverges_on_other_patches_can_be_measured(images):
    settings = {key: CONFIG["defaults"][key] for key in LEARNERS["hebbian"].settings if key != "seed"}
    changes = {"rule": "sanger", "learning_rate": 5.0, "seed": 0, "hidden": [50], "patch_size": 12}
    found = training_rates(images[0], model_of("hebbian", settings | changes), 1)
    assert sum(found.values()) > 0


@pytest.mark.parametrize("learner", ["pca", "ica"])
def test_learners_that_need_as_many_directions_as_units_can_be_measured_on_whole_images(learner):
    images = np.random.default_rng(0).integers(0, 256, size=(40, 96 * 96 * 3), dtype=np.uint8)
    settings = {key: CONFIG["defaults"][key] for key in LEARNERS[learner].settings if key != "seed"}
    model = model_of(learner, {**settings, "seed": 0, "hidden": [1024], "patch_size": 24})
    found = training_rates(images, model, 1)
    assert sum(found.values()) > 0


@pytest.mark.parametrize("learner", ["autoencoder", "pca", "hebbian", "rbm"])
def test_any_learner_can_be_measured(images, learner):
    settings = {key: CONFIG["defaults"][key] for key in LEARNERS[learner].settings if key != "seed"}
    model = model_of(learner, {**settings, "seed": 0, "hidden": [5], "patch_size": 4})
    found = training_rates(images[0], model, 1)
    assert set(found) == {kind_of(model), f"{kind_of(model)}, fixed"}
    assert sum(found.values()) > 0
