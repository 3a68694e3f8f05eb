"""Decode codes of a variational autoencoder, and let a denoising one correct unseen patches."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.randomness import generator, integer_seed
from lib.evaluation.decoding import ENCODED, Coding, corrections, decoded_codes
from lib.evaluation.units import evenly, held_out_patches
from lib.features.encodings import encoder_for
from lib.learners.registry import load
from lib.patches.normalisation import channels_of, normalise
from lib.study.decoded import is_denoising, is_generative
from lib.study.settings import Model, View


def main(files: dict, output: dict, model: Model, seed: int) -> None:
    learner, theta, settings = load(model.learner), np.load(files["theta"]), model.arguments
    statistics, size = read_json(files["normaliser"]), settings["patch_size"]
    channels = channels_of(statistics)
    raw = held_out_patches(CheckedRows(files["images"]), size, channels, ENCODED)
    patches, labels = normalise(raw, statistics, "float32"), evenly(np.load(files["labels"]), ENCODED)
    found = {}
    if is_generative(model):
        coding = Coding(
            encoder_for(theta, model, statistics, View(1, size), "cpu"),
            lambda codes: learner.decoded(theta, settings, codes, channels),
        )
        per_image = len(patches) // len(labels)
        rng = generator(seed, "samples", model.codes[-1])  # models with equally long codes decode the same ones
        found |= decoded_codes(coding, patches, np.repeat(labels, per_image), rng)
    if is_denoising(model):
        noise = integer_seed(seed, "corruption")
        found["corrections"] = corrections(
            patches,
            lambda rows: learner.corrupted(rows, settings, noise),
            learner.reconstruction(theta, settings, statistics, "cpu"),
        )
    np.savez_compressed(output["decoded"], **found)


with job_files(snakemake, partly=["images"]) as (files, output):
    main(dict(files.items()), dict(output.items()), Model(**snakemake.params.settings), snakemake.params.seed)
