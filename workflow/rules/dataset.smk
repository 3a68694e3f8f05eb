"""Stage dataset: raw files become validated uint8 matrices that later stages memory-map.

Input: the raw files in any known form, or nothing for the embedded photographs. Only the target download fetches the
official archive.
Output: <results>/dataset/{train,test,unlabeled}.npy (N, side*side*channels) uint8, {train,test}_labels.npy (N,) int64
from 0, {train,test}_groups.npy (N,) int64 (equal for images that are not independent), facts.json, raw_files.json (a record of
the raw files, by which changes are detected), folds.json (lists of indices into the training images). For models of
smaller images also reduced_{image_size}/{train,test,unlabeled}.npy (N, image_size*image_size*channels) uint8.
"""

import os
import sys
from pathlib import Path

from lib.costs import limits
from lib.costs.fitting import check_classifiers, check_data, usual_components
from lib.datasets.ingestion import check_files_of
from lib.datasets.known_facts import known_facts
from lib.datasets.sources import archive_of, raw_data, remove_damaged_facts
from lib.study.last_run import new_classifiers

# An archive is fetched only if the command line names the target `download`. Its job exists in no other run, so another
# target never fetches gigabytes as a by-product.
DOWNLOADING = "download" in sys.argv[1:]
FACTS = known_facts(config)  # before damaged ones are set aside
CONFIG_FILE = os.path.relpath([ROOT / "config" / "config.yaml", *workflow.overwrite_configfiles][-1])
with stop_at_faults():
    ARCHIVE = archive_of(config, DOWNLOADING)
    if workflow.is_main_process:
        remove_damaged_facts(config)
    # No job needs the raw files once they have been ingested.
    RAW = raw_data(config, needed=FACTS is None and not DOWNLOADING, file=CONFIG_FILE)
    if workflow.is_main_process:  # not in every job on a cluster: the run that submits them has checked all this
        if RAW.has_changed:
            print(f"{config['dataset']}: files have changed and are checked", file=sys.stderr)
        # Checked before Snakemake removes the results of the old files, or of other names of classes.
        if RAW.has_changed or (RAW.record and FACTS is None):
            check_files_of(config["dataset"], config["seed"], config.get("classes", []))
        if facts := RAW.current(FACTS):
            check_data(config, STUDY, facts, usual_components(DEFAULT_STUDY))
        check_classifiers(new_classifiers(config, DEFAULT_STUDY), STUDY, facts, config["folds"], config["networks"])
# Whether the settings fit raw data is known after ingestion: one job checks it before all others run. Later runs check
# known facts before any job, so another configuration or other code need not run that job again: it has no parameters.
# Its output must not be `ancient`: if a job runs, Snakemake does not look for other reasons to run what depends on it.
FITTING = "<results>/dataset/fitting.json" if RAW.files else []


rule make_photographs:
    """Cut the embedded photographs into raw pickles like those of STL-10."""
    output:
        train="<results>/raw/train.pk",
        test="<results>/raw/test.pk",
        unlabeled="<results>/raw/unlabeled.pk",
    log:
        "<logs>/make_photographs.log",
    benchmark:
        "<benchmarks>/make_photographs.tsv"
    priority: FILTERS_FIRST
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * limits.photographs_memory(config["crops"]),
        runtime=lambda wildcards, attempt: attempt * 5,
    params:
        crops=config["crops"],
        seed=config["seed"],
        code=code_of("make_photographs.py"),
    script:
        "../scripts/make_photographs.py"


rule download:
    """Fetch the official archive of the data set, and nothing else."""
    input:
        ARCHIVE or [],
    localrule: True


if DOWNLOADING and ARCHIVE and not Path(ARCHIVE).is_file():

    rule download_dataset:
        """Fetch the official archive of the data set; a broken transfer resumes where it stopped."""
        output:
            archive=ARCHIVE,
        log:
            "<logs>/download_dataset.log",
        benchmark:
            "<benchmarks>/download_dataset.tsv"
        localrule: True
        conda:
            "../envs/study.yaml"
        threads: 1
        resources:
            mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
            runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
        params:
            download=config["download"],
            code=code_of("download_dataset.py"),
        script:
            "../scripts/download_dataset.py"


rule ingest_dataset:
    """Check the raw files and write images, labels and facts."""
    input:
        # Modification times of the user's files, and of folders even more, say nothing: `raw` detects changes.
        unpack(
            lambda wildcards: {split: [ancient(path) for path in paths] for split, paths in RAW.files.items()}
            or {split: getattr(rules.make_photographs.output, split) for split in config["crops"]}
        ),
    output:
        train="<results>/dataset/train.npy",
        test="<results>/dataset/test.npy",
        unlabeled="<results>/dataset/unlabeled.npy",
        train_labels="<results>/dataset/train_labels.npy",
        test_labels="<results>/dataset/test_labels.npy",
        train_groups="<results>/dataset/train_groups.npy",
        test_groups="<results>/dataset/test_groups.npy",
        fold_indices="<results>/dataset/fold_indices.json",
        facts="<results>/dataset/facts.json",
        raw_files="<results>/dataset/raw_files.json",
    log:
        "<logs>/ingest_dataset.log",
    benchmark:
        "<benchmarks>/ingest_dataset.tsv"
    priority: FILTERS_FIRST
    conda:
        "../envs/study.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.ingestion_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        dataset=config["dataset"],
        classes=config.get("classes", []),
        seed=config["seed"],
        raw=lambda wildcards: RAW.state,
        code=code_of("ingest_dataset.py"),
    script:
        "../scripts/ingest_dataset.py"


rule check_fitting:
    """Check that the settings and classifiers of the study fit the images before anything is computed from them."""
    input:
        facts="<results>/dataset/facts.json",
        fold_indices="<results>/dataset/fold_indices.json",
    output:
        fitting="<results>/dataset/fitting.json",
    log:
        "<logs>/check_fitting.log",
    benchmark:
        "<benchmarks>/check_fitting.tsv"
    priority: FILTERS_FIRST
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    script:
        "../scripts/check_fitting.py"


rule reduce_images:
    """Reduce the {split} images to {image_size} pixels per side."""
    input:
        images="<results>/dataset/{split}.npy",
        facts="<results>/dataset/facts.json",
        fitting=FITTING,
    output:
        reduced="<results>/dataset/reduced_{image_size}/{split}.npy",
    log:
        "<logs>/reduce_images/{image_size}_{split}.log",
    benchmark:
        "<benchmarks>/reduce_images/{image_size}_{split}.tsv"
    priority: FILTERS_FIRST
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.mapping_memory([input.images]),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        code=code_of("reduce_images.py"),
    script:
        "../scripts/reduce_images.py"


rule draw_folds:
    """Use the data set's own folds of the training images, or draw folds if it has none."""
    input:
        fold_indices="<results>/dataset/fold_indices.json",
        labels="<results>/dataset/train_labels.npy",
        facts="<results>/dataset/facts.json",
        fitting=FITTING,
    output:
        folds="<results>/dataset/folds.json",
    log:
        "<logs>/draw_folds.log",
    benchmark:
        "<benchmarks>/draw_folds.tsv"
    priority: ACCURACY_NEXT
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        number=config["folds"],
        seed=config["seed"],
        code=code_of("draw_folds.py"),
    script:
        "../scripts/draw_folds.py"


rule find_duplicates:
    """Count images that occur more than once, within a split or in two splits."""
    input:
        train="<results>/dataset/train.npy",
        test="<results>/dataset/test.npy",
        unlabeled="<results>/dataset/unlabeled.npy",
    output:
        table=listed_table("duplicates"),
    log:
        "<logs>/find_duplicates.log",
    benchmark:
        "<benchmarks>/find_duplicates.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.mapping_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        code=code_of("find_duplicates.py"),
    script:
        "../scripts/find_duplicates.py"
