"""Stage gradient check: the gate before training.

Input: the patches of the default model and their normaliser, so that a network is checked on the same patches
regardless of the models that use it. Output: <results>/gradient_check/{network}.csv, one row per check. Unless every
check passes, the job fails and no model of that network trains.
"""

from lib.costs import limits


rule check_gradient:
    """Compare the gradient of {network} with central differences."""
    input:
        patches=of_default_model("<results>/patches/{sample}.npy"),
        normaliser=of_default_model("<results>/patches/{normaliser}.json"),
    output:
        checks="<results>/gradient_check/{network}.csv",
    log:
        "<logs>/check_gradient/{network}.log",
    benchmark:
        "<benchmarks>/check_gradient/{network}.tsv"
    priority: filters_first
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        settings=settings_of("networks"),
        seed=config["seed"],
        code=code_of("check_gradient.py"),
    script:
        "../scripts/check_gradient.py"
