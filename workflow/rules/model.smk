"""Stage model: training by L-BFGS and what the filters look like.

Input: patches, their normaliser, the passed gradient check of the network.
Output: <results>/models/{model}/ with theta.npy (flat, float64), training.json, history.csv (a row an
iteration), filters.csv (a row a unit of the first hidden layer), layers.csv (a row a hidden layer).
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
        code=code_of("train_model.py"),
    script:
        "../scripts/train_model.py"


rule measure_filters:
    """Measure how much the filters of {model} look like edges and what its units do."""
    input:
        theta="<results>/models/{model}/theta.npy",
        patches=model_patches,
        normaliser=model_normaliser,
    output:
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
        code=code_of("measure_filters.py"),
    script:
        "../scripts/measure_filters.py"
