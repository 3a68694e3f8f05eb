"""Stage figures: pictures of images, filters and results, in <results>/figures/.

Input: tables, histories, models, images. Output: a PDF for the report and a PNG for the screen each; for
every model its filters as the mosaic <results>/figures/filters/{model}.png.
"""


rule draw_filters:
    """Draw the filters of {model}."""
    input:
        theta="<results>/models/{model}/theta.npy",
        patches=model_patches,
    output:
        png="<results>/figures/filters/{model}.png",
    log:
        "<logs>/draw_filters/{model}.log",
    benchmark:
        "<benchmarks>/draw_filters/{model}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        settings=settings_of("models"),
        code=code_of("draw_filters.py"),
    script:
        "../scripts/draw_filters.py"


rule draw_overview:
    """Draw images, patches and the filters of the default model."""
    input:
        images="<results>/dataset/unlabeled.npy",
        patches=of_default_model("<results>/patches/{sample}.npy"),
        theta=of_default_model("<results>/models/{model}/theta.npy"),
    output:
        pdf="<results>/figures/overview.pdf",
        png="<results>/figures/overview.png",
    log:
        "<logs>/draw_overview.log",
    benchmark:
        "<benchmarks>/draw_overview.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        settings=STUDY.models[STUDY.default[0]],
        style=config["figures"],
        code=code_of("draw_overview.py"),
    script:
        "../scripts/draw_overview.py"


rule draw_all_filters:
    """Draw the filters of all models side by side."""
    input:
        thetas=collect("<results>/models/{model}/theta.npy", model=STUDY.models),
        patches=[f"<results>/patches/{settings['sample']}.npy" for settings in STUDY.models.values()],
    output:
        pdf="<results>/figures/filters.pdf",
        png="<results>/figures/filters.png",
    log:
        "<logs>/draw_all_filters.log",
    benchmark:
        "<benchmarks>/draw_all_filters.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        models=STUDY.models,
        labels=LABELS,
        style=config["figures"],
        code=code_of("draw_all_filters.py"),
    script:
        "../scripts/draw_all_filters.py"


rule draw_convergence:
    """Draw the loss of every training."""
    input:
        histories=collect("<results>/models/{model}/history.csv", model=TRAINED),
    output:
        pdf="<results>/figures/convergence.pdf",
        png="<results>/figures/convergence.png",
    log:
        "<logs>/draw_convergence.log",
    benchmark:
        "<benchmarks>/draw_convergence.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        labels=[LABELS[model] for model in TRAINED],
        style=config["figures"],
        code=code_of("draw_convergence.py"),
    script:
        "../scripts/draw_convergence.py"


rule draw_edge_likeness:
    """Draw the edge-likeness of all filters."""
    input:
        filters=collect("<results>/models/{model}/filters.csv", model=STUDY.models),
    output:
        pdf="<results>/figures/edge_likeness.pdf",
        png="<results>/figures/edge_likeness.png",
    log:
        "<logs>/draw_edge_likeness.log",
    benchmark:
        "<benchmarks>/draw_edge_likeness.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        labels=[LABELS[model] for model in STUDY.models],
        style=config["figures"],
        code=code_of("draw_edge_likeness.py"),
    script:
        "../scripts/draw_edge_likeness.py"


rule draw_accuracy:
    """Draw the accuracy of every classifier on every kind of features."""
    input:
        table="<results>/tables/classification.csv",
    output:
        pdf="<results>/figures/accuracy.pdf",
        png="<results>/figures/accuracy.png",
    log:
        "<logs>/draw_accuracy.log",
    benchmark:
        "<benchmarks>/draw_accuracy.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        classifiers=CLASSIFIER_LABELS,
        style=config["figures"],
        code=code_of("draw_accuracy.py"),
    script:
        "../scripts/draw_accuracy.py"


rule figures:
    """All figures."""
    input:
        collect(rules.draw_filters.output, model=STUDY.models),
        rules.draw_overview.output,
        rules.draw_all_filters.output,
        rules.draw_convergence.output,
        rules.draw_edge_likeness.output,
        rules.draw_accuracy.output,
