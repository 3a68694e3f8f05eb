"""Write what the notebook needs from the configuration."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import json
from pathlib import Path

from lib.base.outputs import job_files


def main(study: dict, path: str) -> None:
    # The keys keep the order of the configuration.
    Path(path).write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")


with job_files(snakemake) as (_, output):
    main(snakemake.params.study, output.study)
