"""Stage dataset: raw files become validated uint8 matrices that later stages memory-map.

Input: the raw files of any known form, or nothing for the embedded photographs.
The target download, and it alone, fetches the official archive.
Output: <results>/dataset/{train,test,unlabeled}.npy (N, side*side*channels), labels (N,) from 0, facts.json,
raw_files.json (what the raw files were, so that a change of one is seen),
folds.json (lists of indices into the training images); where a model wants smaller images,
reduced_{image_size}/{train,test,unlabeled}.npy (N, image_size*image_size*channels).
"""


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
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    params:
        crops=config["crops"],
        seed=config["seed"],
        code=code_of("make_photographs.py"),
    script:
        "../scripts/make_photographs.py"


rule download:
    """Only the official archive of the data set."""
    input:
        ARCHIVE or [],
    localrule: True


if DOWNLOADING and ARCHIVE and not Path(ARCHIVE).is_file():

    rule download_dataset:
        """Fetch the official archive of the data set; a broken transfer goes on where it stopped."""
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
            mem_mb=BASE_MEMORY,
            runtime=1440,
        params:
            download=config["download"],
            code=code_of("download_dataset.py"),
        script:
            "../scripts/download_dataset.py"


rule ingest_dataset:
    """Check the raw files and write images, labels and facts."""
    input:
        unpack(raw_input),
    output:
        train="<results>/dataset/train.npy",
        test="<results>/dataset/test.npy",
        unlabeled="<results>/dataset/unlabeled.npy",
        train_labels="<results>/dataset/train_labels.npy",
        test_labels="<results>/dataset/test_labels.npy",
        fold_indices="<results>/dataset/fold_indices.json",
        facts="<results>/dataset/facts.json",
        raw_files="<results>/dataset/raw_files.json",
    log:
        "<logs>/ingest_dataset.log",
    benchmark:
        "<benchmarks>/ingest_dataset.tsv"
    conda:
        "../envs/study.yaml"
    threads: 2
    resources:
        mem_mb=ingest_memory,
        runtime=30,
    params:
        dataset=config["dataset"],
        seed=config["seed"],
        raw=raw_state,
        code=code_of("ingest_dataset.py"),
    script:
        "../scripts/ingest_dataset.py"


rule check_fitting:
    """Check that the settings and classifiers of the study fit the images, before anything is computed from them."""
    input:
        facts="<results>/dataset/facts.json",
        fold_indices="<results>/dataset/fold_indices.json",
    output:
        fitting="<results>/dataset/fitting.json",
    log:
        "<logs>/check_fitting.log",
    benchmark:
        "<benchmarks>/check_fitting.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=BASE_MEMORY,
        runtime=10,
    params:
        code=code_of("check_fitting.py"),
    script:
        "../scripts/check_fitting.py"


rule reduce_images:
    """Reduce the {split} images to {image_size} pixels a side."""
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
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        code=code_of("reduce_images.py"),
    script:
        "../scripts/reduce_images.py"


rule draw_folds:
    """Take the folds of the training images that the data set has, otherwise draw them."""
    input:
        fold_indices="<results>/dataset/fold_indices.json",
        labels="<results>/dataset/train_labels.npy",
        fitting=FITTING,
    output:
        folds="<results>/dataset/folds.json",
    log:
        "<logs>/draw_folds.log",
    benchmark:
        "<benchmarks>/draw_folds.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        number=config["folds"],
        seed=config["seed"],
        code=code_of("draw_folds.py"),
    script:
        "../scripts/draw_folds.py"


rule find_duplicates:
    """Count images that occur more than once, within a split or in two of them."""
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
        mem_mb=700,
        runtime=15,
    params:
        code=code_of("find_duplicates.py"),
    script:
        "../scripts/find_duplicates.py"
