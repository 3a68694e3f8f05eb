"""Train a model on normalised patches."""

from lib.base.jobs import log_to, read_json, write_json
from lib.training.progress import training_progress

log_to(snakemake.log[0], snakemake)

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute, device_for, name_of, require
from lib.base.errors import faults_of
from lib.base.randomness import generator
from lib.learners.registry import load
from lib.patches.normalisation import normalised_rows
from lib.study.settings import Model
from lib.training.result import HISTORY_COLUMNS


def main(files: dict, output: dict, model: Model, seed: int, compute: Compute) -> None:
    require(compute.device)
    # A learner without the setting computes in double precision.
    precision = model.settings.get("precision", "float64")
    patches, statistics = np.load(files["patches"], mmap_mode="r"), read_json(files["normaliser"])
    # Models that differ in anything but their layers start from the same weights: comparisons are paired.
    rng = generator(seed, "weights", model.layers, model.settings["seed"])
    progress = training_progress(model.settings.get("iterations", 0))
    one_thread = threadpool_limits(limits=1, user_api="blas")  # the same bits however many cores the job has
    with TemporaryDirectory() as folder, one_thread, faults_of("configuration keys hidden and patches"):
        data = normalised_rows(patches, statistics, precision, Path(folder))
        training = load(model.learner).fit(data, model.settings, rng, compute, progress)
    np.save(output["theta"], training.theta)
    pd.DataFrame(training.history, columns=list(HISTORY_COLUMNS)).to_csv(output["history"], index=False)
    facts = {
        "settings": model.row,
        "device": name_of(compute.device),
        "iterations": training.iterations,
        "evaluations": training.evaluations,
        "loss": training.loss,
        "message": training.message,
        "seconds": training.seconds,
    }
    write_json(output["training"], facts)


main(
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    Model(**snakemake.params.settings),
    snakemake.params.seed,
    Compute(device_for(snakemake.resources.get("gpu", 0)), snakemake.threads),
)
