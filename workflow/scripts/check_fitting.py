"""Check that the settings and classifiers of a study fit its images."""

from lib.base.jobs import log_to, read_json, write_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.costs.fitting import check_classifiers, check_data
from lib.datasets.known_facts import facts_of
from lib.study.experiments import expand


def main(facts: str, fold_indices: str, fitting: str, config: dict, usual: dict[str, int]) -> None:
    known = facts_of(read_json(facts), read_json(fold_indices))
    study = expand(config)
    check_data(config, study, known, usual)
    check_classifiers(config["classifiers"], study, known, config["folds"], config["networks"])
    write_json(fitting, {"classes": len(known.classes), "side": known.side, "channels": known.channels})


# The configuration is not a parameter of the rule: once the facts are known, every run checks it before its first job.
with job_files(snakemake) as (files, output):
    main(files.facts, files.fold_indices, output.fitting, snakemake.config, snakemake.params.components)
