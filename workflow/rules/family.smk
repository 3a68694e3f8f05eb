"""Stage family: experiments of the lecture on autoencoders and deep networks, with data that they make.

Only the target family runs them. Output: <results>/family/{part}.csv, the results, and {part}_curves.csv, from which
curves are drawn.
"""

PARTS = ("points", "table", "gradients", "letters")


rule run_family_experiment:
    """Run the experiment {part} of the lecture."""
    output:
        results="<results>/family/{part}.csv",
        curves="<results>/family/{part}_curves.csv",
    log:
        "<logs>/run_family_experiment/{part}.log",
    benchmark:
        "<benchmarks>/run_family_experiment/{part}.tsv"
    wildcard_constraints:
        part=any_of(PARTS),
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
    params:
        seeds=3,
        code=code_of("run_family_experiment.py"),
    script:
        "../scripts/run_family_experiment.py"


rule family:
    """Run all experiments of the lecture."""
    input:
        collect("<results>/family/{part}{ending}.csv", part=PARTS, ending=["", "_curves"]),
