"""Describe the networks that classifiers have trained, and the course of their training."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table, write_table
from lib.study.experiments import expand
from lib.study.model_labels import feature_labels
from lib.tabulation.networks import network_table, network_training_table


def main(files: dict, output: dict, plan: dict) -> None:
    study = expand(plan)
    found = {one: read_json(path)[0] for one, path in zip(study.evaluations, files["facts"], strict=True)}
    records = {evaluation: fact["network"] for evaluation, fact in found.items() if "network" in fact}
    write_table(network_training_table(records, study, feature_labels(study)), output["training"])
    write_table(network_table(records, study, read_table(files["accuracy"])), output["networks"])


with job_files(snakemake) as (files, output):
    main(dict(files.items()), dict(output.items()), snakemake.params.plan)
