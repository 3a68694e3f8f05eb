"""Stage predictions: classifiers on pixels and on features.

Input: features of the training and test images and the labels. {features} is a model, several models joined by +, or
pixels, whose features are the images themselves and whose {view} is the seed of the repetition, such as seed0. FITTING, of
the stage dataset, is the check that the study fits the images.
Steps: scaling and rotation where several classifiers share them, then each classifier.
Output: <results>/predictions/{features}/{view}/{classifier}.npz with labels (F, N) and probabilities (F, N, classes) of
the test images, one entry per training set: all training images, then each fold where an experiment asks for folds.
{classifier}.json in the same folder has what cross-validation chose for each training set.
<results>/predictions/{features}/{view}/prepared/{preparation}.npz has the shared objects, scaled and rotated.
"""

from collections import Counter

from lib.base.digests import files_of
from lib.costs import limits
from lib.study.networks import with_description
from lib.study.settings import PIXELS, Classifier, plain

CLASSIFIERS = {
    name: with_description(settings, config["networks"]) for name, settings in config["classifiers"].items() if settings
}
PREPARED = {name: Classifier.of(settings).preparation for name, settings in CLASSIFIERS.items()}
FOLDED = set(STUDY.folded)
# Model and view from which a classifier starts that trains its features, by features, view and classifier.
STARTS = {
    (features, view, classifier): {"model": plain(STUDY.models[features]), "view": plain(STUDY.views[view].extracted)}
    for features, view, classifier in STUDY.evaluations
    if classifier in STUDY.fine_tuning and features != PIXELS
}
# Evaluations of the images themselves: of pixels, and of features that are trained together with the classifier.
OF_IMAGES = {evaluation for evaluation in STUDY.evaluations if evaluation[0] == PIXELS or evaluation in STARTS}
# Modules that an evaluation loads by name: its classifier, if it is one of this project, and the learner it starts from.
LOADED = {
    evaluation: [
        *files_of(ROOT, CLASSIFIERS[evaluation[-1]]["class"]),
        *(module_of(start["model"]["learner"]) for start in [STARTS.get(evaluation)] if start),
    ]
    for evaluation in STUDY.evaluations
}
# Folders that an evaluation reads: of the features, which it joins column by column; of the images for pixels, and for
# features that are trained together with the classifier.
FOLDERS = {
    (features, view, classifier): (
        [folder_of_images(CLASSIFIERS[classifier])]
        if features == PIXELS
        else (
            [folder_of_images(STUDY.models[features].settings)]
            if (features, view, classifier) in STARTS
            else [f"features/{model}/{part}" for model, part in STUDY.extracted_parts((features, view))]
        )
    )
    for features, view, classifier in STUDY.evaluations
}
PREPARING = Counter((features, view, PREPARED[classifier]) for features, view, classifier in STUDY.evaluations)
# Folders of the objects that several classifiers scale and rotate in the same way, by features, view and preparation.
SHARED = {
    (features, view, PREPARED[classifier]): FOLDERS[features, view, classifier]
    for features, view, classifier in STUDY.evaluations
    if PREPARED[classifier] and PREPARING[features, view, PREPARED[classifier]] > 1
}
EVALUATIONS = ["/".join(evaluation) for evaluation in STUDY.evaluations]


rule prepare_objects:
    """Scale and rotate {features} {view} ({preparation}) for several classifiers."""
    input:
        train=lambda wildcards: [
            f"<results>/{folder}/train.npy"
            for folder in SHARED[wildcards.features, wildcards.view, wildcards.preparation]
        ],
        test=lambda wildcards: [
            f"<results>/{folder}/test.npy"
            for folder in SHARED[wildcards.features, wildcards.view, wildcards.preparation]
        ],
        train_labels="<results>/dataset/train_labels.npy",
        train_groups="<results>/dataset/train_groups.npy",
        folds=branch(
            lambda wildcards: (wildcards.features, wildcards.view) in FOLDED, then="<results>/dataset/folds.json"
        ),
        fitting=FITTING,
    output:
        prepared="<results>/predictions/{features}/{view}/prepared/{preparation}.npz",
    log:
        "<logs>/prepare_objects/{features}/{view}_{preparation}.log",
    benchmark:
        "<benchmarks>/prepare_objects/{features}/{view}_{preparation}.tsv"
    priority: accuracy_next
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * limits.Objects.of(
            input, STUDY.copies((wildcards.features, wildcards.view)), wildcards.features == PIXELS
        ).memory(rotates=True),
        runtime=lambda wildcards, input, attempt: attempt
        * limits.Objects.of(
            input, STUDY.copies((wildcards.features, wildcards.view)), wildcards.features == PIXELS
        ).minutes(),
    params:
        repetition=lambda wildcards: STUDY.repetitions[wildcards.features, wildcards.view],
        copies=lambda wildcards: STUDY.copies((wildcards.features, wildcards.view)),
        labels=lambda wildcards: STUDY.labels[wildcards.features, wildcards.view],
        seed=config["seed"],
        code=code_of("prepare_objects.py"),
    script:
        "../scripts/prepare_objects.py"


rule classify:
    """Classify {features} {view} by {classifier}."""
    input:
        train=lambda wildcards: [
            f"<results>/{folder}/train.npy"
            for folder in FOLDERS[wildcards.features, wildcards.view, wildcards.classifier]
        ],
        test=lambda wildcards: [
            f"<results>/{folder}/test.npy"
            for folder in FOLDERS[wildcards.features, wildcards.view, wildcards.classifier]
        ],
        train_labels="<results>/dataset/train_labels.npy",
        train_groups="<results>/dataset/train_groups.npy",
        folds=branch(
            lambda wildcards: (wildcards.features, wildcards.view) in FOLDED, then="<results>/dataset/folds.json"
        ),
        fitting=FITTING,
        # The job of a classifier that shares nothing prepares its own objects.
        prepared=lambda wildcards: (
            f"<results>/predictions/{wildcards.features}/{wildcards.view}/prepared/{PREPARED[wildcards.classifier]}.npz"
            if (wildcards.features, wildcards.view, PREPARED[wildcards.classifier]) in SHARED
            else []
        ),
        # Features that are trained with the classifier start from the weights of the model.
        theta=lambda wildcards: (
            f"<results>/models/{wildcards.features}/theta.npy"
            if (wildcards.features, wildcards.view, wildcards.classifier) in STARTS
            else []
        ),
        normaliser=lambda wildcards: (
            f"<results>/patches/{STUDY.models[wildcards.features].normaliser}.json"
            if (wildcards.features, wildcards.view, wildcards.classifier) in STARTS
            else []
        ),
        facts="<results>/dataset/facts.json",
    output:
        predictions="<results>/predictions/{features}/{view}/{classifier}.npz",
        facts="<results>/predictions/{features}/{view}/{classifier}.json",
    log:
        "<logs>/classify/{features}/{view}_{classifier}.log",
    benchmark:
        "<benchmarks>/classify/{features}/{view}_{classifier}.tsv"
    priority: accuracy_next
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * limits.Objects.of(
            input,
            STUDY.copies((wildcards.features, wildcards.view)),
            (wildcards.features, wildcards.view, wildcards.classifier) in OF_IMAGES,
        ).memory(
            rotates=bool(PREPARED[wildcards.classifier] and not input.prepared),
            rotated=bool(input.prepared),
            network=Classifier.of(CLASSIFIERS[wildcards.classifier]).is_network,
        ),
        runtime=lambda wildcards, input, attempt: attempt
        * limits.Objects.of(
            input,
            STUDY.copies((wildcards.features, wildcards.view)),
            (wildcards.features, wildcards.view, wildcards.classifier) in OF_IMAGES,
        ).minutes(),
    params:
        classifier=lambda wildcards: {
            # the label changes no prediction
            key: value
            for key, value in CLASSIFIERS[wildcards.classifier].items()
            if key != "label"
        },
        repetition=lambda wildcards: STUDY.repetitions[wildcards.features, wildcards.view],
        copies=lambda wildcards: STUDY.copies((wildcards.features, wildcards.view)),
        labels=lambda wildcards: STUDY.labels[wildcards.features, wildcards.view],
        sees_images=lambda wildcards: Classifier.of(CLASSIFIERS[wildcards.classifier]).sees_images(
            wildcards.features == PIXELS
        ),
        start=lambda wildcards: STARTS.get((wildcards.features, wildcards.view, wildcards.classifier)),
        seed=config["seed"],
        code=code_of("classify.py", lambda wildcards: LOADED[wildcards.features, wildcards.view, wildcards.classifier]),
    script:
        "../scripts/classify.py"
