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

from lib.costs import limits
from lib.study.settings import PIXELS, Classifier

CLASSIFIERS = {name: settings for name, settings in config["classifiers"].items() if settings}
PREPARED = {name: Classifier.of(settings).preparation for name, settings in CLASSIFIERS.items()}
# Features, view and preparation of the objects that several classifiers scale and rotate in the same way.
SHARED = [
    prepared
    for prepared, count in Counter(
        (features, view, PREPARED[classifier]) for features, view, classifier in STUDY.evaluations
    ).items()
    if prepared[2] and count > 1
]
FOLDED = set(STUDY.folded)
# Folders of the features that an evaluation joins column by column; for pixels, of the images.
FOLDERS = {
    (features, view): (
        [f"features/{model}/{part}" for model, part in STUDY.features[features, view]]
        if features != PIXELS
        else ["dataset"]
    )
    for features, view, _ in STUDY.evaluations
}
EVALUATIONS = ["/".join(evaluation) for evaluation in STUDY.evaluations]


rule prepare_objects:
    """Scale and rotate {features} {view} ({preparation}) for several classifiers."""
    input:
        train=lambda wildcards: [
            f"<results>/{folder}/train.npy" for folder in FOLDERS[wildcards.features, wildcards.view]
        ],
        test=lambda wildcards: [
            f"<results>/{folder}/test.npy" for folder in FOLDERS[wildcards.features, wildcards.view]
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
        * limits.classification_memory(
            input.train,
            input.test,
            input.train_labels,
            STUDY.copies((wildcards.features, wildcards.view)),
            wildcards.features == PIXELS,
        ),
        runtime=lambda wildcards, input, attempt: attempt
        * limits.classification_minutes(
            input.train,
            input.test,
            input.train_labels,
            STUDY.copies((wildcards.features, wildcards.view)),
            wildcards.features == PIXELS,
        ),
    params:
        repetition=lambda wildcards: STUDY.repetitions[wildcards.features, wildcards.view],
        copies=lambda wildcards: STUDY.copies((wildcards.features, wildcards.view)),
        seed=config["seed"],
        code=code_of("prepare_objects.py"),
    script:
        "../scripts/prepare_objects.py"


rule classify:
    """Classify {features} {view} by {classifier}."""
    input:
        train=lambda wildcards: [
            f"<results>/{folder}/train.npy" for folder in FOLDERS[wildcards.features, wildcards.view]
        ],
        test=lambda wildcards: [
            f"<results>/{folder}/test.npy" for folder in FOLDERS[wildcards.features, wildcards.view]
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
        * (
            limits.classification_memory(
                input.train,
                input.test,
                input.train_labels,
                STUDY.copies((wildcards.features, wildcards.view)),
                wildcards.features == PIXELS,
            )
            if PREPARED[wildcards.classifier] and not input.prepared
            else limits.classifier_memory(
                input.train,
                input.test,
                input.train_labels,
                STUDY.copies((wildcards.features, wildcards.view)),
                wildcards.features == PIXELS,
                rotated=bool(input.prepared),
            )
        ),
        runtime=lambda wildcards, input, attempt: attempt
        * limits.classification_minutes(
            input.train,
            input.test,
            input.train_labels,
            STUDY.copies((wildcards.features, wildcards.view)),
            wildcards.features == PIXELS,
        ),
    params:
        classifier=lambda wildcards: {
            # the label changes no prediction
            key: value
            for key, value in CLASSIFIERS[wildcards.classifier].items()
            if key != "label"
        },
        repetition=lambda wildcards: STUDY.repetitions[wildcards.features, wildcards.view],
        copies=lambda wildcards: STUDY.copies((wildcards.features, wildcards.view)),
        seed=config["seed"],
        code=code_of("classify.py"),
    script:
        "../scripts/classify.py"
