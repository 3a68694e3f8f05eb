"""Stage model: training, and what the filters look like.

Input: patches, their normaliser; for learners with a gradient to check, the passed check.
Output: <results>/models/{model}/ with theta.npy (flat parameters), training.json, history.csv (one row per iteration),
filters.npy (units, channels*size*size), filters.csv (one row per filter), layers.csv (one row per layer).
"""


rule train_model:
    """Train {model}."""
    input:
        unpack(training_input),
    output:
        theta="<results>/models/{model}/theta.npy",
        training="<results>/models/{model}/training.json",
        history="<results>/models/{model}/history.csv",
    log:
        "<logs>/train_model/{model}.log",
    benchmark:
        "<benchmarks>/train_model/{model}.tsv"
    conda:
        "../envs/study.yaml"
    threads: training_threads
    resources:
        mem_mb=training_memory,
        runtime=training_minutes,
        gpu=0,
    params:
        settings=settings_of("models"),
        seed=config["seed"],
        code=code_of_learner("train_model.py"),
    script:
        "../scripts/train_model.py"


rule measure_filters:
    """Save the filters of {model}, and measure how much they look like edges and what the units do."""
    input:
        theta="<results>/models/{model}/theta.npy",
        patches=model_patches,
        normaliser=model_normaliser,
    output:
        weights="<results>/models/{model}/filters.npy",
        filters="<results>/models/{model}/filters.csv",
        layers="<results>/models/{model}/layers.csv",
    log:
        "<logs>/measure_filters/{model}.log",
    benchmark:
        "<benchmarks>/measure_filters/{model}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=measuring_memory,
        runtime=10,
    params:
        settings=settings_of("models"),
        code=code_of_learner("measure_filters.py"),
    script:
        "../scripts/measure_filters.py"
