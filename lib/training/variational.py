"""The loss of a variational autoencoder, and bounds of the likelihood that it gives to images, in nats.

Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014: log p(x) is at least the evidence lower bound
E_q[log p(x | z)] − KL(q(z | x) ‖ p(z)). The prior is p(z) = N(0, I). p(x | z) is Bernoulli for each pixel: an intensity
in [0, 1] counts as the share of white. All terms are sums over pixels or codings and means over images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.networks.convolutional import ConvAutoEncoder
from lib.networks.modules import GaussianSampling, Posterior
from lib.training.objectives import Terms

TERMS = ("both", "reconstruction", "divergence")


def posterior(network: ConvAutoEncoder, images: Tensor) -> Posterior:
    """Return the law q(z | x) of the codes of images (N, channels, rows, columns)."""
    *steps, sampling = network.encoder.steps
    for module in steps:
        images = module(images)
    assert isinstance(sampling, GaussianSampling)
    return sampling.posterior(images)


def logits(network: ConvAutoEncoder, codes: Tensor) -> Tensor:
    """Return what the decoder puts out for codes (N, codings) before its last step, a sigmoid."""
    for module in list(network.decoder.steps)[:-1]:
        codes = module(codes)
    return codes


def cross_entropy(found: Tensor, images: Tensor) -> Tensor:
    """Return −log p(x | z) of images (N, ...), (N,), in nats; found: the logits of their pixels."""
    return functional.binary_cross_entropy_with_logits(found, images, reduction="none").flatten(1).sum(dim=1)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ (σ² + μ² − 1 − log σ²), (N,), in nats."""
    return 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum(dim=1)


@dataclass(frozen=True)
class Variational:
    """Reconstruction error and divergence of a variational autoencoder; their sum, the loss, is the measure.

    terms: "both", or the one of "reconstruction" and "divergence" that is minimised alone; the other one counts as 0.
    weight: of the divergence; 1 makes the loss the negative evidence lower bound.
    """

    terms: str = "both"
    weight: float = 1.0

    def __call__(self, network: nn.Module, inputs: Tensor, targets: Tensor) -> Terms:
        assert isinstance(network, ConvAutoEncoder)
        law = posterior(network, inputs)
        error = cross_entropy(logits(network, law.sample()), targets).mean()
        apart = self.weight * divergence(law.mean, law.log_variance).mean()
        error, apart = error * (self.terms != "divergence"), apart * (self.terms != "reconstruction")
        return Terms(error, (error + apart).detach(), apart)


class Bounds(NamedTuple):
    """What a variational autoencoder gives images, means over them in nats.

    Attributes
    ----------
    elbo : the evidence lower bound of log p(x), minus reconstruction minus divergence.
    reconstruction : −E_q[log p(x | z)].
    divergence : KL(q(z | x) ‖ p(z)) of the law that is sampled.
    importance : log of the mean of p(x | z) p(z) / q(z | x) over samples, a tighter bound (Burda et al., "Importance
        weighted autoencoders", ICLR 2016).
    """

    elbo: float
    reconstruction: float
    divergence: float
    importance: float


@torch.no_grad()
def bounds_of(network: ConvAutoEncoder, images: Tensor, samples: int = 50, seed: int = 0) -> Bounds:
    """Return the bounds of images (N, channels, rows, columns) in [0, 1].

    They come from a number of samples of the codes of each image.
    """
    network.eval()
    sums = torch.zeros(3, dtype=torch.float64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for part in images.split(100):
            law = posterior(network, part)
            spread = divergence(law.mean, 2 * law.deviation.log())
            errors, weights = [], []
            for _ in range(samples):
                noise = torch.randn_like(law.mean)
                codes = law.mean + law.deviation * noise
                errors.append(cross_entropy(logits(network, codes), part))
                # log p(z) − log q(z | x), where the constants of the two normal laws cancel
                ratio = (0.5 * noise**2 - 0.5 * codes**2 + law.deviation.log()).sum(dim=1)
                weights.append(ratio - errors[-1])
            importance = torch.stack(weights).logsumexp(dim=0) - math.log(samples)
            rows = torch.stack([torch.stack(errors).mean(dim=0), spread, importance])
            sums += rows.double().sum(dim=1)
    error, spread_mean, importance_mean = (sums / len(images)).tolist()
    return Bounds(-error - spread_mean, error, spread_mean, importance_mean)
