"""Variational, denoising and stacked autoencoders as learners, on real digits."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.decomposition import PCA

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.features.encodings import encoder_for
from lib.learners.registry import load
from lib.patches.normalisation import normalise, range_normaliser
from lib.study.learners import effective, model_of
from lib.study.settings import View
from tests.unit.study.test_validation import DEFAULT

torch = pytest.importorskip("torch")

ROOT = Path(__file__).parents[3]
STUDY = yaml.safe_load((ROOT / "config" / "generative.yaml").read_text(encoding="utf-8"))
DIGITS = ROOT.parent / "shared" / "data" / "mnist"
STATISTICS = range_normaliser(1, (0.0, 1.0))


def images(name):
    path = DIGITS / name
    if not path.is_file():
        pytest.skip(f"MNIST is not in {DIGITS}")
    content = gzip.decompress(path.read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784)


@pytest.fixture(scope="module")
def digits():
    """Training and test digits in [0, 1]."""
    files = ("train-images-idx3-ubyte.gz", 4_000), ("t10k-images-idx3-ubyte.gz", 500)
    return [normalise(images(name)[:count], STATISTICS, "float32") for name, count in files]


def model(network, **changes):
    return model_of_these(DEFAULT["defaults"] | STUDY["defaults"] | {"network": network} | changes, STUDY["networks"])


def model_of_these(settings, networks):
    settings = effective("made", settings, networks) | {"seed": 0}
    return model_of(settings["learner"], settings, networks)


def fitted(digits, network, **changes):
    made = model(network, **changes)
    return made, load(made.learner).fit(digits[0], made.arguments, np.random.default_rng(1), Compute())


@pytest.mark.parametrize(
    ("learner", "network", "parameters"),
    [
        ("variational", "dense_variational", 1_316_824),
        ("variational", "convolutional_variational", 550_629),
        ("convolutional", "stacked", 561_934),
    ],
)
def test_networks_of_the_lecture_have_its_numbers_of_parameters(learner, network, parameters):
    from lib.learners.convolutional import network_of

    made = network_of(model(network, learner=learner).arguments, 1)
    assert sum(value.numel() for value in made.parameters()) == parameters
    assert made.encoder.description.parameters + made.decoder.description.parameters == parameters


@pytest.fixture(scope="module")
def variational(digits):
    return fitted(digits, "dense_variational", learner="variational", epochs=2, batch_size=50)


def test_a_variational_autoencoder_learns_digits(digits, variational):
    made, training = variational
    learner, unseen = load("variational"), digits[1]
    first, last = training.history[0], training.history[-1]
    assert last.loss == pytest.approx(last.reconstruction + last.sparsity, rel=1e-6)
    assert last.loss < first.loss / 2
    bounds = learner.bounds(training.theta, made.arguments, STATISTICS)(unseen)
    assert -190 < bounds.elbo < bounds.importance < 0
    error = np.mean((learner.reconstruction(training.theta, made.arguments, STATISTICS, "cpu")(unseen) - unseen) ** 2)
    plane = PCA(2, random_state=0).fit(digits[0])
    assert error < np.mean((plane.inverse_transform(plane.transform(unseen)) - unseen) ** 2)
    codes = encoder_for(training.theta, made, STATISTICS, View(1, 28), "cpu")(unseen)
    assert codes.shape == (500, 20)
    assert learner.filters(training.theta, made.arguments, 784).shape == (500, 784)


def test_codes_are_means_and_samples_are_decoded_normal_codes(digits, variational):
    made, training = variational
    learner, unseen = load("variational"), digits[1]
    encode = encoder_for(training.theta, made, STATISTICS, View(1, 28), "cpu")
    codes = encode(unseen)
    assert encode(unseen).tobytes() == codes.tobytes(), "nothing is random"
    decoded = learner.decoded(training.theta, made.arguments, codes, 1)
    reconstructed = learner.reconstruction(training.theta, made.arguments, STATISTICS, "cpu")(unseen)
    np.testing.assert_allclose(decoded, reconstructed, atol=1e-6)
    samples = learner.sample(training.theta, made.arguments, 9, 1, np.random.default_rng(0))
    assert samples.shape == (9, 784)
    assert 0 <= samples.min() < 0.1 < 0.9 < samples.max() <= 1
    normal = np.random.default_rng(0).standard_normal((9, 20))
    np.testing.assert_array_equal(samples, learner.decoded(training.theta, made.arguments, normal, 1))


def test_the_divergence_alone_leaves_no_structure_in_the_codes(digits):
    few, spread = [digits[0][:1_000], digits[1]], {}
    for terms in ("reconstruction", "divergence"):
        made, training = fitted(few, "dense_variational", learner="variational", terms=terms, epochs=4, batch_size=50)
        codes = encoder_for(training.theta, made, STATISTICS, View(1, 28), "cpu")(digits[1])
        spread[terms] = np.std(codes, axis=0).mean()
    assert spread["divergence"] < 0.2
    assert spread["reconstruction"] > 5 * spread["divergence"]


def test_the_same_bits_again(digits):
    few = [digits[0][:200], digits[1]]
    for settings in (
        {"network": "dense_variational", "learner": "variational"},
        {"network": "denoising", "learner": "convolutional", "corruption": "random", "start": "greedy"},
    ):
        first, second = (fitted(few, **settings, epochs=2)[1] for _ in range(2))
        assert first.theta.tobytes() == second.theta.tobytes()


@pytest.mark.parametrize("start", ["random", "greedy"])
def test_a_stacked_autoencoder_can_be_tied(digits, start):
    few = [digits[0][:1_000], digits[1]]
    settings = {"learner": "convolutional", "start": start, "learning_rate": 0.001, "epochs": 8, "batch_size": 50}
    free, tied = (fitted(few, "stacked", tied=tied, **settings)[1] for tied in (False, True))
    assert len(free.theta) - len(tied.theta) == 784 * 300 + 300 * 150
    for training in (free, tied):
        assert training.history[-1].reconstruction < training.history[0].reconstruction
        assert training.history[-1].reconstruction < 0.09, "the mean digit has 0.067, and He's weights begin above 1"


def test_a_denoising_autoencoder_removes_noise_better_than_one_that_saw_none(digits):
    from lib.training.objectives import Corruption

    torch.manual_seed(0)
    noisy = Corruption("zeros", 0.3)(torch.tensor(digits[1])).numpy()
    errors = []
    for corruption in ("zeros", "none"):
        settings = {"learner": "convolutional", "corruption": corruption, "noise": 0.3, "epochs": 4}
        made, training = fitted(digits, "denoising", **settings)
        reconstruct = load("convolutional").reconstruction(training.theta, made.arguments, STATISTICS, "cpu")
        errors.append(np.mean((reconstruct(noisy) - digits[1]) ** 2))
    assert errors[0] < errors[1]


@pytest.mark.parametrize(("corruption", "noise"), [("zeros", 0.25), ("random", 0.25), ("gaussian", 0.25)])
def test_corrupted_patches_have_the_noise_of_the_training(corruption, noise):
    made = model("denoising", learner="convolutional", corruption=corruption, noise=noise)
    patches = np.linspace(0.1, 0.9, 40)[:, None] * np.ones((40, 784))
    state = torch.random.get_rng_state()
    learner = load("convolutional")
    noisy, same, other = (learner.corrupted(patches, made.arguments, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state), "other random numbers stay the same"
    np.testing.assert_array_equal(noisy, same)
    assert (noisy != other).any()
    difference = noisy - patches.astype(np.float32)
    if corruption == "gaussian":
        assert difference.std() == pytest.approx(noise, rel=0.02)
    else:
        assert np.mean(difference != 0) == pytest.approx(noise, abs=0.01)
    if corruption == "zeros":
        assert set(np.unique(noisy[difference != 0])) == {0}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"learner": "variational", "scaling": "range"}, "scaling is range, expected unit: variational reconstructs"),
        (
            {"learner": "variational", "network": "stacked"},
            "networks.stacked: the learner is variational, expected an ",
        ),
        ({"network": "one_block", "tied": True}, "networks.one_block: tied is true, expected dense layers alone"),
        ({"corruption": "dropout", "noise": 1}, "noise is 1, expected a share below 1: corruption is dropout"),
        ({"corruption": "zeros", "scaling": "deviation"}, "scaling is deviation, expected range or unit"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, sentence):
    settings = {"learner": "convolutional", "network": "stacked"} | changes
    networks = DEFAULT["networks"] | STUDY["networks"]
    with pytest.raises(StudyError, match=sentence):
        model_of_these(DEFAULT["defaults"] | STUDY["defaults"] | settings, networks)
