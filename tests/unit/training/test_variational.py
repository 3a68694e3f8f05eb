"""Losses and bounds of variational autoencoders against sampling, and the noise of denoising ones."""

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
)

from lib.base.errors import StudyError  # noqa: E402
from lib.networks.convolutional import ConvAutoEncoder  # noqa: E402
from lib.networks.description import require_variational  # noqa: E402
from lib.networks.reading import read_autoencoder  # noqa: E402
from lib.training.objectives import Corruption  # noqa: E402
from lib.training.variational import Variational, bounds_of, divergence, posterior  # noqa: E402

SIDE = 4


def network(halved=True):
    encoder = ["flatten", {"dense": 8}, "elu", {"sampling": 2, **({} if halved else {"halved": False})}]
    decoder = [{"dense": 8}, "elu", {"dense": SIDE**2}, {"reshape": [1, SIDE, SIDE]}, "sigmoid"]
    return ConvAutoEncoder(encoder, decoder, (1, SIDE, SIDE), seed=1)


@pytest.fixture
def images():
    return torch.rand(20, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def sampled_divergence(law):
    """Return log q(z) - log p(z), (N,), as means over samples of the codes that a network draws."""
    generator = torch.Generator().manual_seed(2)
    noise = torch.randn(50_000, *law.mean.shape, generator=generator)
    codes = law.mean + law.deviation * noise
    return (0.5 * codes**2 - 0.5 * noise**2 - law.deviation.log()).sum(dim=2).mean(dim=0)


@torch.no_grad()
def test_the_divergence_is_that_of_the_sampled_codes_and_the_printed_form_contradicts_it(images):
    law = posterior(network(), images[:3])
    law = law._replace(log_variance=law.log_variance - 1, deviation=(0.5 * (law.log_variance - 1)).exp())
    torch.testing.assert_close(divergence(law.mean, law.log_variance), sampled_divergence(law), atol=0.03, rtol=0)
    printed = law._replace(deviation=law.log_variance.exp())
    assert (sampled_divergence(printed) - divergence(law.mean, law.log_variance)).abs().min() > 0.3
    assert divergence(torch.zeros(1, 2), torch.zeros(1, 2)).item() == 0


@torch.no_grad()
def test_a_sampling_layer_puts_out_samples_in_training_and_means_in_inference(images):
    for halved, factor in ((True, 0.5), (False, 1.0)):
        model = network(halved)
        law = posterior(model, images)
        torch.testing.assert_close(law.deviation, (factor * law.log_variance).exp())
        torch.testing.assert_close(model.eval().encode(images).values, law.mean)
        codes = torch.stack([model.train().encode(images).values for _ in range(500)])
        torch.testing.assert_close(codes.std(dim=0), law.deviation, rtol=0.2, atol=0)


@torch.no_grad()
def test_the_loss_is_the_negative_bound_and_its_terms_can_be_left_out(images):
    model = network()
    both = [Variational()(model, images, images) for _ in range(300)]
    mean = torch.stack([terms.measure for terms in both]).mean().item()
    bounds = bounds_of(model, images, samples=300)
    assert mean == pytest.approx(-bounds.elbo, abs=0.05)
    assert bounds.elbo == pytest.approx(-bounds.reconstruction - bounds.divergence)
    assert bounds.elbo < bounds.importance < 0
    assert bounds_of(model, images, samples=300) == bounds
    apart = divergence(*posterior(model, images)[:2]).mean()
    weighted = Variational("divergence", 0.5)(model, images, images)
    assert (weighted.error, weighted.measure) == (0, pytest.approx(0.5 * apart.item()))
    alone = Variational("reconstruction")(model, images, images)
    assert (alone.sparsity, alone.measure) == (0, alone.error)


def test_the_importance_weighted_bound_approaches_the_likelihood():
    """With one coding, the likelihood of an image is an integral over a line, which a sum gives."""
    decoder = [{"dense": 4}, {"reshape": [1, 2, 2]}, "sigmoid"]
    model = ConvAutoEncoder(["flatten", {"sampling": 1}], decoder, (1, 2, 2), seed=3)
    image = torch.tensor([[[[1.0, 0.0], [1.0, 1.0]]]])
    codes = torch.linspace(-8, 8, 4_001)[:, None]
    with torch.no_grad():
        pixels = model.decode(codes).flatten(1)
    shares = torch.where(image.flatten() == 1, pixels, 1 - pixels).prod(dim=1)
    density = torch.exp(-0.5 * codes[:, 0] ** 2) / np.sqrt(2 * np.pi)
    likelihood = np.log((shares * density).sum().item() * 16 / 4_000)
    bounds = bounds_of(model, image, samples=4_000)
    assert bounds.importance == pytest.approx(likelihood, abs=0.03)
    assert bounds.elbo < likelihood


def test_parts_that_are_not_variational_are_refused():
    code, output = {"sampling": 2}, [{"dense": 4}, {"reshape": [1, 2, 2]}]
    for encoder, decoder, found in (
        (["flatten", {"dense": 2}], [*output, "sigmoid"], "an encoder that ends with sampling"),
        (["flatten", code], output, "a decoder without unpooling that ends with sigmoid"),
    ):
        with pytest.raises(StudyError, match=f"the learner is variational, expected {found}"):
            require_variational(read_autoencoder(encoder, decoder, (1, 2, 2)))


def test_corruptions_follow_their_definition():
    torch.manual_seed(0)
    images = torch.full((200, 3, 8, 8), 0.5)
    added = Corruption("gaussian", 2.0)(images) - images
    assert added.mean().item() == pytest.approx(0, abs=0.05)
    assert added.std().item() == pytest.approx(2, rel=0.02)
    dropped = Corruption("dropout", 0.3)(images)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert dropped.max().item() == pytest.approx(0.5 / 0.7)
    black = Corruption("zeros", 0.1, -1.0, 1.0)(images)
    pixels = black == -1
    assert pixels.float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert (pixels.all(dim=1) == pixels.any(dim=1)).all(), "a pixel changes in all channels"
    assert (black[~pixels] == 0.5).all()
    random = Corruption("random", 0.1, -1.0, 1.0)(images)
    changed = random[random != 0.5]
    assert len(changed) / random.numel() == pytest.approx(0.1, abs=0.02)
    assert -1 <= changed.min() < -0.9
    assert 0.9 < changed.max() <= 1
