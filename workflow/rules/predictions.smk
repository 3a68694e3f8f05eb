"""Stage predictions: classifiers on pixels and on features.

Input: features of the training and test images (the images themselves for pixels) and the labels.
Steps: scaling and rotation where several classifiers share them, then each classifier.
Output: <results>/predictions/{features}/{view}/{classifier}.npz with labels (F, N) and probabilities
(F, N, classes) of the test images, a row a training set: all training images, then each fold where an
experiment asks for folds. A .json beside it says for each of them what cross-validation chose.
<results>/predictions/{features}/{view}/prepared/{preparation}.npz has what is shared.
"""


rule prepare_objects:
    """Scale and rotate {features} {view} ({preparation}) for several classifiers."""
    input:
        train=features_input("train"),
        test=features_input("test"),
        train_labels="<results>/dataset/train_labels.npy",
        folds=evaluation_folds,
        fitting=FITTING,
    output:
        prepared="<results>/predictions/{features}/{view}/prepared/{preparation}.npz",
    log:
        "<logs>/prepare_objects/{features}/{view}_{preparation}.log",
    benchmark:
        "<benchmarks>/prepare_objects/{features}/{view}_{preparation}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=classification_memory,
        runtime=60,
    params:
        repetition=repetition_of,
        copies=copies_of_images,
        seed=config["seed"],
        code=code_of("prepare_objects.py"),
    script:
        "../scripts/prepare_objects.py"


rule classify:
    """Classify {features} {view} by {classifier}."""
    input:
        train=features_input("train"),
        test=features_input("test"),
        train_labels="<results>/dataset/train_labels.npy",
        folds=evaluation_folds,
        fitting=FITTING,
        prepared=prepared_input,
        facts="<results>/dataset/facts.json",
    output:
        predictions="<results>/predictions/{features}/{view}/{classifier}.npz",
        facts="<results>/predictions/{features}/{view}/{classifier}.json",
    log:
        "<logs>/classify/{features}/{view}_{classifier}.log",
    benchmark:
        "<benchmarks>/classify/{features}/{view}_{classifier}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=classification_memory,
        runtime=120,
    params:
        classifier=classifier_settings,
        repetition=repetition_of,
        copies=copies_of_images,
        seed=config["seed"],
        code=code_of("classify.py"),
    script:
        "../scripts/classify.py"
