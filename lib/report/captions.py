"""Captions of the figures and tables of experiments: the experiment, what is shown, what to look for."""

from __future__ import annotations

from math import log

from lib.report import code_claims
from lib.report.phrases import named, quoted, repeated
from lib.report.results import Results
from lib.study.pictured import RESPONSES, default_twins
from lib.words.labels import Form, setting_name
from lib.words.language import _
from lib.words.latex import escape, fixed, integer, percent

SHOW_ACCURACY = ("sweep", "accuracy", "gain")  # kinds of figures with accuracies


def _title(results: Results, name: str) -> str:
    return quoted(escape(results.headings[name].title))


def _repetitions(results: Results, name: str) -> str:
    return repeated(len(results.study.experiments[name].combinations[0].members))


def _intervals(results: Results, name: str) -> str:
    """Return how the intervals of accuracies of an experiment were computed."""
    if len(results.study.experiments[name].combinations[0].members) == 1:
        if results.grouped:
            return _("bars: 95\\,\\% intervals by a bootstrap over groups of test images")
        return _("bars: 95\\,\\% intervals by a bootstrap over test images")
    if results.grouped:
        return _("bars: 95\\,\\% intervals by a bootstrap over groups of test images and over repetitions")
    return _("bars: 95\\,\\% intervals by a bootstrap over test images and repetitions")


def _guessing(results: Results) -> str:
    """Return the accuracy of guessing one of all classes."""
    classes = int(results.tables["data"].set_index("split").loc["train", "classes"])
    return _("Guessing has an accuracy of {chance}.").format(chance=percent(1 / classes))


def _filled(results: Results, name: str, message: str) -> str:
    """Return a caption with the title of an experiment and over how many repetitions its numbers are means."""
    return message.format(title=_title(results, name), repetitions=_repetitions(results, name))


def _trains_networks(results: Results, name: str) -> bool:
    """Return whether every classifier of an experiment trains a network on images."""
    classifiers = results.study.experiments[name].classifiers
    return bool(classifiers) and set(classifiers) <= results.study.fine_tuning


def mosaic_caption(results: Results) -> str:
    """Return the caption of the filters of the default model and, where the study has it, its untrained twin.

    It speaks of colours where some filters are transitions between colours.
    """
    study = results.study
    experiment, setting = results.repeated_default()
    coloured = bool(results.measure(experiment, "colour_share")["mean"].get(setting, 0) > 0)
    deep = len(study.models[study.default[0]].layers) > 1
    text = _("Filters of the first layer of the default model") if deep else _("Filters of the default model")
    text += _(
        ", first repetition, sorted by edge-likeness, each scaled from its own smallest to its own largest weight"
    )
    if default_twins(study):
        text += _(", and the filters of the untrained network with the same initial weights")
        advice = (
            _("Look for edges, bars and changes of colour on the left, and for noise on the right.")
            if coloured
            else _("Look for edges and bars on the left, and for noise on the right.")
        )
    else:
        advice = _("Look for edges, bars and changes of colour.") if coloured else _("Look for edges and bars.")
    return f"{text}. {advice}"


def figure_caption(results: Results, name: str, kind: str) -> str:
    """Return the caption of a figure of an experiment."""
    values = {
        "title": _title(results, name),
        "repetitions": _repetitions(results, name),
        "intervals": _intervals(results, name),
        "most": integer(RESPONSES),
    }
    axis = results.study.axis(name)
    values["advice"] = (
        _("Look for filters that turn into noise, into blobs or into copies of each other.")
        if axis
        else _("Look for edges, for transitions between colours, and for filters without any structure.")
    )
    if axis:
        values["axis"] = setting_name(axis.key, Form.LATEX)
        # A few patches are easily reconstructed, so more of them explain less of their own variance.
        values["range"] = (
            _("Look for curves that more patches still raise.")
            if axis.key == "patches"
            else _("Look for the range of values in which all three stay high.")
        )
    messages = {
        "filters": _(
            "{title}: filters of the first repetition of each setting, sorted by edge-likeness, each scaled from its "
            "own smallest to its own largest weight. Below: shares of oriented and of opponent-colour filters, the "
            "effective number of filters (copies count once), and the explained variance of the training patches "
            "({repetitions}). {advice}"
        ),
        "sweep": _(
            "{title}: oriented and opponent-colour filters, the effective number of filters as a share of all, "
            "explained variance of the training patches, and accuracy against {axis} "
            "({repetitions}, {intervals}; those of filters and variance are t intervals over repetitions). Small "
            "dots: single repetitions. Dotted: pixels. {range}"
        ),
        "convergence": _(
            "{title}: reconstruction error against iteration and against CPU time ({repetitions}; thin lines: single "
            "repetitions). The lower of two curves has the smaller error after as many iterations, or as much time."
        ),
        "activity": _(
            "{title}: mean activations of the hidden units on the training patches, next to the target (above), and "
            "what excites each unit, the mean of the 50 training patches that excite it most, from the least active "
            "unit on (below; first repetition, at most {most} units). Look for units far from the target, and for "
            "edges and spots."
        ),
        "responses": _(
            "{title}: what each unit of each hidden layer responds to: the mean of the 50 training patches that "
            "excite it most, first repetition, at most {most} units of a layer. Look for layers whose units all "
            "respond to the same patches."
        ),
        "reconstructions": _(
            "{title}: normalised patches of test images and their reconstructions by the first repetition of each "
            "setting, on the same scale, with the share of the variance of the training patches that is explained. "
            "Look for detail that is lost."
        ),
        "accuracy": _(
            "{title}: accuracy on the test images ({repetitions}, {intervals}). Dotted: pixels. Look for settings "
            "beyond the dotted line of their classifier."
        ),
        "gain": _(
            "{title}: accuracy of each training on pixels, by the layers of the classifier alone, and with the whole "
            "network ({repetitions}, {intervals}). The length of a line is the gain."
        )
        if _trains_networks(results, name)
        else _(
            "{title}: accuracy on pixels and on the features with each classifier ({repetitions}, {intervals}). A line "
            "from pixels to the right is a gain, and one to the left is a loss."
        ),
        "training": _(
            "{title}: cross-entropy of the training images, as the network sees them in each epoch, against updates, "
            "epochs and CPU time ({repetitions}; where there are several, thin lines are single ones). Dropout, "
            "distortions and the statistics of a batch raise it: compare curves of networks that share them. The table "
            "has the accuracies on training images as they are and on new ones."
        ),
        "confusion": _(
            "{title}: share of the test images of a class, in percent, by predicted class ({repetitions}). Look for "
            "large numbers off the diagonal: classes that a network takes for one another."
        ),
        **code_claims.captions(),
    }
    caption = messages[kind].format(**values)
    return f"{caption} {_guessing(results)}" if kind in SHOW_ACCURACY else caption


def table_caption(results: Results, name: str) -> str:
    """Return the caption of the table of accuracies of an experiment."""
    if len(results.study.experiments[name].combinations) > 1:
        message = _(
            "{title}: accuracy (\\%) on the test images ({repetitions}) with 95\\,\\% intervals. Significant "
            "differences at the 5\\,\\% level, corrected by Holm's method: \\textsuperscript{{+}} and "
            "\\textsuperscript{{−}}, better and worse than pixels; \\textsuperscript{{*}}, different from {first}."
        )
    elif _trains_networks(results, name):
        message = _(
            "{title}: accuracy (\\%) on the test images after each training ({repetitions}), with 95\\,\\% intervals, "
            "and the difference in points with its p-value, corrected by Holm's method. On pixels a network has the "
            "layers of the classifier alone."
        )
    else:
        message = _(
            "{title}: accuracy (\\%) on the test images with each classifier ({repetitions}), with 95\\,\\% "
            "intervals, and the difference in points with its p-value, corrected by Holm's method."
        )
    return message.format(
        title=_title(results, name), repetitions=_repetitions(results, name), first=named(results.first(name))
    )


def network_caption(results: Results, name: str) -> str:
    """Return the caption of the table of networks that an experiment trains."""
    message = _(
        "{title}: size and accuracy of the networks ({repetitions}). Multiply-adds are those of one image; accuracies "
        "are percentages, the gap is the one on the training images minus the one on the test images, in points; macro "
        "F1 has its 95\\,\\% interval. A dagger marks the network that the validation images choose, where there are "
        "any."
    )
    return _filled(results, name, message)


def losses_caption(results: Results, name: str) -> str:
    """Return the caption of the table of log losses of an experiment."""
    message = _(
        "{title}: log loss on the test images, the mean of minus the natural logarithm of the probability of the true "
        "class ({repetitions}). Guessing has {guessing}. An accurate classifier that is too sure of itself has a large "
        "one."
    )
    guessing = fixed(log(int(results.tables["data"].set_index("split").loc["train", "classes"])), 2)
    return message.format(title=_title(results, name), repetitions=_repetitions(results, name), guessing=guessing)


def learners_caption(results: Results, name: str) -> str:
    """Return the caption of the table of an experiment that compares learners by more than their accuracy."""
    message = _(
        "{title}: accuracy on the test images, mean squared error of reconstructed test images in normalised values, "
        "and CPU time of the training ({repetitions}, 95\\,\\% intervals)."
    )
    return " ".join(filter(None, (_filled(results, name, message), *_notes_on_errors(results, name))))


def _notes_on_errors(results: Results, name: str) -> tuple[str, str]:
    """Return why errors of reconstructions are missing in a table, empty texts where none is."""
    reconstruct = len(results.measure(name, "held_out_error"))
    dashes = 0 < reconstruct < len(results.study.experiments[name].combinations)
    dash = _("A learner without a reconstruction has a dash.") if dashes else ""
    return dash, _different_units(results, name)


def _different_units(results: Results, name: str) -> str:
    """Return why a table has no errors of reconstructions, an empty text where it has."""
    if results.study.has_one_unit(name):
        return ""
    return _("The settings normalise in different ways: their errors have different units and are left out.")


def errors_caption(results: Results, name: str) -> str:
    """Return the caption of the table of an experiment that compares models without classifiers."""
    message = _(
        "{title}: mean squared error of reconstructed test images in normalised values, explained variance of the "
        "training patches, and CPU time of the training ({repetitions}, 95\\,\\% intervals)."
    )
    return " ".join(filter(None, (_filled(results, name, message), *_notes_on_errors(results, name))))


def convergence_caption(results: Results, name: str) -> str:
    """Return the caption of the table of an experiment that compares reconstruction errors at checkpoints."""
    message = _(
        "{title}: reconstruction error at equal numbers of iterations and at equal CPU times ({repetitions}), and the "
        "ratio of the second setting's error to the first's, its geometric mean over the repetitions, with its "
        "95\\,\\% interval by a paired t test. A ratio below 1 means that the second setting is ahead. p-values are "
        "corrected by Holm's method, intervals are not."
    )
    return _filled(results, name, message)


def bounds_caption(results: Results, name: str) -> str:
    """Return the caption of the table of bounds of an experiment."""
    return code_claims.bounds_caption(results, _title(results, name), name)
