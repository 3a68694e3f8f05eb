"""Set published accuracies beside those of this study."""

from lib.base.jobs import log_to

log_to(snakemake.log[0])


from lib.base.table_files import read_table
from lib.tabulation.published import PUBLISHED_SETTINGS, published_table


def main(published: str, classification: str, table: str, defaults: dict) -> None:
    known = read_table(published, all_text=True).astype({"accuracy": float})
    found = published_table(known, read_table(classification, all_text=True), defaults)
    found.drop(columns=["learner", *PUBLISHED_SETTINGS]).to_csv(table, index=False)


main(
    snakemake.input.published,
    snakemake.input.classification,
    snakemake.output.table,
    snakemake.params.defaults,
)
