"""Set published accuracies beside those of this study."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.tables import published_table


def main(published: str, accuracy: str, table: str) -> None:
    published_table(pd.read_csv(published), pd.read_csv(accuracy)).to_csv(table, index=False)


main(snakemake.input.published, snakemake.input.accuracy, snakemake.output.table)
