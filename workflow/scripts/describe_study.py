"""Write what the notebook has to know of the configuration."""

from lib.jobs import log_to, write_json

log_to(snakemake.log[0])

write_json(snakemake.output.study, snakemake.params.study)
