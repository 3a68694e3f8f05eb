"""Stage patches: random patches of the unlabelled images, and the statistics that normalise them.

Input: <results>/dataset/unlabeled.npy, or its reduced images.
Output: <results>/patches/{sample}.npy (patches, channels*size*size) uint8, and <results>/patches/{normaliser}.json with
the statistics of its channels or its whitening, which are fitted once and applied to every later patch.
"""

from lib.costs import limits


rule sample_patches:
    """Sample {sample} from the unlabelled images."""
    input:
        images=lambda wildcards: images_of("unlabeled", STUDY.samples[wildcards.sample]),
        facts="<results>/dataset/facts.json",
        fitting=FITTING,
    output:
        patches="<results>/patches/{sample}.npy",
    log:
        "<logs>/sample_patches/{sample}.log",
    benchmark:
        "<benchmarks>/sample_patches/{sample}.tsv"
    priority: filters_first
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * limits.sampling_memory(STUDY.samples[wildcards.sample], input.images),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        settings=settings_of("samples"),
        seed=config["seed"],
        code=code_of("sample_patches.py"),
    script:
        "../scripts/sample_patches.py"


rule fit_normaliser:
    """Fit the normalisation {normaliser}."""
    input:
        patches=lambda wildcards: f"<results>/patches/{STUDY.normalisers[wildcards.normaliser]['sample']}.npy",
    output:
        normaliser="<results>/patches/{normaliser}.json",
    log:
        "<logs>/fit_normaliser/{normaliser}.log",
    benchmark:
        "<benchmarks>/fit_normaliser/{normaliser}.tsv"
    priority: filters_first
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt
        * limits.fitting_memory(STUDY.samples[STUDY.normalisers[wildcards.normaliser]["sample"]]),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        settings=settings_of("normalisers"),
        code=code_of("fit_normaliser.py"),
    script:
        "../scripts/fit_normaliser.py"
