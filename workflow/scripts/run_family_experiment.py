"""Run one experiment of the lecture on autoencoders and deep networks."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from threadpoolctl import threadpool_limits

from lib.base.outputs import job_files
from lib.base.table_files import write_table
from lib.family.experiments import EXPERIMENTS

one_thread = threadpool_limits(limits=1, user_api="blas")  # the same bits however many cores the job has
with job_files(snakemake) as (_, output), one_thread:
    found = EXPERIMENTS[snakemake.wildcards.part](snakemake.params.seeds)
    write_table(found.results, output.results)
    write_table(found.curves, output.curves)
