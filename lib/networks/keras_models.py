"""The networks of layer descriptions as Keras models, in both of its modes: sequential, and functional with branches.

Keras is optional (`make keras`), and this module alone uses it. Its backend is PyTorch, so that both have the same
numbers: the variable KERAS_BACKEND has to be torch before Keras is imported. Images are (N, channels, height, width).
"""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
from torch import nn

from lib.base.errors import StudyError
from lib.networks.convolutional import ConvNet
from lib.networks.description import Branches, Description, Step
from lib.networks.steps import Activation, Convolution, Dense, Dropout, Flatten, MaxPooling

_ORDER = {"data_format": "channels_first"}


def sequential(description: Description) -> Any:
    """Return a `keras.Sequential` with logits as its output. Raises StudyError for layers that it cannot have."""
    layers = [_layer(step) for step in description.steps]
    return keras.Sequential([keras.Input(description.input_shape), *layers])


def functional(description: Description) -> Any:
    """Return a `keras.Model` with logits as its output; it can have branches. Raises StudyError for other layers."""
    images = keras.Input(description.input_shape)
    return keras.Model(images, _applied(description, images))


def copy_weights(network: ConvNet, model: Any) -> None:
    """Give a model of the same description the weights of a network.

    Keras keeps kernels of convolutions as (height, width, inputs, filters) and of dense layers as (inputs, units).
    """
    modules = [one for one in network.modules() if isinstance(one, (nn.Conv2d, nn.Linear))]
    steps = [step for step in network.description.all_steps() if isinstance(step.layer, (Convolution, Dense))]
    for module, step in zip(modules, steps, strict=True):
        kernel = module.weight.detach().numpy()
        kernel = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel.T
        bias = [] if module.bias is None else [module.bias.detach().numpy()]
        model.get_layer(_name(step)).set_weights([np.ascontiguousarray(kernel), *bias])


def _name(step: Step) -> str:
    """Return a name for the layer of a step: where the step is in the description."""
    return re.sub(r"\W+", "_", step.place).strip("_")


def _applied(description: Description, values: Any) -> Any:
    """Return the output of the layers of a description for symbolic values."""
    for step in description.steps:
        if isinstance(step.layer, Branches):
            outputs = [_applied(branch, values) for branch in step.layer.branches]
            join = keras.layers.Concatenate(axis=1) if step.layer.join == "concatenate" else keras.layers.Add()
            values = join(outputs)
        else:
            values = _layer(step)(values)
    return values


def _layer(step: Step) -> Any:
    """Return the Keras layer of a step."""
    name = _name(step)
    match step.layer:
        case Convolution() as layer if type(layer) is Convolution:
            options = {"strides": layer.stride, "dilation_rate": layer.dilation, "use_bias": layer.bias}
            padding = _padding(step, layer.kernel, layer.stride, layer.padding)
            return keras.layers.Conv2D(layer.filters, layer.kernel, padding=padding, name=name, **options, **_ORDER)
        case MaxPooling() as layer:
            padding = _padding(step, layer.kernel, layer.step, layer.padding)
            return keras.layers.MaxPooling2D(layer.kernel, layer.step, padding=padding, name=name, **_ORDER)
        case Dense(drop_connect=0.0) as layer:
            return keras.layers.Dense(layer.units, use_bias=layer.bias, name=name)
        case Dropout() as layer:
            return keras.layers.Dropout(layer.rate, name=name)
        case Flatten():
            return keras.layers.Flatten(name=name)  # row by row of each channel: no data_format, which would reorder
        case Activation() as layer if layer.function in ("relu", "sigmoid", "tanh", "elu"):
            return keras.layers.Activation(layer.function, name=name)
    raise StudyError(f"{step.place}: Keras models are made of convolutions, max poolings, dense layers and activations")


def _padding(step: Step, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> str:
    """Return Keras's word for a padding. Raises StudyError for one that it has no word for."""
    if padding == (0, 0):
        return "valid"
    if stride == (1, 1) and all(2 * margin + 1 == side for margin, side in zip(padding, kernel, strict=True)):
        return "same"
    raise StudyError(f"{step.place}: padding is {padding}, expected none, or as much as keeps the size at stride 1")
