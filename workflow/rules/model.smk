"""Stage model: training, and measurements of the filters.

Input: patches and their normaliser; test images; for learners with a gradient to check, the passed check of their network.
Output: <results>/models/{model}/ with theta.npy (flat parameters), training.json, history.csv (one row per iteration),
filters.npy (units, channels*size*size), filters.csv (one row per filter), layers.csv (one row per layer), responses.npy
(units of all layers, channels*size*size) float32, the mean of the normalised patches that excite each unit most,
reconstructions.npy (2, patches, channels*size*size) float32, normalised patches of test images and their
reconstructions, and examples.npz: for the units of all layers some of the patches of the training (units, patches,
channels*size*size) uint8 and the activations (units, images, rows, columns) float32 on a grid of two test images (images, D)
uint8, and for the filters the templates that fit them best (units, channels*size*size). Of a model whose figures show codes
or corrected inputs also decoded.npz, with the arrays of lib/evaluation/decoding.py.
"""

from lib.costs import limits

from lib.study.contents import all_decoded

DECODED = all_decoded(STUDY)


rule train_model:
    """Train {model}."""
    input:
        patches=of_model("<results>/patches/{sample}.npy"),
        normaliser=of_model("<results>/patches/{normaliser}.json"),
        gradient_check=branch(
            lambda wildcards: STUDY.models[wildcards.model].network is not None,
            then=of_model("<results>/gradient_check/{network}.csv"),
        ),
    output:
        theta="<results>/models/{model}/theta.npy",
        training="<results>/models/{model}/training.json",
        history="<results>/models/{model}/history.csv",
    log:
        "<logs>/train_model/{model}.log",
    benchmark:
        "<benchmarks>/train_model/{model}.tsv"
    priority: filters_first
    conda:
        "../envs/study.yaml"
    threads: lambda wildcards: limits.training_threads(STUDY.models[wildcards.model])
    resources:
        mem_mb=lambda wildcards, attempt: attempt * limits.training_memory(STUDY.models[wildcards.model]),
        runtime=lambda wildcards, attempt: attempt * limits.training_minutes(STUDY.models[wildcards.model]),
        gpu=0,  # a profile sets 1 to train on a GPU
    params:
        settings=settings_of("models"),
        seed=config["seed"],
        code=code_of("train_model.py", learner_of),
    script:
        "../scripts/train_model.py"


rule measure_filters:
    """Save the filters of {model}, and measure how edge-like they are and how its units respond."""
    input:
        theta="<results>/models/{model}/theta.npy",
        patches=of_model("<results>/patches/{sample}.npy"),
        normaliser=of_model("<results>/patches/{normaliser}.json"),
        images=lambda wildcards: images_of("test", STUDY.models[wildcards.model].settings),
    output:
        weights="<results>/models/{model}/filters.npy",
        filters="<results>/models/{model}/filters.csv",
        layers="<results>/models/{model}/layers.csv",
        responses="<results>/models/{model}/responses.npy",
        examples="<results>/models/{model}/examples.npz",
        reconstructions="<results>/models/{model}/reconstructions.npy",
    log:
        "<logs>/measure_filters/{model}.log",
    benchmark:
        "<benchmarks>/measure_filters/{model}.tsv"
    priority: filters_first
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * limits.measuring_memory(STUDY.models[wildcards.model]),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        settings=settings_of("models"),
        code=code_of("measure_filters.py", learner_of),
    script:
        "../scripts/measure_filters.py"


rule decode_codes:
    """Decode codes of {model}, or let it correct unseen patches."""
    input:
        theta="<results>/models/{model}/theta.npy",
        normaliser=of_model("<results>/patches/{normaliser}.json"),
        images=lambda wildcards: images_of("test", STUDY.models[wildcards.model].settings),
        labels="<results>/dataset/test_labels.npy",
    output:
        decoded="<results>/models/{model}/decoded.npz",
    log:
        "<logs>/decode_codes/{model}.log",
    benchmark:
        "<benchmarks>/decode_codes/{model}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * limits.measuring_memory(STUDY.models[wildcards.model]),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        settings=settings_of("models"),
        seed=config["seed"],
        code=code_of("decode_codes.py", learner_of),
    script:
        "../scripts/decode_codes.py"
