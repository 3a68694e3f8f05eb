"""How a run starts, and which of its ready jobs start first. Results do not depend on it.

The jobs for the filters of the default model come first, then those for its accuracy: readers see the first filters
after a few minutes, however many models a study trains.
"""

import shlex
import subprocess
from pathlib import Path

from snakemake.shell import shell

from lib.base.digests import module_digests
from lib.base.jobs import write_json
from lib.study.settings import PIXELS, plain

# A job that is interrupted before it has a log would print Python's own error. Where `env` can, the signal waits until
# the log is open: `lib.base.jobs.log_to` lets it through.
HELD_BACK = ("env", "--block-signal=INT")
if subprocess.run([*HELD_BACK, "true"], stderr=subprocess.DEVNULL).returncode == 0:
    shell.prefix(f"set -euo pipefail; {shlex.join(HELD_BACK)} ")

FILTERS_FIRST = 3
ACCURACY_NEXT = 2
FIRST_MODEL = STUDY.default[0]
# Wildcards of the jobs that the filters of the default model need, and features by which its accuracy is compared.
FIRST_NAMES = plain(STUDY.models[FIRST_MODEL]) | {"model": FIRST_MODEL}
FIRST_FEATURES = (STUDY.default, (PIXELS, "seed0"))


def filters_first(wildcards):
    """Return the priority of a job that trains or measures a model."""
    return FILTERS_FIRST * all(FIRST_NAMES.get(name) == value for name, value in wildcards.items())


def accuracy_next(wildcards):
    """Return the priority of a job that evaluates features."""
    features = wildcards.get("features", wildcards.get("model"))
    return ACCURACY_NEXT * ((features, wildcards.view) in FIRST_FEATURES)


def without_idle_limit(scheduler):
    """Remove Snakemake's own limit of 100 jobs a second, which no study approaches, from its scheduler.

    The limit wakes the scheduler once a second for every job that has ever ended (snakemake/snakemake#3744): after some
    hundred jobs that keeps a core busy. A limit that a profile or the command line sets stays.
    """
    limit = scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        scheduler.job_rate_limiter = None


onstart:
    RUN_LOCK.hold()
    without_idle_limit(workflow.scheduler)
    # The plan of a later run names the modules that have changed since.
    Path("results", config["study"]).mkdir(parents=True, exist_ok=True)
    write_json(f"results/{config['study']}/code.json", module_digests(ROOT))
