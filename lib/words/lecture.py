"""What people read for the names in the tables of the experiments of the lecture.

Functions rather than tables: a language may be chosen after this module is imported.
"""

from __future__ import annotations

from lib.words.language import _


def questions() -> dict[str, str]:
    """Return the question of each experiment of the lecture, plain text, in the order of the lecture."""
    return {
        "points": _("Do a linear autoencoder and Hebbian rules find the principal components?"),
        "table": _("Does a linear autoencoder of a wide table reach the error of its principal components?"),
        "gradients": _("Do gradients vanish in deep networks?"),
        "letters": _("Does pre-training by Boltzmann machines help a deep network?"),
        "digits": _("Does a deep belief network reach the lecture’s accuracy on digits?"),
    }


def captions() -> dict[str, str]:
    """Return the caption of the figure of each experiment, plain text: what is shown, and what to look for."""
    return {
        "points": _(
            "Two codings of the test points by principal components and by the linear autoencoder of the first seed. "
            "Look for the same arc in both, turned, stretched or mirrored: the plane is the same, its basis is not."
        ),
        "table": _(
            "Mean squared error of the training rows after each step of Adam, one line per seed. Dotted: the error of "
            "as many principal components. Look for the peak after the first steps and for the distance from the "
            "dotted line at the end."
        ),
        "gradients": _(
            "Norm of the gradient of each layer of the deepest networks at the start, means over seeds. Look for a "
            "line that falls by orders of magnitude towards the first layer."
        ),
        "letters": _(
            "Cross-entropy of training and validation letters after each epoch, first seed. Look for curves that stay "
            "near 3.3 (the logarithm of 26), where a network does not learn, and for a validation error that rises "
            "again."
        ),
        "digits": _(
            "Cross-entropy of the batches of the softmax layer on machines that were trained with these settings. "
            "Look for the settings whose line starts to fall at once and ends lowest."
        ),
    }


def rules() -> dict[str, str]:
    """Return what the rules are called, by their names in tables."""
    return {
        "oja": _("Oja’s rule"),
        "sanger": _("Sanger’s rule"),
        "nonlinear_oja": _("Oja’s rule with tanh"),
        "gradient": _("gradient descent"),
    }


def ways() -> dict[str, str]:
    """Return what the ways to codings are called: principal components, Adam, and the rules."""
    return {"pca": _("principal components"), "adam": _("linear autoencoder, Adam")} | rules()


def activations() -> dict[str, str]:
    """Return what activations are called."""
    return {"sigmoid": _("sigmoid"), "tanh": "tanh", "relu": "ReLU"}


def starts() -> dict[str, str]:
    """Return what the initial weights of networks on letters are called."""
    return {"random": _("random start"), "pretrained": _("pre-trained")}


def trainings() -> dict[str, str]:
    """Return what the settings of networks on letters are called."""
    return {"printed": _("settings of the lecture"), "equal": _("equal settings")}


def beliefs() -> dict[str, str]:
    """Return what the settings of deep belief networks on digits are called. CD-1 and the like keep their names."""
    return {"printed": _("settings of the lecture"), "printed start": _("initial weights of the lecture")}
