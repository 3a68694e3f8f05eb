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


rule prepare_objects:
    """Scale and rotate {features} {view} ({preparation}) for several classifiers."""
    input:
        train=objects_of("train"),
        test=objects_of("test"),
        train_labels="<results>/dataset/train_labels.npy",
        train_groups="<results>/dataset/train_groups.npy",
        folds=branch(of_evaluation("folded"), then="<results>/dataset/folds.json"),
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
        mem_mb=lambda wildcards, input, attempt: attempt * objects_in(wildcards, input).memory(rotates=True),
        runtime=lambda wildcards, input, attempt: attempt * objects_in(wildcards, input).minutes(),
        gpu=0,  # a profile sets 1 to compute the products of objects on a GPU
    params:
        repetition=of_evaluation("repetition"),
        copies=of_evaluation("copies"),
        labels=of_evaluation("labels"),
        seed=config["seed"],
        code=code_of("prepare_objects.py"),
    script:
        "../scripts/prepare_objects.py"


rule classify:
    """Classify {features} {view} by {classifier}."""
    input:
        train=objects_of("train"),
        test=objects_of("test"),
        train_labels="<results>/dataset/train_labels.npy",
        train_groups="<results>/dataset/train_groups.npy",
        folds=branch(of_evaluation("folded"), then="<results>/dataset/folds.json"),
        fitting=FITTING,
        # The job of a classifier that shares nothing prepares its own objects.
        prepared=branch(
            of_evaluation("preparation"),
            then=lambda wildcards: f"<results>/predictions/{evaluation(wildcards).prepared}.npz",
        ),
        # Features that are trained with the classifier start from the weights of the model.
        theta=branch(of_evaluation("start"), then="<results>/models/{features}/theta.npy"),
        normaliser=branch(
            of_evaluation("start"),
            then=lambda wildcards: f"<results>/patches/{STUDY.models[wildcards.features].normaliser}.json",
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
        * objects_in(wildcards, input).memory(
            rotates=evaluation(wildcards).rotates,
            rotated=bool(input.prepared),
            network=evaluation(wildcards).is_network,
        ),
        runtime=lambda wildcards, input, attempt: attempt * objects_in(wildcards, input).minutes(),
        gpu=0,  # a profile sets 1 to train networks, and to compute products of objects, on a GPU
    params:
        classifier=lambda wildcards: {
            # the label changes no prediction
            key: value
            for key, value in CLASSIFIERS[wildcards.classifier].items()
            if key != "label"
        },
        repetition=of_evaluation("repetition"),
        copies=of_evaluation("copies"),
        labels=of_evaluation("labels"),
        sees_images=of_evaluation("sees_images"),
        start=of_evaluation("start"),
        seed=config["seed"],
        code=code_of("classify.py", modules_of),
    script:
        "../scripts/classify.py"
