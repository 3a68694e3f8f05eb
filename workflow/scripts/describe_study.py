"""Write what the notebook has to know of the configuration."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path


def main(study: dict, path: str) -> None:
    # Experiments and settings stand in the order of the configuration.
    Path(path).write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")


main(snakemake.params.study, snakemake.output.study)
