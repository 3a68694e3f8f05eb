"""The evaluations of a study as jobs: what classifiers read, and what they share."""

from lib.study.evaluated import evaluation_jobs
from lib.study.experiments import expand
from tests.unit.study.test_networks import HEAD, IMAGES, NETWORK
from tests.unit.study.test_validation import DEFAULT

KNOWN = DEFAULT["classifiers"]
ROTATED = "standardised_rotated"


def found(classifiers, defaults=None, vary=None):
    """The evaluations of one experiment by their names."""
    config = DEFAULT | {"classifiers": classifiers, "networks": DEFAULT["networks"] | HEAD}
    config |= {"defaults": DEFAULT["defaults"] | (defaults or {})}
    study = expand(config | {"experiments": {"one": {"vary": vary or {"stride": [8, 4]}}}})
    return study, {(one.features, one.classifier, one.view): one for one in evaluation_jobs(study, classifiers)}


def test_classifiers_share_objects_that_at_least_two_prepare_in_the_same_way():
    names = ("logistic_regression", "linear_svm", "random_forest")
    _, jobs = found({name: KNOWN[name] for name in names})
    assert {one.classifier: (one.preparation, one.rotates) for one in jobs.values()} == {
        **dict.fromkeys(names[:2], (ROTATED, False)),
        "random_forest": (None, False),
    }
    (pixels,) = {one.prepared for key, one in jobs.items() if key[0] == "pixels" and one.preparation}
    assert pixels == f"pixels/seed0/prepared/{ROTATED}"
    _, jobs = found({name: KNOWN[name] for name in (names[0], names[2])})
    alone = jobs["pixels", names[0], "seed0"]
    assert (alone.preparation, alone.prepared, alone.rotates) == (None, None, True), "nobody shares its objects"


def test_a_classifier_of_smaller_pixels_reads_reduced_images_and_shares_nothing():
    small = KNOWN["linear_svm"] | {"image_size": 32}
    _, jobs = found({"logistic_regression": KNOWN["logistic_regression"], "linear_svm": small})
    pixels = [jobs["pixels", name, "seed0"] for name in ("logistic_regression", "linear_svm")]
    assert [one.folders for one in pixels] == [("dataset",), ("dataset/reduced_32",)]
    assert [one.preparation for one in pixels] == [None, None], "they see different pixels"
    assert all(one.of_images and one.rotates for one in pixels)
    assert {one.preparation for one in jobs.values()} == {None}


def test_a_network_that_is_tuned_starts_from_the_model_and_reads_its_images():
    tuned = NETWORK | {"fine_tuned": True, "image_size": 32}
    study, jobs = found({"tuned": tuned}, IMAGES | {"stride": 32}, {"maps": [4, 8]})
    for (features, _, view), one in jobs.items():
        assert (one.folders, one.of_images, one.is_network) == (("dataset/reduced_32",), True, True)
        assert one.sees_images
        if features == "pixels":
            assert one.start is None
        else:
            assert one.start["model"]["settings"] == study.models[features].settings
            assert one.path == f"{features}/{view}/tuned"


def test_joined_features_are_read_from_the_folder_of_each_part():
    _, jobs = found(
        {"random_forest": KNOWN["random_forest"]},
        vary=[{"centre": ["patch"]}, {"together": {"centre": ["patch", "none"]}}],
    )
    (joined,) = (one for one in jobs.values() if "+" in one.features)
    assert len(joined.folders) == 2
    assert all(folder.startswith("features/autoencoder_") for folder in joined.folders)
    assert {one.folded for one in jobs.values()} == {True, False}, "the default features are evaluated on folds"
