"""Write the whole configuration of the study: as a file that runs it again, and as a table."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import pandas as pd
import yaml

from lib.base.outputs import job_files
from lib.study.canonical import flattened


def main(config: dict, output: dict) -> None:
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)
    Path(output["file"]).write_text(text, encoding="utf-8")
    pd.DataFrame(flattened(config), columns=["key", "value"]).to_csv(output["table"], index=False)


with job_files(snakemake) as (_, output):
    main(snakemake.params.config, dict(output.items()))
