"""Stage features: activations on a grid of patches, or their means over cells of the image.

Input: training and test images, reduced if the model asks for it, a model, its normaliser.
Output: <results>/features/{model}/{view}/{train,test}.npy (N, grid positions or cells * units) float32; twice as
many rows, the second half of the mirrored images, where the view asks for them.
"""


rule extract_features:
    """Extract features {view} of the training and test images by {model}."""
    input:
        train=encoded_images("train"),
        test=encoded_images("test"),
        theta="<results>/models/{model}/theta.npy",
        normaliser=model_normaliser,
    output:
        train="<results>/features/{model}/{view}/train.npy",
        test="<results>/features/{model}/{view}/test.npy",
    log:
        "<logs>/extract_features/{model}/{view}.log",
    benchmark:
        "<benchmarks>/extract_features/{model}/{view}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 2
    resources:
        mem_mb=1000,
        runtime=extraction_minutes,
        gpu=0,
    params:
        model=settings_of("models"),
        view=settings_of("views"),
        code=code_of_learner("extract_features.py"),
    script:
        "../scripts/extract_features.py"
