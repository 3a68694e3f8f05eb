"""Stage figures: pictures of images, filters and results, in <results>/figures/.

Input: tables, histories, models, images. Output: a PDF for the report and a PNG for the screen each, those of
an experiment in <results>/figures/{experiment}/; for every pictured model its filters as the mosaic
<results>/figures/filters/{model}.png.
"""


rule draw_filters:
    """Draw the filters of {model}."""
    input:
        theta="<results>/models/{model}/theta.npy",
        patches=model_patches,
    output:
        png=listed(
            "<results>/figures/filters/{model}.png",
            "figures/model",
            _("Filters of a model"),
            model_labels,
            model_subject,
        ),
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
        catalogue=CATALOGUE,
    output:
        pdf="<results>/figures/overview.pdf",
        png=listed_figure("<results>/figures/overview.png", "overview"),
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


rule draw_experiment_filters:
    """Draw the filters of the settings of {experiment} side by side."""
    input:
        thetas=of_pictured_models("<results>/models/{model}/theta.npy"),
        patches=of_pictured_models("<results>/patches/{sample}.npy"),
        table="<results>/tables/filters.csv",
        catalogue=CATALOGUE,
    output:
        pdf="<results>/figures/{experiment}/filters.pdf",
        png=listed_figure("<results>/figures/{experiment}/filters.png", "filters"),
    log:
        "<logs>/draw_experiment_filters/{experiment}.log",
    benchmark:
        "<benchmarks>/draw_experiment_filters/{experiment}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        models=pictured_models,
        settings=pictured_settings,
        style=config["figures"],
        code=code_of("draw_experiment_filters.py"),
    script:
        "../scripts/draw_experiment_filters.py"


rule draw_convergence:
    """Draw the loss of the trainings of {experiment}."""
    input:
        histories=of_pictured_models("<results>/models/{model}/history.csv"),
        catalogue=CATALOGUE,
    output:
        pdf="<results>/figures/{experiment}/convergence.pdf",
        png=listed_figure("<results>/figures/{experiment}/convergence.png", "convergence"),
    log:
        "<logs>/draw_convergence/{experiment}.log",
    benchmark:
        "<benchmarks>/draw_convergence/{experiment}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        models=pictured_models,
        style=config["figures"],
        code=code_of("draw_convergence.py"),
    script:
        "../scripts/draw_convergence.py"


rule draw_accuracy:
    """Draw the accuracy of the settings of {experiment}."""
    input:
        table="<results>/tables/accuracy.csv",
        catalogue=CATALOGUE,
    output:
        pdf="<results>/figures/{experiment}/accuracy.pdf",
        png=listed_figure("<results>/figures/{experiment}/accuracy.png", "accuracy"),
    log:
        "<logs>/draw_accuracy/{experiment}.log",
    benchmark:
        "<benchmarks>/draw_accuracy/{experiment}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        axis=numeric_axis,
        classifiers=CLASSIFIER_LABELS,
        style=config["figures"],
        code=code_of("draw_accuracy.py"),
    script:
        "../scripts/draw_accuracy.py"


rule figures:
    """All figures."""
    input:
        collect(rules.draw_filters.output, model=PICTURED),
        rules.draw_overview.output,
        experiment_figures("pdf"),
        experiment_figures("png"),
