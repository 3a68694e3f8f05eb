"""What people read for settings and labels: in the language in use, for LaTeX, for Matplotlib or as plain text.

One table says what each setting is called and how its values are shown. A setting that it does not have, such as one
of a new learner, goes by its key with spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from lib.study.labels import Label
from lib.study.settings import as_text
from lib.words.language import _, decimal_mark, ngettext
from lib.words.latex import escape


class Form(Enum):
    """What text is written for."""

    PLAIN = auto()  # pages, and labels next to text of users
    LATEX = auto()
    MATPLOTLIB = auto()  # formulas between dollars


@dataclass(frozen=True)
class Symbol:
    """A symbol in formulas: its command of LaTeX and of Matplotlib, and its character."""

    command: str
    character: str


SYMBOLS = {"rho": Symbol(r"\rho", "ρ"), "lambda": Symbol(r"\lambda", "λ"), "beta": Symbol(r"\beta", "β")}


@dataclass(frozen=True)
class Wording:
    """What people read for one setting.

    Attributes
    ----------
    name : of the setting with its unit, for axes and lists of settings; a symbol of `SYMBOLS` replaces it.
    number : text that holds a value where it is a number, with "{value}", given that number (for its plural).
    words : text of a value, by its text in the configuration.
    """

    name: str
    number: Callable[[int], str] | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def _of_networks() -> dict[str, Wording]:
    """Return the wording of settings of a learner itself. A function: a language may be chosen after the import."""
    return {
        "learner": Wording(
            _("learner"),
            words={
                "autoencoder": _("autoencoder"),
                "untrained": _("untrained network"),
                "random_patches": _("random patches"),
                "pca": _("PCA"),
                "ica": _("ICA"),
                "kmeans": _("k-means"),
                "convolutional": _("convolutional autoencoder"),
                "untrained_convolutional": _("untrained convolutional network"),
                "linear_autoencoder": _("linear autoencoder"),
                "hebbian": _("Hebbian learning"),
                "rbm": _("Boltzmann machine"),
                "variational": _("variational autoencoder"),
                "pixels": _("pixels"),
            },
        ),
        "hidden": Wording(_("hidden units"), lambda count: ngettext("{value} unit", "{value} units", count)),
        "activation": Wording(_("activation"), words={"sigmoid": _("sigmoid"), "relu": "ReLU"}),
        "decoder": Wording(
            _("output layer"), words={"sigmoid": _("sigmoid output layer"), "linear": _("linear output layer")}
        ),
        "penalty": Wording(_("form of the sparsity term"), words={"kl": _("KL term"), "l1": _("L1 term")}),
        "sparsity": Wording(
            _("sparsity term"),
            words={"all": _("sparse in all layers"), "narrowest": _("sparse in the narrowest layer")},
        ),
        "start": Wording(_("initial weights"), words={"random": _("random start"), "greedy": _("greedy start")}),
        "network": Wording(_("network")),
        "maps": Wording(_("number of filters"), lambda count: ngettext("{value} filter", "{value} filters", count)),
        "kernel": Wording(_("side of a filter (pixels)"), lambda _count: _("filters of {value}×{value} pixels")),
        "blocks": Wording(_("blocks"), lambda count: ngettext("{value} block", "{value} blocks", count)),
        "error": Wording(_("reconstruction error"), words={"mse": _("squared error"), "l1": _("absolute error")}),
        "initial": Wording(
            _("distribution of the initial weights"), words={"uniform": _("uniform weights"), "he": _("He’s weights")}
        ),
        "tied": Wording(_("tied weights"), words={"true": _("tied weights"), "false": _("untied weights")}),
        "corruption": Wording(
            _("corruption"),
            words={
                "none": _("clean inputs"),
                "gaussian": _("Gaussian noise"),
                "dropout": _("dropped inputs"),
                "zeros": _("black pixels"),
                "random": _("random pixels"),
            },
        ),
        "noise": Wording(_("strength of the noise"), lambda _count: _("noise {value}")),
        "terms": Wording(
            _("terms of the loss"),
            words={
                "both": _("both terms"),
                "reconstruction": _("reconstruction alone"),
                "divergence": _("divergence alone"),
            },
        ),
        "divergence_weight": Wording(_("weight of the divergence"), lambda _count: _("divergence weighted by {value}")),
        "precision": Wording(
            _("precision"), words={"float64": _("double precision"), "float32": _("single precision")}
        ),
        "iterations": Wording(
            _("iterations at most"), lambda count: ngettext("{value} iteration", "{value} iterations", count)
        ),
        "seed": Wording(_("seed"), lambda _count: _("seed {value}")),
    }


def _of_mini_batches() -> dict[str, Wording]:
    """Return the wording of settings of trainings on mini-batches."""
    return {
        "optimiser": Wording(
            _("optimiser"),
            words={
                **{"sgd": "SGD", "nesterov": "Nesterov", "adam": "Adam", "adamw": "AdamW"},
                **{"adagrad": "Adagrad", "adadelta": "Adadelta", "rmsprop": "RMSprop"},
            },
        ),
        "rule": Wording(
            _("learning rule"),
            words={
                "oja": _("Oja’s rule"),
                "sanger": _("Sanger’s rule"),
                "nonlinear_oja": _("Oja’s rule with tanh"),
                "gradient": _("gradient descent"),
            },
        ),
        "gibbs_steps": Wording(
            _("Gibbs steps"), lambda count: ngettext("{value} Gibbs step", "{value} Gibbs steps", count)
        ),
        "binarise": Wording(
            _("binary patches"), words={"true": _("binary patches"), "false": _("patches as probabilities")}
        ),
        "learning_rate": Wording(_("learning rate"), lambda _count: _("learning rate {value}")),
        "momentum": Wording(_("momentum"), lambda _count: _("momentum {value}")),
        "batch_size": Wording(_("batch"), lambda _count: _("batches of {value}")),
        "epochs": Wording(_("epochs"), lambda count: ngettext("{value} epoch", "{value} epochs", count)),
    }


def _of_patches_and_views() -> dict[str, Wording]:
    """Return the wording of settings of patches, and of the way from a model to features."""
    return {
        "patches": Wording(_("training patches"), lambda count: ngettext("{value} patch", "{value} patches", count)),
        "patch_size": Wording(_("side of a patch (pixels)"), lambda _count: _("patches of {value}×{value} pixels")),
        "image_size": Wording(
            _("side of the images (pixels)"),
            lambda _count: _("images of {value}×{value} pixels"),
            {"0": _("images at full size")},
        ),
        "centre": Wording(
            _("centring"),
            words={
                "patch": _("patch mean removed"),
                "brightness": _("brightness removed"),
                "none": _("patch mean kept"),
            },
        ),
        "scaling": Wording(
            _("scaling"),
            words={
                "deviation": _("scaled by the deviation"),
                "range": _("pixels in [−1, 1]"),
                "unit": _("pixels in [0, 1]"),
            },
        ),
        "whiten": Wording(_("whitening"), words={"true": _("whitening"), "false": _("no whitening")}),
        "layer": Wording(_("layer"), lambda _count: _("layer {value}")),
        "stride": Wording(_("stride (pixels)"), lambda _count: _("stride {value}")),
        "encoding": Wording(
            _("encoding"),
            words={
                "natural": _("the learner’s encoding"),
                "linear": _("linear encoding"),
                "triangle": _("triangle encoding"),
                "soft_threshold": _("soft threshold"),
                "sign_split": _("split by sign"),
            },
        ),
        "threshold": Wording(_("threshold"), lambda _count: _("threshold {value}")),
        "pooling": Wording(_("cells per side"), lambda _count: _("{value}×{value} cells"), {"0": _("no pooling")}),
        "labels": Wording(
            _("training images per class"),
            lambda count: ngettext("{value} training image per class", "{value} training images per class", count),
            {"0": _("all training images")},
        ),
        "mirror": Wording(_("mirrored images"), words={"true": _("mirrored images"), "false": _("no mirrored images")}),
    }


def _wordings() -> dict[str, Wording]:
    return _of_networks() | _of_mini_batches() | _of_patches_and_views()


def _written(text: str, form: Form) -> str:
    """Return plain text in a form in which no character is markup."""
    if form is Form.LATEX:
        return escape(text)
    return text.replace("$", r"\$") if form is Form.MATPLOTLIB else text


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _digits(value: float, form: Form) -> str:
    """Return a number without anything that starts or ends a formula: 0.01, or a power of ten."""
    text = as_text(value)
    if form is Form.LATEX:
        return f"\\num{{{text}}}"
    mantissa, _e, exponent = text.partition("e")
    mantissa = mantissa.replace(".", decimal_mark())
    if not exponent:
        return mantissa
    power, times = f"10^{{{int(exponent)}}}", r" \times "
    if form is Form.PLAIN:
        power, times = f"10{str(int(exponent)).translate(_RAISED)}", " × "
    return power if mantissa == "1" else f"{mantissa}{times}{power}"


def _number(value: float, form: Form) -> str:
    digits = _digits(value, form)
    return f"${digits}$" if form is Form.MATPLOTLIB and "^" in digits else digits


def _formula(text: str, form: Form) -> str:
    """Return a formula between the signs that start and end it."""
    if form is Form.LATEX:
        return f"\\ensuremath{{{text}}}"
    return f"${text}$" if form is Form.MATPLOTLIB else text


def _symbol(key: str, form: Form) -> str:
    return SYMBOLS[key].character if form is Form.PLAIN else SYMBOLS[key].command


def setting_name(key: str, form: Form = Form.PLAIN) -> str:
    """Return what a setting is called on an axis or in a list: its symbol, or its name with its unit."""
    if key in SYMBOLS:
        return _formula(_symbol(key, form), form)
    wording = _wordings().get(key)
    return _written(wording.name if wording else _(key.replace("_", " ")), form)


def setting_names() -> dict[str, str]:
    """Return what the known settings are called in a list, by their keys in the configuration."""
    return {key: setting_name(key) for key in (*SYMBOLS, *_wordings())}


def setting_value(key: str, value: Any) -> str:
    """Return a value as plain text next to the name of its setting: 75, yes, patch mean removed."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    wording = _wordings().get(key, Wording(key))
    if isinstance(value, str):
        return wording.words.get(value, _(value.replace("_", " ")))
    return _number(value, Form.PLAIN) if isinstance(value, (int, float)) else as_text(value)


def setting_word(key: str, value: float) -> str:
    """Return the text of a number that stands for something else, such as no pooling, empty for other numbers."""
    wording = _wordings().get(key)
    return wording.words.get(as_text(value), "") if wording else ""


def _setting(key: str, value: Any, form: Form, wordings: Mapping[str, Wording]) -> str:
    """Return a setting with its value, as one part of a label."""
    wording = wordings.get(key)
    if wording and (word := wording.words.get(as_text(value))):
        return _written(word, form)
    name = wording.name if wording else _(key.replace("_", " "))
    if isinstance(value, bool):
        return _written(f"{name}: {setting_value(key, value)}", form)
    if isinstance(value, str):
        return _written(_(value.replace("_", " ")), form)
    if isinstance(value, tuple) and len(value) != 1:
        count, shown = int(value[-1]) if value else 0, _written(as_text(value), form)
    else:
        (one,) = value if isinstance(value, tuple) else (value,)
        if key in SYMBOLS:
            return _formula(f"{_symbol(key, form)} = {_digits(one, form)}", form)
        count, shown = int(one), _number(one, form)
    template = wording.number(count) if wording and wording.number else f"{name} {{value}}"
    return shown.join(_written(piece, form) for piece in template.split("{value}"))


def label_text(label: Label, form: Form = Form.PLAIN) -> str:
    """Return a label as people read it: "ρ = 0.01, stride 8", or "patch mean removed + patch mean kept"."""
    wordings = _wordings()
    parts = [_setting(key, value, form, wordings) for key, value in label.settings]
    if label.together:
        parts.append(" + ".join(label_text(part, form) for part in label.together))
    return ", ".join(parts) or _written(_("default"), form)
