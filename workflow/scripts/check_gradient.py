"""Check the gradient of a network; the job fails unless every check passes."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np
import pandas as pd

from lib.base.randomness import generator
from lib.patches.normalisation import normalise
from lib.training.gradient_check import OBJECTS, check_network, require_passed
from lib.training.loss import Network


def main(patches: str, normaliser: str, checks: str, network: str, settings: dict, seed: int) -> None:
    data = normalise(np.load(patches, mmap_mode="r")[:OBJECTS], read_json(normaliser))
    found = check_network(Network.of(settings), data, generator(seed, "gradient check", settings))
    require_passed(network, found)
    pd.DataFrame(found).assign(network=network).to_csv(checks, index=False)


main(
    snakemake.input.patches,
    snakemake.input.normaliser,
    snakemake.output.checks,
    snakemake.wildcards.network,
    snakemake.params.settings,
    snakemake.params.seed,
)
