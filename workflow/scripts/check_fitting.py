"""Check that the settings and classifiers of a study fit its images."""

from pathlib import Path

from lib.base.jobs import log_to, read_json, write_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.costs.fitting import check_classifiers, check_data, usual_components
from lib.datasets.known_facts import facts_of
from lib.study.configuration_files import read
from lib.study.experiments import expand

DEFAULT_STUDY = Path(snakemake.scriptdir).resolve().parents[1] / "config" / "config.yaml"


def main(facts: str, fold_indices: str, fitting: str, config: dict) -> None:
    known = facts_of(read_json(facts), read_json(fold_indices))
    study = expand(config)
    check_data(config, study, known, usual_components(read(DEFAULT_STUDY)))
    check_classifiers(config["classifiers"], study, known, config["folds"], config["networks"])
    write_json(fitting, {"classes": len(known.classes), "side": known.side, "channels": known.channels})


# Neither the configuration nor the code is a parameter of the rule: once the facts are known, every run checks the
# configuration before its first job.
with job_files(snakemake) as (files, output):
    main(files.facts, files.fold_indices, output.fitting, snakemake.config)
