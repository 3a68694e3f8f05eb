"""Stage patches: random patches of the unlabelled images, and the statistics that normalise them.

Input: <results>/dataset/unlabeled.npy, or its reduced images.
Output: <results>/patches/{sample}.npy (patches, channels*size*size) uint8 and in
<results>/patches/{normaliser}.json the statistics of its channels or its whitening, fitted once and
applied to every later patch.
"""


rule sample_patches:
    """Sample {sample} from the unlabelled images."""
    input:
        images=sampled_images,
        facts="<results>/dataset/facts.json",
        fitting=FITTING,
    output:
        patches="<results>/patches/{sample}.npy",
    log:
        "<logs>/sample_patches/{sample}.log",
    benchmark:
        "<benchmarks>/sample_patches/{sample}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=sampling_memory,
        runtime=10,
    params:
        settings=settings_of("samples"),
        seed=config["seed"],
        code=code_of("sample_patches.py"),
    script:
        "../scripts/sample_patches.py"


rule fit_normaliser:
    """Fit the normalisation {normaliser}."""
    input:
        patches=normaliser_patches,
    output:
        normaliser="<results>/patches/{normaliser}.json",
    log:
        "<logs>/fit_normaliser/{normaliser}.log",
    benchmark:
        "<benchmarks>/fit_normaliser/{normaliser}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=fitting_memory,
        runtime=10,
    params:
        settings=settings_of("normalisers"),
        code=code_of("fit_normaliser.py"),
    script:
        "../scripts/fit_normaliser.py"
