"""Stage features: activations on a grid of patches, or their means over cells of the image.

Input: training and test images, reduced if the model asks for it; a model and its normaliser.
Output: <results>/features/{model}/{view}/{train,test}.npy (N, grid positions or cells * units) float32. If the view
asks for mirrored images, their features follow as N further rows.
"""

from lib.costs import limits


rule extract_features:
    """Extract features {view} of the training and test images by {model}."""
    input:
        train=lambda wildcards: images_of("train", STUDY.models[wildcards.model].settings),
        test=lambda wildcards: images_of("test", STUDY.models[wildcards.model].settings),
        theta="<results>/models/{model}/theta.npy",
        normaliser=of_model("<results>/patches/{normaliser}.json"),
    output:
        train="<results>/features/{model}/{view}/train.npy",
        test="<results>/features/{model}/{view}/test.npy",
    log:
        "<logs>/extract_features/{model}/{view}.log",
    benchmark:
        "<benchmarks>/extract_features/{model}/{view}.tsv"
    priority: accuracy_next
    conda:
        "../envs/study.yaml"
    threads: lambda wildcards: limits.extraction_threads(STUDY.models[wildcards.model], STUDY.views[wildcards.view])
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt * limits.extraction_memory(threads),
        runtime=lambda wildcards, input, attempt: attempt
        * limits.extraction_minutes(STUDY.models[wildcards.model], STUDY.views[wildcards.view], input.size_mb * 2**20),
        gpu=0,
    params:
        model=settings_of("models"),
        view=settings_of("views"),
        code=code_of("extract_features.py", learner_of),
    script:
        "../scripts/extract_features.py"
