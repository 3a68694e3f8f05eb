"""Run the experiment of the lecture on handwritten digits."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.table_files import write_table
from lib.family.digits import binarised
from lib.family.experiments import digits

one_thread = threadpool_limits(limits=1, user_api="blas")  # the same bits however many cores the job has
with job_files(snakemake) as (files, output), one_thread, faults_of("configuration key dataset"):
    pairs = zip(files.images, files.labels, strict=True)
    training, test = (binarised(np.load(images), np.load(labels)) for images, labels in pairs)
    found = digits(training, test, snakemake.params.seeds)
    write_table(found.results, output.results)
    write_table(found.curves, output.curves)
