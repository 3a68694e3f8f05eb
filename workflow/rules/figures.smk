"""Stage figures: pictures of images, filters and results, in <results>/figures/.

Input: tables, histories, models, images. Output: for every pictured model its filters as the mosaic
<results>/figures/filters/{model}.png; every other figure as a PDF for the report and a PNG for the screen. Figures of
an experiment are in <results>/figures/{experiment}/. A job draws many figures: starting takes longer than drawing.
"""

from lib.costs import limits

import os

from lib.study import contents
from lib.study.decoded import CODE_FIGURES
from lib.study.pictured import deep_models, reconstructed_models
from lib.study.settings import DEFAULT

PICTURED = sorted({model for name in STUDY.experiments for model in STUDY.pictured(name)})
OTHERS_PICTURED = [model for model in PICTURED if model != FIRST_MODEL]
# Times of a graphics processor, if somebody has measured them: of several, the last one by name.
MEASUREMENT = sorted(os.path.relpath(file) for file in (ROOT / "report" / "measurements").glob("*.csv"))[-1:]
# Kind and experiment of every figure.
FIGURES = [
    ("overview", DEFAULT),
    *((kind, name) for name in STUDY.experiments for kind in contents.figures(STUDY, name)),
    *(("gpu", DEFAULT) for _file in MEASUREMENT),
]
# Pictures show images and filters, charts have lines: another colour in the configuration redraws only charts.
PICTURE_KINDS = ("overview", "filters", "responses", "activity", "mosaic", "classes", "reconstructions")
PICTURES = [(kind, name) for kind, name in FIGURES if kind in PICTURE_KINDS]
CODES = [(kind, name) for kind, name in FIGURES if kind in CODE_FIGURES]
CHARTS = [figure for figure in FIGURES if figure not in PICTURES + CODES]
# Tables from which charts are drawn.
CHARTED = [
    *("accuracy", "classification", "confusion", "filters", "measures"),
    *(("network_training",) if any(kind == "training" for kind, _name in CHARTS) else ()),
]
# Models whose reconstructions are drawn.
RECONSTRUCTING = reconstructed_models(STUDY) + [
    model for name in STUDY.experiments for model in contents.reconstructing(STUDY, name)
]
# Models whose deeper layers, or mean activations, are drawn.
RESPONDING = sorted(
    {
        model
        for name in STUDY.experiments
        for model in {**deep_models(STUDY, name), **contents.sparse_models(STUDY, name)}
    }
)
# Models whose trainings are drawn, in all repetitions.
CURVES = sorted(
    {
        repetition
        for name in STUDY.experiments
        if "convergence" in contents.figures(STUDY, name)
        for model in STUDY.pictured(name)
        for repetition in STUDY.repeated(name, model)
    }
)


rule draw_default_filters:
    """Draw the filters of the default model as a mosaic, as soon as they are there."""
    input:
        filters=[f"<results>/models/{FIRST_MODEL}/filters.npy"],
    output:
        mosaics=listed_mosaics([FIRST_MODEL]),
    log:
        "<logs>/draw_default_filters.log",
    benchmark:
        "<benchmarks>/draw_default_filters.tsv"
    priority: FILTERS_FIRST
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        code=code_of("draw_filters.py"),
    script:
        "../scripts/draw_filters.py"


if OTHERS_PICTURED:

    rule draw_filters:
        """Draw the filters of every other pictured model as a mosaic."""
        input:
            filters=collect("<results>/models/{model}/filters.npy", model=OTHERS_PICTURED),
        output:
            mosaics=listed_mosaics(OTHERS_PICTURED),
        log:
            "<logs>/draw_filters.log",
        benchmark:
            "<benchmarks>/draw_filters.tsv"
        conda:
            "../envs/study.yaml"
        threads: 1
        resources:
            mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
            runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
        params:
            code=code_of("draw_filters.py"),
        script:
            "../scripts/draw_filters.py"


rule draw_pictures:
    """Draw images, patches, filters, what excites units, and reconstructions."""
    input:
        images="<results>/dataset/unlabeled.npy",
        patches=of_default_model("<results>/patches/{sample}.npy"),
        labelled=collect("<results>/dataset/{split}{part}.npy", split=("train", "test"), part=("", "_labels")),
        facts="<results>/dataset/facts.json",
        weights=collect("<results>/models/{model}/filters.npy", model=PICTURED),
        units=collect("<results>/models/{model}/filters.csv", model=PICTURED),
        responses=collect("<results>/models/{model}/responses.npy", model=RESPONDING),
        reconstructions=collect("<results>/models/{model}/reconstructions.npy", model=sorted(set(RECONSTRUCTING))),
        measures="<results>/tables/measures.csv",
        filters="<results>/tables/filters.csv",
        catalogue=CATALOGUE,
    output:
        pdf=figure_paths(PICTURES, "pdf"),
        png=listed_figures(PICTURES),
    log:
        "<logs>/draw_pictures.log",
    benchmark:
        "<benchmarks>/draw_pictures.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        figures=PICTURES,
        plan=PLAN,
        style={key: value for key, value in config["figures"].items() if key != "colours"},
        code=code_of("draw_pictures.py"),
    script:
        "../scripts/draw_pictures.py"


if CODES:

    rule draw_codes:
        """Draw what models make of codes and of corrupted inputs."""
        input:
            decoded=collect("<results>/models/{model}/decoded.npz", model=DECODED),
            facts="<results>/dataset/facts.json",
            catalogue=CATALOGUE,
        output:
            pdf=figure_paths(CODES, "pdf"),
            png=listed_figures(CODES),
        log:
            "<logs>/draw_codes.log",
        benchmark:
            "<benchmarks>/draw_codes.tsv"
        conda:
            "../envs/study.yaml"
        threads: 1
        resources:
            mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
            runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
        params:
            figures=CODES,
            plan=PLAN,
            style={key: value for key, value in config["figures"].items() if key != "colours"},
            code=code_of("draw_codes.py"),
        script:
            "../scripts/draw_codes.py"


rule draw_charts:
    """Draw the trainings, measures of filters and accuracies of every experiment."""
    input:
        histories=collect("<results>/models/{model}/history.csv", model=CURVES),
        tables=collect("<results>/tables/{table}.csv", table=CHARTED),
        gpu=MEASUREMENT,
        catalogue=CATALOGUE,
    output:
        pdf=figure_paths(CHARTS, "pdf"),
        png=listed_figures(CHARTS),
    log:
        "<logs>/draw_charts.log",
    benchmark:
        "<benchmarks>/draw_charts.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        figures=CHARTS,
        plan=PLAN,
        classifiers=CLASSIFIER_LABELS,
        style=config["figures"],
        code=code_of("draw_charts.py"),
    script:
        "../scripts/draw_charts.py"


rule figures:
    """All figures."""
    input:
        collect("<results>/figures/filters/{model}.png", model=PICTURED),
        rules.draw_pictures.output,
        figure_paths(CODES, "png"),
        rules.draw_charts.output,
        EXPLORATION_FIGURES.values(),
