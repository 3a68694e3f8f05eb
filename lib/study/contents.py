"""What the report shows of an experiment: the kinds of its figures and of its tables, and which models they compare."""

from __future__ import annotations

from lib.study.decoded import CODE_FIGURES, code_figures, decoded_models, has_bounds
from lib.study.labels import Label
from lib.study.learners import LEARNERS, is_random_network
from lib.study.settings import CURVE_SETTINGS, DEFAULT, STEPS, UNIT_SETTINGS, VIEW_SETTINGS, as_text
from lib.study.study import Study, single_models

_MOST_CURVES = 10  # trainings that one figure compares
_MOST_MATRICES = 3  # confusion matrices of networks beside each other
_MOST_SPARSE = 4  # models whose mean activations one figure compares
_MOST_RECONSTRUCTING = 8  # models whose reconstructions one figure compares


def figures(study: Study, experiment: str) -> list[str]:
    """Return the kinds of figures that show an experiment, in the order in which the report has them.

    The default experiment has other kinds than an experiment that varies something.
    """
    if experiment == DEFAULT:
        kinds = {
            "classes": True,
            "mosaic": not study.learns_from_labels,  # random filters, and what they reconstruct, say nothing
            "reconstructions": not study.learns_from_labels,
            "convergence": _shows_convergence(study, experiment),
            "confusion": bool(study.experiments[experiment].classifiers),
        }
    else:
        models = [study.models[model] for model in study.pictured(experiment)]
        settings = study.experiments[experiment].combinations
        accuracy = _accuracy_figure(study, experiment)
        random = all(map(is_random_network, models))  # classifiers start from them: their filters say nothing
        accuracy = "accuracy" if random and accuracy == "sweep" else accuracy
        kinds = {
            # A curve fits below the text, and the taller pictures then fill a page with the text that follows.
            "sweep": accuracy == "sweep",
            "filters": len(models) > 1 and not random,
            "reconstructions": bool(reconstructing(study, experiment)),
            "activity": bool(sparse_models(study, experiment)),
            "responses": any(len(model.layers) > 1 for model in models),
            "convergence": _shows_convergence(study, experiment),
            "accuracy": accuracy == "accuracy",
            "gain": accuracy == "gain",
            "training": 1 < len(models) * len(study.networks_of(experiment)) <= _MOST_CURVES,
            "confusion": 1 <= len(settings) * len(study.networks_of(experiment)) <= _MOST_MATRICES,
            **code_figures(models),
        }
    return [kind for kind, shown in kinds.items() if shown]


def tables(study: Study, experiment: str) -> list[str]:
    """Return the names of the report's tables on an experiment, in their order: its name and what they show."""
    found = {
        "": bool(study.experiments[experiment].classifiers),
        "-learners": compares_learners(study, experiment),
        "-errors": compares_errors(study, experiment),
        "-convergence": compares_convergence(study, experiment),
        "-losses": compares_log_losses(study, experiment),
        "-networks": bool(study.networks_of(experiment)),
        "-bounds": has_bounds(study, experiment),
    }
    return [experiment + kind for kind, has in found.items() if has]


def all_decoded(study: Study) -> list[str]:
    """Return all models that figures of codes show, sorted by name."""
    return sorted(
        {
            model
            for name in study.experiments
            for kind in figures(study, name)
            if kind in CODE_FIGURES
            for model in decoded_models(study, name, kind)
        }
    )


def reconstructing(study: Study, experiment: str) -> list[str]:
    """Return the models of an experiment without classifiers whose reconstructions are compared in a picture.

    They have the patches of the first of them; there are at most `_MOST_RECONSTRUCTING`. There are none where fewer
    than two models have the same patches.
    """
    if not compares_errors(study, experiment):
        return []
    models = list(study.pictured(experiment))
    same = [model for model in models if study.models[model].sample == study.models[models[0]].sample]
    return same[:_MOST_RECONSTRUCTING] if len(same) > 1 else []


def sparse_models(study: Study, experiment: str) -> dict[str, Label]:
    """Return the labels of the first models of an experiment on the sparsity of one hidden layer, at most four.

    Such an experiment has no classifiers, and a model with a target of the mean activations. A study that answers
    the tasks has none: there most experiments would be.
    """
    pictured = study.pictured(experiment)
    settings = [study.models[model].settings for model in pictured]
    sparse = any(one.get("rho") is not None and one.get("beta", 0) > 0 for one in settings)
    flat = all(len(study.models[model].layers) == 1 for model in pictured)
    if study.answers_tasks or study.experiments[experiment].classifiers or not (sparse and flat):
        return {}
    return dict(list(pictured.items())[:_MOST_SPARSE])


def compares_convergence(study: Study, experiment: str) -> bool:
    """Return whether an experiment compares the reconstruction errors of trainings with those of setting 0."""
    found = [single_models(study, combination) for combination in study.experiments[experiment].combinations]
    errors = [LEARNERS[study.models[of[0]].learner].error if of else "" for of in found]
    return "convergence" in figures(study, experiment) and bool(errors[0]) and len([one for one in errors if one]) > 1


def compares_learners(study: Study, experiment: str) -> bool:
    """Return whether an experiment with classifiers compares two learners or more, each with its own features."""
    found = study.experiments[experiment]
    learners = {combination.settings.get("learner") for combination in found.combinations}
    return bool(found.classifiers) and len(learners - {None}) > 1


def compares_errors(study: Study, experiment: str) -> bool:
    """Return whether an experiment compares models without classifiers: by how well they reconstruct."""
    return not study.experiments[experiment].classifiers and len(study.pictured(experiment)) > 1


def compares_log_losses(study: Study, experiment: str) -> bool:
    """Return whether an experiment compares networks with classifiers that are none by their probabilities, too."""
    networks = set(study.networks_of(experiment))
    return bool(networks) and networks != set(study.experiments[experiment].classifiers)


def _shows_convergence(study: Study, experiment: str) -> bool:
    """Return whether settings that affect the convergence vary, or the only model records its iterations.

    Curves are compared only where they show the same kind of error, of values in the same unit.
    """
    models = [study.models[model] for model in study.pictured(experiment)]
    models = [model for model in models if set(STEPS) & set(model.settings)]
    trained = {as_text([model.settings.get(key) for key in CURVE_SETTINGS]) for model in models}
    of_error = ("error", "patch_size", *UNIT_SETTINGS)
    kinds = {
        (LEARNERS[model.learner].error or model.learner, as_text([model.settings.get(key) for key in of_error]))
        for model in models
    }
    return (len(trained) > 1 and len(kinds) == 1) or (experiment == DEFAULT and bool(trained))


def _accuracy_figure(study: Study, experiment: str) -> str | None:
    """Return the kind of figure that compares the settings of an experiment: sweep, accuracy, gain or None."""
    compared, axis = study.experiments[experiment], study.axis(experiment)
    single = all(len(study.features[member]) == 1 for one in compared.combinations for member in one.members)
    if axis and axis.key not in VIEW_SETTINGS and not any(axis.series) and len(set(axis.values)) > 2 and single:
        return "sweep"
    if not compared.classifiers:
        return None
    return "gain" if len(compared.combinations) == 1 and len(compared.classifiers) > 1 else "accuracy"
