"""The report explains the layers that networks of the study have, whether a learner or a classifier trains them."""

import re

from lib.report.layer_claims import EXPLAINED, layer_macros, words_of
from lib.study.experiments import expand
from tests.unit.pages.test_explorer import NETWORK
from tests.unit.study.test_validation import CONFIG, DEFAULT

REPORT = CONFIG.parent / "report"
BLOCK = {
    "encoder": [{"convolution": 4, "kernel": 3, "dilation": 1}, "relu", {"branches": [[], ["relu"]], "join": "add"}],
    "decoder": [{"transposed_convolution": "channels", "kernel": 3}],
}
HEAD = {"layers": ["flatten", {"dense": "classes", "drop_connect": 0.5}]}
IMAGES = {"learner": "untrained_convolutional", "network": "one", "image_size": 8, "stride": 8, "scaling": "range"}


def test_macros_say_which_layers_the_networks_of_a_study_have():
    networks = {"one": BLOCK, "head": HEAD, "unused": {"layers": [{"dropout": 0.5}, {"dense": "classes"}]}}
    classifiers = DEFAULT["classifiers"] | {"tuned": DEFAULT["classifiers"]["random_forest"] | NETWORK}
    experiments = {"one": {"vary": {"network": ["one"]}, "classifiers": ["tuned"]}}
    config = DEFAULT | {"networks": networks, "classifiers": classifiers, "experiments": experiments}
    study = expand(config | {"defaults": DEFAULT["defaults"] | IMAGES})
    found = dict(re.findall(r"\\newcommand\{\\(\w+)\}\{(\d)\}", layer_macros(study, classifiers, networks)))
    assert set(found) == set(EXPLAINED)
    shown = {name for name, count in found.items() if count == "1"}
    assert shown == {"TransposedLayers", "DropConnectLayers", "DilatedLayers", "AddedBranches"}


def test_words_of_a_description_are_found_at_any_depth():
    assert words_of([{"branches": [["relu"], [{"dropout": 0.5}]]}]) == {"branches", "relu", "dropout"}
    assert words_of(None) == set()


def test_every_kind_of_layer_is_explained_in_each_language():
    for language in ("en", "ru"):
        text = (REPORT / language / "networks.tex").read_text(encoding="utf-8")
        assert all(f"\\ifnum\\{name}>0" in text for name in EXPLAINED), language
