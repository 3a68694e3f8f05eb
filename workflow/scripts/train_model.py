"""Train a model on normalised patches."""

from lib.base.jobs import log_to, read_json, write_json
from lib.training.progress import training_progress

log_to(snakemake.log[0], snakemake)

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lib.base.checksums import checksums_of
from lib.base.devices import Compute, device_for, name_of, require
from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.learners.registry import load
from lib.patches.normalisation import normalised_rows
from lib.study.settings import Model
from lib.training.evaluations import log_of
from lib.training.result import HISTORY_COLUMNS, Recorder, Unfinished, check_ending


def main(files: Any, output: Any, model: Model, seed: int, compute: Compute, recorder: Recorder) -> None:
    require(compute.device)
    learner = load(model.learner)
    # A learner without the setting computes in double precision, unless it says otherwise.
    precision = model.settings.get("precision", getattr(learner, "PRECISION", "float64"))
    patches, statistics = np.load(files.patches, mmap_mode="r"), read_json(files.normaliser)
    # Models that differ in anything but their layers start from the same weights: comparisons are paired.
    rng = generator(seed, "weights", model.layers, model.settings["seed"])
    one_thread = threadpool_limits(limits=1, user_api="blas")  # the same bits however many cores the job has
    with TemporaryDirectory() as folder, one_thread, faults_of("configuration keys hidden and patches"):
        place = Path(folder) if getattr(learner, "BLOCKWISE", False) else None
        data = normalised_rows(patches, statistics, precision, place)
        training = learner.fit(data, model.arguments, rng, compute, recorder)
    check_ending(training)
    np.save(output.theta, training.theta)
    pd.DataFrame(training.history, columns=list(HISTORY_COLUMNS)).to_csv(output.history, index=False)
    measured = {key: getattr(training, key) for key in ("iterations", "evaluations", "loss", "message", "seconds")}
    write_json(output.training, {"settings": model.row, "device": name_of(compute.device)} | measured)


settings, seed, code = (snakemake.params[name] for name in ("settings", "seed", "code"))
on_gpu = getattr(load(settings["learner"]), "ON_GPU", False)  # other learners leave the GPU of the job alone
compute = Compute(device_for(snakemake.resources.get("gpu", 0) if on_gpu else 0), snakemake.threads)
with job_files(snakemake) as (files, output):
    data = [checksums_of(path).blocks.tolist() for path in (files.patches, files.normaliser)]
    folder, model = Path(snakemake.output.theta).parent, Model(**settings)
    facts = [settings, seed, code, data, compute.device]  # the number of threads does not change the bits
    steps = model.settings.get("iterations", model.settings.get("epochs", 0))
    log = log_of(folder, *facts)
    recorder = Recorder(training_progress(steps), log, Unfinished(folder, facts))
    main(files, output, model, seed, compute, recorder)
for kept in (log, *recorder.kept):
    kept.remove()
