"""What people read for settings, their values, measures and experiments, beside the labels of `lib.words.labels`.

Functions rather than tables: a language may be chosen after this module is imported.
"""

from __future__ import annotations

from lib.words.language import _, pgettext


def settings() -> dict[str, str]:
    """Names of settings, where they stand beside a value."""
    return {
        "learner": _("learner"),
        "hidden": _("hidden units"),
        "activation": _("activation"),
        "decoder": _("output layer"),
        "rho": "ρ",
        "lambda": "λ",
        "beta": "β",
        "sparsity": _("sparsity term"),
        "start": _("start"),
        "patches": _("training patches"),
        "patch_size": pgettext("page", "side of a patch (pixels)"),
        "image_size": _("side of the images (pixels)"),
        "centre": _("centring"),
        "whiten": _("whitening"),
        "precision": _("precision"),
        "iterations": _("iterations at most"),
        "layer": _("layer"),
        "stride": pgettext("page", "stride (pixels)"),
        "encoding": _("encoding"),
        "threshold": _("threshold"),
        "pooling": _("cells a side"),
        "mirror": _("mirrored images"),
    }


def numbers() -> dict[str, str]:
    """Names of settings whose value is a number, where they hold that value."""
    return {
        "hidden": _("{value} units"),
        "rho": "ρ {value}",
        "lambda": "λ {value}",
        "beta": "β {value}",
        "patches": _("{value} patches"),
        "patch_size": _("patches of {value} pixels"),
        "image_size": _("images of {value} pixels"),
        "iterations": _("{value} iterations"),
        "layer": _("layer {value}"),
        "stride": _("stride {value}"),
        "threshold": _("threshold {value}"),
        "pooling": _("{value} cells a side"),
    }


def value(key: str, text: str) -> str:
    """A value of a setting, by its text in the configuration; numbers and unknown words are what they are."""
    known = {
        "autoencoder": _("autoencoder"),
        "untrained": _("untrained"),
        "random_patches": _("random patches"),
        "pca": _("PCA"),
        "ica": _("ICA"),
        "kmeans": _("k-means"),
        "patch": _("mean of patch removed"),
        "brightness": _("brightness removed"),
        "none": _("none removed"),
        "all": _("sparse in all layers"),
        "narrowest": _("sparse in the narrowest"),
        "random": _("random start"),
        "greedy": _("greedy start"),
        "natural": _("the learner's own"),
        "triangle": _("triangle"),
        "soft_threshold": _("soft threshold"),
        "sign_split": _("split by sign"),
        "relu": "ReLU",
        "sigmoid": _("sigmoid"),
        "linear": pgettext("output layer", "linear") if key == "decoder" else _("linear"),
        "true": _("yes"),
        "false": _("no"),
    }
    return known.get(text, text)


def measures() -> dict[str, dict[str, str]]:
    """Measures of a model in the order in which a page shows them: their name, and what it means."""
    told = {
        "oriented_units": (_("oriented filters"), _("edges or colour transitions")),
        "edge_likeness": (_("edge-likeness"), _("mean share of a filter's energy in the best oriented template")),
        "mean_activation": (_("mean activation"), _("of the units on the training patches")),
        "constant_units": (_("constant units"), _("the same on every patch")),
        "dead_units": (_("dead units"), _("they say nothing and cannot come back")),
        "explained_variance": (_("explained variance"), _("of the patches by their reconstruction")),
        "loss": (_("loss"), _("at the end of training")),
        "iterations": (pgettext("measure", "iterations"), _("until training stopped")),
        "iterations_to_fraction": (_("iterations to 99.9 %"), _("of the whole improvement of the loss")),
        "seconds": (_("training time (s)"), ""),
    }
    return {key: {"name": name, "about": about} for key, (name, about) in told.items()}


def experiment(name: str) -> dict[str, str]:
    """Title of an experiment and the question that it answers; one of the user's own goes by its name."""
    known = {
        "default": (
            _("Default settings"),
            _("What does a sparse autoencoder learn from small patches without any label?"),
        ),
        "learners": (
            _("Learners"),
            _("Does training find the edges, and what are its features worth beside those of simpler learners?"),
        ),
        "rho": (
            _("Mean activation ρ"),
            _("How selective should a hidden unit be? Small ρ lets it speak on few patches only."),
        ),
        "lambda": (
            _("Weight decay λ"),
            _("Without weight decay filters fit noise, with too much of it they vanish."),
        ),
        "beta": (
            _("Sparsity weight β"),
            _("Between units that all answer every patch and units that no longer care for the reconstruction."),
        ),
        "hidden": (
            _("Hidden units"),
            _("Few units share what they encode; many can each specialise."),
        ),
        "classifiers": (
            _("Features against pixels"),
            _("Which classifiers gain from the features, and by how much?"),
        ),
        "stride": (
            _("Stride of the grid"),
            _("Do patches that overlap, or leave gaps, change the accuracy?"),
        ),
        "normalisation": (
            _("Normalisation"),
            _("What is lost with the brightness and colour of a patch, and do both kinds of features add up?"),
        ),
        "depth": (
            _("Depth"),
            _("Are the features of three hidden layers better than those of one?"),
        ),
        "collapse": (
            _("Collapse of deep networks"),
            _("When do all units of a layer become constant, and what prevents it?"),
        ),
        "sample_size": (
            _("Number of patches"),
            _("How many patches are enough?"),
        ),
        "activation": (
            _("ReLU against sigmoid"),
            _("Does another activation function learn other filters, faster, or better features?"),
        ),
        "precision": (
            _("Single against double precision"),
            _("What does half the precision of the numbers cost, and what does it save?"),
        ),
        "best": (
            _("The best single layer"),
            _("How far can one layer go, for every learner with as many filters and the same encoding?"),
        ),
        "best_units": (
            _("Number of filters"),
            _("How does the accuracy grow with the number of filters?"),
        ),
    }
    title, question = known.get(name, (name.replace("_", " "), ""))
    return {"title": title, "question": question}
