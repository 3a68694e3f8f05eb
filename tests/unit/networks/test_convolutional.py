"""Convolutional networks and autoencoders: construction, code, weights in a file, weights of an encoder."""

import doctest
from pathlib import Path

import pytest

from lib.base.errors import StudyError

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
)

from lib.networks import convolutional  # noqa: E402
from lib.networks.convolutional import ConvAutoEncoder, ConvNet, load, save  # noqa: E402
from lib.networks.reading import read  # noqa: E402
from tests.unit.networks.lecture import CNN, INCEPTION, residual  # noqa: E402

ENCODER = [{"convolution": 4, "kernel": 3, "padding": 1}, {"max_pooling": 2}, "relu"]
DECODER = ["unpooling", {"transposed_convolution": 2, "kernel": 3, "padding": 1}, "tanh"]
SHAPE = (2, 7, 9)
NET = [*ENCODER, "batch_normalisation", residual(4), {"dropout": 0.5}, "flatten", {"dense": 3}]


def autoencoder(seed=0, encoder=ENCODER, decoder=DECODER):
    return ConvAutoEncoder(encoder, decoder, SHAPE, seed=seed)


def batch(count=5):
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(1))


def test_the_examples_for_notebooks_work():
    assert doctest.testmod(convolutional).failed == 0


def test_a_network_returns_logits():
    network = ConvNet([*NET], SHAPE, seed=0).eval()
    logits = network(batch())
    assert logits.shape == (5, 3)
    assert (logits.sum(dim=1) - 1).abs().min() > 1e-3, "softmax belongs to the loss"


def test_equal_seeds_give_equal_weights_and_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    one, same, other = (ConvNet(NET, SHAPE, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["layers.steps.0.weight"], other["layers.steps.0.weight"])


def test_an_autoencoder_encodes_and_decodes():
    network, images = autoencoder(), batch()
    code, places = network.encode(images)
    assert tuple(code.shape) == (5, *network.code_shape) == (5, 4, 3, 4)
    assert len(places) == 1
    assert torch.equal(network.decode(code, places), network(images))
    assert network(images).shape == images.shape
    assert network(images).abs().max() < 1


def test_a_decoder_with_unpooling_needs_the_places():
    network = autoencoder()
    with pytest.raises(ValueError, match="the decoder has unpooling but decode got 0 places of maxima, expected 1"):
        network.decode(network.encode(batch()).values)


def test_an_autoencoder_without_unpooling_needs_no_places():
    network = autoencoder(decoder=["flatten", {"dense": 126}, {"reshape": [2, 7, 9]}])
    code, places = network.encode(batch())
    assert places == ()
    assert torch.equal(network.decode(code), network(batch()))


def test_two_poolings_are_undone_last_in_first_out():
    encoder = [{"max_pooling": 2}, {"max_pooling": 3}]
    network = autoencoder(encoder=encoder, decoder=["unpooling", "unpooling"])
    images = batch()
    found = network(images)
    kept = found != 0
    assert torch.equal(found[kept], images[kept])
    # Each maximum of the coarse windows is where it was in the image.
    assert kept.sum() == 5 * 2 * 1 * 1
    assert torch.equal(found.amax((2, 3)), images[:, :, :6, :6].amax((2, 3)))


@pytest.mark.parametrize(
    "network",
    [
        lambda: ConvNet(CNN, (1, 28, 28)),
        lambda: autoencoder(decoder=["unpooling", {"transposed_convolution": 3, "kernel": 3, "padding": 1}]),
    ],
)
def test_layers_that_do_not_fit_are_refused(network):
    with pytest.raises(StudyError):
        network()


@pytest.mark.parametrize(
    "network",
    [
        lambda seed: ConvNet([INCEPTION, *NET], SHAPE, seed=seed),
        lambda seed: autoencoder(seed),
        lambda seed: ConvNet(read([{"dense": "classes"}], (4,), names={"classes": 3}), (4,), seed=seed),
    ],
    ids=["ConvNet", "ConvAutoEncoder", "named sizes"],
)
def test_a_network_is_read_from_its_file_as_it_was(tmp_path, network):
    path, again = tmp_path / "weights.safetensors", tmp_path / "again.safetensors"
    made = network(7).train()
    shape = made.described()["input_shape"]
    made(torch.rand(6, *shape))  # changes the averages of normalisations
    save(made, path)
    found = load(path)
    assert type(found) is type(made)
    assert found.described() == made.described()
    assert not found.training
    images = torch.rand(3, *shape)
    assert torch.equal(found(images), made.eval()(images))
    save(found, again)
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "empty", "no description", "other weights"])
def test_a_damaged_file_is_refused_by_name(tmp_path, damage):
    from safetensors.torch import save_file

    path = tmp_path / "weights.safetensors"
    save(autoencoder(), path)
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[:-10])
        case "empty":
            path.write_bytes(b"")
        case "no description":
            save_file(autoencoder().state_dict(), path)
        case "other weights":
            path.write_bytes(content.replace(b'\\"kernel\\": 3', b'\\"kernel\\": 5'))
    with pytest.raises(StudyError, match=r"weights\.safetensors: .*expected a network with its description"):
        load(path)


def test_the_code_of_the_documentation_runs(tmp_path, monkeypatch):
    text = (Path(__file__).parents[3] / "docs" / "explanation" / "networks.md").read_text(encoding="utf-8")
    section = text.split("## The classes in a notebook\n")[1].split("\n## ")[0]
    code = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    ") or not line)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert tuple(names["code"].shape) == (64, 8, 8, 8)
    assert torch.equal(names["same"](names["images"]), names["autoencoder"](names["images"]))
