"""A network as a classifier, behind the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.classifiers.images import Images, Start
from lib.classifiers.preparation import held_out_part
from lib.networks.description import require_means
from lib.networks.reading import read_classifier
from lib.patches.normalisation import normalise
from lib.sample_patches import side_of
from lib.study.networks import BATCH_SIZE, EPOCHS
from lib.training.optimisation import NetworkRecord, Optimisation
from lib.training.progress import stochastic_progress


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Layers that a configuration describes, trained with the cross-entropy on mini-batches.

    Parameters
    ----------
    network : list of steps, see `lib.networks.reading`; the name ``classes`` stands for the number of classes.
    optimiser, learning_rate, momentum, nesterov, weight_decay, schedule : see
        `lib.training.optimisation.Optimisation`.
    batch_size, epochs, patience, averaged_epochs : see `lib.training.optimisation.Optimisation`.
    validation : share of the training objects that are held out, to validate the network after each epoch.
    shift, mirror : distortions of the images in training, see `lib.training.augmentation.Augmentation`.
    images : how rows of pixels become images, and the encoder that becomes the first layers, see
        `lib.classifiers.parameters.seeing_images`; None for rows of features.
    random_state : seed of the weights and of the batches.
    device : "cpu", or "gpu" for a GPU that PyTorch can use; the workflow sets it by the resources of the job.

    Attributes
    ----------
    classes_ : (K,) labels of the classes.
    network_ : `lib.networks.convolutional.ConvNet`, trained.
    record_ : `lib.training.optimisation.NetworkRecord`, what is known about the training.
    """

    def __init__(
        self,
        network: Sequence[Any] = ("flatten", {"dense": "classes"}),
        optimiser: str = "adam",
        learning_rate: float = 0.001,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 1e-4,
        schedule: str = "constant",
        batch_size: int = BATCH_SIZE,
        epochs: int = EPOCHS,
        patience: int = 0,
        averaged_epochs: int = 0,
        validation: float = 0.0,
        shift: int = 0,
        mirror: bool = False,
        images: Mapping[str, Any] | None = None,
        random_state: int | None = None,
        device: str = "cpu",
    ) -> None:
        self.network = network
        self.optimiser = optimiser
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.averaged_epochs = averaged_epochs
        self.validation = validation
        self.shift = shift
        self.mirror = mirror
        self.images = images
        self.random_state = random_state
        self.device = device

    @property
    def optimisation(self) -> Optimisation:
        """The optimisation that the parameters describe. Raises StudyError for values without a meaning."""
        keys = (
            *("optimiser", "learning_rate", "momentum", "nesterov", "weight_decay", "schedule"),
            *("batch_size", "epochs", "patience", "averaged_epochs"),
        )
        return Optimisation(**{key: getattr(self, key) for key in keys})

    def load_libraries(self) -> None:
        """Import PyTorch, which takes seconds, so that it does not count as training."""
        import lib.training.stochastic  # noqa: F401

    def check(self, shape: tuple[int, ...], classes: int) -> None:
        """Raise StudyError for parameters without a meaning, and for layers that do not fit objects of a shape."""
        require_means(read_classifier(self.network, shape, classes), self.batch_size)
        if self.optimisation.patience and not 0 < self.validation < 1:
            raise StudyError(f"validation is {self.validation}, expected above 0 and below 1: patience needs it")
        if not (isinstance(self.shift, int) and 0 <= self.shift < shape[-1]):
            raise StudyError(f"shift is {self.shift}, expected a whole number of pixels from 0 to {shape[-1] - 1}")
        if (self.shift or self.mirror) and len(shape) != 3:
            raise StudyError("shift or mirror is set but the network sees rows of features, expected images")

    def fit(self, objects: np.ndarray, labels: np.ndarray, groups: np.ndarray | None = None) -> NetworkClassifier:
        """Train on objects (N, D) with labels (N,), and leave the network on the CPU.

        Raises StudyError for layers that do not fit the objects, and if a GPU is asked for that is not there.

        groups: (N,) equal for objects that the validation must not separate, such as an image and its mirror image.
        """
        from lib.networks.convolutional import ConvNet
        from lib.networks.state import set_arrays
        from lib.training.examples import batches
        from lib.training.inference import measured
        from lib.training.objectives import classification
        from lib.training.reproducibility import device_of
        from lib.training.stochastic import Run, train

        self.classes_, numbers = np.unique(labels, return_inverse=True)
        seed, width = self.random_state or 0, objects.shape[1]
        self._seen = Images.of(self.images) if self.images else None
        shape: tuple[int, ...] = (width,)
        start = Start([], [])
        if self._seen:
            side = side_of(width, self._seen.channels)
            shape, start = (self._seen.channels, side, side), self._seen.start(side)
        layers = read_classifier([*start.steps, *self.network], shape, len(self.classes_))
        self.network_ = ConvNet(layers, shape, seed)
        set_arrays(self.network_, start.state)
        training, validation = self._parts(numbers, seed, groups)
        examples = self._examples(objects[training], numbers[training])
        held_out = self._examples(objects[validation], numbers[validation]) if len(validation) else None
        updates = len(batches(len(training), self.batch_size, seed))
        compute, seen = Compute(self.device), self._distorted(examples)
        run = Run(seed, compute, stochastic_progress(self.epochs, updates))
        fitted = train(self.network_, classification, seen, held_out, self.optimisation, run)
        place = device_of(compute)
        accuracy = measured(self.network_.to(place), classification, examples, place).measure
        self.network_.to("cpu")
        self.record_ = NetworkRecord(layers.parameters, layers.multiply_adds, accuracy, fitted.best, fitted.history)
        return self

    def predict_proba(self, objects: np.ndarray) -> np.ndarray:
        """Return the probability of each class (N, K) for objects (N, D)."""
        import torch

        from lib.training.inference import outputs
        from lib.training.reproducibility import device_of

        compute = Compute(self.device)
        network = self.network_.to(device_of(compute))

        def probabilities(inputs: Any) -> Any:
            return torch.softmax(network(inputs).double(), dim=1)

        found = np.concatenate(list(outputs(probabilities, self._examples(objects), compute)))
        network.to("cpu")
        return found

    def predict(self, objects: np.ndarray) -> np.ndarray:
        """Return the most probable class (N,) of objects (N, D)."""
        return self.classes_[self.predict_proba(objects).argmax(axis=1)]

    def _parts(self, numbers: np.ndarray, seed: int, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows to learn from and those to validate on; each class has its share of both."""
        if not self.validation:
            rows = np.arange(len(numbers))
            return rows, rows[:0]
        return held_out_part(numbers, self.validation, seed, groups)

    def _distorted(self, examples: Any) -> Any:
        """Return the examples as the training sees them, with the distortions of the images."""
        from lib.training.augmentation import Augmentation
        from lib.training.examples import as_floats

        if self._seen is None or not (self.shift or self.mirror):
            return examples
        distort = Augmentation(self.shift, self.mirror)
        return replace(examples, prepare=lambda images: distort(as_floats(images)))

    def _examples(self, objects: np.ndarray, numbers: np.ndarray | None = None) -> Any:
        """Return objects (N, D) as the training takes them: normalised images, or rows of features."""
        from lib.training.examples import Examples

        if self._seen is None:
            return Examples(np.ascontiguousarray(objects, dtype=np.float32), numbers)
        rows, channels = normalise(np.asarray(objects), self._seen.statistics, "float32"), self._seen.channels
        side = side_of(rows.shape[1], channels)
        images = rows.reshape(-1, side, side, channels).transpose(0, 3, 1, 2)
        return Examples(np.ascontiguousarray(images), numbers)
