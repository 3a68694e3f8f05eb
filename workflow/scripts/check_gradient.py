"""Check the gradient of a network; the job fails unless every check passes."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import pandas as pd

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.patches.normalisation import normalise
from lib.training.gradient_check import OBJECTS, check_network, require_passed
from lib.training.loss import Network


def main(patches: str, normaliser: str, checks: str, network: str, settings: dict, seed: int) -> None:
    data = normalise(CheckedRows(patches)[:OBJECTS], read_json(normaliser))
    found = check_network(Network.of(settings), data, generator(seed, "gradient check", settings))
    require_passed(network, found)
    pd.DataFrame(found).assign(network=network).to_csv(checks, index=False)


with job_files(snakemake, partly=["patches"]) as (files, output):
    main(
        files.patches,
        files.normaliser,
        output.checks,
        snakemake.wildcards.network,
        snakemake.params.settings,
        snakemake.params.seed,
    )
