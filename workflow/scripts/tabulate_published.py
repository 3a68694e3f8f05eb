"""Set published accuracies beside those of this study."""

from lib.jobs import log_to

log_to(snakemake.log[0])

import pandas as pd

from lib.tables import PUBLISHED_SETTINGS, published_table


def main(published: str, classification: str, table: str, defaults: dict) -> None:
    as_text = dict.fromkeys(PUBLISHED_SETTINGS, str)
    found = published_table(pd.read_csv(published, dtype=as_text), pd.read_csv(classification, dtype=str), defaults)
    found.drop(columns=["learner", *PUBLISHED_SETTINGS]).to_csv(table, index=False)


main(
    snakemake.input.published,
    snakemake.input.classification,
    snakemake.output.table,
    snakemake.params.defaults,
)
