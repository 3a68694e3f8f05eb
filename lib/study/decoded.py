"""What pictures of codes and of corrected inputs show: the models of each kind of figure, by what the models are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lib.study.labels import Label
from lib.study.settings import Model

if TYPE_CHECKING:
    from lib.study.study import Study


def is_generative(model: Model) -> bool:
    """Return whether the codes of a model have a prior, so that it gives images a likelihood and decodes new codes."""
    return "divergence_weight" in model.settings


def has_plane(model: Model) -> bool:
    """Return whether the codes of a generative model are points of a plane."""
    return is_generative(model) and list(model.codes) == [2]


def samples_inconsistently(model: Model) -> bool:
    """Return whether the codes of a generative model have another variance than the divergence of its loss counts.

    Such a model samples with the deviation exp(log σ²) in place of exp(½ log σ²).
    """
    return (
        is_generative(model)
        and model.description is not None
        and not model.description["encoder"][-1].get("halved", True)
    )


def is_denoising(model: Model) -> bool:
    """Return whether a model has learnt to remove noise from its inputs."""
    return bool(model.settings.get("corruption", "none") != "none")


# The models that a kind of figure shows, in the order in which the report has the figures.
CODE_FIGURES: dict[str, Callable[[Model], bool]] = {
    "plane": has_plane,
    "manifold": has_plane,
    "samples": is_generative,
    "interpolations": is_generative,
    "corrections": is_denoising,
}


def code_figures(models: Iterable[Model]) -> dict[str, bool]:
    """Return whether each kind of figure of codes has a model to show."""
    shown = list(models)
    return {kind: any(map(fits, shown)) for kind, fits in CODE_FIGURES.items()}


def decoded_models(study: Study, experiment: str, kind: str) -> dict[str, Label]:
    """Return the labels of the models of an experiment that a kind of figure of codes shows, by model."""
    fits = CODE_FIGURES[kind]
    return {model: label for model, label in study.pictured(experiment).items() if fits(study.models[model])}


def has_bounds(study: Study, experiment: str) -> bool:
    """Return whether a setting of an experiment gives images a likelihood."""
    return any(is_generative(study.models[model]) for model in study.pictured(experiment))
