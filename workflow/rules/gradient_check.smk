"""Stage gradient check: the gate before training.

Input: patches and their normaliser. Output: <results>/gradient_check/{network}.csv, a row a check. The
job fails, and no model of that network trains, unless every check passes.
"""


rule check_gradient:
    """Compare the gradient of {network} with central differences."""
    input:
        unpack(gradient_check_input),
    output:
        checks="<results>/gradient_check/{network}.csv",
    log:
        "<logs>/check_gradient/{network}.log",
    benchmark:
        "<benchmarks>/check_gradient/{network}.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        settings=settings_of("networks"),
        seed=config["seed"],
        code=code_of("check_gradient.py"),
    script:
        "../scripts/check_gradient.py"
