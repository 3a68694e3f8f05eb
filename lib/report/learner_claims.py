"""What the learners of an experiment are, in one sentence for each of them."""

from __future__ import annotations

from lib.report.results import Results, varies
from lib.study.study import single_models
from lib.words.language import _


def about_learners() -> dict[str, str]:
    """Return what each learner is, by its name; the autoencoder has a section of its own."""
    return {
        "untrained": _("The untrained network shows what the architecture gives without training."),
        "random_patches": _("Random patches are used as filters directly."),
        "pca": _(r"Principal components are the best linear code \citep{baldi1989neural}."),
        "ica": _(
            r"Independent components are the linear code whose values depend least on each other "
            r"\citep{hyvarinen1999fast}."
        ),
        "kmeans": _(
            r"The centroids of $k$-means with the triangle encoding are a strong single layer "
            r"\citep{coates2011analysis}."
        ),
        "linear_autoencoder": _(
            r"A linear autoencoder finds the space of the principal components, but not the components themselves "
            r"\citep{baldi1989neural}."
        ),
        "hebbian": _(r"Hebbian rules change linear units by local products \citep{oja1989neural,sanger1989optimal}."),
        "rbm": _(r"A Boltzmann machine learns the probability of patches \citep{hinton2002training}."),
        "untrained_convolutional": _("An untrained convolutional network shows what its layers give without training."),
        "variational": _(
            r"A variational autoencoder learns a probability of codes and of patches given a code "
            r"\citep{kingma2014autoencoding}."
        ),
    }


def described(results: Results, name: str) -> str:
    """Return what the learners of an experiment are, in the first experiment that compares learners; otherwise ""."""
    experiments = results.study.experiments
    if name != next((one for one in experiments if "learner" in varies(results, one)), None):
        return ""
    combinations, models = experiments[name].combinations, results.study.models
    compared = [one.settings["learner"] for one in combinations]
    sentences = [about for learner, about in about_learners().items() if learner in compared]
    of = [single_models(results.study, one) for one in combinations]
    alike = {(models[found[0]].layers[0], models[found[0]].sample) if found else None for found in of}
    if len(alike) == 1 and None not in alike:
        sentences.insert(0, _("All learners have as many filters and learn from the same patches."))
    return " ".join(sentences)
