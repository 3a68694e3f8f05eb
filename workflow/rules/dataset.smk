"""Stage dataset: raw files become validated uint8 matrices that later stages memory-map.

Input: the raw files of any known form, or nothing for the embedded photographs.
Output: <results>/dataset/{train,test,unlabeled}.npy (N, side*side*channels), labels (N,) from 0, facts.json.
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
        facts="<results>/dataset/facts.json",
    log:
        "<logs>/ingest_dataset.log",
    benchmark:
        "<benchmarks>/ingest_dataset.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=ingest_memory,
        runtime=30,
    params:
        code=code_of("ingest_dataset.py"),
    script:
        "../scripts/ingest_dataset.py"
