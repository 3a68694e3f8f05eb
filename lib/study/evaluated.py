"""The evaluations of a study as jobs: what a classifier reads, what it starts from, and what it shares with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lib.study.settings import PIXELS, Classifier, plain
from lib.study.study import Features, Study


@dataclass(frozen=True)
class EvaluationJob:
    """A classifier on the features of the images, or on the images themselves.

    Attributes
    ----------
    features, view : a model or several, and its view; of pixels the word for them, and the repetition.
    classifier : its name.
    folders : of the matrices that it reads, below the results; their columns are joined.
    start : settings of the model and of the view whose encoder becomes the first layers of a network, None for none.
    preparation : name of the scaling and rotation that it shares with other classifiers, None if it shares none.
    of_images : whether its objects are images, which are stored as bytes.
    sees_images : whether the classifier gets the objects as images.
    rotates : whether it scales and rotates its objects itself.
    is_network : whether the classifier is a network.
    folded : whether it is also trained on each fold.
    repetition, copies, labels : number of the repetition, rows per image, and training images per class, 0 for all.
    """

    features: str
    view: str
    classifier: str
    folders: tuple[str, ...]
    start: dict[str, Any] | None
    preparation: str | None
    of_images: bool
    sees_images: bool
    rotates: bool
    is_network: bool
    folded: bool
    repetition: int
    copies: int
    labels: int

    @property
    def path(self) -> str:
        """The stem of its files below the folder of predictions."""
        return f"{self.features}/{self.view}/{self.classifier}"

    @property
    def prepared(self) -> str | None:
        """The stem of the file of shared objects below the folder of predictions, None if there is none."""
        return f"{self.features}/{self.view}/prepared/{self.preparation}" if self.preparation else None


def folder_of_images(image_size: int) -> str:
    """Return the folder of the images below the results. image_size: side of reduced images in pixels, 0 for none."""
    return f"dataset/reduced_{image_size}" if image_size else "dataset"


def evaluation_jobs(study: Study, classifiers: Mapping[str, Mapping[str, Any]]) -> list[EvaluationJob]:
    """Return the evaluations of a study in their order. classifiers: entries of those that are switched on, by name."""
    known = {name: Classifier.of(entry) for name, entry in classifiers.items()}
    found = [_evaluation(study, *names, known[names[-1]]) for names in study.evaluations]
    shared = Counter((one.features, one.view, one.preparation) for one in found)
    alone = [one.preparation is None or shared[one.features, one.view, one.preparation] == 1 for one in found]
    return [
        replace(one, preparation=None) if is_alone else replace(one, rotates=False)
        for one, is_alone in zip(found, alone, strict=True)
    ]


def _evaluation(study: Study, features: str, view: str, name: str, classifier: Classifier) -> EvaluationJob:
    """Return an evaluation with the preparation that it could share."""
    member: Features = (features, view)
    tuned = name in study.fine_tuning and features != PIXELS
    if features == PIXELS:
        folders = [folder_of_images(classifier.image_size)]
    elif tuned:
        folders = [folder_of_images(study.models[features].settings.get("image_size", 0))]
    else:
        folders = [f"features/{model}/{part}" for model, part in study.extracted_parts(member)]
    start = {"model": plain(study.models[features]), "view": plain(study.views[view].extracted)} if tuned else None
    return EvaluationJob(
        *(features, view, name),
        folders=tuple(folders),
        start=start,
        preparation=classifier.preparation,
        of_images=features == PIXELS or tuned,
        sees_images=classifier.sees_images(pixels=features == PIXELS),
        rotates=classifier.rotates,
        is_network=classifier.is_network,
        folded=member in study.folded,
        repetition=study.repetitions[member],
        copies=study.copies(member),
        labels=study.labels[member],
    )
