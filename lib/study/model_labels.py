"""Labels of the models and features of a study, by what sets them apart from the default ones."""

from __future__ import annotations

from dataclasses import asdict

from lib.study.labels import PIXELS_LABEL, Label
from lib.study.settings import PIXELS, is_unused
from lib.study.study import Features, Study


def labels(study: Study) -> dict[str, Label]:
    """Return the label of each model, without its repetition: its learner and what differs from the default model."""
    default = study.models[study.default[0]].settings
    result = {PIXELS: PIXELS_LABEL}
    for name, model in study.models.items():
        changes = {
            key: value
            for key, value in model.settings.items()
            if key != "seed" and value != default.get(key) and not is_unused(key, value)
        }
        result[name] = Label.of({"learner": model.learner} | changes)
    return result


def feature_labels(study: Study) -> dict[Features, Label]:
    """Return the label of each kind of features: the labels of its models, and what differs from the default view."""
    models = labels(study)
    default = asdict(study.views[study.default[1]])
    result = {}
    for features in dict.fromkeys((model, view) for model, view, _ in study.evaluations):
        parts = []
        for model, view in study.features.get(features, []):
            settings = asdict(study.views[view])
            changes = Label.of({key: settings[key] for key in settings if settings[key] != default[key]})
            parts.append(Label(models[model].settings + changes.settings))
        result[features] = Label(together=tuple(parts)) if len(parts) > 1 else parts[0] if parts else PIXELS_LABEL
    return result
