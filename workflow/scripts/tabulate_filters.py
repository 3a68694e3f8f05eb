"""Count the oriented filters of every model in a table."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.tabulation.models import filter_table


def main(files: dict[str, list[str]], models: dict[str, dict], table: str) -> None:
    filters, layers = (
        {model: read_table(path) for model, path in zip(models, files[kind], strict=True)}
        for kind in ("filters", "layers")
    )
    filter_table(filters, layers, models).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(dict(files.items()), snakemake.params.models, output.table)
