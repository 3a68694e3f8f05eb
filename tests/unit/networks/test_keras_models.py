"""The networks of the lecture in Keras have the same numbers of parameters and the same outputs as ours."""

import os
from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("keras", reason="Keras is not installed; it is needed for this comparison alone")

from lib.base.errors import StudyError  # noqa: E402
from lib.networks.convolutional import ConvNet  # noqa: E402
from lib.networks.keras_models import copy_weights, functional, sequential  # noqa: E402
from lib.networks.reading import read, read_classifier  # noqa: E402

NETWORKS = yaml.safe_load((Path(__file__).parents[3] / "config" / "networks.yaml").read_text())["networks"]


@pytest.mark.parametrize(
    ("name", "mode", "parameters"),
    [
        ("lecture", sequential, 1_199_882),
        ("lecture", functional, 1_199_882),
        ("inception", functional, 1_355_914),
    ],
)
def test_a_twin_has_the_parameters_and_the_outputs_of_the_network(name, mode, parameters, rng):
    layers = [*NETWORKS[name]["encoder"], *NETWORKS["dense_head"]["layers"]]
    network = ConvNet(read_classifier(layers, (1, 28, 28), 10), (1, 28, 28), seed=0).eval()
    model = mode(network.description)
    assert model.count_params() == network.description.parameters == parameters
    copy_weights(network, model)
    images = rng.normal(size=(4, 1, 28, 28)).astype(np.float32)
    with torch.no_grad():
        ours = network(torch.from_numpy(images)).numpy()
        theirs = model(images, training=False).cpu().numpy()
    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layers", [[{"convolution": 2, "kernel": 5, "padding": 1}], ["batch_normalisation"]])
def test_layers_without_a_twin_are_refused(layers):
    with pytest.raises(StudyError, match="layers, step 1"):
        sequential(read(layers, (1, 9, 9)))
