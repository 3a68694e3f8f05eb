"""A convolutional autoencoder as a learner: encoder and decoder are layers that the configuration describes.

A patch is an image: where it is as large as the images, the learner sees whole images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import nan
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lib.base.devices import Compute
from lib.networks.description import AutoEncoder
from lib.patches.normalisation import Statistics, channels_of
from lib.study.networks import autoencoder_of, first_layer, stages_of
from lib.study.settings import RANGES, View
from lib.training.progress import stochastic_progress
from lib.training.result import Iteration, Recorder, Training

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lib.networks.convolutional import ConvAutoEncoder
    from lib.training.objectives import Corruption

PRECISION = "float32"
ON_GPU = True
ENCODED = 256  # patches that pass through a network at a time


def network_of(settings: Mapping[str, Any], channels: int, seed: int = 0) -> ConvAutoEncoder:
    """Return the network with its initial weights. settings: see `lib.study.settings.Model.arguments`."""
    from lib.networks.convolutional import ConvAutoEncoder

    described = autoencoder_of(settings, channels)
    shape, kind = described.encoder.input_shape, {"tied": settings.get("tied", False), "start": settings["initial"]}
    return ConvAutoEncoder(described.encoder, described.decoder, shape, seed, **kind)


def fitted(theta: np.ndarray, settings: Mapping[str, Any], channels: int) -> ConvAutoEncoder:
    """Return the network with its trained weights, for inference on the CPU."""
    from lib.networks.state import set_vector

    network = network_of(settings, channels)
    set_vector(network, theta)
    return network.eval()


def images_of(rows: Tensor, side: int) -> Tensor:
    """Return rows (N, side * side * channels), channels last, as images (N, channels, side, side).

    The channels stay last in memory, in which PyTorch convolves faster.
    """
    import torch

    images = rows.float().unflatten(1, (side, side, -1)).permute(0, 3, 1, 2)
    return images.contiguous(memory_format=torch.channels_last)


def rows_of(images: Tensor) -> Tensor:
    """Return images (N, channels, side, side) as rows (N, side * side * channels), channels last."""
    return images.permute(0, 2, 3, 1).flatten(1)


def initial(settings: Mapping[str, Any], width: int, rng: np.random.Generator) -> ConvAutoEncoder:
    """Return the network with random weights. width: values of a patch."""
    return network_of(settings, width // settings["patch_size"] ** 2, int(rng.integers(2**31)))


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on normalised patches (N, D). Row 0 of the history is the loss before the training, row k that of epoch k.

    With a corruption, the errors of the epochs are those of corrupted patches, and row 0 that of clean ones.
    """
    from lib.training.objectives import Reconstruction

    corruption = corruption_of(settings) if settings["corruption"] != "none" else None
    return train_with(
        Reconstruction(settings["error"], corruption=corruption), patches, settings, rng, compute, recorder
    )


def corruption_of(settings: Mapping[str, Any]) -> Corruption:
    """Return the noise that inputs get in training. settings: with a corruption other than none."""
    from lib.training.objectives import Corruption

    return Corruption(settings["corruption"], settings["noise"], *RANGES.get(settings["scaling"], ()))


def corrupted(patches: np.ndarray, settings: Mapping[str, Any], seed: int) -> np.ndarray:
    """Return normalised patches (M, D), float32, with the noise that inputs get in training, from a seed."""
    import torch

    rows = torch.from_numpy(np.array(patches, dtype=np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return rows_of(corruption_of(settings)(images_of(rows, settings["patch_size"]))).numpy()


def train_with(
    objective: Any,
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None,
) -> Training:
    """Train a network on normalised patches (N, D) with an objective; see `fit`.

    The number of threads would change the last bits of sums, so the CPU trains with one.
    """
    from lib.networks.state import vector_of
    from lib.training.examples import Examples
    from lib.training.inference import measured
    from lib.training.reproducibility import reproducible
    from lib.training.stochastic import Run, train

    network, side = initial(settings, patches.shape[1], rng), settings["patch_size"]
    examples = Examples(np.asarray(patches, np.float32), prepare=lambda rows: images_of(rows, side))
    compute, optimisation = Compute(compute.device, 1), optimisation_of(settings)
    seed, earlier = int(rng.integers(2**31)), Cost(0, 0.0)
    if settings.get("start") == "greedy":
        optimisation, earlier = start_greedily(network, examples, objective, optimisation, Run(seed, compute))
    with reproducible(compute, seed) as device:
        start = measured(network.to(device), objective, examples, device)
    run = Run(seed, compute, *progress_and_checkpoint(recorder, optimisation, len(patches)))
    found = train(network, objective, examples, None, optimisation, run)
    first = (start.error + start.sparsity, start.error, nan, start.sparsity, nan)
    history = [Iteration(0, earlier.updates, *first, earlier.seconds)]
    for row in found.history:
        terms = (row.loss, row.error, row.decay, row.sparsity, nan)
        cost = (earlier.updates + row.updates, earlier.seconds + row.seconds)
        history.append(Iteration(row.epoch, cost[0], *terms, cost[1]))
    last = history[-1]
    return Training(
        vector_of(network), last.loss, found.message, last.iteration, last.evaluations, last.seconds, history
    )


class Cost(NamedTuple):
    """What earlier stages of a training have cost: updates, and CPU seconds of the process."""

    updates: int
    seconds: float


def of_codes(objective: Any, codes: Any) -> Any:
    """Return an objective of images for their codes, an `Examples`: noise has the range of the codes, from 0 on.

    Black pixels become codes of 0, as in stacked denoising autoencoders (Vincent et al., JMLR 11, 2010).
    """
    if not (corruption := getattr(objective, "corruption", None)):
        return objective
    return replace(objective, corruption=replace(corruption, black=0.0, white=float(codes.inputs.max())))


def start_greedily(
    network: ConvAutoEncoder, examples: Any, objective: Any, optimisation: Any, run: Any
) -> tuple[Any, Cost]:
    """Train the layers of a network one after the other, outermost first, each on the codes of those before it.

    The stages share half of the epochs, at least one each. Returns the optimisation of the rest, for the whole network,
    and the cost of all stages (Bengio et al., "Greedy layer-wise training of deep networks", NIPS 2007).
    """
    from lib.networks.convolutional import ConvAutoEncoder
    from lib.networks.state import arrays_of, set_arrays
    from lib.training.examples import Examples
    from lib.training.inference import outputs
    from lib.training.reproducibility import device_of
    from lib.training.stochastic import train

    described = AutoEncoder(network.encoder.description, network.decoder.description)
    stages, shape = stages_of(described), network.encoder.description.input_shape
    epochs = max(1, optimisation.epochs // (2 * len(stages)))
    own = replace(optimisation, epochs=epochs)
    codes, first, last = examples, list[np.ndarray](), list[np.ndarray]()
    updates, start = 0, process_time()
    for number, (encoder, decoder) in enumerate(stages):
        own_objective = of_codes(objective, codes) if number else objective
        part = ConvAutoEncoder(encoder, decoder, shape, run.seed + number, network.tied, network.start)
        updates += train(part, own_objective, codes, None, own, run).history[-1].updates
        first, last = first + arrays_of(part.encoder), arrays_of(part.decoder) + last
        encode = part.encoder.to(device_of(run.compute))
        codes = Examples(np.concatenate(list(outputs(encode, codes, run.compute))))
        shape = part.code_shape
    set_arrays(network.encoder, first)
    set_arrays(network.decoder, last)
    rest = replace(optimisation, epochs=max(1, optimisation.epochs - epochs * len(stages)))
    return rest, Cost(updates, process_time() - start)


def optimisation_of(settings: Mapping[str, Any]) -> Any:
    """Return how a network with these settings of a learner is trained."""
    from lib.training.optimisation import Optimisation

    nesterov = settings["optimiser"] == "nesterov"
    return Optimisation(
        optimiser="sgd" if nesterov else settings["optimiser"],
        nesterov=nesterov,
        weight_decay=settings["lambda"],
        **{key: settings[key] for key in ("learning_rate", "momentum", "batch_size", "epochs")},
    )


def progress_and_checkpoint(recorder: Recorder | None, optimisation: Any, objects: int) -> tuple[Any, Any]:
    """Return what shows the progress of a training, and what keeps its state; None without a recorder."""
    from lib.training.checkpoints import checkpoint_of
    from lib.training.examples import batches

    if recorder is None or recorder.unfinished is None:
        return None, None
    checkpoint = checkpoint_of(recorder.unfinished.model, *recorder.unfinished.facts)
    recorder.kept.append(checkpoint)
    updates = len(batches(objects, optimisation.batch_size, 0))
    return stochastic_progress(optimisation.epochs, updates), checkpoint


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the filters of the first layer (units, D'), channels last; D' is that of a kernel for a convolution."""
    network = fitted(theta, settings, visible_size // settings["patch_size"] ** 2)
    step = first_layer(network.encoder.description)
    weights = network.encoder.steps[network.encoder.description.steps.index(step)].weight.detach()
    if weights.ndim == 2:  # of a dense layer, whose input is an image that was flattened channel by channel
        weights = weights.unflatten(1, network.encoder.description.input_shape)
    return rows_of(weights).numpy().astype(np.float64)


def encoder(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to codes (M, n), row by row of each channel."""
    network = fitted(theta, settings, channels_of(statistics))
    return _on_rows(network.encoder, lambda images: network.encode(images).values.flatten(1), settings, device)


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their reconstructions (M, D), on the host."""
    network = fitted(theta, settings, channels_of(statistics))
    return _on_rows(network, lambda images: rows_of(network(images)), settings, device)


def responses(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D) to the largest activation of each filter in them, (M, units).

    Activations are those of the first layer, after the activation function that follows it.
    """
    from lib.networks.steps import Activation

    network = fitted(theta, settings, channels_of(statistics))
    steps = network.encoder.description.steps
    end = steps.index(first_layer(network.encoder.description)) + 1
    end += end < len(steps) and isinstance(steps[end].layer, Activation)

    def largest(images: Tensor) -> Tensor:
        for module in network.encoder.steps[:end]:
            images = module(images)
        return images.flatten(2).amax(dim=2) if images.ndim == 4 else images

    return _on_rows(network, largest, settings, device)


def first_layers(
    theta: np.ndarray, settings: Mapping[str, Any], view: View, channels: int, side: int
) -> tuple[list[Any], list[np.ndarray]]:
    """Return the encoder as the first layers of a network on whole images: its steps and the arrays of its state.

    Raises ValueError if patches are smaller than the images.
    """
    from lib.networks.state import arrays_of

    if side != settings["patch_size"]:
        raise ValueError(
            f"patch_size is {settings['patch_size']}, expected {side}: the encoder has to see whole images"
        )
    network = fitted(theta, settings, channels)
    return network.encoder.description.plain(), arrays_of(network.encoder)


def _on_rows(
    network: nn.Module, function: Callable[[Tensor], Tensor], settings: Mapping[str, Any], device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from rows (M, D) to rows on the host. One thread: callers have their own."""
    import torch

    from lib.networks.state import move

    torch.set_num_threads(1)
    place = torch.device("cuda" if device == "gpu" else "cpu")
    move(network, place, torch.channels_last)

    def apply(patches: np.ndarray) -> np.ndarray:
        found = []
        with torch.inference_mode():
            for start in range(0, len(patches), ENCODED):
                rows = torch.from_numpy(np.array(patches[start : start + ENCODED], dtype=np.float32)).to(place)
                found.append(function(images_of(rows, settings["patch_size"])).cpu().numpy())
        return np.concatenate(found)

    return apply
